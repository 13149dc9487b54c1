"""The strict loader: what two readers could read differently, or could not read at all, is refused at the door."""

import time

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from creditbank.canonical import (
    MAX_BYTES,
    MAX_DEPTH,
    UnreadableJson,
    canonical_json,
    load_json,
    load_object,
)

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(-(2**53) + 1, 2**53 - 1)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (b'{"a": 1, "a": 2}', "stands twice"),
        (b'{"a": 1, "\\u0061": 2}', "stands twice"),
        (b'{"in": {"a": 1, "a": 1}}', "stands twice"),
        (b"[NaN]", "not a JSON value"),
        (b"[-Infinity]", "not a JSON value"),
        (b"[1e400]", "larger than other readers"),
        (b"[1e99999999999999999999]", "larger than other readers"),
        (b"[9007199254740993]", "larger than other readers"),
        (b"[" + b"9" * 5000 + b"]", "larger than other readers"),
        (b"[9007199254740993.0]", "larger than other readers"),
        (b"[1.00000000000000000001]", "more digits than a double holds"),
        (b"[1." + b"0" * 5000 + b"]", "spelled with more than"),
        (b"[1e-400]", "more digits than a double holds"),
        (b"[1e-99999999999999999999]", "more digits than a double holds"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'["\\u0000"]', "NUL"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b"[" * 1_000_000, "nested deeper"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "nested deeper"),
        (b" " * (MAX_BYTES + 1), "at most"),
        (b"", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"{'a': 1}", "not JSON"),
        ("[٥]".encode(), "not JSON"),
        (b'["\x01"]', "not JSON"),
    ],
    ids=lambda value: value[:24].decode(errors="replace") if isinstance(value, bytes) else value,
)
def test_what_readers_could_disagree_about_is_refused(text: bytes, because: str) -> None:
    """Threats 1, 2, 3, 7 and 58."""
    with pytest.raises(UnreadableJson, match=because) as refusal:
        load_json(text, place="some.json")
    assert refusal.value.place == "some.json"


@pytest.mark.parametrize(
    "text", [b'"' + b'\\"' * 500_000, b'["' + b'\\"' * 500_000 + b"\\", b'{"a":"' + b"\\" * 1_000_000]
)
def test_a_string_without_an_end_is_refused_within_a_second(text: bytes) -> None:
    """Threat 3: each quote in it must not start the search for its end anew."""
    started = time.monotonic()
    with pytest.raises(UnreadableJson):
        load_json(text)
    assert time.monotonic() - started < 1


def test_brackets_inside_strings_are_no_depth() -> None:
    assert load_json(b'["' + b"[" * 1000 + b'\\"[[["]') == ["[" * 1000 + '"[[[']


def test_a_number_keeps_its_value_in_any_spelling_that_a_double_holds() -> None:
    assert load_json(b"[5.0, 1e2, 1.10, -0, 1E2, 0.30000000000000004, 0e7]") == [
        5.0,
        100.0,
        1.1,
        0,
        100.0,
        0.1 + 0.2,
        0,
    ]


def test_an_array_is_no_object() -> None:
    with pytest.raises(UnreadableJson, match="object was expected"):
        load_object(b"[]")


@given(VALUES)
def test_the_quick_writer_writes_what_the_reference_writes(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "value",
    [
        {"é": 1, "z": 2},
        {"\ufb33": 1, "\U0001f600": 2},
        {'a\x7f\x1f\u2028"\\\b': 'a\x7f\x1f\u2028"\\\b\f\n\r\t/'},
        [2**53 - 1],
        (1, 2),
        1.0,
    ],
)
def test_order_and_escapes_are_those_of_the_reference(value: object) -> None:
    assert canonical_json(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [[2**53], [-(2**53)], ["\ud800"], {1: 2}, {"a": float("nan")}, [object()]])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(UnreadableJson, match="no canonical form"):
        canonical_json(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("character", ["x", "\\\\", '\\"'])
def test_depth_is_counted_outside_strings_whatever_stands_in_them(character: str) -> None:
    wide = "[" + ",".join(f'"{character}[[[]}}"' for _ in range(MAX_DEPTH)) + "]"
    assert len(load_json(wide.encode())) == MAX_DEPTH  # type: ignore[arg-type]
    deep = f'"{character}[]]]"'.join(["[" * MAX_DEPTH, "," + "[" * 2 + "]" * (MAX_DEPTH + 2)])
    with pytest.raises(UnreadableJson, match="nested deeper"):
        load_json(deep.encode())


@given(VALUES)
def test_what_is_written_canonically_reads_back_and_is_written_the_same(value: object) -> None:
    written = canonical_json(value)  # type: ignore[arg-type]
    assert canonical_json(load_json(written)) == written
