"""Assistants on the client's side: what bodies refuse, and how objects are read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tui.api.models.assistants import Run, RunStep, ThreadMessage
from tui.api.requests.assistants import CreateAssistant, ModifyAssistant
from tui.api.requests.common import RequestModel
from tui.api.requests.runs import CreateRun, CreateThreadAndRun, SubmitToolOutputs
from tui.api.requests.threads import CreateMessage, CreateThread

FUNCTION = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (CreateAssistant, {"model": "m", "tools": [{"type": "code_interpreter"}, FUNCTION]}),
        (
            CreateAssistant,
            {
                "model": "m",
                "tools": [{"type": "file_search", "file_search": {"max_num_results": 5}}],
                "tool_resources": {"file_search": {"vector_stores": [{"file_ids": ["f"]}]}},
            },
        ),
        (ModifyAssistant, {"name": None, "response_format": "auto"}),
        (
            CreateThread,
            {
                "messages": [
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "x"},
                            {"type": "image_file", "image_file": {"file_id": "f"}},
                        ],
                        "attachments": [{"file_id": "f", "tools": [{"type": "file_search"}]}],
                    }
                ]
            },
        ),
        (
            CreateRun,
            {
                "assistant_id": "a",
                "tool_choice": {"type": "function", "function": {"name": "f"}},
                "truncation_strategy": {"type": "last_messages", "last_messages": 2},
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "n", "schema": {"type": "object"}},
                },
            },
        ),
        (CreateThreadAndRun, {"assistant_id": "a", "thread": {"messages": []}, "stream": True}),
        (SubmitToolOutputs, {"tool_outputs": [{"tool_call_id": "c", "output": ""}]}),
    ],
)
def test_bodies_are_sent_as_they_were_given(
    model: type[RequestModel], body: dict[str, Any]
) -> None:
    assert model.model_validate(body).payload() == body


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (CreateAssistant, {}),
        (CreateAssistant, {"model": "m", "name": "x" * 257}),
        (CreateAssistant, {"model": "m", "instructions": "x" * 256_001}),
        (CreateAssistant, {"model": "m", "tools": [{"type": "code_interpreter"}] * 129}),
        (CreateAssistant, {"model": "m", "tools": [{"type": "browser"}]}),
        (
            CreateAssistant,
            {
                "model": "m",
                "tool_resources": {
                    "file_search": {"vector_store_ids": ["v"], "vector_stores": [{}]}
                },
            },
        ),
        (ModifyAssistant, {"tool_resources": {"file_search": {"vector_stores": [{}]}}}),
        (CreateMessage, {"role": "user", "content": "  "}),
        (CreateMessage, {"role": "user", "content": []}),
        (CreateMessage, {"role": "system", "content": "x"}),
        (CreateRun, {"assistant_id": "a", "max_prompt_tokens": 255}),
        (CreateRun, {"assistant_id": "a", "tool_choice": {"type": "function"}}),
        (CreateRun, {"assistant_id": "a", "truncation_strategy": {"type": "last_messages"}}),
        (CreateRun, {"assistant_id": "a", "tools": [{"type": "code_interpreter"}] * 21}),
        (SubmitToolOutputs, {"tool_outputs": []}),
    ],
)
def test_bodies_that_no_server_takes_are_refused(
    model: type[RequestModel], body: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)


def test_runs_are_read_whatever_is_missing() -> None:
    assert Run.model_validate({"id": "run_1"}).wanted_calls == []
    waiting = Run.model_validate(
        {
            "id": "run_1",
            "status": "requires_action",
            "last_error": {},
            "instructions": None,
            "expires_at": "1710331240",
            "required_action": {
                "type": "submit_tool_outputs",
                "submit_tool_outputs": {
                    "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f"}}]
                },
            },
        }
    )
    assert [call.id for call in waiting.wanted_calls] == ["c"]
    assert waiting.expires_at == 1_710_331_240
    assert not waiting.last_error
    step = RunStep.model_validate(
        {
            "id": "step_1",
            "step_details": {"type": "tool_calls", "tool_calls": [{"type": "browser", "x": 1}]},
        }
    )
    assert step.step_details is not None and step.step_details.tool_calls is not None
    assert step.step_details.tool_calls[0].type == "browser"


def test_messages_give_their_words_and_annotations() -> None:
    note = {"type": "file_citation", "text": "[1]", "file_citation": {"file_id": "f"}}
    message = ThreadMessage.model_validate(
        {
            "id": "msg_1",
            "content": [
                {"type": "text", "text": {"value": "See [1]", "annotations": [note]}},
                {"type": "refusal", "refusal": "No."},
                {"type": "image_file", "image_file": {"file_id": "f"}},
                {"type": "hologram"},
            ],
        }
    )
    assert message.words == "See [1]\nNo."
    assert [one.file_citation.file_id for one in message.annotations if one.file_citation] == ["f"]
    assert ThreadMessage.model_validate({"id": "m", "content": "plain"}).words == "plain"
