"""`cupola-echo`: the sandbox's default model, a rule engine that says what it is.

It understands nothing and imitates nobody. It counts tokens for real, streams at a steady pace,
calls declared tools, fills JSON schemas, and follows a few plain orders in the last user message
(be slow, refuse, hit the length limit, write long, Markdown, code, Unicode, hostile text, say: X),
so that every state of a client can be reached offline. The same request gives the same answer.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tui.sandbox import echo_text, tokens
from tui.sandbox.echo_schema import Filler, instance
from tui.sandbox.echo_tools import Tool, ToolCall, ToolChoice, calls, results_text
from tui.sandbox.echo_words import Message, last_user_text, salient_words, text_of

NAME = echo_text.NAME
FINGERPRINT = "fp_cupola_sandbox_echo"
TOKENS_PER_SECOND = 60.0
SLOW_TOKENS_PER_SECOND = 4.0
FIRST_TOKEN_AFTER = 0.15
"""Seconds before the first token."""

CONTEXT_WINDOW = 128_000
MAX_OUTPUT = 16_384
"""Tokens, when the request sets no limit."""

IMAGE_TOKENS = 85
"""What an image counts: the platform's figure for low detail. The picture is not looked at."""

_SAY = re.compile(r"^\s*(?:please\s+)?(?:say|repeat|echo)(?:\s+exactly)?:\s*(.+)", re.I | re.S)
_REFUSE = re.compile(r"\brefuse\b", re.I)
_SLOW = re.compile(r"\b(?:slowly|be slow|go slow|slow down|slow mode)\b", re.I)
_LENGTH = re.compile(r"\b(?:length limit|token limit|run out of tokens)\b", re.I)
_FILTER = re.compile(r"\bcontent[_ ]filter\b", re.I)
_HOSTILE = re.compile(r"\bhostile (?:text|sample|characters)\b", re.I)
_MARKDOWN = re.compile(r"\bmarkdown\b", re.I)
_CODE = re.compile(r"\b(?:code sample|(?:write|show|give)\b[^.?!\n]{0,40}\bcode)\b", re.I)
_UNICODE = re.compile(r"\b(?:unicode|other scripts|emoji)\b", re.I)
_LONG = re.compile(r"\b(?:long (?:answer|text|reply|story|essay)|at length)\b", re.I)
_WORDS = re.compile(r"\b(\d{2,5}) words\b", re.I)


