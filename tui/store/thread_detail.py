"""What stands beside a thread: a run, a step or a tool call with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tui.api.operations import assistants as ops
from tui.api.records import Record
from tui.catalog.descriptor import Shown, Tone
from tui.core.safe_text import clean, clean_block
from tui.store.chat_turns import pretty_json
from tui.store.detail import sections_of, status_of
from tui.store.thread_runs import CallView, RunView, StepView
from tui.store.views import EntityView, FactView, Phase, Ref, SectionView

if TYPE_CHECKING:
    from tui.store.session import Session

TEXT_LIMIT = 50_000
WORDS_OF_CHUNK = 300
"""Characters of a found chunk that are shown."""


def run_detail(session: Session, thread_id: str, run: RunView) -> EntityView:
    """A run with its facts."""
    ref = Ref(ops.RUNS, run.id, (thread_id,))
    return _detail(session, ref, run.raw, ops.RUN_ITEM, "Run")


def step_detail(session: Session, thread_id: str, run: RunView, step: StepView) -> EntityView:
    """A step with its facts, and its tool calls whole."""
    ref = Ref(ops.STEPS, step.id, (thread_id, run.id))
    title = "Tool calls" if step.calls else "Message" if step.message_id else "Step"
    return _detail(session, ref, step.raw, ops.STEP_ITEM, title)


def call_detail(thread_id: str, run: RunView, step: StepView, call: CallView) -> EntityView:
    """One tool call: what was given to the tool, and what came back."""
    sections: list[SectionView] = []
    if call.given:
        title = "Code" if call.kind == "code_interpreter" else "Given"
        sections.append(SectionView(title, text=_block(call.given)))
    if call.found:
        sections.append(SectionView("Found", facts=tuple(_found(call))))
        texts = [
            f"{found.name}\n{found.text[:WORDS_OF_CHUNK]}" for found in call.found if found.text
        ]
        if texts:
            sections.append(SectionView("Passages", text=clean_block("\n\n".join(texts))))
    if call.gave is not None:
        sections.append(SectionView("Gave back", text=_block(call.gave)))
    elif call.kind == "function":
        sections.append(SectionView("Gave back", text="no output yet"))
    return EntityView(
        ref=Ref(ops.STEPS, step.id, (thread_id, run.id)),
        phase=Phase.READY,
        title=clean(call.name, limit=200) or "tool",
        sections=tuple(sections) or (SectionView("", text="nothing is known of this call"),),
        record=Record(step.raw, ops.STEP_ITEM),
    )


def _found(call: CallView) -> list[FactView]:
    facts = []
    for found in call.found:
        score = f"{found.score:.3f}" if found.score is not None else "–"
        link = Ref("files", found.file_id) if found.file_id else None
        facts.append(FactView(score, Shown(clean(found.name, limit=200)), link))
    return facts


def _block(text: str) -> str:
    if len(text) < TEXT_LIMIT and text.lstrip()[:1] in ("{", "["):
        text = pretty_json(text)
    return clean_block(text, limit=TEXT_LIMIT)


def _detail(
    session: Session, ref: Ref, raw: Mapping[str, Any], item: str, title: str
) -> EntityView:
    resource = session.catalog[ref.resource]
    record = Record(raw, item)
    sections = sections_of(resource, ref, record, context=session.context, catalog=session.catalog)
    return EntityView(
        ref=ref,
        phase=Phase.READY,
        title=title,
        status=status_of(resource, record, context=session.context)
        or Shown(clean(raw.get("status"), limit=40), Tone.PLAIN),
        sections=sections,
        record=record,
        malformed=record.malformed,
    )
