"""Keys as they are shown: `⏎` for `enter`, `^d` for `ctrl+d`."""

from __future__ import annotations

_SHOWN = {
    "enter": "⏎",
    "escape": "esc",
    "tab": "⇥",
    "shift+tab": "⇤",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "backspace": "⌫",
    "delete": "del",
    "slash": "/",
    "backslash": "\\",
    "question_mark": "?",
    "colon": ":",
    "semicolon": ";",
    "comma": ",",
    "full_stop": ".",
    "minus": "-",
    "underscore": "_",
    "plus": "+",
    "equals_sign": "=",
    "at": "@",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "exclamation_mark": "!",
    "asterisk": "*",
    "number_sign": "#",
    "tilde": "~",
}


def key_label(key: str) -> str:
    """How a key of Textual's naming is written on the screen; the first of several."""
    key = key.split(",")[0]
    if key in _SHOWN:
        return _SHOWN[key]
    if key.startswith("ctrl+"):
        return f"^{key_label(key[5:])}"
    if key.startswith("shift+"):
        return f"⇧{key_label(key[6:])}"
    if key.startswith("alt+"):
        return f"⌥{key_label(key[4:])}"
    return key
