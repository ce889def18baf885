"""The bodies of chat completions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from tui.api.requests.common import METADATA_HELP, Metadata, RequestModel

FunctionName = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
NAME_HELP = "Letters, digits, underscores and dashes, 64 at most."


class ChatMessage(RequestModel):
    """One message of the conversation that is sent."""

    role: Literal["developer", "system", "user", "assistant", "tool", "function"] = Field(
        description="Who speaks: developer or system instruct, user asks, assistant answers."
    )
    content: str | list[dict[str, Any]] | None = Field(
        default=None,
        description="The text, or a list of parts (text, image_url, input_audio, file).",
    )
    name: str | None = Field(default=None, description="Tells speakers of one role apart.")
    tool_calls: list[dict[str, Any]] | None = Field(
        default=None, description="Calls that the assistant asked for in this message."
    )
    tool_call_id: str | None = Field(
        default=None, description="For role tool: which call this is the result of."
    )
    refusal: str | None = Field(
        default=None, description="For role assistant: the refusal it answered with."
    )
    audio: dict[str, Any] | None = Field(
        default=None, description="For role assistant: the audio answer that it refers to."
    )


class FunctionDefinition(RequestModel):
    """A function that the model may call."""

    name: FunctionName = Field(description=NAME_HELP)
    description: str | None = Field(
        default=None, description="What it does; the model decides by this when to call it."
    )
    parameters: dict[str, Any] | None = Field(
        default=None, description="The arguments, as a JSON Schema object."
    )
    strict: bool | None = Field(
        default=None, description="Make the arguments follow the schema exactly."
    )


class FunctionTool(RequestModel):
    """A function offered as a tool."""

    type: Literal["function"] = Field(description="A function with JSON arguments.")
    function: FunctionDefinition = Field(description="The function.")


class CustomTool(RequestModel):
    """A tool that takes free text."""

    type: Literal["custom"] = Field(description="A tool that takes free text.")
    custom: dict[str, Any] = Field(description="Its name, description and input format.")


Tool = Annotated[FunctionTool | CustomTool, Field(discriminator="type")]


class JsonSchema(RequestModel):
    """The schema that an answer must follow."""

    name: FunctionName = Field(description=NAME_HELP)
    description: str | None = Field(default=None, description="What the format is for.")
    definition: dict[str, Any] | None = Field(
        default=None, alias="schema", description="The JSON Schema of the answer."
    )
    strict: bool | None = Field(default=None, description="Follow the schema exactly.")


class ResponseFormat(RequestModel):
    """The form of the answer."""

    type: Literal["text", "json_object", "json_schema"] = Field(
        description="Plain text, any JSON object, or JSON after a schema."
    )
    json_schema: JsonSchema | None = Field(
        default=None, description="The schema, when the type is json_schema."
    )


class StreamOptions(RequestModel):
    """What a stream brings beside the text."""

    include_usage: bool | None = Field(
        default=None, description="Send the token counts in a last chunk."
    )
    include_obfuscation: bool | None = Field(
        default=None, description="Pad the chunks to equal sizes against eavesdroppers."
    )


class ChatSettings(RequestModel):
    """How a chat is answered, whatever its messages: the form of a live chat."""

    model: str = Field(min_length=1, description="The model that answers.")
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="0 is focused, 2 is wild; the default is 1."
    )
    top_p: float | None = Field(
        default=None, ge=0, le=1, description="Choose among the likeliest words up to this share."
    )
    max_completion_tokens: int | None = Field(
        default=None, ge=1, description="The longest answer in tokens, reasoning included."
    )
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = (
        Field(default=None, description="How long a reasoning model may think.")
    )
    verbosity: Literal["low", "medium", "high"] | None = Field(
        default=None, description="How wordy the answer should be."
    )
    stop: str | list[str] | None = Field(
        default=None, description="Up to four texts at which the answer ends."
    )
    seed: int | None = Field(
        default=None, description="The same seed tries to give the same answer again."
    )
    presence_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="Positive values favour new subjects, -2 to 2."
    )
    frequency_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="Positive values avoid repetition, -2 to 2."
    )
    response_format: ResponseFormat | None = Field(
        default=None, description="Text, JSON, or JSON after a schema."
    )
    tools: list[Tool] | None = Field(
        default=None, max_length=128, description="Functions that the model may call, 128 at most."
    )
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = Field(
        default=None, description="Whether tools may or must be called, or which one."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Let the model call several tools in one answer."
    )
    service_tier: Literal["auto", "default", "flex", "scale", "priority", "fast"] | None = Field(
        default=None, description="Which processing tier serves and bills the request."
    )
    store: bool | None = Field(
        default=None, description="Keep the completion on the server, to browse it later."
    )
    metadata: Metadata | None = Field(
        default=None, description=METADATA_HELP + " Needs store to be on."
    )


class CreateChatCompletion(ChatSettings):
    """Ask a model for the next message of a conversation."""

    messages: list[ChatMessage] = Field(min_length=1, description="The conversation so far.")
    max_tokens: int | None = Field(
        default=None, ge=1, description="The older name of the same limit, for older servers."
    )
    n: int | None = Field(
        default=None, ge=1, le=128, description="How many answers to make; each is billed."
    )
    logprobs: bool | None = Field(
        default=None, description="Return how likely each token of the answer was."
    )
    top_logprobs: int | None = Field(
        default=None,
        ge=0,
        le=20,
        description="How many likely tokens to return per place, 0 to 20.",
    )
    logit_bias: dict[str, Annotated[int, Field(ge=-100, le=100)]] | None = Field(
        default=None, description="Token ids made likelier or rarer, -100 to 100."
    )
    modalities: list[Literal["text", "audio"]] | None = Field(
        default=None, description="What the answer may consist of."
    )
    audio: dict[str, Any] | None = Field(
        default=None, description="Voice and format, when the answer may be audio."
    )
    prediction: dict[str, Any] | None = Field(
        default=None, description="Text that most of the answer will repeat, to answer faster."
    )
    web_search_options: dict[str, Any] | None = Field(
        default=None, description="Let a search model look things up, with these settings."
    )
    prompt_cache_key: str | None = Field(
        default=None, description="Requests with the same key share the prompt cache better."
    )
    safety_identifier: str | None = Field(
        default=None, max_length=64, description="A hashed id of your user, for abuse detection."
    )
    stream: bool | None = Field(
        default=None, description="Send the answer piece by piece while it is made."
    )
    stream_options: StreamOptions | None = Field(
        default=None, description="What a stream brings beside the text."
    )


class UpdateChatCompletion(RequestModel):
    """Replace the metadata of a stored completion; nothing else can change."""

    metadata: Metadata | None = Field(description=METADATA_HELP)
