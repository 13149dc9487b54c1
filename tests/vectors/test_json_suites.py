"""RFC 8785 and JSONTestSuite: what is one document for every reader, and how it is spelled."""

import base64
import json
import struct
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from creditbank.canonical import UnreadableJson, canonical_json, load_json

HERE = Path(__file__).parent
JCS = HERE / "json-canonicalization"
PARSING = [json.loads(line) for line in (HERE / "jsontestsuite" / "cases.jsonl").read_text().splitlines()]
Counted = Callable[..., None]

BEYOND_A_DOUBLE = {"values.json"}
"""It holds 333333333.33333329 and 1E30: read differently by readers that do not use doubles (record 0027)."""
REFUSED_THOUGH_VALID = {
    "y_number",
    "y_number_real_capital_e",
    "y_number_real_exponent",
    "y_number_real_fraction_exponent",
    "y_object_extreme_numbers",
    "y_object_duplicated_key",
    "y_object_duplicated_key_and_value",
    "y_object_escaped_null_in_key",
    "y_string_null_escape",
}
"""Numbers beyond 2^53 - 1, keys that stand twice, NUL: JSON, and no document here (record 0027; threats 1 and 2)."""
ACCEPTED_THOUGH_OPEN = {
    "number_1.0",
    "number_1000000000000000",
    "number_1e6",
    "object_key_nfc_nfd",
    "object_key_nfd_nfc",
}
"""Where the suite leaves it to the reader, everything else is refused."""


def test_the_published_documents_have_the_published_canonical_form(counted: Counted) -> None:
    names = sorted(path.name for path in (JCS / "input").glob("*.json"))
    for name in names:
        given, expected = (JCS / "input" / name).read_bytes(), (JCS / "output" / name).read_bytes()
        assert bytes.fromhex((JCS / "outhex" / name.replace("json", "txt")).read_text()) == expected
        assert canonical_json(json.loads(given)) == expected, name
        if name in BEYOND_A_DOUBLE:
            with pytest.raises(UnreadableJson, match="more digits than a double holds"):
                load_json(given)
        else:
            assert canonical_json(load_json(given)) == expected, name
    assert len(names) == 6
    counted("RFC 8785 documents", len(names), otherwise=len(BEYOND_A_DOUBLE))


@pytest.mark.parametrize(
    ("count", "published"), [(10_000, "b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892")]
)
def test_ten_thousand_doubles_are_spelled_as_published(count: int, published: str, counted: Counted) -> None:
    """The sequence is generated as testdata/README.md says, and its lines have the published hash."""
    lines = sha256()
    numbers = doubles()
    for _ in range(count):
        number = next(numbers)
        bits = int.from_bytes(struct.pack(">d", number))
        lines.update(f"{bits:x},{canonical_json(number).decode()}\n".encode())
    assert lines.hexdigest() == published
    counted("RFC 8785 numbers", count)


def doubles() -> Iterator[float]:
    """The deterministic sequence of cyberphone/json-canonicalization: a fixed list, 2,000 in a row, then hashes."""
    fixed = [int(text, 16) for text in (JCS / "fixed-doubles.txt").read_text().split()]
    for bits in [*fixed, *(0x0010000000000000 + step for step in range(2000))]:
        yield struct.unpack(">d", bits.to_bytes(8))[0]
    block = bytes(32)
    while True:
        block = sha256(block).digest()
        for number in struct.unpack("<4d", block):
            if number != 0 and number - number == 0:
                yield number


def bytes_of(case: dict[str, object]) -> bytes:
    if isinstance(repeat := case.get("repeat"), dict):
        return base64.b64decode(repeat["unit"]) * repeat["count"] + base64.b64decode(repeat["tail"])
    return base64.b64decode(str(case["b64"]))


def test_what_is_json_is_read_and_what_is_not_is_refused(counted: Counted) -> None:
    """Threats 1, 2 and 3. JSONTestSuite: y accepted, n refused; differences are listed above with their reasons."""
    otherwise = []
    for case in PARSING:
        data, name = bytes_of(case), case["name"].partition("/")[2]
        assert len(data) == case["len"]
        try:
            canonical_json(load_json(data))
            accepted = True
        except UnreadableJson:
            accepted = False
        if case["expect"] == "either":
            assert accepted == (name in ACCEPTED_THOUGH_OPEN), name
        elif accepted != (case["expect"] == "accept"):
            assert not accepted, f"{name} is no JSON and was accepted"
            otherwise.append(name)
    assert set(otherwise) == REFUSED_THOUGH_VALID
    assert [sum(case["expect"] == kind for case in PARSING) for kind in ("accept", "reject", "either")] == [95, 188, 57]
    counted("JSONTestSuite", len(PARSING), otherwise=len(otherwise))
