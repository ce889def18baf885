"""What the tests of assistants and runs share: a small assistant, its tools, and a thread."""

from __future__ import annotations

from typing import Any

from openai import OpenAI
from openai.types.beta.threads import Run

from tui.sandbox.thread import RunningSandbox

MODEL = "cupola-echo"
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}
SEARCH: Any = {"type": "file_search"}
CODE: Any = {"type": "code_interpreter"}
TIDES = (
    "# Tides\n\nThe harbour office opens at six.\n\n"
    "Boats with more than two metres of draught leave at high tide only.\n\n"
    "The café sells coffee."
)
CONTENT: Any = "step_details.tool_calls[*].file_search.results[*].content"


def assistant(client: OpenAI, **more: Any) -> str:
    """A new assistant's id."""
    return client.beta.assistants.create(model=MODEL, **more).id


def thread(client: OpenAI, text: str | None = "Where does the ferry moor?", **more: Any) -> str:
    """A new thread's id, with one message of a user."""
    messages: list[Any] = [] if text is None else [{"role": "user", "content": text, **more}]
    return client.beta.threads.create(messages=messages).id


def started(client: OpenAI, text: str, *, tools: Any = (), **more: Any) -> Run:
    """A run of a new assistant on a new thread."""
    return client.beta.threads.runs.create(
        thread(client, text), assistant_id=assistant(client, tools=list(tools)), **more
    )


def again(client: OpenAI, run: Run) -> Run:
    """The run as it is now."""
    return client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)


def finished(client: OpenAI, sandbox: RunningSandbox, run: Run, seconds: float = 60) -> Run:
    """The run some time later."""
    sandbox.advance(seconds)
    return again(client, run)


def said(client: OpenAI, run: Run) -> str:
    """What the run's last message says."""
    message = client.beta.threads.messages.list(run.thread_id, run_id=run.id).data[0]
    part = message.content[0]
    assert part.type == "text"
    return part.text.value
