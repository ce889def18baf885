"""Wire models of chat completions: stored ones, messages, and the chunks of a stream."""

from __future__ import annotations

from typing import Any

from tui.api.models.common import Identified, Mapped, Number, Wire


class FunctionCall(Wire):
    """A function's name and arguments: JSON text, though some servers send the object itself."""

    name: str | None = None
    arguments: str | dict[str, Any] | None = None


class CustomCall(Wire):
    """A custom tool's name and its free text."""

    name: str | None = None
    input: str | None = None


class ToolCall(Wire):
    """A call that the model asks for, by `type`; unknown types keep their raw fields."""

    id: str | None = None
    type: str | None = None
    index: Number = None
    """In chunks: which call this piece belongs to."""
    function: FunctionCall | None = None
    custom: CustomCall | None = None


class Message(Wire):
    """A message; the content is text, a list of parts, or null beside tool calls."""

    role: str | None = None
    content: str | list[Any] | None = None
    refusal: str | None = None
    name: str | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None
    function_call: FunctionCall | None = None
    annotations: list[Any] | None = None
    audio: Mapped = None

    @property
    def text(self) -> str:
        """The text of all its parts."""
        if not isinstance(self.content, list):
            return self.content or ""
        texts = (part.get("text") for part in self.content if isinstance(part, dict))
        return "\n".join(text for text in texts if isinstance(text, str))


class StoredMessage(Message):
    """A message of a stored completion, with the id that pages go by."""

    id: str
    content_parts: list[Any] | None = None


class Choice(Wire):
    """One answer."""

    index: Number = None
    message: Message | None = None
    finish_reason: str | None = None
    """stop, length, tool_calls, content_filter, and unknown ones."""
    logprobs: Mapped = None


class PromptDetails(Wire):
    """Of which the prompt's tokens were."""

    cached_tokens: Number = None
    audio_tokens: Number = None


class CompletionDetails(Wire):
    """Of which the answer's tokens were."""

    reasoning_tokens: Number = None
    audio_tokens: Number = None
    accepted_prediction_tokens: Number = None
    rejected_prediction_tokens: Number = None


class Usage(Wire):
    """Token counts."""

    prompt_tokens: Number = None
    completion_tokens: Number = None
    total_tokens: Number = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None


class ChatCompletion(Identified):
    """A completion; stored ones bring their metadata and may bring the request's parameters."""

    created: Number = None
    model: str | None = None
    choices: list[Choice] | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
    metadata: Mapped = None
    request_id: str | None = None
    tools: list[Any] | None = None
    tool_choice: Any = None
    response_format: Any = None
    temperature: Number = None
    top_p: Number = None
    seed: Number = None

    @property
    def answer(self) -> Message | None:
        """The first choice's message."""
        return self.choices[0].message if self.choices else None


class DeltaChoice(Wire):
    """A piece of one answer."""

    index: Number = None
    delta: Message | None = None
    finish_reason: str | None = None
    logprobs: Mapped = None


class ChatChunk(Wire):
    """One event of a stream. Azure's first has an empty id and no choices; so has the last."""

    id: str | None = None
    object: str | None = None
    created: Number = None
    model: str | None = None
    choices: list[DeltaChoice] | None = None
    usage: Usage | None = None
    service_tier: str | None = None
    system_fingerprint: str | None = None
