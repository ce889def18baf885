"""Request models: what they send, and what they refuse before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from tui.api.requests.chat import CreateChatCompletion, UpdateChatCompletion
from tui.api.requests.common import FileExpiration, RequestModel
from tui.api.requests.files import UploadFile
from tui.api.requests.uploads import CompleteUpload, CreateUpload
from tui.api.requests.vector_stores import (
    AttachFile,
    CreateFileBatch,
    CreateVectorStore,
    ModifyVectorStore,
    SearchVectorStore,
    UpdateAttributes,
)

MESSAGE = {"role": "user", "content": "hi"}


def payload(shape: type[RequestModel], /, **values: Any) -> dict[str, Any]:
    return shape.model_validate(values).payload()


def test_only_what_was_set_is_sent() -> None:
    assert payload(CreateVectorStore) == {}
    assert payload(CreateVectorStore, name="x") == {"name": "x"}
    assert payload(ModifyVectorStore, expires_after=None) == {"expires_after": None}
    assert payload(UpdateChatCompletion, metadata=None) == {"metadata": None}


def test_small_objects_are_sent_whole() -> None:
    assert payload(CreateVectorStore, expires_after={"days": 3}) == {
        "expires_after": {"anchor": "last_active_at", "days": 3}
    }
    assert payload(FileExpiration, seconds=3600) == {"anchor": "created_at", "seconds": 3600}
    static = {"type": "static", "static": {"max_chunk_size_tokens": 1000}}
    assert payload(AttachFile, file_id="f", chunking_strategy=static)["chunking_strategy"] == {
        "type": "static",
        "static": {"max_chunk_size_tokens": 1000, "chunk_overlap_tokens": 400},
    }
    assert payload(CreateVectorStore, chunking_strategy={"type": "auto"}) == {
        "chunking_strategy": {"type": "auto"}
    }


def test_filters_and_schemas_keep_their_names() -> None:
    compound = {
        "type": "and",
        "filters": [
            {"type": "eq", "key": "lit", "value": True},
            {"type": "or", "filters": [{"type": "in", "key": "year", "value": [1, "x"]}]},
        ],
    }
    assert payload(SearchVectorStore, query=["a", "b"], filters=compound) == {
        "query": ["a", "b"],
        "filters": compound,
    }
    response_format = {
        "type": "json_schema",
        "json_schema": {"name": "n", "schema": {"type": "object"}},
    }
    body = {"model": "m", "messages": [MESSAGE], "response_format": response_format}
    assert payload(CreateChatCompletion, **body) == body


def test_attributes_keep_their_types() -> None:
    attributes = {"text": "1", "whole": 1, "part": 1.5, "flag": True}
    sent = payload(UpdateAttributes, attributes=attributes)["attributes"]
    assert {key: type(value) for key, value in sent.items()} == {
        "text": str,
        "whole": int,
        "part": float,
        "flag": bool,
    }


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (CreateVectorStore, {"file_ids": ["f"] * 501}),
        (CreateVectorStore, {"expires_after": {"days": 0}}),
        (CreateVectorStore, {"expires_after": {"days": 366}}),
        (CreateVectorStore, {"metadata": {str(n): "x" for n in range(17)}}),
        (CreateVectorStore, {"metadata": {"k" * 65: "x"}}),
        (CreateVectorStore, {"metadata": {"k": "x" * 513}}),
        (CreateVectorStore, {"metadata": {"k": 1}}),
        (CreateVectorStore, {"unknown": 1}),
        (AttachFile, {"file_id": ""}),
        (AttachFile, {"file_id": "f", "attributes": {"k": None}}),
        (AttachFile, {"file_id": "f", "chunking_strategy": {"type": "static"}}),
        (
            AttachFile,
            {
                "file_id": "f",
                "chunking_strategy": {"type": "static", "static": {"max_chunk_size_tokens": 99}},
            },
        ),
        (
            AttachFile,
            {
                "file_id": "f",
                "chunking_strategy": {
                    "type": "static",
                    "static": {"max_chunk_size_tokens": 500, "chunk_overlap_tokens": 251},
                },
            },
        ),
        (CreateFileBatch, {}),
        (CreateFileBatch, {"file_ids": ["f"], "files": [{"file_id": "f"}]}),
        (CreateFileBatch, {"files": [{"file_id": "f"}], "attributes": {"a": 1}}),
        (CreateFileBatch, {"file_ids": ["f"] * 2001}),
        (SearchVectorStore, {"query": " "}),
        (SearchVectorStore, {"query": []}),
        (SearchVectorStore, {"query": "q", "max_num_results": 51}),
        (SearchVectorStore, {"query": "q", "ranking_options": {"score_threshold": 1.1}}),
        (UploadFile, {"file": "f", "purpose": "novel"}),
        (UploadFile, {"file": "f", "purpose": "batch", "expires_after": {"seconds": 3599}}),
        (CreateUpload, {"filename": "f", "purpose": "batch", "bytes": 0, "mime_type": "x/y"}),
        (CompleteUpload, {"part_ids": []}),
        (CreateChatCompletion, {"model": "m", "messages": []}),
        (CreateChatCompletion, {"model": "m", "messages": [MESSAGE], "temperature": 2.1}),
        (CreateChatCompletion, {"model": "m", "messages": [MESSAGE], "n": 0}),
        (
            CreateChatCompletion,
            {
                "model": "m",
                "messages": [MESSAGE],
                "tools": [{"type": "function", "function": {"name": "a b"}}],
            },
        ),
    ],
)
def test_refused(model: type[BaseModel], values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(values)


def test_a_default_overlap_that_no_longer_fits_is_named() -> None:
    strategy = {"type": "static", "static": {"max_chunk_size_tokens": 300}}
    with pytest.raises(ValidationError) as caught:
        AttachFile.model_validate({"file_id": "f", "chunking_strategy": strategy})
    error = caught.value.errors()[0]
    assert error["loc"][-1] == "chunk_overlap_tokens" and "150" in error["msg"]
