"""An open thread: an explicit state machine over its messages and runs, without a screen.

A run is followed by its stream; when that is lost, or when somebody else began it, it is looked at
until it ends. Nothing is sent twice by itself: what may have happened is looked up instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.api.operations import assistants as ops
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.store.chat_turns import Role, TurnView
from tui.store.ports import EventStream
from tui.store.thread_core import WatchedThread
from tui.store.thread_views import Doing
from tui.store.views import Phase

READ_ONLY = "This profile is read-only"
WAIT = {
    Doing.SENDING: "The last message is still being sent",
    Doing.STARTING: "A run is just being started",
    Doing.SUBMITTING: "The outputs are just being sent",
    Doing.CANCELLING: "The run is just being cancelled",
}
_UNSURE = frozenset(
    {
        ProblemKind.UNCERTAIN,
        ProblemKind.INTERRUPTED,
        ProblemKind.TIMEOUT,
        ProblemKind.NETWORK,
        ProblemKind.SERVER,
        ProblemKind.UNEXPECTED,
    }
)
"""After these a request may have been done all the same."""


class OpenThread(WatchedThread):
    """One thread. Intents are methods that say why not; what is to be seen is in `view`."""

    # Intents.

    def refusal(self) -> str:
        """Why neither a message nor a run can be sent now; empty: they can."""
        if self._host.read_only:
            return READ_ONLY
        if self._doing is not Doing.NOTHING:
            return WAIT[self._doing]
        if not self.id:
            return "The thread is not made yet"
        return self.view.value.locked

    def send(self, text: str) -> str:
        """Add a message of the person; why not, where it cannot be."""
        if not text.strip():
            return "Nothing is written"
        if reason := self.refusal():
            return reason
        body = {"role": "user", "content": text}
        self._begin(Doing.SENDING, text)

        async def send() -> None:
            reply = await self._host.api.call(ops.CREATE_MESSAGE, path=self._path(), body=body)
            self._state.put_message(reply.record.raw)
            self._saw("thread.message", reply.record.raw, made=True)

        self._ask("send", send, text)
        return ""

    def run(self, values: Mapping[str, Any], *, text: str = "") -> str:
        """Run it, with a message to go along if there is one; why not, where it cannot be."""
        if reason := self.refusal():
            return reason
        if not values.get("assistant_id"):
            return "A run wants an assistant"
        body = {name: value for name, value in values.items() if name != "stream"}
        self.last_run = body
        if text.strip():
            more = {"role": "user", "content": text}
            body = {**body, "additional_messages": [*body.get("additional_messages", ()), more]}
        self._begin(Doing.STARTING, text)
        self._follow(ops.CREATE_RUN, self._path(), body, text, reread=bool(text.strip()))
        return ""

    def create_and_run(self, values: Mapping[str, Any]) -> str:
        """Make this thread and run it, all in one request."""
        if self._host.read_only:
            return READ_ONLY
        if self.id or self._doing is not Doing.NOTHING:
            return "This thread is made already"
        body = {name: value for name, value in values.items() if name != "stream"}
        own = ("assistant_id", "model", "instructions", "tools", "temperature", "top_p")
        self.last_run = {name: body[name] for name in own if name in body}
        self._begin(Doing.STARTING, _first_text(body))
        self._follow(ops.CREATE_THREAD_AND_RUN, {}, body, "", reread=True)
        return ""

    def submit(self, outputs: Mapping[str, str]) -> str:
        """Give the run all outputs that it waits for, in one request; why not."""
        run = self.view.value.required
        if self._host.read_only:
            return READ_ONLY
        if run is None:
            return "No run waits for tool outputs"
        if self._doing is not Doing.NOTHING:
            return WAIT[self._doing]
        missing = [call.name or call.id for call in run.required if call.id not in outputs]
        if missing:
            return f"All outputs go at once: {', '.join(missing)} is missing"
        body = {
            "tool_outputs": [
                {"tool_call_id": call.id, "output": outputs[call.id]} for call in run.required
            ]
        }
        self._begin(Doing.SUBMITTING)
        self._follow(ops.SUBMIT_TOOL_OUTPUTS, self._path(run.id), body, "")
        return ""

    def cancel(self) -> str:
        """Cancel the run under way; why not, where it cannot be."""
        run = self._active
        if self._host.read_only:
            return READ_ONLY
        if run is None:
            return "No run is under way"
        if run.status == "cancelling" or self._doing is Doing.CANCELLING:
            return "The run is being cancelled already"
        if self._doing is not Doing.NOTHING:
            return WAIT[self._doing]
        self._begin(Doing.CANCELLING)

        async def cancel() -> None:
            reply = await self._host.api.call(ops.CANCEL_RUN, path=self._path(run.id))
            self._state.put_run(reply.record.raw)
            self._saw("thread.run", reply.record.raw)

        self._ask("cancel", cancel)
        return ""

    # One request.

    def _begin(self, doing: Doing, text: str = "") -> None:
        self._doing, self._problem = doing, None
        if text.strip():
            self._sent += 1
            self._pending = TurnView(id=f"sent:{self._sent}", role=Role.USER, text=text)
            self.draft.set("")
        self._publish()

    def _ask(self, what: str, send: Any, text: str = "") -> None:
        """Send a plain request; afterwards look at what it began, or at whether it happened."""

        async def run() -> None:
            try:
                await send()
            except ProblemError as failure:
                self._refused(failure.problem, text)
            else:
                self._settle()

        self._sent += 1
        self._host.request(f"thread:{self.id}:{what}:{self._sent}", run).on_done(self._abandoned)

    def _refused(self, problem: Problem, text: str = "") -> None:
        """It was not done, or nobody knows: then the truth is looked up."""
        self._problem = None if problem.kind is ProblemKind.CANCELLED else problem
        if text.strip() and not self.draft.value:
            self.draft.set(text)
        self._settle()
        if problem.kind in _UNSURE and self.id:
            self._reread()

    def _settle(self) -> None:
        """A request is over: watch a run that is under way and not streaming."""
        self._doing, self._pending = Doing.NOTHING, None
        if self._active is not None and not self._streaming:
            self._watch()
        self._publish()

    def _abandoned(self, _job: Any) -> None:
        """The worker dropped it before it ended: the program is closing, or it crashed."""
        if self._doing is not Doing.NOTHING and not self._streaming:
            self._settle()

    def _reread(self) -> None:
        """Read again without forgetting why."""
        problem = self._problem
        self.refresh()
        self._problem = problem
        self._publish()

    # One stream.

    def _follow(
        self,
        op: Any,
        path: Mapping[str, str],
        body: Mapping[str, Any],
        text: str,
        *,
        reread: bool = False,
    ) -> None:
        """Send a request whose answer is a run's events, and read them to their end."""
        self._streaming, self._cut = True, False
        self._watching.stop()
        self._sent += 1

        async def run() -> None:
            events = self._host.api.stream(op, path=path, body=body)
            begun = False
            try:
                async with events:
                    begun = await self._events(events, reread=reread)
            except ProblemError as failure:
                begun = begun or self._doing is Doing.NOTHING
                self._streaming = False
                if begun:
                    self._lost(failure.problem)
                elif failure.problem.param == "stream":
                    await self._without_stream(op, path, body, text)
                else:
                    self._refused(failure.problem, text)
            else:
                self._streaming = False
                self._settle()

        job = self._host.stream(f"thread:{self.id}:{self._sent}", run)
        job.on_done(lambda job: self._stream_ended(job))

    async def _events(self, events: EventStream, *, reread: bool) -> bool:
        begun = False
        async for event in events:
            kind = self._state.apply(event.event, event.payload)
            if not kind:
                continue
            self._learn(event.payload)
            if not kind.endswith(".delta"):
                self._saw(kind, event.payload, made=event.event.endswith(".created"))
            if kind.startswith("thread.run") and not begun:
                begun = True
                self._doing = Doing.NOTHING
                if reread:
                    self._behind("sent", self._read_sent)
            self._count()
            self._publish_soon()
        return begun

    async def _read_sent(self) -> None:
        """The message that went along with the run comes in no event."""
        await self._reader.read_messages()
        self._pending = None

    async def _without_stream(
        self, op: Any, path: Mapping[str, str], body: Mapping[str, Any], text: str
    ) -> None:
        """A server that does not stream runs: begin it, and look at it instead."""
        try:
            reply = await self._host.api.call(op, path=path, body=body)
        except ProblemError as failure:
            self._refused(failure.problem, text)
            return
        self._state.put_run(reply.record.raw)
        self._learn(reply.record.raw)
        self._saw("thread.run", reply.record.raw, made=True)
        self._settle()
        self._behind("sent", self._read_sent)

    def _lost(self, problem: Problem) -> None:
        """The stream broke off; the run goes on without it."""
        self._cut = self._active is not None
        if problem.code and not self._cut:
            self._problem = problem
        self._settle()
        if self.id and problem.kind is not ProblemKind.CANCELLED:
            self._reread()

    def _stream_ended(self, job: Any) -> None:
        self._streaming = False
        self._abandoned(job)
        self._count()
        self._publish()

    def _learn(self, payload: object) -> None:
        """The id of a thread that was being made."""
        if self.id or not isinstance(payload, Mapping):
            return
        own = payload.get("object") == "thread"
        id = payload.get("id") if own else payload.get("thread_id")
        if isinstance(id, str) and id:
            self.id = self._reader.id = id
            self._phase = Phase.READY
            if self.on_made is not None:
                self.on_made(id)


def _first_text(body: Mapping[str, Any]) -> str:
    """What the person says first in a thread that is being made."""
    thread = body.get("thread")
    messages = thread.get("messages") if isinstance(thread, Mapping) else None
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, Mapping) and isinstance(message.get("content"), str):
            return str(message["content"])
    return ""
