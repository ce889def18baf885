"""What one turn of a run will do, known before it does it: tools it uses itself, then its answer.

The plan is kept as JSON beside the run, so that a run goes on where it was when the sandbox is
started again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tui.sandbox import echo, tokens
from tui.sandbox.chat_request import read_function
from tui.sandbox.echo_tools import Tool, ToolChoice
from tui.sandbox.echo_words import last_user_text, text_of
from tui.sandbox.fields import Fields
from tui.sandbox.models import resolve_model
from tui.sandbox.records import Record, Records
from tui.sandbox.run_records import usage_of
from tui.sandbox.run_search import Found, search
from tui.sandbox.thread_records import MESSAGE, THREAD
from tui.sandbox.tuned_replies import respond
from tui.sandbox.wire import JsonObject
from tui.sandbox.world import World

NO_CODE = (
    "cupola-echo: the sandbox does not run code. Nothing was executed, and no file was opened or"
    " made."
)
_NO_CODE_LEAD = (
    "I did not run any code: the sandbox has no interpreter, and the log of my call says so."
)

_FAIL = re.compile(r"\bfail (?:this|the) run\b", re.I)
_BREAK = re.compile(r"\bstream error\b", re.I)
_CODE = re.compile(
    r"\b(?:code|python|script|calculate|compute|plot|chart|spreadsheet|csv|average|sum)\b", re.I
)


@dataclass(frozen=True, slots=True)
class HostedStep:
    """A tool that the run uses itself: the call as it ends, and what it used."""

    call: JsonObject
    usage: JsonObject


@dataclass(frozen=True, slots=True)
class Plan:
    """One turn, as far as it will come."""

    hosted: list[HostedStep] = field(default_factory=list)
    text: str | None = None
    refusal: str | None = None
    annotations: list[JsonObject] = field(default_factory=list)
    calls: list[JsonObject] = field(default_factory=list)
    """Function calls; the run then waits for their outputs."""
    finish: str = "stop"
    """stop, tool_calls, length, content_filter; or failed, prompt: nothing is answered."""
    pace: float = echo.TOKENS_PER_SECOND
    usage: JsonObject = field(default_factory=lambda: usage_of(0, 0))
    error: JsonObject | None = None
    """`last_error` of a run that fails."""
    breaks: bool = False
    """Whether the stream ends with an error while the run goes on."""

    def as_object(self) -> JsonObject:
        """The plan as JSON."""
        return asdict(self)

    @classmethod
    def from_object(cls, value: JsonObject) -> Plan:
        """The plan that `as_object` gave."""
        hosted = [HostedStep(**step) for step in value["hosted"]]
        return cls(**{**value, "hosted": hosted})


@dataclass(frozen=True, slots=True)
class _Scene:
    """What a turn starts from."""

    thread: JsonObject
    messages: list[JsonObject]
    """In the form of chat completions, oldest first, without the instructions."""


async def plan_turn(world: World, run: Record) -> Plan:
    """Read the thread, use the hosted tools, and ask the engine."""
    scene = await world.database.read(lambda records: _scene(records, run))
    first = not run.private["said"]
    prompt = last_user_text(scene.messages)
    found = None
    if first and _uses(run, "file_search", bool(prompt.strip())):
        found = await search(world, run, scene.thread, prompt)
    asked = await world.compute(_ask, run, scene, found)
    if isinstance(asked, Plan):
        return asked
    model = await resolve_model(world, run.body["model"])
    if model is None:
        message = f"The model `{run.body['model']}` does not exist any more."
        return Plan(finish="failed", error={"code": "server_error", "message": message})
    (reply,) = await respond(world, model, [asked.request])
    return _plan(asked, reply, found)


def _scene(records: Records, run: Record) -> _Scene:
    thread = records.get(THREAD, run.parent)
    messages = [
        _chat_message(message.body)
        for message in records.select(MESSAGE, parent=run.parent)
        if message.body["run_id"] != run.id
    ]
    strategy = run.body["truncation_strategy"]
    if strategy["type"] == "last_messages":
        messages = messages[-strategy["last_messages"] :]
    return _Scene({} if thread is None else thread.body, messages)


def _chat_message(body: JsonObject) -> JsonObject:
    """A thread's message in the form of chat completions."""
    parts: list[JsonObject] = []
    for part in body["content"]:
        match part["type"]:
            case "text":
                parts.append({"type": "text", "text": part["text"]["value"]})
            case "refusal":
                parts.append({"type": "refusal", "refusal": part["refusal"]})
            case kind:
                parts.append({"type": "image_url", "image_url": part[kind]})
    for attachment in body["attachments"] or ():
        if any(tool["type"] == "code_interpreter" for tool in attachment["tools"]):
            parts.append({"type": "file", "file": {"file_id": attachment["file_id"]}})
    return {"role": body["role"], "content": parts}


