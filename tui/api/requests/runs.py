"""The bodies of runs: made on a thread or with one, changed, and answered."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from tui.api.requests.assistants import (
    FORMAT_HELP,
    RESOURCES_HELP,
    TOOLS_HELP,
    AssistantTool,
    Effort,
    NamedTool,
    ToolResources,
)
from tui.api.requests.chat import ResponseFormat
from tui.api.requests.common import METADATA_HELP, Metadata, RequestModel
from tui.api.requests.threads import CreateMessage, CreateThread


class Truncation(RequestModel):
    """How much of the thread is read."""

    type: Literal["auto", "last_messages"] = Field(
        description="auto drops what does not fit; last_messages reads the newest only."
    )
    last_messages: int | None = Field(
        default=None, ge=1, description="How many of the newest messages to read."
    )

    @model_validator(mode="after")
    def _says_how_many(self) -> Truncation:
        if self.type == "last_messages" and self.last_messages is None:
            raise ValueError("say how many messages to read")
        return self


class _RunSettings(RequestModel):
    """What all runs have in common; unset fields are the assistant's."""

    assistant_id: str = Field(min_length=1, description="The assistant that answers.")
    model: str | None = Field(
        default=None, min_length=1, description="Another model than the assistant's."
    )
    instructions: str | None = Field(
        default=None,
        max_length=256_000,
        description="Instructions for this run, in place of the assistant's.",
    )
    tools: list[AssistantTool] | None = Field(
        default=None, max_length=20, description=TOOLS_HELP + " 20 at most in a run."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="0 is focused, 2 is wild; the default is 1."
    )
    top_p: float | None = Field(
        default=None, ge=0, le=1, description="Choose among the likeliest words up to this share."
    )
    max_prompt_tokens: int | None = Field(
        default=None, ge=256, description="How many prompt tokens the whole run may use."
    )
    max_completion_tokens: int | None = Field(
        default=None, ge=256, description="How many answer tokens the whole run may use."
    )
    truncation_strategy: Truncation | None = Field(
        default=None, description="How much of the thread is read."
    )
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = Field(
        default=None, description="Whether tools may or must be used, or which one."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Let the model call several functions at once."
    )
    response_format: Literal["auto"] | ResponseFormat | None = Field(
        default=None, description=FORMAT_HELP
    )
    stream: bool | None = Field(
        default=None, description="Send the run's events while they happen."
    )


class CreateRun(_RunSettings):
    """Let an assistant work on a thread; the thread is locked until the run ends."""

    reasoning_effort: Effort | None = Field(
        default=None, description="How long a reasoning model may think."
    )
    additional_instructions: str | None = Field(
        default=None,
        max_length=256_000,
        description="Instructions to add to the assistant's, for this run.",
    )
    additional_messages: list[CreateMessage] | None = Field(
        default=None, description="Messages to add to the thread before the run."
    )


class CreateThreadAndRun(_RunSettings):
    """Make a thread and let an assistant work on it, in one request."""

    thread: CreateThread | None = Field(default=None, description="The thread to make.")
    tool_resources: ToolResources | None = Field(
        default=None, description=RESOURCES_HELP + " They replace the assistant's."
    )


class ModifyRun(RequestModel):
    """Replace the metadata of a run; nothing else can change."""

    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)


class ToolOutput(RequestModel):
    """What one of the called functions gave back."""

    tool_call_id: str = Field(min_length=1, description="Which call this answers.")
    output: str = Field(description="What the function gave back, as text.")


class SubmitToolOutputs(RequestModel):
    """Answer a run that waits: all of its calls in one request."""

    tool_outputs: list[ToolOutput] = Field(min_length=1, description="One output for each call.")
    stream: bool | None = Field(
        default=None, description="Send the run's events while they happen."
    )
