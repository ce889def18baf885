"""The scenes: what a screen shows in a state. Snapshots and pictures are made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.ui.house import House
from tui.sandbox.faults import Effect, Fault

SMALL, MIDDLE, WIDE = (80, 24), (120, 36), (160, 48)

NAMES = {
    " ": "space",
    "/": "slash",
    ":": "colon",
    ".": "full_stop",
    "-": "minus",
    "_": "underscore",
    "*": "asterisk",
    "~": "tilde",
    "=": "equals_sign",
    ">": "greater_than_sign",
}


def typed(text: str) -> tuple[str, ...]:
    """The keys that type a text."""
    return tuple(NAMES.get(character, character) for character in text)


@dataclass(frozen=True)
class Scene:
    """One picture: where to go, which keys to press, how large, on which world."""

    name: str
    target: str | None = None
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = MIDDLE
    theme: str = "dark"
    world: str = "demo"
    """`demo` is shared and only read; `own` and `empty` are the scene's own."""
    faults: tuple[Fault, ...] = ()
    read_only: bool = False
    settles: bool = True
    """A scene of something that never ends waits for its first frames only."""
    picture: bool = False
    """Also one of `screenshots/`."""
    profile_note: str = ""
    prepare: Callable[[House], None] | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.name


def _job(name: str, *keys: str) -> tuple[str, ...]:
    """The keys that open a fine-tuning job by its name, and go on."""
    return ("slash", *typed(name), "enter", "enter", *keys)


def _broken(effect: Effect, **more: object) -> tuple[Fault, ...]:
    return (Fault(effect, operation="listFiles", **more),)  # type: ignore[arg-type]


def _gone(operation: str) -> tuple[Fault, ...]:
    """A server that has none of it."""
    return (Fault(Effect.ERROR, operation=operation, status=404, message="Unknown URL"),)


def _filter(words: str) -> tuple[str, ...]:
    return ("slash", *typed(words), "enter")


def _thread(words: str) -> tuple[str, ...]:
    """The keys that open the first thread of the list whose title has these words."""
    return (*_filter(words), "enter")


