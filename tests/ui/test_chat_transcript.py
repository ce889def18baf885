"""Markdown read as it comes, laid out once, and the transcript's window over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ui.widgets.host import Host, drawn
from tui.core.safe_text import harmless
from tui.store.chat_turns import PartView, Role, ToolCallView, TurnState, TurnView, UsageView
from tui.ui.navigation import CopyText
from tui.ui.text import cells
from tui.ui.widgets.transcript import Transcript
from tui.ui.widgets.transcript_layout import code_lines, laid
from tui.ui.widgets.transcript_markdown import LONGEST_LINE, Kind, MarkdownReader
from tui.ui.widgets.transcript_text import folded, inline, printable, spans_of, width_of
from tui.ui.widgets.transcript_turn import MOST_TEXT, TurnLayout

SAMPLE = """# Refunds

The **2025** policy gives *30 days*, see `policy.md` and [the page](https://example.com/a_(b)).

- one
  - two with a long text that has to be folded over several lines of the transcript
  - [x] done
1. first
2. second

> quoted
>> twice

```python
def refund(days: int) -> bool:
    return days <= 30  # a comment
```

| Year | Days | Fee |
|------|-----:|:---:|
| 2025 | 30 | 0 |
| 2026 | 14 | `5 %` |

---
Not a | table
~~gone~~ and 1 * 2 * 3, snake_case_name, \\*literal\\*
"""

FRAGMENTS = st.lists(
    st.sampled_from(
        [
            "```",
            "```py\n",
            "\n",
            "\r\n",
            "\r",
            "| a | b |\n",
            "|--|--|\n",
            "- x",
            "# h",
            "> q",
            "***",
            "`c`",
            "**b**",
            "_i_",
            "    ",
            "1. ",
            "~~~",
            "---",
            "日本",
            "\x1b[31m",
            "[/x]",
            "text ",
            "|",
        ]
    )
    | st.text(max_size=6),
    max_size=24,
)


def read(*parts: str) -> MarkdownReader:
    reader = MarkdownReader()
    for part in parts:
        reader.feed(part)
    reader.finish()
    return reader


def words(text: str, width: int = 60) -> list[str]:
    return [
        "".join(run.text for run in line)
        for piece in read(text).pieces
        for line in laid(piece, width)
    ]


def reply(text: str, state: TurnState = TurnState.WHOLE, **facts: Any) -> TurnView:
    return TurnView(id="r", role=Role.ASSISTANT, text=text, state=state, **facts)


def test_a_text_is_laid_out() -> None:
    shown = words(SAMPLE)
    assert shown == [
        "Refunds",
        "",
        "The 2025 policy gives 30 days, see policy.md and the page",
        "(https://example.com/a_(b)).",
        "",
        "• one",
        "  ◦ two with a long text that has to be folded over several",
        "    lines of the transcript",
        "  ☑ done",
        "1. first",
        "2. second",
        "",
        "▎ quoted",
        "▎ ▎ twice",
        "",
        "  python",
        "  def refund(days: int) -> bool:",
        "      return days <= 30  # a comment",
        "",
        "Year  Days  Fee",
        "────  ────  ───",
        "2025    30  0",
        "2026    14  5 %",
        "",
        "────────────────────────",
        "Not a | table",
        "gone and 1 * 2 * 3, snake_case_name, *literal*",
    ]


def test_marks_become_looks() -> None:
    found = {run.text: run.look for run in inline("a **b *c* `d`** ~~e~~ ***f*** [g](http://h)")}
    assert found["b "].bold and found["c"].bold and found["c"].italic
    assert found["d"].tone == "transcript--inline"
    assert found["e"].strike and found["f"].bold and found["f"].italic
    assert found["g"].underline and " (http://h)" in found
    for text in ("2 * 3 * 4", "a_b_c", "**open", "`open", "[no](", "** a **", "*", "__init__.py"):
        assert "".join(run.text for run in inline(text)) == text


def test_finished_code_is_coloured_and_keeps_its_text() -> None:
    (piece,) = read("```python\nx = 'a'  # b\n\n\n```").pieces
    lines = laid(piece, 60)[1:]
    assert ["".join(run.text for run in line).strip() for line in lines] == ["x = 'a'  # b", "", ""]
    tones = {run.text.strip(): run.look.tone for run in lines[0]}
    assert tones["# b"] == "muted" and tones["'a'"] == "good"
    assert (
        len(
            {
                run.look
                for line in laid(read("```nope\nx = 1\n```").pieces[0], 60)[1:]
                for run in line
            }
        )
        == 1
    )


def test_an_open_fence_is_plain_until_it_closes() -> None:
    reader = MarkdownReader()
    reader.feed("```py\nx = 1\ny")
    assert [piece.kind for piece in reader.pieces] == [Kind.OPEN_CODE]
    assert [piece.text for piece in reader.tail()] == ["y"]
    reader.rewound = 1
    reader.feed(" = 2\n```\n")
    assert reader.rewound == 0
    assert [(piece.kind, piece.text) for piece in reader.pieces] == [(Kind.CODE, "x = 1\ny = 2")]


@settings(deadline=None, max_examples=300)
@given(FRAGMENTS)
def test_reading_in_parts_is_reading_at_once(parts: list[str]) -> None:
    assert read(*parts).pieces == read("".join(parts)).pieces


@settings(deadline=None, max_examples=200)
@given(FRAGMENTS, st.integers(12, 90))
def test_a_streamed_turn_looks_like_a_whole_one(parts: list[str], width: int) -> None:
    layout = TurnLayout(reply("", TurnState.OPEN), width)
    text = ""
    before = list(layout.lines)
    for part in parts:
        text += part
        first = layout.show(reply(text, TurnState.OPEN))
        assert layout.lines[:first] == before[:first]
        before = list(layout.lines)
    layout.show(reply(text))
    assert layout.lines == TurnLayout(reply(text), width).lines


@settings(deadline=None, max_examples=300)
@given(FRAGMENTS, st.integers(12, 90))
def test_every_line_fits_and_is_harmless(parts: list[str], width: int) -> None:
    for piece in read("".join(parts)).pieces:
        for line in laid(piece, width):
            text = "".join(run.text for run in line)
            assert harmless(text) and "\n" not in text
            assert width_of(line) <= width + 4


def test_a_long_name_of_a_language_is_cut() -> None:
    lines = code_lines("x = 1", "東京" * 20, 16)
    assert all(width_of(line) <= 16 for line in lines)


@given(st.text(max_size=200), st.integers(4, 40))
def test_folding_loses_only_spaces(text: str, width: int) -> None:
    text = printable(text).replace("\n", " ")
    spans = spans_of(text, width, width)
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == text.replace(
        " ", ""
    )
    whole = spans_of(text, width, width, words=False)
    assert "".join(text[start:end] for start, end in whole) == text
    assert all(cells(text[start:end]) <= width for start, end in whole)


def test_wide_scripts_break_anywhere() -> None:
    lines = folded(inline("東京の天気は晴れです"), 8)
    assert ["".join(run.text for run in line) for line in lines] == ["東京の天", "気は晴れ", "です"]


def test_hostile_text_costs_little_and_stays_harmless() -> None:
    for text in (
        "*" * 20_000,
        "[" * 20_000,
        "`" * 9_999 + " " + "`" * 5_000,
        "_a" * 10_000,
        "**a " * 3_000,
        "> " * 5_000,
        "|" * 4_000 + "\n" + "|-" * 2_000 + "\n" + "|a" * 2_000,
        "\x1b]52;c;AAAA\x07\x9b31m‮[@click=app.quit]x[/]",
    ):
        for piece in read(text).pieces:
            for line in laid(piece, 40):
                assert harmless("".join(run.text for run in line))
    assert len(read("x" * (3 * LONGEST_LINE + 1)).pieces) == 4


def test_a_megabyte_is_capped_and_says_so() -> None:
    layout = TurnLayout(reply("word " * 200_000), 80)
    assert len(layout.lines) < MOST_TEXT // 80 * 2
    assert any("more are not drawn" in run.text for line in layout.lines for run in line)


def test_what_stands_around_a_turn() -> None:
    layout = TurnLayout(
        reply(
            "Half",
            TurnState.INTERRUPTED,
            refusal="I cannot.",
            calls=(ToolCallView("1", "get_weather", '{"city":"Oslo"}'),),
            parts=(PartView("image", "https://x/y.png"),),
            usage=UsageView(1200, 4, 1204, estimated=True),
            finish_reason="length",
            rate=38.2,
            first_token=0.4,
        ),
        90,
    )
    assert ["".join(run.text for run in line) for line in layout.lines] == [
        "Half",
        "refused",
        "I cannot.",
        "[image] https://x/y.png",
        "→ get_weather",
        "  {",
        '    "city": "Oslo"',
        "  }",
        "✕ interrupted",
        "reached its length limit · ≈ 1,200 → 4 tok · 38 tok/s · first after 400 ms",
        "",
    ]


def turns(count: int, text: str = "line one\n\nline two") -> tuple[TurnView, ...]:
    return tuple(
        TurnView(
            id=str(n),
            role=Role.ASSISTANT if n % 2 else Role.USER,
            text=f"message {n}\n{text}",
        )
        for n in range(count)
    )


async def test_it_follows_the_end_until_scrolled_up() -> None:
    transcript = Transcript()
    async with Host(transcript).running(60, 12) as pilot:
        transcript.show(turns(40))
        await pilot.pause()
        assert "line two" in "".join(drawn(transcript)) and transcript.lines_below == 0
        transcript.focus()
        await pilot.press("pageup")
        assert not transcript.following
        top = drawn(transcript)
        transcript.show(turns(42))
        transcript._draw_waiting()
        await pilot.pause()
        assert drawn(transcript)[:-1] == top[:-1] and transcript.lines_below > 0
        await pilot.press("end")
        assert transcript.following and "message 41" in "".join(drawn(transcript))


async def test_scrolling_up_through_what_was_never_laid_out_never_jumps() -> None:
    long = "word " * 60
    transcript = Transcript()
    async with Host(transcript).running(50, 12) as pilot:
        transcript.show(turns(30, long))
        await pilot.pause()
        for _ in range(60):
            before = [line[:-1] for line in drawn(transcript)]
            transcript.scroll_lines(-1)
            after = [line[:-1] for line in drawn(transcript)]
            assert after[1:] == before[:-1]


async def test_thousands_of_messages_are_laid_out_only_in_sight() -> None:
    transcript = Transcript()
    async with Host(transcript).running(80, 24) as pilot:
        transcript.show(turns(5_000))
        await pilot.pause()
        assert len(transcript._window._layouts) < 40
        transcript.focus()
        await pilot.press("home")
        assert "message 0" in drawn(transcript)[0]
        assert len(transcript._window._layouts) < 60


async def test_the_cursor_moves_by_messages_and_copies() -> None:
    transcript = Transcript(follow=False)
    app = Host(transcript)
    async with app.running(60, 20) as pilot:
        said = (
            TurnView(id="1", role=Role.USER, text="show me\x1b[31m"),
            reply("Here:\n```py\nx\t= 1\n```\nand\n```\ny\n```"),
        )
        transcript.show(said)
        await pilot.pause()
        transcript.focus()
        await pilot.press("up")
        assert transcript.current == said[0]
        transcript.copy_message()
        await pilot.press("down")
        for _ in range(3):
            transcript.copy_code()
        await pilot.pause()
        copied = [(message.text, message.what) for message in app.heard(CopyText)]
        assert copied == [
            ("show me\x1b[31m", "Your message"),
            ("x\t= 1", "Code (py), 1 of 2 blocks,"),
            ("y", "Code, 2 of 2 blocks,"),
            ("x\t= 1", "Code (py), 1 of 2 blocks,"),
        ]


async def test_long_results_fold_and_open() -> None:
    transcript = Transcript(follow=False)
    async with Host(transcript).running(60, 40) as pilot:
        rows = "\n".join(f"row {n}" for n in range(20))
        transcript.show([TurnView(id="1", role=Role.TOOL, text=rows)])
        await pilot.pause()
        transcript.focus()
        assert "… 12 more lines" in "\n".join(drawn(transcript))
        await pilot.press("space")
        assert "row 19" in "\n".join(drawn(transcript))
        await pilot.press("space")
        assert "row 19" not in "\n".join(drawn(transcript))


async def test_words_are_found_in_messages_that_were_never_in_sight() -> None:
    transcript = Transcript(follow=False)
    async with Host(transcript).running(60, 12) as pilot:
        said = list(turns(400))
        hidden = "\n".join(f"row {n}" for n in range(30)) + "\nthe Needle"
        said[200] = TurnView(id="200", role=Role.TOOL, text=hidden)
        said[300] = TurnView(id="300", role=Role.USER, text="a needle too")
        transcript.show(said)
        await pilot.pause()
        assert transcript.search("needle") and transcript.current == said[200]
        assert any("the Needle" in line for line in drawn(transcript))
        transcript.focus()
        await pilot.press("n")
        assert transcript.current == said[300]
        await pilot.press("n")
        assert transcript.current == said[200]
        await pilot.press("N")
        assert transcript.current == said[300]
        assert len(transcript._window._layouts) < 60
        assert not transcript.search("nowhere")


async def test_a_resize_keeps_everything_in_place() -> None:
    transcript = Transcript()
    async with Host(transcript).running(80, 20) as pilot:
        transcript.show(turns(50, "word " * 40))
        await pilot.pause()
        await pilot.resize_terminal(50, 10)
        await pilot.pause()
        assert transcript.lines_below == 0
        assert all(cells(line) == 50 for line in drawn(transcript))


async def test_streaming_paints_only_what_changed() -> None:
    transcript = Transcript()
    async with Host(transcript).running(60, 20) as pilot:
        first = reply("One line.\n\nTwo", TurnState.OPEN)
        transcript.show([first])
        await pilot.pause()
        painted: list[int] = []
        refresh = transcript.refresh

        def note(*regions: Any, **options: Any) -> Any:
            painted.extend(region.y for region in regions)
            return refresh(*regions, **options)

        transcript.refresh = note  # type: ignore[method-assign]
        transcript.show([replace(first, text=first.text + " words")])
        transcript._draw_waiting()
        assert min(painted) == 2


async def test_selected_text_comes_without_the_gutter() -> None:
    transcript = Transcript(follow=False)
    app = Host(transcript)
    async with app.running(60, 20) as pilot:
        transcript.show([reply("Hello there\nsecond line")])
        await pilot.pause()
        await pilot.mouse_down(Transcript, offset=(16, 0))
        await pilot.hover(Transcript, offset=(15, 1))
        await pilot.mouse_up(Transcript, offset=(15, 1))
        assert app.screen.get_selected_text() == "there\nsecond"


@pytest.mark.parametrize("theme", ["cupola-light", "cupola-ansi-dark"])
async def test_other_themes_draw_the_same_words(theme: str) -> None:
    transcript = Transcript(follow=False)
    async with Host(transcript, theme=theme).running(80, 40) as pilot:
        transcript.show([reply(SAMPLE)])
        await pilot.pause()
        assert "Refunds" in drawn(transcript)[0]
