"""The bodies of vector store operations (contract 2.8)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from tui.api.requests.common import METADATA_HELP, Attributes, Metadata, RequestModel, WholeModel

CHUNKING_HELP = (
    "How the text is cut: auto takes 800 tokens with 400 of overlap, static takes your sizes."
)
ATTRIBUTES_HELP = (
    "Up to 16 values to filter searches by: texts to 512 characters, numbers, or true and false."
)


class ExpiresAfter(WholeModel):
    """When an unused vector store deletes itself."""

    anchor: Literal["last_active_at"] = Field(
        default="last_active_at",
        description="The moment that the days count from: the last time the store was used.",
    )
    days: int = Field(ge=1, le=365, description="Days without use before it expires, 1 to 365.")


class ChunkSizes(WholeModel):
    """Sizes of the chunks, in tokens."""

    max_chunk_size_tokens: int = Field(
        default=800, ge=100, le=4096, description="Tokens per chunk, 100 to 4096."
    )
    chunk_overlap_tokens: int = Field(
        default=400,
        ge=0,
        validate_default=True,
        description="Tokens that neighbouring chunks share, at most half of the chunk size.",
    )

    @field_validator("chunk_overlap_tokens")
    @classmethod
    def _at_most_half(cls, overlap: int, info: ValidationInfo) -> int:
        size = info.data.get("max_chunk_size_tokens")
        if isinstance(size, int) and overlap > size // 2:
            raise ValueError(f"the overlap may be at most half of the chunk size ({size // 2})")
        return overlap


class AutoChunking(RequestModel):
    """Let the server choose the chunks."""

    type: Literal["auto"] = Field(description="The server's own sizes.")


class StaticChunking(RequestModel):
    """Cut the text at sizes of your own."""

    type: Literal["static"] = Field(description="Sizes of your own.")
    static: ChunkSizes = Field(description="The sizes, in tokens.")


ChunkingStrategy = Annotated[AutoChunking | StaticChunking, Field(discriminator="type")]


class CreateVectorStore(RequestModel):
    """A new vector store, empty or with files."""

    name: str | None = Field(default=None, description="A name to find the store by.")
    description: str | None = Field(
        default=None, description="What the store holds, for people and for tools that choose."
    )
    file_ids: list[str] | None = Field(
        default=None,
        max_length=500,
        description="Files to attach at once, 500 at most; some servers take only 100.",
    )
    expires_after: ExpiresAfter | None = Field(
        default=None, description="Delete the store by itself when it was unused for some days."
    )
    chunking_strategy: ChunkingStrategy | None = Field(default=None, description=CHUNKING_HELP)
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)


class ModifyVectorStore(RequestModel):
    """What can change in a vector store."""

    name: str | None = Field(default=None, description="A new name.")
    expires_after: ExpiresAfter | None = Field(
        default=None, description="A new expiry; none keeps the store until it is deleted."
    )
    metadata: Metadata | None = Field(default=None, description=METADATA_HELP)


class AttachFile(RequestModel):
    """Attach one uploaded file to a store."""

    file_id: str = Field(min_length=1, description="The id of an uploaded file.")
    attributes: Attributes | None = Field(default=None, description=ATTRIBUTES_HELP)
    chunking_strategy: ChunkingStrategy | None = Field(default=None, description=CHUNKING_HELP)


class CreateFileBatch(RequestModel):
    """Attach many files in one request: by ids alone, or each with settings of its own."""

    file_ids: list[str] | None = Field(
        default=None, min_length=1, max_length=2000, description="Files to attach, 2000 at most."
    )
    files: list[AttachFile] | None = Field(
        default=None,
        min_length=1,
        max_length=2000,
        description="Instead of ids: files that each bring their attributes and chunking.",
    )
    attributes: Attributes | None = Field(default=None, description=ATTRIBUTES_HELP)
    chunking_strategy: ChunkingStrategy | None = Field(default=None, description=CHUNKING_HELP)

    @model_validator(mode="after")
    def _ids_or_files(self) -> CreateFileBatch:
        if bool(self.file_ids) == bool(self.files):
            raise ValueError("give either file_ids or files")
        if self.files and (self.attributes is not None or self.chunking_strategy is not None):
            raise ValueError("with files, attributes and chunking belong to each file")
        return self


class UpdateAttributes(RequestModel):
    """Replace the attributes of an attached file."""

    attributes: Attributes | None = Field(description=ATTRIBUTES_HELP)


class RankingOptions(RequestModel):
    """How found chunks are ranked."""

    ranker: Literal["none", "auto", "default-2024-11-15"] | None = Field(
        default=None, description="Which ranker orders the results; none is fastest."
    )
    score_threshold: float | None = Field(
        default=None, ge=0, le=1, description="Leave out results below this score, 0 to 1."
    )


class ComparisonFilter(RequestModel):
    """One attribute compared with a value."""

    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"] = Field(
        description="The comparison: equal, not equal, greater, less, one of, none of."
    )
    key: str = Field(min_length=1, description="The attribute's name.")
    value: str | bool | int | float | list[str | int | float] = Field(
        description="The value, or a list of values for in and nin."
    )


class CompoundFilter(RequestModel):
    """Several filters joined."""

    type: Literal["and", "or"] = Field(description="Whether all or any of the filters must hold.")
    filters: list[ComparisonFilter | CompoundFilter] = Field(
        min_length=1, description="The filters to join; they may be compound too."
    )


class SearchVectorStore(RequestModel):
    """Find the chunks of a store that answer a question."""

    query: str | list[str] = Field(description="What to look for; several texts search together.")
    max_num_results: int | None = Field(
        default=None, ge=1, le=50, description="How many chunks to return, 1 to 50; 10 if unset."
    )
    rewrite_query: bool | None = Field(
        default=None, description="Let the server rephrase the query for a better match."
    )
    filters: ComparisonFilter | CompoundFilter | None = Field(
        default=None, description="Only files whose attributes fit."
    )
    ranking_options: RankingOptions | None = Field(
        default=None, description="The ranker and the lowest score to show."
    )

    @field_validator("query")
    @classmethod
    def _says_something(cls, query: Any) -> Any:
        texts = [query] if isinstance(query, str) else query
        if not texts or not all(text.strip() for text in texts):
            raise ValueError("the query is empty")
        return query
