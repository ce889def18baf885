"""What a page may ask a person: frozen questions that the modal screens show and answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.catalog.form_values import FieldSpec


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One choice of a menu. All text is safe."""

    key: str
    """What the answer is, unique in its menu."""
    label: str
    detail: str = ""
    """Muted, at the right: a key, a value, an explanation."""
    group: str = ""
    chosen: bool = False
    """The present choice."""
    blocked: str = ""
    """Why it cannot be chosen now; shown instead of the detail."""


@dataclass(frozen=True, slots=True)
class ConfirmView:
    """What is about to be done, and how much it takes to say yes."""

    title: str
    """A question: `Delete handbook.pdf?`."""
    effects: tuple[str, ...] = ()
    """What the person should know, one line each."""
    verb: str = "Do it"
    """On the button that does it."""
    typed: str = ""
    """What has to be typed first: the name, or the count. Empty: a press of the button will do."""
    typed_what: str = "its name"
    trigger: str = ""
    """The key that asked; it never answers."""
    dangerous: bool = True


@dataclass(frozen=True, slots=True)
class FormView:
    """A form: what it makes, the request model whose fields it has, and what they hold now."""

    title: str
    request: str
    """`module:Class` below `tui.api.requests`."""
    values: Mapping[str, object] = field(default_factory=dict)
    verb: str = "Save"
    changes: bool = False
    """Only the fields that were changed are sent."""
    fields: tuple[FieldSpec, ...] = ()
    """Fields of its own, where no request model has them; the body holds them by name."""
    filled: Mapping[str, object] = field(default_factory=dict)
    """What was filled in before and refused: it stands over `values`, as a change."""
    error: str = ""
    """Why the server refused what was filled in, as a whole."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Why it refused a field, by the field's name; a field that the form does not have counts
    for the whole."""


@dataclass(frozen=True, slots=True)
class HelpGroup:
    """Keys that belong together, for the help."""

    title: str
    keys: tuple[tuple[str, str], ...]
    """Textual's name of a key (several parted by commas), and what it does."""
