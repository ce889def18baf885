from __future__ import annotations

import json
import time

from tests.ui.widgets.host import Host, Repaints, drawn
from tui.api.records import Record
from tui.catalog.descriptor import Shown, Tone
from tui.core.errors import Problem
from tui.store.views import EntityView, FactView, Phase, Ref, SectionView
from tui.ui.navigation import CopyText
from tui.ui.widgets.detail import Detail
from tui.ui.widgets.json_lines import JsonDocument
from tui.ui.widgets.raw_json import RawJson
from tui.ui.widgets.reader import Reader
from tui.ui.widgets.text_view import TextView

STORE = Ref("vector_stores", "vs_policy")


def file_view(**more: object) -> EntityView:
    settings: dict[str, object] = {
        "phase": Phase.READY,
        "title": "handbook-2026.pdf",
        "status": Shown("● processed", Tone.GOOD),
        "sections": (
            SectionView(
                "",
                (
                    FactView("purpose", Shown("assistants")),
                    FactView("size", Shown("4,213,884 bytes")),
                    FactView("used by", Shown("vs_policy"), STORE),
                    FactView("expires", Shown("never", Tone.MUTED)),
                ),
            ),
            SectionView("Metadata", (FactView("team", Shown("support")),), "A note\nof two lines."),
        ),
        **more,
    }
    return EntityView(Ref("files", "file-8Kq2abcdefvX1"), **settings)  # type: ignore[arg-type]


async def test_a_detail_shows_facts_and_follows_links() -> None:
    detail = Detail()
    app = Host(detail)
    async with app.running(width=50) as pilot:
        detail.show(file_view())
        detail.focus()
        await pilot.pause()
        text = drawn(detail)
        assert "handbook-2026.pdf" in text[0]
        assert "file-8Kq2abcdefvX1   ● processed" in text[1]
        assert any(line.startswith("▌ purpose") for line in text)
        assert any("of two lines." in line for line in text)
        await pilot.press("down", "down", "c", "enter")
        assert [message.ref for message in app.heard(Detail.Followed)] == [STORE]
        assert [message.text for message in app.heard(CopyText)] == ["vs_policy"]


async def test_only_facts_that_differ_are_painted() -> None:
    detail = Detail()
    app = Host(detail)
    async with app.running(width=50) as pilot:
        detail.show(file_view())
        await pilot.pause()
        paints = Repaints(detail)
        detail.show(file_view())
        assert paints.lines == []
        detail.show(file_view(status=Shown("✕ failed", Tone.BAD)))
        assert paints.lines == [1]


async def test_the_states_of_a_detail() -> None:
    detail = Detail()
    app = Host(detail)
    problem = Problem("No such file", "it was deleted", request_id="req_7")
    async with app.running(width=60) as pilot:
        await pilot.pause()
        assert "Nothing chosen" in "\n".join(drawn(detail))
        detail.show(file_view(phase=Phase.LOADING, sections=()))
        assert "Loading" in "\n".join(drawn(detail))
        detail.show(file_view(phase=Phase.FAILED, sections=(), problem=problem))
        text = "\n".join(drawn(detail))
        assert "No such file" in text and "req_7" in text and "try again" in text
        detail.show(file_view(phase=Phase.FAILED, problem=problem))
        text = "\n".join(drawn(detail))
        assert "May be old" in text and "purpose" in text
        record = Record({"id": "file-8Kq2abcdefvX1", "bytes": "many"})
        detail.show(file_view(malformed="bytes: not a number", record=record, pending=True))
        text = "\n".join(drawn(detail))
        assert '"bytes": "many"' in text and "Not what was expected" in text
        assert "not confirmed" in text


async def test_search_in_a_detail_goes_around() -> None:
    detail = Detail()
    app = Host(detail)
    async with app.running(width=50) as pilot:
        detail.show(file_view())
        detail.focus()
        await pilot.press("slash")
        assert [message.reader for message in app.heard(Reader.SearchAsked)] == [detail]
        assert detail.search("SUPPORT")
        assert detail.cursor_fact is not None and detail.cursor_fact.label == "team"
        assert not detail.search("nowhere")


def big_object() -> dict[str, object]:
    rows = [{"id": f"item-{n}", "vector": [n / 7] * 8, "text": "word " * 9} for n in range(20_000)]
    return {"object": "list", "data": rows, "needle": {"deep": {"er": "treasure"}}}


