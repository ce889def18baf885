"""The set pieces that cupola-echo can be asked for: long, Markdown, code, many scripts, hostile.

Each says what it is. None of it pretends to be thought.
"""

from __future__ import annotations

NAME = "cupola-echo"

MARKDOWN = """\
# A Markdown sample from cupola-echo

I am a rule engine, so this is a *fixed* sample and **not** an answer.

## Lists

1. First, an ordered item
2. Second, one with `inline code`
   - nested, with a [link](https://example.com/docs)
   - nested, with ~~struck~~ text

- [x] a task that is done
- [ ] a task that is open

## A table

| Column | Meaning            | Count |
|:-------|:-------------------|------:|
| alpha  | the first letter   |     1 |
| beta   | the second letter  |    22 |
| gamma  | a third, with `|`  |   333 |

> A quotation, over
> two lines.

---

That is the end of the sample."""

CODE = '''\
This is a fixed code sample from cupola-echo, in three languages.

```python
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Berth:
    """A place at the quay."""

    name: str
    metres: float

    def takes(self, length: float) -> bool:
        return length <= self.metres  # the fenders need no room
```

```sql
SELECT berth, count(*) AS nights
FROM bookings
WHERE arrived_at >= date('now', '-30 days')
GROUP BY berth
ORDER BY nights DESC;
```

```json
{"berth": "B-12", "metres": 14.5, "free": true}
```

End of the sample.'''

UNICODE = """\
A fixed sample of scripts from cupola-echo:

- Latin with marks: naïve façade, Łódź, smörgåsbord
- Greek: Το λιμάνι ανοίγει στις έξι.
- Cyrillic: Гавань открывается в шесть.
- Arabic: يفتح الميناء في السادسة.
- Hebrew: הנמל נפתח בשש.
- Hindi: बंदरगाह छह बजे खुलता है।
- Thai: ท่าเรือเปิดตอนหกโมงเช้า
- Japanese: 港は六時に開きます。
- Chinese: 港口六点开放。
- Korean: 항구는 여섯 시에 문을 엽니다.
- Emoji: ⚓ 🚤 👩🏽‍✈️ 🇳🇴 🏴󠁧󠁢󠁳󠁣󠁴󠁿 1️⃣
- Combining: e\u0301 a\u0308 n\u0303 Z̸̢̛a̵l̶g̷o̸
- Mathematics: ∀x ∈ ℝ: ⌈x⌉ − x < 1"""

HOSTILE = (
    "A fixed sample of hostile text from cupola-echo, to test the client that shows it:\n"
    "markup [red]x[/red] [/x] [@click=app.quit]click[/] [link=file:///etc/passwd]a[/link];\n"
    "escapes \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J \x9b31m;\n"
    "bidi \u202egnp.exe\u202c \u2067isolated\u2069;\n"
    "controls \x00 \x08 \x7f \ufeff and a line of 2,000 characters: " + "x" * 2000
)

REFUSAL = (
    "I was asked to refuse, so I do. I am cupola-echo, a rule engine: there is nothing behind"
    " this refusal but that request."
)

_PARAGRAPHS = (
    "This is paragraph {n} of a long text that was asked for. I am cupola-echo, a rule engine of"
    " the sandbox, and I repeat set sentences so that a client has something to scroll. The words"
    " that stood out in the request were {words}.",
    "Paragraph {n} goes on in the same way. Nothing in it was thought up: the sandbox fills a page"
    " so that wrapping, scrolling and stopping can be tried without a network or a key. Still"
    " on record: {words}.",
    "In paragraph {n} the sentences are shorter. They end soon. Some hold a number, like {n}. Some"
    " hold words from the request: {words}. Then the next paragraph follows.",
    "Paragraph {n} is one of four patterns that take turns; whoever reads this far sees that the"
    " text is honest about itself. It would repeat for as long as the token limit allows, and it"
    " still remembers {words}.",
)


def long_text(words: str, *, about_words: int = 400) -> str:
    """Numbered paragraphs of about so many words, at most 20,000."""
    paragraphs: list[str] = []
    length = 0
    while length < min(about_words, 20_000):
        number = len(paragraphs) + 1
        pattern = _PARAGRAPHS[(number - 1) % len(_PARAGRAPHS)]
        paragraphs.append(pattern.format(n=number, words=words or "none"))
        length += paragraphs[-1].count(" ") + 1
    return "\n\n".join(paragraphs)
