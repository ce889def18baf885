"""The bodies of assistants, and what they share with threads and runs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from tui.api.requests.chat import FunctionTool, ResponseFormat
from tui.api.requests.common import METADATA_HELP, Metadata, RequestModel, WholeModel
from tui.api.requests.vector_stores import CHUNKING_HELP, ChunkingStrategy

TOOLS_HELP = "What it may use: code_interpreter, file_search, or functions of yours."
RESOURCES_HELP = "The files and vector stores that its tools work on."
FORMAT_HELP = "auto, or text, JSON, or JSON after a schema."

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class CodeInterpreterTool(RequestModel):
    """Let it write and run code."""

    type: Literal["code_interpreter"] = Field(description="Code that the server runs.")


class RankingOptions(WholeModel):
    """How found chunks are ranked."""

    ranker: Literal["auto", "default_2024_08_21"] = Field(
        default="auto", description="Which ranker orders the results."
    )
    score_threshold: float = Field(
        default=0.0, ge=0, le=1, description="Leave out results below this score, 0 to 1."
    )


class FileSearchSettings(RequestModel):
    """How vector stores are searched."""

    max_num_results: int | None = Field(
        default=None, ge=1, le=50, description="How many chunks to read, 1 to 50."
    )
    ranking_options: RankingOptions | None = Field(
        default=None, description="The ranker and the lowest score to use."
    )


class FileSearchTool(RequestModel):
    """Let it search vector stores."""

    type: Literal["file_search"] = Field(description="A search in vector stores.")
    file_search: FileSearchSettings | None = Field(
        default=None, description="How the stores are searched."
    )


AssistantTool = Annotated[
    CodeInterpreterTool | FileSearchTool | FunctionTool, Field(discriminator="type")
]


class CodeFiles(RequestModel):
    """Files for the code."""

    file_ids: list[str] | None = Field(
        default=None, max_length=20, description="Files that the code may open, 20 at most."
    )


class SearchedStores(RequestModel):
    """The store to search."""

    vector_store_ids: list[str] | None = Field(
        default=None, max_length=1, description="The vector store to search: one at most."
    )


class NewStore(RequestModel):
    """A vector store that is made on the way."""

    file_ids: list[str] | None = Field(
        default=None, max_length=10_000, description="Files to put into the new store."
    )
    chunking_strategy: ChunkingStrategy | None = Field(default=None, description=CHUNKING_HELP)
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)


class SearchedOrNewStores(SearchedStores):
    """The store to search, or a new one."""

    vector_stores: list[NewStore] | None = Field(
        default=None, max_length=1, description="A vector store to make and search: one at most."
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> SearchedOrNewStores:
        if self.vector_store_ids is not None and self.vector_stores is not None:
            raise ValueError("name a vector store or make a new one, not both")
        return self


class ToolResources(RequestModel):
    """What the tools work on."""

    code_interpreter: CodeFiles | None = Field(
        default=None, description="The files of the code interpreter."
    )
    file_search: SearchedStores | None = Field(
        default=None, description="The vector store of the search."
    )


class NewToolResources(RequestModel):
    """What the tools work on; a vector store may be made on the way."""

    code_interpreter: CodeFiles | None = Field(
        default=None, description="The files of the code interpreter."
    )
    file_search: SearchedOrNewStores | None = Field(
        default=None, description="The vector store of the search."
    )


class _AssistantSettings(RequestModel):
    """What creating and modifying have in common."""

    name: str | None = Field(default=None, max_length=256, description="A name, 256 characters.")
    description: str | None = Field(
        default=None, max_length=512, description="What it is for, 512 characters."
    )
    instructions: str | None = Field(
        default=None,
        max_length=256_000,
        description="What it is told before each run, 256,000 characters.",
    )
    reasoning_effort: Effort | None = Field(
        default=None, description="How long a reasoning model may think."
    )
    tools: list[AssistantTool] | None = Field(
        default=None, max_length=128, description=TOOLS_HELP + " 128 at most."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="0 is focused, 2 is wild; the default is 1."
    )
    top_p: float | None = Field(
        default=None, ge=0, le=1, description="Choose among the likeliest words up to this share."
    )
    response_format: Literal["auto"] | ResponseFormat | None = Field(
        default=None, description=FORMAT_HELP
    )


class CreateAssistant(_AssistantSettings):
    """A new assistant: a model with instructions and tools."""

    model: str = Field(min_length=1, description="The model that answers.")
    tool_resources: NewToolResources | None = Field(default=None, description=RESOURCES_HELP)


class ModifyAssistant(_AssistantSettings):
    """What can change in an assistant; runs under way keep what they began with."""

    model: str | None = Field(default=None, min_length=1, description="The model that answers.")
    tool_resources: ToolResources | None = Field(default=None, description=RESOURCES_HELP)


class NamedFunction(RequestModel):
    """Which function."""

    name: str = Field(min_length=1, description="The function's name.")


class NamedTool(RequestModel):
    """A tool that must be used."""

    type: Literal["function", "code_interpreter", "file_search"] = Field(
        description="The kind of tool."
    )
    function: NamedFunction | None = Field(
        default=None, description="Which function, when the kind is function."
    )

    @model_validator(mode="after")
    def _names_its_function(self) -> NamedTool:
        if self.type == "function" and self.function is None:
            raise ValueError("name the function that must be called")
        return self