async def test_megabytes_of_json_fold_and_are_searched() -> None:
    value = big_object()
    assert len(json.dumps(value)) > 3_000_000
    raw = RawJson()
    app = Host(raw)
    async with app.running() as pilot:
        begun = time.perf_counter()
        raw.show(value)
        raw.focus()
        await pilot.pause()
        assert time.perf_counter() - begun < 2
        assert any("20,000 items" in line for line in drawn(raw))
        assert raw.search("treasure")
        assert raw.cursor_value == "treasure"
        await pilot.press("c", "Y")
        copied = [message.text for message in app.heard(CopyText)]
        assert copied[0] == "treasure" and json.loads(copied[1]) == value


def test_json_folds_and_unfolds_where_it_was() -> None:
    value = {"a": {"b": [1, 2], "c": {}}, "long": "x" * 300, "t": True}
    document = JsonDocument(value)
    assert [document.text(index) for index in range(len(document.lines))][:4] == [
        "{",
        '"a": {',
        '"b": [',
        "1,",
    ]
    before = list(document.lines)
    inner = next(i for i in range(len(before)) if document.text(i) == "1,")
    assert document.toggle(inner) == inner
    closing = next(i for i in range(len(before)) if document.text(i) == "],")
    at = document.toggle(closing)
    assert document.text(at) == '"b": [ … 2 items ],'
    assert document.toggle(at) == at
    assert document.lines == before
    long = next(i for i in range(len(before)) if document.text(i).startswith('"long"'))
    document.toggle(long)
    assert document.text(long) == '"long": text of 300 characters,'
    assert document.toggle(long + 2) == long
    assert document.lines == before
    document.fold_all()
    assert [document.text(index) for index in range(3)] == [
        "{",
        '"a": { … 2 keys },',
        before and document.text(2),
    ]


async def test_keys_fold_json() -> None:
    raw = RawJson()
    app = Host(raw)
    async with app.running() as pilot:
        raw.show({"a": {"b": 1}, "c": 2})
        raw.focus()
        await pilot.press("down", "enter")
        assert [line.rstrip() for line in drawn(raw)[:4]] == [
            " ▾ {",
            '▌  ▸ "a": { … 1 key },',
            '     "c": 2',
            "   }",
        ]
        await pilot.click(RawJson, offset=(8, 1))
        assert '"b": 1' in "\n".join(drawn(raw))


async def test_megabytes_of_text_wrap_and_are_searched() -> None:
    lines = [f"line {n} " + "lorem ipsum dolor " * (n % 11) for n in range(30_000)]
    text = "\n".join([*lines, "x" * 200_000, "the treasure"])
    view = TextView(numbers=True)
    app = Host(view)
    async with app.running() as pilot:
        begun = time.perf_counter()
        view.show(text)
        view.focus()
        await pilot.pause()
        assert time.perf_counter() - begun < 3
        assert drawn(view)[0].startswith("     1  line 0")
        assert view.search("treasure")
        assert any("30002  the treasure" in line for line in drawn(view))
        await pilot.press("g", "w")
        assert view.line_count == 30_002
        await pilot.press("w", "G")
        assert "the treasure" in drawn(view)[-1]


async def test_a_growing_text_is_followed_at_its_end_only() -> None:
    view = TextView()
    app = Host(view)
    async with app.running(height=10) as pilot:
        view.show("\n".join(map(str, range(50))))
        view.focus()
        await pilot.press("G")
        view.show("\n".join(map(str, range(60))), follow=True)
        assert drawn(view)[-1].strip(" ▐") == "59"
        await pilot.press("up")
        view.show("\n".join(map(str, range(70))), follow=True)
        assert drawn(view)[-1].strip(" ▐") == "58"


async def test_another_width_is_laid_out_and_painted_anew() -> None:
    detail = Detail()
    app = Host(detail)
    async with app.running(width=120) as pilot:
        section = SectionView("Message", (), "many words " * 20)
        detail.show(file_view(sections=(section,)))
        await pilot.pause()
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        painted = [strip.text for strip in detail.render_lines(detail.size.region)]
        assert sum(text.count("many") for text in painted) == 20
