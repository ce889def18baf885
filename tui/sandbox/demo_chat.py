"""The demo's stored chat completions: a month of them, with true token counts."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeAlias

from tui.sandbox import demo_chat_edges as edges
from tui.sandbox import demo_chat_engineering as engineering
from tui.sandbox import demo_chat_languages as languages
from tui.sandbox import demo_chat_records as extracted
from tui.sandbox import demo_chat_support as helping
from tui.sandbox import demo_chat_tools as tooled
from tui.sandbox import echo, tokens
from tui.sandbox.chat import stored_record
from tui.sandbox.chat_objects import completion_object, message_object, usage_object
from tui.sandbox.demo import SEED, generator, marked, seeds
from tui.sandbox.demo_scene import Scene
from tui.sandbox.identifiers import Identifiers
from tui.sandbox.records import Record, Records
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

Maker: TypeAlias = Callable[[random.Random], Scene]

COUNT = 384
DAYS = 30
FINGERPRINT = "fp_cupola_sandbox_demo"
"""Says that the text was written for the demo; no model made it."""

_MAKERS: tuple[tuple[int, Maker], ...] = (
    (26, helping.support),
    (6, helping.handover),
    (11, engineering.review),
    (6, engineering.incident),
    (5, engineering.query),
    (4, engineering.release),
    (7, extracted.invoice),
    (8, extracted.triage),
    (3, extracted.reviews),
    (3, extracted.berth_plan),
    (7, tooled.find_berth),
    (5, tooled.sail_or_stay),
    (4, tooled.move),
    (3, tooled.refund),
    (8, languages.translation),
    (7, languages.asked_abroad),
    (4, edges.refused),
    (3, edges.cut_short),
    (1, edges.filtered),
    (3, edges.picture),
    (4, edges.planning),
)
"""How often each kind of conversation occurs."""

_WEEKDAY_HOURS = (7, 8, 8, 9, 9, 9, 10, 10, 11, 11, 12, 13, 13, 14, 14, 15, 15, 16, 17, 19, 21)
_ENVIRONMENTS = ("prod", "prod", "prod", "prod", "staging", "dev")


@seeds
async def seed_chat(world: World, now: int) -> None:
    """Add the stored completions."""
    made = await world.compute(completions, now)

    def insert(records: Records) -> None:
        for record in made:
            records.insert(record)

    await world.database.write(insert)


def completions(now: int) -> list[Record]:
    """All stored completions, oldest first; the same for the same time."""
    draw = generator("chat")
    ids = Identifiers(SEED)
    weights = [weight for weight, _ in _MAKERS]
    makers = [maker for _, maker in _MAKERS]
    scenes = [draw.choices(makers, weights)[0](draw) for _ in range(COUNT - len(makers) - 2)]
    scenes += [maker(draw) for maker in makers]
    scenes += [edges.rough(draw), edges.filtered(draw)]
    draw.shuffle(scenes)
    moments = generator("chat.times")
    times = sorted(_time(moments, now) for _ in scenes)
    return [_record(draw, ids, scene, at) for scene, at in zip(scenes, times, strict=True)]


def _time(draw: random.Random, now: int) -> int:
    """A moment of the last month: more by day, fewer at weekends, some in the last hours."""
    if draw.random() < 0.06:
        return now - draw.randint(40, 6 * 3600)
    midnight = now - now % 86_400
    day = draw.randint(1, DAYS)
    if (midnight // 86_400 - day + 4) % 7 in (0, 6) and draw.random() < 0.7:
        day = max(1, day - 2)
    return midnight - day * 86_400 + draw.choice(_WEEKDAY_HOURS) * 3600 + draw.randint(0, 3599)


def _record(draw: random.Random, ids: Identifiers, scene: Scene, created: int) -> Record:
    model = draw.choice(scene.models)
    metadata = {
        "env": draw.choice(_ENVIRONMENTS),
        "team": scene.team,
        "feature": scene.feature,
        **scene.metadata,
    }
    body: JsonObject = {
        "model": model,
        "messages": scene.messages,
        "store": True,
        "metadata": metadata,
        **scene.settings,
    }
    if draw.random() < 0.25:
        body["user"] = f"u-{draw.randint(1000, 1999)}"
    completion = completion_object(
        id=ids.new("chatcmpl-"),
        created=created,
        model=model,
        choices=[
            {
                "index": 0,
                "message": message_object(
                    scene.content, refusal=scene.refusal, tool_calls=scene.tool_calls
                ),
                "logprobs": None,
                "finish_reason": scene.finish,
            }
        ],
        usage=_usage(draw, scene),
        service_tier="flex" if draw.random() < 0.05 else "default",
    )
    completion["system_fingerprint"] = FINGERPRINT
    return marked(stored_record(completion, body, request_id=ids.new("req_"), metadata=metadata))


def _usage(draw: random.Random, scene: Scene) -> JsonObject:
    """Counted from the texts; long prompts of repeated work show some of it as cached."""
    prompt = echo.prompt_tokens(scene.messages, scene.settings.get("tools", ()))
    answered = tokens.count(scene.content or scene.refusal or "")
    for called in scene.tool_calls or ():
        function = called["function"]
        answered += tokens.count(function["name"]) + tokens.count(function["arguments"])
    usage = usage_object(prompt, answered)
    if prompt > 400 and draw.random() < 0.5:
        usage["prompt_tokens_details"]["cached_tokens"] = prompt // 128 * 128
    return usage