@dataclass(frozen=True, slots=True)
class EchoRequest:
    """What an answer depends on; chat, responses and runs are all turned into this."""

    messages: Sequence[Message]
    """In the wire form of chat completions, oldest first."""
    tools: Sequence[Tool] = ()
    tool_choice: ToolChoice = field(default_factory=ToolChoice)
    parallel_tool_calls: bool = True
    response_format: str = "text"
    """text, json_object or json_schema."""
    schema: Mapping[str, Any] | None = None
    max_tokens: int | None = None
    stop: Sequence[str] = ()
    choice: int = 0
    """Which of `choices` this answer is."""
    choices: int = 1
    lead: str = ""
    """What an answer in words opens with, such as the quotation that a search found."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One step of a stream, of one kind: text, refusal, or a piece of a tool call."""

    tokens: int
    """How many tokens it stands for; pacing counts them."""
    text: str = ""
    refusal: str = ""
    call: int | None = None
    """The index of the tool call that `arguments` continues."""
    opens: ToolCall | None = None
    """The call that begins here, without arguments yet."""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, known before its first token is sent."""

    text: str | None
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str = "stop"
    completion_tokens: int = 0
    tokens_per_second: float = TOKENS_PER_SECOND
    fingerprint: str = FINGERPRINT
    """Who answered: the rule engine, or the weights of a tuned model."""

    @property
    def slow(self) -> bool:
        """Whether the prompt asked for it; then an unstreamed answer takes its time, too."""
        return self.tokens_per_second < TOKENS_PER_SECOND

    @property
    def seconds(self) -> float:
        """How long the answer takes at its pace."""
        return FIRST_TOKEN_AFTER + self.completion_tokens / self.tokens_per_second

    def deltas(self) -> Iterator[Delta]:
        """The answer token by token; text arrives in whole characters."""
        for count, piece in _pieces(self.text or ""):
            yield Delta(count, text=piece)
        for count, piece in _pieces(self.refusal or ""):
            yield Delta(count, refusal=piece)
        for index, call in enumerate(self.tool_calls):
            yield Delta(0, call=index, opens=replace(call, arguments=""))
            for count, piece in _pieces(call.arguments):
                yield Delta(count, call=index, arguments=piece)


def reply(request: EchoRequest) -> Reply:
    """The answer to a request, cut at its stop sequences and its token limit."""
    return _within(request, _whole(request, last_user_text(request.messages)))


def spoken(request: EchoRequest, text: str) -> Reply:
    """A text that something else has made, paced and cut as the request wants it."""
    return _within(request, Reply(_led(request, text)))


def _within(request: EchoRequest, whole: Reply) -> Reply:
    prompt = last_user_text(request.messages)
    pace = SLOW_TOKENS_PER_SECOND if _SLOW.search(prompt) else TOKENS_PER_SECOND
    whole = replace(whole, tokens_per_second=pace)
    for stop in request.stop:
        if whole.text and stop and stop in whole.text:
            whole = replace(whole, text=whole.text[: whole.text.index(stop)])
    return _limited(whole, request.max_tokens, hits_limit=bool(_LENGTH.search(prompt)))


def _whole(request: EchoRequest, prompt: str) -> Reply:
    """The answer before it is cut, by the first rule that holds."""
    if _REFUSE.search(prompt):
        return Reply(None, refusal=echo_text.REFUSAL)
    wanted = calls(
        request.messages, request.tools, request.tool_choice, parallel=request.parallel_tool_calls
    )
    if wanted:
        return Reply(None, tool_calls=wanted, finish_reason="tool_calls")
    if request.response_format != "text":
        return Reply(_json(request, prompt))
    if _FILTER.search(prompt):
        return Reply("The rest of this answer was", finish_reason="content_filter")
    text = results_text(request.messages) or _set_piece(prompt) or _echo(request, prompt)
    text = _led(request, text)
    if request.choices > 1:
        text += f"\n\nThis is choice {request.choice + 1} of {request.choices}."
    return Reply(text)


def _led(request: EchoRequest, text: str) -> str:
    """An answer in words behind what it opens with; JSON stands alone."""
    if not request.lead or request.response_format != "text":
        return text
    return f"{request.lead}\n\n{text}"


def _json(request: EchoRequest, prompt: str) -> str:
    """JSON that fits the schema, or says what it is when there is none."""
    if request.schema is not None:
        return json.dumps(instance(request.schema, Filler(prompt)), ensure_ascii=False)
    said = {
        "model": NAME,
        "note": "A rule engine filled this in; it holds words of the request.",
        "words": salient_words(prompt),
        "messages": len(request.messages),
    }
    return json.dumps(said, ensure_ascii=False)


def _set_piece(prompt: str) -> str | None:
    """One of the fixed texts, when the prompt asks for one."""
    if said := _SAY.match(prompt):
        return said[1].strip()
    for pattern, text in (
        (_HOSTILE, echo_text.HOSTILE),
        (_MARKDOWN, echo_text.MARKDOWN),
        (_CODE, echo_text.CODE),
        (_UNICODE, echo_text.UNICODE),
    ):
        if pattern.search(prompt):
            return text
    words = _WORDS.search(prompt)
    if words or _LONG.search(prompt) or _LENGTH.search(prompt):
        about = int(words[1]) if words else 400
        return echo_text.long_text(", ".join(salient_words(prompt)), about_words=about)
    return None


def _echo(request: EchoRequest, prompt: str) -> str:
    """The plain answer: its own name, and the words that stood out."""
    words = salient_words(prompt)
    spoken = ", ".join(words) if words else "no word that stands out"
    lines = [
        "I am cupola-echo, a rule engine of the Cupola sandbox, not a language model.",
        f"Your message has {_counted(tokens.count(prompt), 'token')} and speaks of: {spoken}.",
    ]
    orders = [m for m in request.messages if m.get("role") in ("system", "developer")]
    if orders and (told := salient_words(text_of(orders[-1]), limit=5)):
        lines.append(f"Your instructions mention: {', '.join(told)}.")
    turns = sum(1 for message in request.messages if message.get("role") == "user")
    if turns > 1:
        lines.append(f"This is turn {turns} of our conversation.")
    attached = _attachments(request.messages)
    if attached:
        lines.append(f"I cannot look at what is attached: {attached}.")
    lines.append(
        "Ask me to be slow, to refuse, for a long answer, Markdown, a code sample, Unicode or the"
        " length limit, and I will."
    )
    return " ".join(lines)


def _attachments(messages: Sequence[Message]) -> str:
    kinds: dict[str, int] = {}
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            kind = str(part.get("type", "")) if isinstance(part, dict) else ""
            if kind in ("image_url", "input_audio", "file"):
                name = {"image_url": "image", "input_audio": "sound"}.get(kind, kind)
                kinds[name] = kinds.get(name, 0) + 1
    return ", ".join(_counted(count, name) for name, count in kinds.items())


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _limited(whole: Reply, max_tokens: int | None, *, hits_limit: bool) -> Reply:
    """The answer within its limit; what is cut ends with finish reason `length`."""
    limit = MAX_OUTPUT if max_tokens is None else max_tokens
    total = sum(tokens.count(part) for part in (whole.text, whole.refusal) if part)
    if hits_limit and whole.text and max_tokens is None:
        limit = min(limit, max(1, total // 2))
    left = limit
    text, left = _first_tokens(whole.text, left)
    refusal, left = _first_tokens(whole.refusal, left)
    kept: list[ToolCall] = []
    cut = left < 0
    for call in whole.tool_calls:
        left -= tokens.count(call.name)
        arguments, left = _first_tokens(call.arguments, max(0, left))
        kept.append(replace(call, arguments=arguments or ""))
        if left < 0:
            cut = True
            break
    finish = "length" if cut else whole.finish_reason
    return replace(
        whole,
        text=text,
        refusal=refusal,
        tool_calls=tuple(kept),
        finish_reason=finish,
        completion_tokens=limit if cut else limit - left,
    )


def _first_tokens(text: str | None, limit: int) -> tuple[str | None, int]:
    """The first tokens of a text, and how many are left of the limit: -1 when it was cut."""
    if text is None:
        return None, limit
    ids = tokens.encode(text)
    if len(ids) <= limit:
        return text, limit - len(ids)
    kept = b"".join(tokens.token_bytes(ids[: max(0, limit)]))
    return kept.decode("utf-8", "ignore"), -1


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """The text in tokens; a token that ends inside a character waits for the next."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    waiting = 0
    for piece in tokens.token_bytes(tokens.encode(text)):
        waiting += 1
        shown = decoder.decode(piece)
        if shown:
            yield waiting, shown
            waiting = 0


def prompt_tokens(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> int:
    """What a prompt counts: its texts, 3 tokens of frame per message and 3 in all; tools as JSON.

    The frame is the published rule of thumb; the platform's own is not public.
    """
    total = 3
    for message in messages:
        total += 3 + tokens.count(str(message.get("role", "")))
        total += tokens.count(text_of(message))
        if message.get("name"):
            total += 1 + tokens.count(str(message["name"]))
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            if isinstance(part, dict) and part.get("type") == "image_url":
                total += IMAGE_TOKENS
        for call in message.get("tool_calls") or ():
            total += tokens.count(json.dumps(call, ensure_ascii=False))
    for tool in tools:
        total += tokens.count(json.dumps(tool, ensure_ascii=False))
    return total