def _uses(run: Record, kind: str, wanted: bool) -> bool:
    """Whether a hosted tool is used: always when it is demanded, never when none may be."""
    choice = run.body["tool_choice"]
    offered = [tool["type"] for tool in run.body["tools"]]
    if kind not in offered or choice == "none":
        return False
    if isinstance(choice, dict):
        return bool(choice["type"] == kind)
    return wanted or (choice == "required" and set(offered) == {kind})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the engine is asked, and what comes before its answer."""

    request: echo.EchoRequest
    hosted: list[HostedStep]
    prompt_tokens: int
    breaks: bool


def _ask(run: Record, scene: _Scene, found: Found | None) -> Plan | _Asked:
    """The request to the engine; a whole plan when there is nothing to ask it."""
    prompt = last_user_text(scene.messages)
    if error := _error(run, scene, prompt):
        return Plan(finish="failed", error=error)
    budget = _Budget(run, scene)
    messages = budget.fitting()
    if messages is None:
        return Plan(finish="prompt")
    counted = budget.counted(messages)
    hosted, lead = _hosted(run, prompt, found, counted)
    used = sum(step.usage["completion_tokens"] for step in hosted)
    limit = run.body["max_completion_tokens"]
    left = None if limit is None else limit - run.private["completion"] - used
    if left is not None and left <= 0:
        return Plan(hosted=hosted, finish="length")
    kind, schema = _format(run)
    request = echo.EchoRequest(
        messages=messages,
        tools=_tools(run),
        tool_choice=_choice(run),
        parallel_tool_calls=run.body["parallel_tool_calls"],
        response_format=kind,
        schema=schema,
        max_tokens=left,
        lead=lead,
    )
    told = found.tokens if found is not None else 0
    return _Asked(request, hosted, counted + told, bool(_BREAK.search(prompt)))


def _plan(asked: _Asked, reply: echo.Reply, found: Found | None) -> Plan:
    calls = [
        {"type": "function", "function": {"name": call.name, "arguments": call.arguments}}
        for call in reply.tool_calls
    ]
    return Plan(
        hosted=asked.hosted,
        text=reply.text,
        refusal=reply.refusal,
        annotations=_cited(found, reply.text),
        # A call whose arguments were cut is no call.
        calls=[] if reply.finish_reason == "length" else calls,
        finish=reply.finish_reason,
        pace=reply.tokens_per_second,
        usage=usage_of(asked.prompt_tokens, reply.completion_tokens),
        breaks=asked.breaks,
    )


def _error(run: Record, scene: _Scene, prompt: str) -> JsonObject | None:
    """Why the run must fail, if it must."""
    if _FAIL.search(prompt):
        message = "The run was asked to fail, and the sandbox obliged."
        return {"code": "server_error", "message": message}
    kind, _ = _format(run)
    said = [run.body["instructions"], *(text_of(message) for message in scene.messages)]
    if kind == "json_object" and not any("json" in text.lower() for text in said):
        message = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of"
            " type 'json_object'."
        )
        return {"code": "invalid_prompt", "message": message}
    return None


class _Budget:
    """Fits the conversation into what the prompt may still use, dropping its oldest messages."""

    def __init__(self, run: Record, scene: _Scene) -> None:
        instructions = run.body["instructions"]
        self._orders = [{"role": "system", "content": instructions}] if instructions else []
        self._messages = scene.messages
        self._said: list[JsonObject] = run.private["said"]
        self._tools = run.body["tools"]
        self._limit = echo.CONTEXT_WINDOW - echo.MAX_OUTPUT
        if run.body["max_prompt_tokens"] is not None:
            left = run.body["max_prompt_tokens"] - run.private["prompt"]
            self._limit = min(self._limit, left)

    def fitting(self) -> list[JsonObject] | None:
        """What the engine gets; None when not even the last message fits."""
        fixed = self.counted([*self._orders, *self._said])
        left = self._limit - fixed
        kept: list[JsonObject] = []
        for message in reversed(self._messages):
            left -= echo.prompt_tokens([message]) - echo.prompt_tokens([])
            if left < 0:
                break
            kept.insert(0, message)
        if fixed > self._limit or (self._messages and not kept):
            return None
        return [*self._orders, *kept, *self._said]

    def counted(self, messages: Sequence[JsonObject]) -> int:
        """The tokens of a prompt, with the tools."""
        return echo.prompt_tokens(messages, self._tools)


def _hosted(
    run: Record, prompt: str, found: Found | None, counted: int
) -> tuple[list[HostedStep], str]:
    """The steps of the tools that the run uses itself, and what the answer says about them."""
    steps: list[HostedStep] = []
    leads: list[str] = []
    if found is not None:
        # The call's id is given when the step is made, as that of a function call is.
        call = {"type": "file_search", "file_search": found.as_object()}
        steps.append(HostedStep(call, usage_of(counted, tokens.count(prompt) + 3)))
        leads.append(found.lead)
    wanted = bool(_CODE.search(prompt))
    if not run.private["said"] and _uses(run, "code_interpreter", wanted):
        written = "# What was asked for:\n" + "\n".join(
            f"# {line}" for line in prompt.strip()[:400].splitlines()
        )
        inner = {"input": written, "outputs": [{"type": "logs", "logs": NO_CODE}]}
        call = {"type": "code_interpreter", "code_interpreter": inner}
        steps.append(HostedStep(call, usage_of(counted, tokens.count(written))))
        leads.append(_NO_CODE_LEAD)
    return steps, "\n\n".join(leads)


def _cited(found: Found | None, text: str | None) -> list[JsonObject]:
    """The citation, where its mark was told: an answer may be cut before it."""
    if found is None or text is None or not found.mark:
        return []
    start = text.find(found.mark)
    return [found.annotation(start)] if start >= 0 else []


def _tools(run: Record) -> tuple[Tool, ...]:
    return tuple(
        read_function(Fields(tool["function"]))
        for tool in run.body["tools"]
        if tool["type"] == "function"
    )


def _choice(run: Record) -> ToolChoice:
    """How free the engine is; a demand is met once, or the run would never end."""
    choice: Any = run.body["tool_choice"]
    if choice == "none":
        return ToolChoice("none")
    if run.private["said"] or choice == "auto":
        return ToolChoice()
    if choice == "required":
        return ToolChoice("required")
    if choice["type"] == "function":
        return ToolChoice("required", (choice["function"]["name"],))
    return ToolChoice("none")


def _format(run: Record) -> tuple[str, JsonObject | None]:
    wanted: Any = run.body["response_format"]
    if wanted == "auto":
        return "text", None
    if wanted["type"] != "json_schema":
        return wanted["type"], None
    return "json_schema", wanted["json_schema"].get("schema") or {}


def said_messages(calls: Sequence[JsonObject], outputs: dict[str, str]) -> list[JsonObject]:
    """Answered calls in the form of chat completions, for the next turn."""
    asked = [{**call, "function": _asked(call["function"])} for call in calls]
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": outputs[call["id"]]}
        for call in calls
    ]
    return [{"role": "assistant", "content": None, "tool_calls": asked}, *results]


def _asked(function: JsonObject) -> JsonObject:
    return {"name": function["name"], "arguments": function["arguments"]}
