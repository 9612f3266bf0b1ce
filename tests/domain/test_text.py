"""Text as it is kept: what nobody can see is taken out, and nothing takes long."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.text import one_line, visible

ALI, REZA = "\u0639\u0644\u06cc", "\u0631\u0636\u0627"
ANY = st.text(st.characters(), max_size=60)
ODD = st.lists(
    st.sampled_from(
        list("\u200b\u200c\u200d\ufe0f\u0301\u202d\u202c\u2800\u3164 \téaع👨\U000e0041\r\n")
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Call \u202d01233 555555\u202c please.", "Call 01233 555555 please."),
        ("\u200b", ""),
        ("\u3164\u2800 \u00ad", ""),
        ("a\x00b\x07", "ab"),
        ("One\r\n\tTwo\rThree\u2028Four", "One\n\tTwo\nThree\nFour"),
        (f"{ALI}\u200c{REZA}", f"{ALI}\u200c{REZA}"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f"),
        ("4\u200d1\u200c1\u200d1", "4111"),
        ("jose\u0301", "josé"),
        ("Zoë Ŵ 李", "Zoë Ŵ 李"),
        ("\ud800x", "x"),
    ],
)
def test_what_is_seen_stays(typed: str, kept: str) -> None:
    assert visible(typed) == kept


@given(st.one_of(ANY, ODD))
def test_cleaning_again_changes_nothing(text: str) -> None:
    kept = visible(text)
    assert visible(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert kept == kept.strip()
    assert all(char in "\n\t" or unicodedata.category(char) != "Cc" for char in kept)
    kept.encode()
    assert "\n" not in one_line(text)


@pytest.mark.parametrize(
    "piece", ["\u0301", "\u200d", "é\u200d", "\ufe0f", "a\u0301\u0316", "\r", "\u0338\u0301"]
)
def test_no_text_takes_more_than_its_length(piece: str) -> None:
    began = time.process_time()
    visible(piece * (60_000 // len(piece)))
    assert time.process_time() - began < 1
