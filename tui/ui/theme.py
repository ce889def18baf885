"""Every colour of the program, and what a meaning looks like in each theme.

Style sheets name meanings (`$tone-good`), never colours. The themes with `ansi` in their name use
the terminal's own sixteen colours, for terminals without more and for `NO_COLOR`; there a meaning
is carried by weight as well, and by words and glyphs everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import Theme


@dataclass(frozen=True, slots=True)
class Palette:
    """The few colours that a theme is made from."""

    background: str
    surface: str
    """Of the top line, the key line and of dialogs."""
    raised: str
    """Of what lies on a surface: fields, the chosen entry."""
    line: str
    """Hairlines and the tracks of bars."""
    plain: str
    strong: str
    muted: str
    accent: str
    good: str
    warn: str
    bad: str
    busy: str
    match: str
    """Behind found text."""


DARK: Final = Palette(
    background="#10141a",
    surface="#171c24",
    raised="#222a35",
    line="#2f3947",
    plain="#c9d1db",
    strong="#eef2f6",
    muted="#8590a0",
    accent="#7db8f7",
    good="#82cf9a",
    warn="#e3b768",
    bad="#f28b86",
    busy="#7fd0d6",
    match="#51431a",
)
LIGHT: Final = Palette(
    background="#fbfaf7",
    surface="#f1efea",
    raised="#e5e2da",
    line="#d3cfc5",
    plain="#2b3138",
    strong="#0d1116",
    muted="#5d656e",
    accent="#0b5cad",
    good="#1c6b38",
    warn="#7d5200",
    bad="#b3261e",
    busy="#0a6570",
    match="#fde7a5",
)
DARK_CONTRAST: Final = replace(
    DARK,
    background="#000000",
    surface="#0c0c0c",
    raised="#262626",
    line="#7a7a7a",
    plain="#ffffff",
    strong="#ffffff",
    muted="#c8c8c8",
    accent="#9ecbff",
    good="#8ff0a4",
    warn="#ffd866",
    bad="#ffa29c",
    busy="#8fe9f0",
    match="#6b5600",
)
LIGHT_CONTRAST: Final = replace(
    LIGHT,
    background="#ffffff",
    surface="#f4f4f4",
    raised="#dcdcdc",
    line="#6a6a6a",
    plain="#000000",
    strong="#000000",
    muted="#3d3d3d",
    accent="#003f8a",
    good="#00491c",
    warn="#573500",
    bad="#8c0009",
    busy="#00474f",
    match="#ffe066",
)


def _theme(name: str, palette: Palette, *, dark: bool) -> Theme:
    return Theme(
        name=name,
        primary=palette.accent,
        secondary=palette.muted,
        warning=palette.warn,
        error=palette.bad,
        success=palette.good,
        accent=palette.accent,
        foreground=palette.plain,
        background=palette.background,
        surface=palette.surface,
        panel=palette.raised,
        boost=palette.raised,
        dark=dark,
        variables={
            "tone-plain": palette.plain,
            "tone-strong": palette.strong,
            "tone-muted": palette.muted,
            "tone-muted-style": "none",
            "tone-accent": palette.accent,
            "tone-good": palette.good,
            "tone-warn": palette.warn,
            "tone-bad": palette.bad,
            "tone-busy": palette.busy,
            "tone-strong-style": "bold",
            "raised": palette.raised,
            "hairline": palette.line,
            "match": palette.match,
            "match-style": "none",
            "chosen-style": "bold",
            "input-cursor-background": palette.accent,
            "input-cursor-foreground": palette.background,
            "input-selection-background": palette.line,
            "block-cursor-background": palette.raised,
            "block-cursor-foreground": palette.strong,
            "border": palette.accent,
            "border-blurred": palette.line,
        },
    )


def _ansi_theme(name: str, *, dark: bool) -> Theme:
    return Theme(
        name=name,
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_default",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        accent="ansi_cyan",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=dark,
        variables={
            "tone-plain": "ansi_default",
            "tone-strong": "ansi_default",
            "tone-muted": "ansi_default",
            "tone-muted-style": "dim",
            "tone-accent": "ansi_cyan" if dark else "ansi_blue",
            "tone-good": "ansi_green",
            "tone-warn": "ansi_yellow" if dark else "ansi_magenta",
            "tone-bad": "ansi_red",
            "tone-busy": "ansi_bright_blue" if dark else "ansi_cyan",
            "tone-strong-style": "bold",
            # Textual's own sheets name these, but its sixteen-colour themes leave them out.
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "foreground-disabled": "ansi_default",
            "surface-active": "ansi_default",
            "raised": "ansi_default",
            "hairline": "ansi_bright_black",
            "match": "ansi_default",
            "match-style": "reverse",
            "chosen-style": "bold",
            "input-selection-background": "ansi_cyan",
            "input-selection-foreground": "ansi_black",
            "block-cursor-background": "ansi_default",
            "border": "ansi_cyan",
            "border-blurred": "ansi_bright_black",
        },
    )


DEFAULT_THEME: Final = "cupola-dark"
PALETTES: Final[dict[str, Palette]] = {
    "cupola-dark": DARK,
    "cupola-light": LIGHT,
    "cupola-dark-contrast": DARK_CONTRAST,
    "cupola-light-contrast": LIGHT_CONTRAST,
}
THEMES: Final[tuple[Theme, ...]] = (
    _theme("cupola-dark", DARK, dark=True),
    _theme("cupola-light", LIGHT, dark=False),
    _theme("cupola-dark-contrast", DARK_CONTRAST, dark=True),
    _theme("cupola-light-contrast", LIGHT_CONTRAST, dark=False),
    _ansi_theme("cupola-ansi-dark", dark=True),
    _ansi_theme("cupola-ansi-light", dark=False),
)


def is_theme(name: str) -> bool:
    """Whether there is a theme of that full name."""
    return any(theme.name == name for theme in THEMES)


def theme_for(name: str | None, *, few_colors: bool) -> str:
    """The theme to start with: the chosen one, or its kin of sixteen colours where it must be."""
    chosen = name if name in {theme.name for theme in THEMES} else DEFAULT_THEME
    if few_colors and not chosen.startswith("cupola-ansi"):
        return "cupola-ansi-light" if "light" in chosen else "cupola-ansi-dark"
    return chosen


_BANDS: Final[dict[str, tuple[str, int]]] = {
    "red": ("#c0392f", 1),
    "orange": ("#b85a14", 3),
    "amber": ("#9a6b00", 3),
    "yellow": ("#8a7000", 3),
    "green": ("#2c7a4b", 2),
    "teal": ("#1f7a7a", 6),
    "cyan": ("#1b7790", 6),
    "blue": ("#2f66c4", 4),
    "violet": ("#7550c8", 5),
    "purple": ("#8a46b5", 5),
    "pink": ("#b8407f", 5),
    "grey": ("#5d6673", 7),
    "gray": ("#5d6673", 7),
}
"""A band's colour by name, and its number among the sixteen."""

