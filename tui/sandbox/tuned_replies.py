"""Who answers under a model's name: the rule engine, or what a fine-tuning job has learned.

A tuned model answers what it knows words of. Everything else, calls of tools and JSON that it
cannot write are the rule engine's, which says what it is; the fingerprint tells the two apart.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import replace

from tui.sandbox import echo
from tui.sandbox.echo_tools import calls
from tui.sandbox.echo_words import last_user_text
from tui.sandbox.fine_tuning_work import weights_of
from tui.sandbox.models_table import ModelEntry
from tui.sandbox.training_examples import last_orders
from tui.sandbox.training_model import LanguageModel
from tui.sandbox.tuned_weights import TUNED
from tui.sandbox.wire import load_json
from tui.sandbox.world import World


async def respond(
    world: World, entry: ModelEntry, requests: Sequence[echo.EchoRequest]
) -> list[echo.Reply]:
    """The answers of a model, one for each request, made off the loop."""
    model = await _weights(world, entry)
    return await world.compute(_replies, model, entry.id, requests)


async def _weights(world: World, entry: ModelEntry) -> LanguageModel | None:
    if not entry.tuned:
        return None
    record = await world.database.read(lambda records: records.get(TUNED, entry.id))
    return None if record is None else await weights_of(world, record)


def _replies(
    model: LanguageModel | None, name: str, requests: Sequence[echo.EchoRequest]
) -> list[echo.Reply]:
    return [_reply(model, name, request) for request in requests]


def _reply(model: LanguageModel | None, name: str, request: echo.EchoRequest) -> echo.Reply:
    text = None if model is None else _learned(model, request)
    if text is None:
        return echo.reply(request)
    mark = hashlib.sha256(name.encode()).hexdigest()[:10]
    return replace(echo.spoken(request, text), fingerprint=f"fp_cupola_sandbox_tuned_{mark}")


def _learned(model: LanguageModel, request: echo.EchoRequest) -> str | None:
    """What the model has learned to say, or None when that is nothing or of no use."""
    prompt = last_user_text(request.messages)
    if not model.knows(prompt) or _wants_tools(request):
        return None
    draw = random.Random(f"{request.choice}:{prompt}") if request.choice else None
    text, _ = model.generate(model.question(prompt, last_orders(request.messages)), draw=draw)
    if not text or (request.response_format != "text" and not _fits(text, request)):
        return None
    return text


def _wants_tools(request: echo.EchoRequest) -> bool:
    return bool(
        calls(
            request.messages,
            request.tools,
            request.tool_choice,
            parallel=request.parallel_tool_calls,
        )
    )


def _fits(text: str, request: echo.EchoRequest) -> bool:
    """Whether a learned text is the JSON object asked for, with the members it must have."""
    try:
        value = load_json(text.encode())
    except ValueError:
        return False
    if not isinstance(value, dict):
        return False
    schema = request.schema or {}
    members, required = schema.get("properties"), schema.get("required")
    if isinstance(required, list) and not all(name in value for name in required):
        return False
    closed = schema.get("additionalProperties") is False and isinstance(members, dict)
    return not closed or all(name in (members or {}) for name in json.loads(text))
