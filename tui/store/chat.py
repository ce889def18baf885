"""A live chat: an explicit state machine over one conversation, without a screen or a network.

What was paid for is never thrown away silently and never asked for twice by itself: a reply that
was cut stays, says so, and offers to be asked again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tui.core.cell import Cell
from tui.core.errors import Problem, ProblemError, ProblemKind
from tui.core.safe_text import clean
from tui.store.chat_host import ChatHost, Running
from tui.store.chat_parameters import (
    ChatParameters,
    messages_of,
    refused_field,
    request_body,
    unsendable,
)
from tui.store.chat_reply import Reply
from tui.store.chat_turns import Role, ToolCallView, TurnState, TurnView, UsageView
from tui.store.chat_views import ChatPhase, ChatView
from tui.store.ports import EventStream

QUIET_AFTER = 30.0
"""Seconds without a piece of the answer before that is said."""
CONTINUE = "Continue exactly where you stopped."
"""What is sent, visibly, to make a model go on: no API does it otherwise."""
TITLE_LIMIT = 48
NOT_KEPT = "This server does not keep chats: store is off now"


class Chat:
    """One conversation. Intents are methods; what is to be seen is in `view` and `draft`."""

    def __init__(
        self,
        id: str,
        host: ChatHost,
        *,
        parameters: ChatParameters,
        turns: Sequence[TurnView] = (),
        on_asked: Callable[[str], None] | None = None,
    ) -> None:
        self.id = id
        self.draft: Cell[str] = Cell("")
        """What is written and not sent yet."""
        self._host = host
        self._parameters = parameters
        self._turns = tuple(turns)
        self._on_asked = on_asked
        self._phase = ChatPhase.IDLE
        self._problem: Problem | None = None
        self._note = ""
        self._quiet = False
        self._spent = UsageView()
        self._reply: Reply | None = None
        self._events: EventStream | None = None
        self._job: Running | None = None
        self._epoch = 0
        """Grows with each request: what comes late, of an older one, is dropped."""
        self._made = 0
        self._refused: frozenset[str] = frozenset()
        self._heard_at = 0.0
        self._telling = False
        self.view: Cell[ChatView] = Cell(self._now())

    # Intents.

    def send(self, text: str) -> bool:
        """Say something, or give the result of the tool call that is waited for.

        `False` when there is nothing to say, or an answer is still under way.
        """
        if self._phase.busy or not text.strip():
            return False
        call = self._awaiting()
        if call is not None:
            self._add(role=Role.TOOL, text=text, call_id=call.id, name="")
            if self._awaiting() is not None:
                self.draft.set("")
                self._rest(ChatPhase.IDLE)
                return True
        else:
            self._add(role=Role.USER, text=text)
            if self._on_asked is not None:
                self._on_asked(text)
        self.draft.set("")
        self._ask()
        return True

    def stop(self) -> None:
        """End the answer here; what came of it is kept."""
        if not self._phase.busy:
            return
        self._close_reply(TurnState.STOPPED)
        self._epoch += 1
        self._phase = ChatPhase.STOPPING
        self._quiet = False
        self._publish()
        if self._events is not None:
            self._host.aside(f"{self.id}:stop:{self._epoch}", self._events.stop)
        elif self._job is not None:
            self._job.cancel()

    def retry(self) -> bool:
        """Ask the last question again; the reply that it had is dropped. It is billed again."""
        if not self.view.value.can_retry:
            return False
        self._turns = self._turns[: self._last_asked() + 1]
        self._ask()
        return True

    def continue_reply(self) -> bool:
        """Ask the model to go on with a reply that was cut or reached its limit."""
        if not self.view.value.can_continue:
            return False
        return self.send(CONTINUE)

    def resend(self, turn_id: str, text: str) -> bool:
        """Say something else in the place of a turn of the person; what followed it is dropped."""
        place = self._place(turn_id)
        if self._phase.busy or place is None or not text.strip():
            return False
        if self._turns[place].role is not Role.USER:
            return False
        self._turns = self._turns[:place]
        return self.send(text)

    def set_parameters(self, values: Mapping[str, Any]) -> None:
        """Ask differently from the next request on, by the request's field names."""
        self._parameters = self._parameters.changed(values)
        self._note = ""
        if "store" in values:
            self._refused -= {"store"}
        self._publish()

    def toggle_store(self) -> None:
        """Whether the server is asked to keep the completions of this chat."""
        self.set_parameters({"store": not self._parameters.store})

    def upto(self, turn_id: str) -> tuple[TurnView, ...]:
        """The conversation up to a turn and with it, for a fork; all of it for an unknown one."""
        place = self._place(turn_id)
        return self._turns if place is None else self._turns[: place + 1]

    # What is shown.

    @property
    def title(self) -> str:
        """The first words that the person said."""
        first = next((turn.text for turn in self._turns if turn.role is Role.USER), "")
        return clean(" ".join(first[:200].split()), limit=TITLE_LIMIT) or "new"

    def _now(self) -> ChatView:
        turns = self._turns
        instructions = self._parameters.instructions
        if instructions:
            role = self._parameters.instructions_role
            turns = (TurnView(id="instructions", role=role, text=instructions), *turns)
        if self._reply is not None and self._reply.begun:
            turns = (*turns, self._reply.turn())
        return ChatView(
            id=self.id,
            title=self.title,
            phase=self._phase,
            turns=turns,
            parameters=self._parameters,
            spent=self._spent,
            problem=self._problem,
            note=self._note,
            quiet=self._quiet,
            awaiting=None if self._phase.busy else self._awaiting(),
        )

    def _publish(self) -> None:
        self.view.set(self._now())

    def _publish_soon(self) -> None:
        """Once for all chunks of this turn of the loop: a long reply's view is no small thing."""
        if not self._telling:
            self._telling = True
            asyncio.get_running_loop().call_soon(self._publish_now)

    def _publish_now(self) -> None:
        self._telling = False
        self._publish()

    def _rest(self, phase: ChatPhase, problem: Problem | None = None) -> None:
        self._phase, self._problem, self._quiet = phase, problem, False
        self._publish()

    # The turns.

    def _add(self, *, role: Role, text: str, call_id: str = "", name: str = "") -> None:
        turn = TurnView(id=self._next_id(), role=role, text=text, call_id=call_id, name=name)
        self._turns = (*self._turns, turn)

    def _next_id(self) -> str:
        self._made += 1
        return f"{self.id}:{self._made}"

    def _place(self, turn_id: str) -> int | None:
        for place, turn in enumerate(self._turns):
            if turn.id == turn_id:
                return place
        return None

    def _last_asked(self) -> int:
        """Place of the last turn that is an answer to nothing: a question or a tool's result."""
        for place in range(len(self._turns) - 1, -1, -1):
            if self._turns[place].role is not Role.ASSISTANT:
                return place
        return -1

    def _awaiting(self) -> ToolCallView | None:
        results: set[str] = set()
        for turn in reversed(self._turns):
            if turn.role is Role.TOOL:
                results.add(turn.call_id)
            elif turn.role is Role.ASSISTANT and turn.state is TurnState.WHOLE:
                return next((call for call in turn.calls if call.id not in results), None)
            else:
                return None
        return None

    # One request and its answer.

    def _ask(self) -> None:
        """Send the conversation as it stands."""
        self._epoch += 1
        self._problem, self._reply = None, None
        try:
            body = request_body(self._parameters, self._turns, without=self._refused)
        except ValueError as refusal:
            self._rest(ChatPhase.FAILED, unsendable(refusal))
            return
        self._phase = ChatPhase.SENDING
        self._heard_at = self._host.clock.monotonic()
        self._reply = Reply(
            self._next_id(),
            self._heard_at,
            prompt_bytes=sum(
                len(str(message.get("content") or "").encode("utf-8", "surrogatepass"))
                for message in messages_of(self._parameters, self._turns)
            ),
            stored=bool(body.get("store")),
        )
        self._publish()
        epoch = self._epoch
        self._job = self._host.start(f"chat:{self.id}:{epoch}", lambda: self._converse(epoch, body))
        self._job.on_done(lambda _job: self._settled(epoch))

    async def _converse(self, epoch: int, body: Mapping[str, Any]) -> None:
        """Read one answer to its end, whatever the end is."""
        watch = asyncio.create_task(self._watch(epoch))
        events = self._host.open(body)
        self._events = events
        try:
            async with events:
                await self._read(epoch, events)
        except ProblemError as failure:
            self._broken(epoch, failure.problem, body)
        finally:
            watch.cancel()
            if self._events is events:
                self._events = None

    async def _read(self, epoch: int, events: EventStream) -> None:
        async for event in events:
            if epoch != self._epoch or self._reply is None:
                return
            if event.payload is None and event.raw.strip() in ("", "[DONE]"):
                continue
            self._heard_at = self._host.clock.monotonic()
            self._quiet = False
            if not isinstance(event.payload, Mapping):
                raise ProblemError(_cut("The server sent something that is no JSON", event.raw))
            problem = self._reply.add(event.payload, self._heard_at)
            if problem is not None:
                raise ProblemError(problem)
            if self._reply.begun:
                self._phase = ChatPhase.STREAMING
            self._publish_soon()
        if epoch == self._epoch and self._reply is not None:
            if not (events.finished or self._reply.finish_reason):
                raise ProblemError(_cut("The answer ended before its end"))
            self._whole()

    def _whole(self) -> None:
        """The answer is complete."""
        reply = self._reply
        turn = self._close_reply(TurnState.WHOLE)
        if reply is not None and turn is not None and turn.stored and turn.completion_id:
            completion = reply.completion(dict(self._parameters.metadata))
            self._mark(turn.id, stored=False)
            self._host.check(
                turn.completion_id, lambda kept: self._kept(turn.id, completion, kept=kept)
            )
        self._rest(ChatPhase.IDLE)

    def _kept(self, turn_id: str, completion: Mapping[str, Any], *, kept: bool) -> None:
        """The server kept an answer, or took `store` and did not."""
        self._mark(turn_id, stored=kept)
        if kept:
            self._host.made(completion)
            self._publish()
            return
        if self._parameters.store:
            self._parameters = replace(self._parameters, store=False)
            self._note = NOT_KEPT
        self._publish()

    def _mark(self, turn_id: str, *, stored: bool) -> None:
        self._turns = tuple(
            replace(turn, stored=stored) if turn.id == turn_id else turn for turn in self._turns
        )

    def _broken(self, epoch: int, problem: Problem, body: Mapping[str, Any]) -> None:
        """The answer failed, before it began or in its midst."""
        if epoch != self._epoch or self._reply is None:
            return
        if self._reply.begun and self._reply.finish_reason:
            # All of the text is here; only the farewell was lost.
            self._whole()
            return
        if self._reply.begun:
            self._close_reply(TurnState.INTERRUPTED, problem)
            self._rest(ChatPhase.INTERRUPTED, problem)
            return
        self._reply = None
        field = refused_field(problem, body)
        if field is not None and field not in self._refused:
            self._refused |= {field}
            if field == "store":
                self._parameters = replace(self._parameters, store=False)
                self._note = "This server does not take store: it is off now"
            self._ask()
            return
        self._rest(ChatPhase.FAILED, problem)

    def _close_reply(self, state: TurnState, problem: Problem | None = None) -> TurnView | None:
        """The reply becomes a turn, if anything came or it is whole; its tokens are counted."""
        reply, self._reply = self._reply, None
        if reply is None or not (reply.begun or state is TurnState.WHOLE):
            return None
        turn = reply.turn(state, problem)
        self._turns = (*self._turns, turn)
        self._spent = self._spent.plus(reply.counted)
        return turn

    def _settled(self, epoch: int) -> None:
        """The job is over; a chat that still waits for it was stopped from elsewhere."""
        if epoch == self._epoch and self._phase.busy:
            self._close_reply(TurnState.STOPPED)
            self._rest(ChatPhase.IDLE)
        elif self._phase is ChatPhase.STOPPING and epoch == self._epoch - 1:
            self._rest(ChatPhase.IDLE)

    async def _watch(self, epoch: int) -> None:
        """Say so when nothing comes for long; the person decides what to do about it."""
        while epoch == self._epoch:
            silent = self._host.clock.monotonic() - self._heard_at
            if silent >= QUIET_AFTER and not self._quiet:
                self._quiet = True
                self._publish()
            await self._host.clock.sleep(max(QUIET_AFTER - silent, 1.0))


def _cut(title: str, detail: str = "") -> Problem:
    return Problem(
        title,
        detail=detail[:200],
        hint="What came is kept. Retry asks again, which is billed again",
        kind=ProblemKind.INTERRUPTED,
        retryable=True,
    )
