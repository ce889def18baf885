from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from tui.ui.styles import app_sheets, folder, sheet
from tui.ui.theme import (
    PALETTES,
    THEMES,
    band_color,
    band_style,
    contrast,
    text_on,
    theme_for,
)

TEXTS = ("plain", "strong", "muted", "accent", "good", "warn", "bad", "busy")


@pytest.mark.parametrize("name", PALETTES)
def test_every_tone_can_be_read_on_every_ground(name: str) -> None:
    palette = PALETTES[name]
    grounds = (palette.background, palette.surface, palette.raised, palette.match)
    for tone in TEXTS:
        for ground in grounds[: 2 if tone in {"muted"} else 3]:
            ratio = contrast(Color.parse(getattr(palette, tone)), Color.parse(ground))
            assert ratio >= 4.5, (tone, ground, round(ratio, 2))
    assert contrast(Color.parse(palette.plain), Color.parse(palette.match)) >= 4.5
    assert {field.name for field in fields(palette)} >= set(TEXTS)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_themes_define_the_same_variables(theme: Theme) -> None:
    expected = set(THEMES[0].to_color_system().generate())
    assert expected <= set(theme.to_color_system().generate())


def test_sixteen_colours_are_used_where_there_are_no_more() -> None:
    assert theme_for("cupola-light", few_colors=True) == "cupola-ansi-light"
    assert theme_for("no such theme", few_colors=False) == "cupola-dark"
    assert theme_for("cupola-ansi-dark", few_colors=False) == "cupola-ansi-dark"


@pytest.mark.parametrize("color", [None, "red", "amber", "#ffee00", "nonsense colour", "teal"])
def test_a_band_can_be_read_whatever_its_colour(color: str | None) -> None:
    band, _number = band_color(color, "openai")
    assert contrast(text_on(band), band) >= 4.5
    assert band_style(color, "openai", ansi=True).reverse


def test_sheets_are_found_in_the_package_and_beside_it(tmp_path: Path) -> None:
    checkout = tmp_path / "checkout" / "tui"
    installed = tmp_path / "site" / "tui"
    for sheets in (checkout.parent / "styles", installed / "styles"):
        sheets.mkdir(parents=True)
        (sheets / "app.tcss").write_text("")
    assert folder(checkout) == checkout.parent / "styles"
    assert folder(installed) == installed / "styles"
    assert sheet("app.tcss", installed) == str(installed / "styles" / "app.tcss")
    with pytest.raises(FileNotFoundError):
        folder(tmp_path / "nowhere" / "tui")
    with pytest.raises(FileNotFoundError):
        sheet("screens/nothing.tcss", installed)
    assert any(path.endswith("lists.tcss") for path in app_sheets())
