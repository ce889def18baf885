"""Every action that can be done now, with its key: what the palette and the help are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from textual.app import App
from textual.dom import DOMNode
from textual.screen import Screen

from tui.catalog.index import ENTRIES
from tui.ui.key_names import key_label
from tui.ui.navigation import Route
from tui.ui.questions import MenuItem

HERE, ANYWHERE, GO_TO = "On this screen", "Anywhere", "Go to"
MOVING = "Moving"
PLAIN_MOVES = frozenset(
    {"app.focus_next", "app.focus_previous", "screen.copy_text", "back", "app.help_quit"}
)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do: in words, by key, and how it is run."""

    id: str
    words: str
    keys: tuple[str, ...]
    group: str
    action: str = ""
    node: DOMNode | None = None
    route: Route | None = None

    @property
    def item(self) -> MenuItem:
        shown = " ".join(key_label(key) for key in self.keys)
        return MenuItem(self.id, self.words, shown, self.group)


def commands_of(screen: Screen[Any]) -> tuple[Command, ...]:
    """What can be done on a screen: its own actions first, then the program's, then places."""
    found: dict[tuple[int, str], Command] = {}
    for active in screen.active_bindings.values():
        binding, node = active.binding, active.node
        words = binding.tooltip or binding.description
        if not words or not active.enabled:
            continue
        key = (id(node), binding.action)
        keys = (*(found[key].keys if key in found else ()), binding.key)
        words = words[:1].upper() + words[1:]
        id_ = f"do:{len(found)}" if key not in found else found[key].id
        found[key] = Command(
            id_, words, keys, _group(node, screen, binding.action), binding.action, node
        )
    return tuple(sorted(found.values(), key=_rank))


def _rank(command: Command) -> tuple[int, int]:
    """The object's own actions first, sorting last of a screen's."""
    group = (HERE, MOVING, ANYWHERE).index(command.group)
    if command.action.startswith("act("):
        return group, 0
    return group, 2 if command.action.startswith("sort_nth") else 1


def _group(node: DOMNode, screen: Screen[Any], action: str) -> str:
    if isinstance(node, App):
        return ANYWHERE
    if action in PLAIN_MOVES:
        return MOVING
    return HERE if node is screen else MOVING


def places() -> Iterable[Command]:
    """Every listed resource as a command."""
    for entry in ENTRIES:
        if entry.listed:
            route = Route("browser", entry.key)
            yield Command(f"go:{entry.key}", f"Go to {entry.title}", (), GO_TO, route=route)


LEDGER = Command(
    "go:ledger",
    "Ledger: search, import, export or forget ids",
    (),
    GO_TO,
    action="app.go_place('ledger')",
)


def palette(screen: Screen[Any]) -> tuple[Command, ...]:
    """What the palette offers on a screen; plain cursor movement is left out."""
    own = [command for command in commands_of(screen) if command.group != MOVING]
    return (*own, *places(), LEDGER)
