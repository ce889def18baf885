"""Where the style sheets are: inside the installed package, else beside it in a checkout."""

from __future__ import annotations

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent


@cache
def folder(package: Path = PACKAGE) -> Path:
    """The folder of the style sheets; raises `FileNotFoundError` where there is none."""
    for candidate in (package / "styles", package.parent / "styles"):
        if (candidate / "app.tcss").is_file():
            return candidate
    raise FileNotFoundError(f"no style sheets in {package} or beside it")


def sheet(name: str, package: Path = PACKAGE) -> str:
    """The full path of one sheet, such as `screens/browser.tcss`; raises when it is missing."""
    path = folder(package) / name
    if not path.is_file():
        raise FileNotFoundError(f"no style sheet {name}")
    return str(path)


def sheets(*names: str) -> list[str]:
    """The full paths of sheets, for `CSS_PATH`."""
    return [sheet(name) for name in names]


def app_sheets() -> list[str]:
    """The sheets that every screen needs: the app's own, and each widget's."""
    widgets = sorted(path.name for path in (folder() / "widgets").glob("*.tcss"))
    return sheets("app.tcss", *(f"widgets/{name}" for name in widgets))
