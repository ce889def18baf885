"""Wire models of assistants, threads, messages, runs, their steps, and the deltas of a stream."""

from __future__ import annotations

from typing import Any

from tui.api.models.chat import Usage
from tui.api.models.common import Error, Identified, Mapped, Number, Wire


class AssistantTool(Wire):
    """A tool by `type`: code_interpreter, file_search, function; unknown types stay raw."""

    type: str | None = None
    function: Mapped = None
    file_search: Mapped = None


class CodeFiles(Wire):
    """Files that code may open."""

    file_ids: list[str] | None = None


class SearchedStores(Wire):
    """Stores that are searched."""

    vector_store_ids: list[str] | None = None


class ToolResources(Wire):
    """What the tools work on."""

    code_interpreter: CodeFiles | None = None
    file_search: SearchedStores | None = None


class Assistant(Identified):
    """An assistant: a model with instructions and tools."""

    created_at: Number = None
    name: str | None = None
    description: str | None = None
    model: str | None = None
    instructions: str | None = None
    tools: list[AssistantTool] | None = None
    tool_resources: ToolResources | None = None
    metadata: Mapped = None
    temperature: Number = None
    top_p: Number = None
    reasoning_effort: str | None = None
    response_format: Any = None


class Thread(Identified):
    """A conversation that the server keeps. It has no title: metadata stands in for one."""

    created_at: Number = None
    metadata: Mapped = None
    tool_resources: ToolResources | None = None


class Citation(Wire):
    """Where a cited passage stands."""

    file_id: str | None = None
    quote: str | None = None


class Annotation(Wire):
    """A mark in a text: file_citation or file_path."""

    type: str | None = None
    text: str | None = None
    """The characters of the message that the annotation replaces."""
    start_index: Number = None
    end_index: Number = None
    file_citation: Citation | None = None
    file_path: Citation | None = None
    index: Number = None
    """In deltas: which annotation this is."""


class Text(Wire):
    """A text with its annotations."""

    value: str | None = None
    annotations: list[Annotation] | None = None


class ContentPart(Wire):
    """A part by `type`: text, refusal, image_file, image_url; unknown types stay raw."""

    type: str | None = None
    index: Number = None
    """In deltas: which part this piece belongs to."""
    text: Text | str | None = None
    refusal: str | None = None
    image_file: Mapped = None
    image_url: Mapped = None


class Attachment(Wire):
    """A file beside a message, and the tools that get it."""

    file_id: str | None = None
    tools: list[AssistantTool] | None = None


class Incomplete(Wire):
    """Why something is incomplete."""

    reason: str | None = None


class ThreadMessage(Identified):
    """A message: in_progress, incomplete or completed. Its run is null when a person made it."""

    created_at: Number = None
    thread_id: str | None = None
    assistant_id: str | None = None
    run_id: str | None = None
    status: str | None = None
    role: str | None = None
    content: list[ContentPart] | str | None = None
    attachments: list[Attachment] | None = None
    incomplete_details: Incomplete | None = None
    completed_at: Number = None
    incomplete_at: Number = None
    metadata: Mapped = None

    @property
    def words(self) -> str:
        """The text and the refusals of all parts."""
        if not isinstance(self.content, list):
            return self.content or ""
        found = []
        for part in self.content:
            text = part.text.value if isinstance(part.text, Text) else part.text
            found.append(text or part.refusal or "")
        return "\n".join(one for one in found if one)

    @property
    def annotations(self) -> list[Annotation]:
        """The annotations of all parts."""
        parts = self.content if isinstance(self.content, list) else []
        return [one for part in parts if isinstance(part.text, Text) for one in _notes(part.text)]


def _notes(text: Text) -> list[Annotation]:
    return text.annotations or []


class CalledFunction(Wire):
    """A function call of a run; the output is null until it was submitted."""

    name: str | None = None
    arguments: str | None = None
    output: str | None = None


class RunToolCall(Wire):
    """A call by `type`: function, file_search, code_interpreter; unknown types stay raw."""

    id: str | None = None
    type: str | None = None
    index: Number = None
    """In deltas: which call this piece belongs to."""
    function: CalledFunction | None = None
    file_search: Mapped = None
    code_interpreter: Mapped = None


class ToolOutputsWanted(Wire):
    """The calls whose outputs are waited for; all come in one request."""

    tool_calls: list[RunToolCall] | None = None


class RequiredAction(Wire):
    """What a run waits for; so far always submit_tool_outputs."""

    type: str | None = None
    submit_tool_outputs: ToolOutputsWanted | None = None


class Truncation(Wire):
    """How much of the thread is read."""

    type: str | None = None
    last_messages: Number = None


class Run(Identified):
    """An assistant at work on a thread.

    queued, in_progress, requires_action, cancelling; at the end completed, failed, incomplete,
    expired or cancelled.
    """

    created_at: Number = None
    thread_id: str | None = None
    assistant_id: str | None = None
    status: str | None = None
    required_action: RequiredAction | None = None
    last_error: Error = None
    incomplete_details: Incomplete | None = None
    started_at: Number = None
    expires_at: Number = None
    completed_at: Number = None
    cancelled_at: Number = None
    failed_at: Number = None
    model: str | None = None
    instructions: str | None = None
    tools: list[AssistantTool] | None = None
    tool_choice: Any = None
    parallel_tool_calls: bool | None = None
    response_format: Any = None
    truncation_strategy: Truncation | None = None
    max_prompt_tokens: Number = None
    max_completion_tokens: Number = None
    temperature: Number = None
    top_p: Number = None
    usage: Usage | None = None
    metadata: Mapped = None

    @property
    def wanted_calls(self) -> list[RunToolCall]:
        """The calls whose outputs it waits for."""
        action = self.required_action
        wanted = action.submit_tool_outputs if action is not None else None
        return (wanted.tool_calls or []) if wanted is not None else []


class CreatedMessage(Wire):
    """The message that a step wrote."""

    message_id: str | None = None


class StepDetails(Wire):
    """What a step did, by `type`: message_creation or tool_calls."""

    type: str | None = None
    message_creation: CreatedMessage | None = None
    tool_calls: list[RunToolCall] | None = None


class RunStep(Identified):
    """One step of a run: in_progress, completed, failed, cancelled or expired."""

    created_at: Number = None
    thread_id: str | None = None
    run_id: str | None = None
    assistant_id: str | None = None
    type: str | None = None
    status: str | None = None
    step_details: StepDetails | None = None
    last_error: Error = None
    completed_at: Number = None
    cancelled_at: Number = None
    failed_at: Number = None
    expired_at: Number = None
    usage: Usage | None = None
    metadata: Mapped = None


class MessagePiece(Wire):
    """What changed in a message."""

    role: str | None = None
    content: list[ContentPart] | None = None


class MessageDelta(Identified):
    """The data of `thread.message.delta`."""

    delta: MessagePiece | None = None


class StepPiece(Wire):
    """What changed in a step."""

    step_details: StepDetails | None = None


class RunStepDelta(Identified):
    """The data of `thread.run.step.delta`."""

    delta: StepPiece | None = None
