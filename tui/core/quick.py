"""What the first frame needs, before anything is imported: theme, profile and route of last time.

Imports only `os` and `sys`, which every interpreter has: `json` or `tomllib` alone would cost more
than the frame (performance 1). Hence a file of `name=value` lines in the state folder, written at
exit. It is a guess for the frame; the settings decide a moment later.
"""

from __future__ import annotations

import os
import sys

_FILE = "last-run"
_LONGEST = 200
_VARIABLES = ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class QuickLook:
    """Theme, profile and route as guessed; empty where nothing is known."""

    __slots__ = ("profile", "route", "theme")

    def __init__(self, theme: str = "", profile: str = "", route: str = "") -> None:
        self.theme = theme
        self.profile = profile
        self.route = route

    def __repr__(self) -> str:
        return f"QuickLook({self.theme!r}, {self.profile!r}, {self.route!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, QuickLook) and repr(self) == repr(other)

    __hash__ = None  # type: ignore[assignment]


def state_dir(environ: Mapping[str, str]) -> str:
    """The folder that `Paths.of_user().state_dir` names, worked out without platformdirs."""
    home = environ.get("XDG_STATE_HOME", "").strip()
    if home:
        return os.path.join(home, "cupola")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/cupola")
    return os.path.expanduser("~/.local/state/cupola")


def quick_look(environ: Mapping[str, str], argv: Sequence[str]) -> QuickLook:
    """A guess from the arguments, the environment and the last run. Never raises.

    A chosen profile or a key that came or went since makes the remembered profile, and with it
    the route, wrong: the right name is shown where it is known, else none.
    """
    last = _read(os.path.join(state_dir(environ), _FILE))
    theme = _flag(argv, "--theme") or last.get("theme", "")
    has_key = any(environ.get(name, "").strip() for name in _VARIABLES)
    profile = _chosen(environ, argv)
    if profile is None:
        profile = last.get("profile", "")
        implicit = last.get("implicit", "")
        if implicit == "sandbox" and has_key:
            profile = "openai"
        elif (implicit == "openai" and not has_key) or (not last and not has_key):
            profile = "sandbox"
    same = profile == last.get("profile")
    return QuickLook(_safe(theme), _safe(profile), last.get("route", "") if same else "")


def remember(folder: str, *, theme: str, profile: str, route: str, implicit: str = "") -> None:
    """Keep what the next start shows first. `implicit`: `sandbox` or `openai` if nobody chose.

    Losing it costs nothing, so a disk that is full or read only is passed over.
    """
    values = {"theme": theme, "profile": profile, "route": route, "implicit": implicit}
    text = "".join(f"{name}={_safe(value)}\n" for name, value in values.items())
    path = os.path.join(folder, _FILE)
    temporary = f"{path}.{os.getpid()}"
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, text.encode())
        finally:
            os.close(descriptor)
        os.replace(temporary, path)
    except OSError:
        try:
            os.unlink(temporary)
        except OSError:
            return


def _read(path: str) -> dict[str, str]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            content = os.read(descriptor, 4096)
        finally:
            os.close(descriptor)
    except OSError:
        return {}
    found = {}
    for line in content.decode("utf-8", "replace").split("\n"):
        name, equals, value = line.partition("=")
        if equals:
            found[name] = _safe(value)
    return found


def _safe(text: str) -> str:
    """The frame is written before `safe_text` is there: plain printable text, or nothing."""
    return text if text.isprintable() and len(text) <= _LONGEST else ""


def _chosen(environ: Mapping[str, str], argv: Sequence[str]) -> str | None:
    """The profile that a flag or the environment names; empty when it is only known later."""
    if "--sandbox" in argv:
        return "sandbox"
    profile = _flag(argv, "--profile")
    if profile:
        return profile
    if _flag(argv, "--base-url"):
        return ""
    return environ.get("CUPOLA_PROFILE", "").strip() or None


def _flag(argv: Sequence[str], name: str) -> str:
    for index, word in enumerate(argv):
        if word == name and index + 1 < len(argv):
            return argv[index + 1]
        if word.startswith(f"{name}="):
            return word[len(name) + 1 :]
    return ""