_BAND_OF_KIND: Final = {"sandbox": "teal", "openai": "red", "azure": "blue"}
"""What a profile without a colour gets; a real platform is never calm green."""


def band_color(color: str | None, kind: str) -> tuple[Color, int]:
    """The colour of a profile's band (a name or `#rrggbb`), and its number among the sixteen."""
    fallback = _BANDS[_BAND_OF_KIND.get(kind, "violet")]
    if color is None:
        value, number = fallback
    elif color in _BANDS:
        value, number = _BANDS[color]
    else:
        value, number = color, fallback[1]
    try:
        return Color.parse(value), number
    except ColorParseError:
        return Color.parse(fallback[0]), fallback[1]


def band_style(color: str | None, kind: str, *, ansi: bool) -> Style:
    """How the profile's name stands on its band; readable on any colour that was chosen."""
    band, number = band_color(color, kind)
    if ansi:
        return Style(color="default", bgcolor="default", reverse=True, bold=True) + Style(
            color=f"color({number})"
        )
    return Style(color=text_on(band).rich_color, bgcolor=band.rich_color, bold=True)


def text_on(background: Color) -> Color:
    """Black or white, whichever can be read better on a colour."""
    white, black = Color(255, 255, 255), Color(0, 0, 0)
    return max((white, black), key=lambda text: contrast(text, background))


def contrast(one: Color, other: Color) -> float:
    """The contrast of two colours, 1 to 21 (WCAG 2.1, relative luminance)."""
    lights = sorted((_luminance(one), _luminance(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(color: Color) -> float:
    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b)