SCENES: tuple[Scene, ...] = (
    Scene("overview", picture=True),
    Scene("overview-small", size=SMALL),
    Scene("overview-light", theme="light"),
    Scene("files", "files", picture=True),
    Scene("files-small", "files", size=SMALL),
    Scene("files-wide", "files", ("down", "down"), size=WIDE),
    Scene("files-light", "files", ("down",), theme="light", picture=True),
    Scene("files-sixteen-colours", "files", ("down",), theme="cupola-ansi-dark"),
    Scene("files-marked", "files", ("space", "space", "down", "space")),
    Scene("files-filtered", "files", ("slash", *typed("purpose:batch size>100"), "enter")),
    Scene("files-filter-prompt", "files", ("slash", *typed("run"))),
    Scene("files-nothing-matches", "files", ("slash", *typed("qqqq"), "enter")),
    Scene("files-sorted", "files", ("3", "3")),
    Scene("files-delete", "files", ("ctrl+d",)),
    Scene("files-delete-many", "files", ("space", "space", "space", "ctrl+d"), picture=True),
    Scene("files-upload", "files", ("u",)),
    Scene("file", "files", ("enter",)),
    Scene("file-raw", "files", ("y",)),
    Scene("file-content", "files", ("v",)),
    Scene("files-empty", "files", world="empty"),
    Scene("files-loading", "files", world="empty", faults=_broken(Effect.HANG), settles=False),
    Scene("files-failed", "files", world="empty", faults=_broken(Effect.ERROR, status=400)),
    Scene("files-absent", "files", world="empty", faults=_broken(Effect.ERROR, status=404)),
    Scene("files-wrong-key", "files", world="empty", faults=_broken(Effect.ERROR, status=401)),
    Scene("files-no-json", "files", world="empty", faults=_broken(Effect.HTML)),
    Scene("models", "models"),
    Scene("vector-stores", "vector-stores"),
    Scene("vector-store-files", "vector-stores", ("down", "enter"), size=WIDE, picture=True),
    Scene("vector-store-new", "vector-stores", ("n",)),
    Scene("vector-store-edit", "vector-stores", ("e",)),
    Scene("vector-store-delete", "vector-stores", ("ctrl+d",)),
    Scene("vector-store-batches", "vector-stores", ("B",)),
    Scene(
        "vector-store-search",
        "vector-stores",
        ("down", "f", *typed("refund deadline"), "enter"),
        picture=True,
    ),
    Scene("vector-store-file", "vector-stores", ("down", "enter", "d")),
    Scene("vector-store-file-parsed", "vector-stores", ("down", "enter", "v")),
    Scene("chat-list", "chat", picture=True),
    Scene("chat-list-wide", "chat", size=WIDE),
    Scene("chat-server-filter", "chat", ("F",)),
    Scene("chat-completion", "chat", ("down", "down", "enter"), picture=True),
    Scene("chat-completion-tools", "chat", ("slash", *typed("→"), "enter", "enter")),
    Scene("chat-new", "chat", ("n",)),
    Scene("assistants", "assistants"),
    Scene("assistants-absent", "assistants", world="empty", faults=_gone("listAssistants")),
    Scene("assistant-edit", "assistants", ("down", "down", "down", "e")),
    Scene("threads", "threads"),
    Scene("threads-small", "threads", size=SMALL),
    Scene("threads-empty", "threads", world="empty"),
    Scene("thread", "threads", (*_thread("october"),), picture=True),
    Scene("thread-light", "threads", (*_thread("gale"),), theme="light"),
    Scene("thread-raw", "threads", (*_thread("october"), "y")),
    Scene("thread-run-menu", "threads", (*_thread("october"), "ctrl+r")),
    Scene(
        "thread-tools",
        "threads",
        (*_thread("two silent"), "tab", "tab", "down", "down"),
        size=WIDE,
        picture=True,
    ),
    Scene("thread-waits", "threads", ("enter",), picture=True),
    Scene("thread-waits-small", "threads", ("enter",), size=SMALL),
    Scene("thread-outputs", "threads", ("enter", "o")),
    Scene("thread-runs-small", "threads", (*_thread("two silent"), "d", "down"), size=SMALL),
    Scene("thread-running", "threads", (*_thread("winter"),)),
    Scene("thread-cancel", "threads", (*_thread("winter"), "x")),
    Scene("thread-failed", "threads", (*_thread("which release"),)),
    Scene("thread-hostile", "threads", (*_thread("hostile"), "home")),
    Scene("thread-nothing-said", "threads", (*_thread("nothing"),)),
    Scene("thread-gone", "threads", ("enter",), world="own", faults=_gone("getThread")),
    Scene("runs", "threads", (*_filter("two silent"), "R")),
    Scene("run-steps", "threads", (*_filter("two silent"), "R", "enter", "down")),
    Scene("fine-tuning", "ft", ("down",), picture=True),
    Scene("fine-tuning-wide", "ft", size=WIDE),
    Scene("fine-tuning-new", "ft", ("n",)),
    Scene("fine-tuning-empty", "ft", world="empty"),
    Scene("tuning-live", "ft", _job("v5-slow"), picture=True),
    Scene("tuning-live-small", "ft", _job("v5-slow"), size=SMALL),
    Scene("tuning-live-wide", "ft", _job("v5-slow"), size=WIDE, theme="light"),
    Scene("tuning-live-sixteen-colours", "ft", _job("v5-slow"), theme="cupola-ansi-dark"),
    Scene("tuning-inspect", "ft", _job("triage-v4", "left", "shift+left", "shift+left")),
    Scene("tuning-log-smooth", "ft", _job("triage-v4", "l", "s")),
    Scene("tuning-many-steps", "ft", _job("mail-category"), size=WIDE),
    Scene("tuning-preferences", "ft", _job("tone-v3-dpo")),
    Scene("tuning-overlay", "ft", _job("triage-v4", "o", *typed("triage-v3"), "enter")),
    Scene("tuning-metrics", "ft", _job("tone-v3-dpo", "m")),
    Scene("tuning-failed", "ft", _job("failed")),
    Scene("tuning-queued", "ft", _job("queued"), size=SMALL),
    Scene("tuning-paused", "ft", _job("paused"), size=SMALL),
    Scene("tuning-cancelled", "ft", _job("cancelled")),
    Scene("tuning-cancel", "ft", _job("v5-slow", "c")),
    Scene("tuning-facts-small", "ft", _job("triage-v4", "d"), size=SMALL),
    Scene("palette", "files", ("ctrl+p",), picture=True),
    Scene("palette-search", "files", ("ctrl+p", *typed("raw"))),
    Scene("help", "files", ("question_mark",)),
    Scene("go-to", "files", ("colon", *typed("vec"))),
    Scene("sort-menu", "files", ("S",)),
    Scene("read-only", "files", read_only=True),
    Scene("transfers", keys=("T",)),
    Scene("notices", keys=("N",)),
    Scene("too-small", "files", size=(50, 12)),
)
