"""Wire models of vector stores, their files, batches and search results."""

from __future__ import annotations

from typing import Any

from tui.api.models.common import Error, Identified, Mapped, Number, Wire


class FileCounts(Wire):
    """How many files are in which state."""

    in_progress: Number = None
    completed: Number = None
    failed: Number = None
    cancelled: Number = None
    total: Number = None


class ExpiresAfter(Wire):
    """The expiry rule."""

    anchor: str | None = None
    days: Number = None


class VectorStore(Identified):
    """A vector store: in_progress, completed or expired. It leaves `completed` when files come."""

    created_at: Number = None
    name: str | None = None
    description: str | None = None
    usage_bytes: Number = None
    file_counts: FileCounts | None = None
    status: str | None = None
    expires_after: ExpiresAfter | None = None
    expires_at: Number = None
    last_active_at: Number = None
    metadata: Mapped = None


class ChunkSizes(Wire):
    """Sizes in tokens."""

    max_chunk_size_tokens: Number = None
    chunk_overlap_tokens: Number = None


class ChunkingStrategy(Wire):
    """`static` with its sizes; an `auto` request comes back resolved; `other` is unknown."""

    type: str | None = None
    static: ChunkSizes | None = None


class VectorStoreFile(Identified):
    """A file in a store; its id is the file's. in_progress, completed, failed or cancelled."""

    usage_bytes: Number = None
    created_at: Number = None
    vector_store_id: str | None = None
    status: str | None = None
    last_error: Error = None
    chunking_strategy: ChunkingStrategy | None = None
    attributes: Mapped = None


class FileBatch(Identified):
    """Files attached together. Poll its counts rather than its status (contract 3)."""

    created_at: Number = None
    vector_store_id: str | None = None
    status: str | None = None
    file_counts: FileCounts | None = None


class ContentPart(Wire):
    """A stretch of parsed text."""

    type: str | None = None
    text: str | None = None


class SearchResult(Wire):
    """A found chunk with the file it stands in. It has no id of its own."""

    file_id: str | None = None
    filename: str | None = None
    score: Number = None
    attributes: Mapped = None
    content: list[ContentPart] | str | None = None

    @property
    def text(self) -> str:
        """The chunk's text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.text)
        return self.content or ""


class SearchPage(Wire):
    """The answer to a search as a whole; it cannot be paged."""

    search_query: list[str] | str | None = None
    """A list by the document, a plain text in its own examples."""
    data: list[Any] | None = None
    has_more: bool | None = None
    next_page: str | None = None
