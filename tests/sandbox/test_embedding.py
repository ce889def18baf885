"""The lexical vectors: stable across processes, unit length, near where words are shared."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sandbox.embedding import DIMENSIONS, cosine, embed, from_blob, to_blob
from tui.sandbox.terms import terms


@given(st.text(max_size=200), st.integers(1, DIMENSIONS))
def test_every_vector_is_a_unit_or_nothing(text: str, dimensions: int) -> None:
    vector = embed(text, dimensions=dimensions)
    assert len(vector) == dimensions
    length = math.hypot(*vector)
    assert length == 0.0 or length == pytest.approx(1.0, abs=1e-5)
    assert from_blob(to_blob(vector)) == vector


def test_vectors_do_not_depend_on_the_process() -> None:
    text = "A boat's mooring line, the tide; 港の係留 and прилив"
    code = f"from tui.sandbox.embedding import *; print(to_blob(embed({text!r})).hex())"
    for seed in ("1", "2"):
        result = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
        )
        assert result.stdout.strip() == to_blob(embed(text)).hex()


def test_shared_words_and_inflections_are_near() -> None:
    query = embed("refunding a booking")
    near = embed("Refunds for bookings are paid within five days.")
    far = embed("The radar antenna must be greased every spring.")
    assert cosine(query, near) > 0.25 > cosine(query, far)


@pytest.mark.parametrize(
    ("query", "text", "other"),
    [
        ("返金", "予約の返金は五日以内に行われます。", "レーダーの点検は毎年春です。"),
        ("возврат денег", "Возврат денег занимает пять дней.", "Радар смазывают каждую весну."),
        ("वापसी", "बुकिंग की वापसी पाँच दिनों में होती है।", "रडार की जाँच हर वसंत में होती है।"),
        ("ΕΠΙΣΤΡΟΦΗ", "Η επιστροφή χρημάτων γίνεται σε πέντε ημέρες.", "Το ραντάρ ελέγχεται."),
        ("استرداد", "يتم استرداد المبلغ خلال خمسة أيام.", "يفحص الرادار كل ربيع."),
    ],
)
def test_other_scripts_find_their_words(query: str, text: str, other: str) -> None:
    assert cosine(embed(query), embed(text)) > cosine(embed(query), embed(other)) + 0.1


def test_terms_fold_case_accents_and_pair_cjk() -> None:
    assert terms("Ein CAFÉ, straße") == ["ein", "cafe", "strasse"]
    assert terms("東京都abc") == ["東京", "京都", "abc"]


@pytest.mark.parametrize("dimensions", [0, DIMENSIONS + 1])
def test_sizes_outside_are_refused(dimensions: int) -> None:
    with pytest.raises(ValueError, match="dimensions"):
        embed("text", dimensions=dimensions)
