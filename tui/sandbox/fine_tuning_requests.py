"""The body of a new fine-tuning job: what is accepted, and what is refused with 400."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from tui.sandbox.errors import invalid
from tui.sandbox.fields import Fields
from tui.sandbox.training import AUTO_BETA, AUTO_RATE, Settings, auto_batch, auto_epochs
from tui.sandbox.training_examples import DataFormat
from tui.sandbox.wire import JsonObject

METHODS = ("supervised", "dpo", "reinforcement")
MOST_SEED = 2_147_483_647
_COMPLETION_MODELS = frozenset({"babbage-002", "davinci-002"})
_SUFFIX = 64
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/:\s]")
_MEMBERS = (
    "model",
    "training_file",
    "validation_file",
    "hyperparameters",
    "suffix",
    "integrations",
    "seed",
    "method",
    "metadata",
)
_AUTO = "auto"
_MOST_MULTIPLIER = 100.0


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A checked request; files and model are not looked up yet."""

    model: str
    training_file: str
    validation_file: str | None
    method: str
    hyperparameters: JsonObject
    """With `auto` where the platform is to choose."""
    suffix: str | None
    seed: int | None
    integrations: list[JsonObject] = field(default_factory=list)
    metadata: dict[str, str] | None = None


def parse_job_request(fields: Fields) -> JobRequest:
    """Check the body. Raises `ApiError` 400."""
    fields.only(_MEMBERS)
    model = fields.required_string("model", maximum=256)
    training_file = fields.required_string("training_file", maximum=256)
    method, hyperparameters = _method(fields)
    return JobRequest(
        model=model,
        training_file=training_file,
        validation_file=fields.string("validation_file", maximum=256),
        method=method,
        hyperparameters=hyperparameters,
        suffix=_suffix(fields),
        seed=fields.integer("seed", minimum=0, maximum=MOST_SEED),
        integrations=_integrations(fields),
        metadata=fields.metadata(),
    )


def _suffix(fields: Fields) -> str | None:
    suffix = fields.string("suffix", maximum=_SUFFIX)
    if suffix is None:
        return None
    if not suffix:
        raise invalid(
            "Invalid 'suffix': empty string. Expected a string with minimum length 1, but got an"
            " empty string instead.",
            "suffix",
            code="empty_string",
        )
    if _FORBIDDEN.search(suffix):
        raise invalid(
            "Invalid 'suffix': it becomes part of a model's name, so white space, colons and"
            " slashes are not allowed.",
            "suffix",
            code="invalid_value",
        )
    return suffix


def _method(fields: Fields) -> tuple[str, JsonObject]:
    """The method and its hyperparameters, from `method` or the older member beside it."""
    older = fields.fields("hyperparameters")
    chosen = fields.fields("method")
    if chosen is None:
        return "supervised", _hyperparameters(older, "supervised")
    chosen.only(("type", *METHODS))
    kind = chosen.required_string("type", choices=METHODS)
    for other in METHODS:
        if other != kind and chosen.body.get(other) is not None:
            raise invalid(
                f"Invalid 'method': '{other}' was given, but the type is '{kind}'.",
                f"method.{other}",
                code="invalid_value",
            )
    if kind == "reinforcement":
        raise invalid(
            "The sandbox does not train by reinforcement: its small model has no reasoning that a"
            " grader could reward, and made-up rewards would be worth nothing. Use 'supervised'"
            " or 'dpo'.",
            "method.type",
            code="unsupported_value",
        )
    settings = chosen.fields(kind)
    if settings is not None:
        settings.only(("hyperparameters",))
    newer = None if settings is None else settings.fields("hyperparameters")
    return kind, _hyperparameters(newer or older, kind)


def _hyperparameters(given: Fields | None, kind: str) -> JsonObject:
    """All of them, `auto` where nothing was said."""
    given = given or Fields({}, "hyperparameters")
    known = ["n_epochs", "batch_size", "learning_rate_multiplier"]
    if kind == "dpo":
        known.append("beta")
    given.only(known)
    found: JsonObject = {name: _AUTO for name in known}
    for name, most in (("n_epochs", 50), ("batch_size", 256)):
        if _is_set(given, name):
            found[name] = given.integer(name, minimum=1, maximum=most)
    for name, largest in (("learning_rate_multiplier", _MOST_MULTIPLIER), ("beta", 2.0)):
        if name in found and _is_set(given, name):
            found[name] = given.number(name, minimum=0, maximum=largest)
            if not found[name]:
                raise invalid(
                    f"Invalid '{given.name(name)}': decimal below minimum value. Expected a value"
                    f" > 0, but got {found[name]} instead.",
                    given.name(name),
                    code="decimal_below_min_value",
                )
    return found


def _is_set(given: Fields, name: str) -> bool:
    value = given.body.get(name)
    if isinstance(value, str) and value != _AUTO:
        raise given.wrong_type(name, "a number or 'auto'", value)
    return value is not None and value != _AUTO


def _integrations(fields: Fields) -> list[JsonObject]:
    found: list[JsonObject] = []
    given: list[Any] = fields.items("integrations", maximum=10) or []
    for index, item in enumerate(given):
        if not isinstance(item, dict):
            raise fields.wrong_type(f"integrations[{index}]", "an object", item)
        entry = Fields(item, f"integrations[{index}]")
        entry.only(("type", "wandb"))
        entry.required_string("type", choices=("wandb",))
        entry.required("wandb")
        wandb = entry.fields("wandb") or Fields({})
        wandb.only(("project", "name", "entity", "tags"))
        settings = {
            "project": wandb.required_string("project", maximum=256),
            "name": wandb.string("name", maximum=256),
            "entity": wandb.string("entity", maximum=256),
            "tags": wandb.strings("tags", maximum=50) or [],
        }
        found.append({"type": "wandb", "wandb": settings})
    return found


def data_format(model: str, method: str) -> DataFormat:
    """What the lines of the training file must hold."""
    if method == "dpo":
        return DataFormat.PREFERENCE
    return DataFormat.COMPLETIONS if model in _COMPLETION_MODELS else DataFormat.CHAT


def resolved(hyperparameters: JsonObject, examples: int, used: int | None = None) -> JsonObject:
    """The hyperparameters with every `auto` chosen for so many examples, of which some are used."""
    chosen: JsonObject = {
        "n_epochs": auto_epochs(examples),
        "batch_size": auto_batch(examples if used is None else used),
        "learning_rate_multiplier": AUTO_RATE,
        "beta": AUTO_BETA,
    }
    return {
        name: chosen[name] if value == _AUTO else value for name, value in hyperparameters.items()
    }


def settings_of(hyperparameters: JsonObject, seed: int) -> Settings:
    """Resolved hyperparameters as the trainer takes them."""
    return Settings(
        n_epochs=int(hyperparameters["n_epochs"]),
        batch_size=int(hyperparameters["batch_size"]),
        learning_rate_multiplier=float(hyperparameters["learning_rate_multiplier"]),
        seed=seed,
        beta=hyperparameters.get("beta"),
    )


def method_object(method: str, hyperparameters: JsonObject) -> JsonObject:
    """The method as the job shows it."""
    return {"type": method, method: {"hyperparameters": hyperparameters}}
