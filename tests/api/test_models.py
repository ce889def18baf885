"""What servers really send fits the models (contract 7.2), and what does not is shown raw."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from tui.api.models.chat import ChatChunk, ChatCompletion, StoredMessage
from tui.api.models.files import File
from tui.api.models.fine_tuning import FineTuningCheckpoint, FineTuningEvent, FineTuningJob
from tui.api.models.models import Model
from tui.api.models.uploads import Upload
from tui.api.models.vector_stores import (
    FileBatch,
    SearchPage,
    SearchResult,
    VectorStore,
    VectorStoreFile,
)
from tui.api.operations import all_operations
from tui.api.records import Record, wire_model

ODDITIES: list[tuple[type[BaseModel], dict[str, Any], str, Any]] = [
    (File, {"id": "f", "purpose": "never-heard-of"}, "purpose", "never-heard-of"),
    (File, {"id": "f", "bytes": "1024", "created_at": "1700000000"}, "bytes", 1024),
    (File, {"id": "f", "created_at": 1700000000.5, "status": None}, "created_at", 1700000000.5),
    (File, {"id": "f", "bytes": ""}, "bytes", None),
    (File, {"id": 7, "brand_new_field": {"x": 1}}, "id", "7"),
    (Model, {"id": "org/model:Q4", "created": None, "meta": {}}, "created", None),
    (Upload, {"id": "u", "file": None, "status": "novel"}, "status", "novel"),
    (VectorStore, {"id": "v", "metadata": None, "name": None}, "metadata", None),
    (VectorStore, {"id": "v", "metadata": []}, "metadata", None),
    (VectorStore, {"id": "v", "file_counts": {"total": "3"}}, "file_counts.total", 3),
    (VectorStore, {"id": "v", "file_counts": None, "expires_after": None}, "file_counts", None),
    (
        VectorStoreFile,
        {"id": "f", "status": "failed", "last_error": {"code": "novel", "message": "m"}},
        "last_error.code",
        "novel",
    ),
    (VectorStoreFile, {"id": "f", "last_error": {}}, "last_error.code", None),
    (VectorStoreFile, {"id": "f", "last_error": {"code": None}}, "last_error.message", None),
    (VectorStoreFile, {"id": "f", "last_error": ""}, "last_error", None),
    (
        VectorStoreFile,
        {
            "id": "f",
            "chunking_strategy": {
                "type": "static",
                "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400},
            },
        },
        "chunking_strategy.static.max_chunk_size_tokens",
        800,
    ),
    (
        VectorStoreFile,
        {"id": "f", "chunking_strategy": {"type": "semantic", "size": 3}},
        "chunking_strategy.type",
        "semantic",
    ),
    (
        VectorStoreFile,
        {"id": "f", "attributes": {"a": 1, "b": True, "c": "x", "d": None}},
        "attributes.b",
        True,
    ),
    (
        FileBatch,
        {"id": "b", "object": "vector_store.files_batch"},
        "object",
        "vector_store.files_batch",
    ),
    (
        FileBatch,
        {"id": "b", "object": "vector_store.file_batch"},
        "object",
        "vector_store.file_batch",
    ),
    (SearchResult, {"file_id": "f", "score": "0.5", "content": None}, "score", 0.5),
    (SearchPage, {"search_query": "plain text"}, "search_query", "plain text"),
    (ChatCompletion, {"id": "c", "service_tier": "on_demand"}, "service_tier", "on_demand"),
    (ChatCompletion, {"id": "c", "choices": None, "usage": None}, "choices", None),
    (ChatCompletion, {"id": "c", "metadata": {"a": "b"}}, "metadata.a", "b"),
    (
        ChatCompletion,
        {"id": "c", "choices": [{"index": 0, "message": {"role": "assistant", "content": "x"}}]},
        "choices.0.message.refusal",
        None,
    ),
    (
        ChatCompletion,
        {"id": "c", "usage": {"prompt_tokens": 1, "prompt_tokens_details": {"novel": 2}}},
        "usage.prompt_tokens_details.novel",
        2,
    ),
    (
        ChatCompletion,
        {
            "id": "c",
            "choices": [
                {
                    "message": {
                        "tool_calls": [
                            {"type": "novel", "novel": {"x": 1}},
                            {"function": {"name": "f", "arguments": {"already": "parsed"}}},
                        ]
                    },
                    "finish_reason": "content_filter_novel",
                }
            ],
        },
        "choices.0.message.tool_calls.1.function.arguments.already",
        "parsed",
    ),
    (
        StoredMessage,
        {"id": "c-0", "role": "user", "content": [{"type": "text", "text": "t"}]},
        "text",
        "t",
    ),
    (StoredMessage, {"id": "c-0", "content": None, "content_parts": None}, "text", ""),
    (FineTuningJob, {"id": "j", "error": {}, "status": "paused"}, "error.code", None),
    (FineTuningJob, {"id": "j", "error": {"code": None, "message": None}}, "error.message", None),
    (FineTuningJob, {"id": "j", "hyperparameters": None, "seed": None}, "hyperparameters", None),
    (
        FineTuningJob,
        {"id": "j", "hyperparameters": {"batch_size": "auto"}, "trained_tokens": "12"},
        "hyperparameters.batch_size",
        "auto",
    ),
    (
        FineTuningJob,
        {"id": "j", "hyperparameters": {"n_epochs": "3"}},
        "hyperparameters.n_epochs",
        3,
    ),
    (FineTuningJob, {"id": "j", "method": {"type": "novel", "novel": {}}}, "method.type", "novel"),
    (FineTuningJob, {"id": "j", "result_files": None, "integrations": None}, "result_files", None),
    (FineTuningEvent, {"id": "e", "data": None, "type": None, "level": "debug"}, "level", "debug"),
    (
        FineTuningEvent,
        {"id": "e", "data": {"scores": {"train_reward_mean": 0.5}}},
        "data.scores.train_reward_mean",
        0.5,
    ),
    (
        FineTuningCheckpoint,
        {"id": "c", "metrics": {"train_loss": "0.4"}},
        "metrics.train_loss",
        0.4,
    ),
    (ChatChunk, {"id": "", "object": "", "created": 0, "model": "", "choices": []}, "choices", []),
    (ChatChunk, {"choices": [{"delta": None}], "obfuscation": "xx"}, "choices.0.delta", None),
]


@pytest.mark.parametrize(("model", "raw", "path", "value"), ODDITIES)
def test_oddities(model: type[BaseModel], raw: dict[str, Any], path: str, value: Any) -> None:
    item = f"{model.__module__.rpartition('.')[2]}:{model.__name__}"
    record = Record(raw, item)
    assert record.malformed is None
    assert record.get(path) == value
    assert record.raw == raw


def test_null_everywhere() -> None:
    """Every field but the id may be null, in every model of every operation."""
    for operation in all_operations():
        if operation.item is None:
            continue
        model = wire_model(operation.item)
        raw = {name: None for name in model.model_fields if name != "id"}
        assert Record({**raw, "id": "x"}, operation.item).malformed is None, operation.item


def test_a_bad_row_is_raw_and_marked() -> None:
    record = Record({"id": "f", "bytes": ["what"]}, "files:File")
    assert record.malformed is not None and record.malformed.startswith("bytes")
    assert record.get("bytes") == ["what"] and record.id == "f"
    assert Record({"bytes": 1}, "files:File").malformed is not None


def test_errors_that_are_none() -> None:
    assert not VectorStoreFile.model_validate({"id": "f", "last_error": {"code": None}}).last_error
    assert VectorStoreFile.model_validate({"id": "f", "last_error": {"code": "x"}}).last_error


def test_texts() -> None:
    result = SearchResult.model_validate({"content": [{"text": "a"}, {"type": "x"}, {"text": "b"}]})
    assert result.text == "a\nb"
    assert SearchResult.model_validate({"content": "plain"}).text == "plain"
    answer = ChatCompletion.model_validate({"id": "c", "choices": [{"message": {"content": "x"}}]})
    assert answer.answer is not None and answer.answer.text == "x"
    assert ChatCompletion.model_validate({"id": "c"}).answer is None


def test_refusals_name_their_place() -> None:
    with pytest.raises(ValidationError):
        VectorStore.model_validate({"id": "v", "file_counts": 7})
