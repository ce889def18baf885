"""Which models there are: three of the sandbox's own, and the platform's common names for them.

Code that was written for the platform runs unchanged under an alias; the entry says what really
answers (`owned_by`, `sandbox`), so that nobody takes it for the real thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.sandbox.wire import JsonObject

OWNER = "cupola-sandbox"


class Engine(StrEnum):
    """What answers under a model's name."""

    ECHO = "cupola-echo"
    EMBED = "cupola-embed"
    MODERATION = "cupola-moderation"


_DESCRIPTIONS = {
    Engine.ECHO: (
        "A deterministic responder, not a language model: it says what it is, echoes what it was"
        " asked, calls declared tools, and counts tokens for real."
    ),
    Engine.EMBED: (
        "Hashed word and character n-grams: lexical similarity only. Its size is its own, whatever"
        " the alias."
    ),
    Engine.MODERATION: "A word list with weights, not a trained classifier.",
}

_TUNED_DESCRIPTION = (
    "cupola-echo with a small log-linear language model that a fine-tuning job trained on its file."
    " It answers what it learned words of; the rule engine answers the rest."
)

# created (Unix seconds) and the names that share it
_ALIASES: tuple[tuple[Engine, int, str], ...] = (
    (Engine.ECHO, 1677610602, "gpt-3.5-turbo gpt-3.5-turbo-0125 gpt-3.5-turbo-1106"),
    (Engine.ECHO, 1692901427, "gpt-3.5-turbo-instruct davinci-002 babbage-002"),
    (Engine.ECHO, 1687882411, "gpt-4 gpt-4-0613 gpt-4-turbo"),
    (Engine.ECHO, 1715367049, "gpt-4o gpt-4o-2024-08-06 gpt-4o-2024-11-20"),
    (Engine.ECHO, 1721172741, "gpt-4o-mini gpt-4o-mini-2024-07-18"),
    (Engine.ECHO, 1744316542, "gpt-4.1 gpt-4.1-2025-04-14"),
    (Engine.ECHO, 1744318173, "gpt-4.1-mini gpt-4.1-mini-2025-04-14"),
    (Engine.ECHO, 1744321025, "gpt-4.1-nano gpt-4.1-nano-2025-04-14"),
    (Engine.ECHO, 1754073306, "gpt-5 gpt-5-mini gpt-5-nano gpt-5-chat-latest"),
    (Engine.ECHO, 1762800353, "gpt-5.1 gpt-5.2"),
    (Engine.ECHO, 1734375816, "o1 o1-mini"),
    (Engine.ECHO, 1737146383, "o3-mini o3"),
    (Engine.ECHO, 1744225351, "o4-mini"),
    (Engine.EMBED, 1671217299, "text-embedding-ada-002"),
    (Engine.EMBED, 1705948997, "text-embedding-3-small"),
    (Engine.EMBED, 1705953180, "text-embedding-3-large"),
    (Engine.MODERATION, 1731689265, "omni-moderation-latest omni-moderation-2024-09-26"),
    (Engine.MODERATION, 1686588896, "text-moderation-latest text-moderation-stable"),
)

_OWN_CREATED = 1_767_225_600


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One name that requests may use."""

    id: str
    engine: Engine
    created: int
    tuned: bool = False
    """A fine-tuned model, which its owner may delete."""

    @property
    def alias(self) -> bool:
        """Whether it is a platform's name for one of the sandbox's models."""
        return self.id != self.engine.value and not self.tuned

    def as_object(self) -> JsonObject:
        """The model as `/models` shows it, with what it really is."""
        return {
            "id": self.id,
            "object": "model",
            "created": self.created,
            "owned_by": OWNER,
            "shutdown_date": None,
            "sandbox": {
                "engine": self.engine.value,
                "alias": self.alias,
                "simulated": _TUNED_DESCRIPTION if self.tuned else _DESCRIPTIONS[self.engine],
            },
        }


BUILT_IN: dict[str, ModelEntry] = {
    **{engine.value: ModelEntry(engine.value, engine, _OWN_CREATED) for engine in Engine},
    **{
        name: ModelEntry(name, engine, created)
        for engine, created, names in _ALIASES
        for name in names.split()
    },
}
"""By name; the sandbox's own first."""
