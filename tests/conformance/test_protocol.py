"""The protocol itself: every line is answered, at once, whatever stands in it, and only an accident is a failure."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbank.cli import conformance
from creditbank.cli.conformance import answer_to, described, lines_of
from creditbank.cli.conformance_ops import OPERATIONS
from creditbank.cli.conformance_requests import Kind

PROMISED = {
    "json.parse",
    "merkle.root",
    "merkle.verify_inclusion",
    "sig.verify",
    "vc.verify",
    "vc.verify_jwt",
    "status.check",
    "url.fetch_allowed",
    "did.url",
    "amount.parse",
}
BAD_LINES = [
    b"",
    b"not JSON",
    b"[]",
    b"null",
    b"{}",
    b'{"op": 7}',
    b'{"op": ["json.parse"]}',
    b'{"op": "json.parse"}',
    b'{"op": "json.parse", "data_text": 7}',
    b'{"op": "json.parse", "data_text": "1", "op": "json.parse"}',
    b'{"id": {"a": 1}, "op": "json.parse", "data_text": "1"}',
    b'{"id": true, "op": "json.parse", "data_text": "1"}',
    b'{"op": "json.parse", "data_base64": "MQ"}',
    b'{"op": "merkle.verify_inclusion", "entry_text": "", "index": true, "size": 1, "root_hex": ""}',
    b"\xff\xfe",
    b"\x00",
    b'{"op": "json.parse", "data_text": "\\ud800"}',
    b'{"op": "json.parse", "data_text": "' + b"x" * 100,
    b"[" * 100_000,
    b'{"a":' * 100_000,
]


def test_every_promised_operation_is_there() -> None:
    assert OPERATIONS.keys() >= PROMISED


def test_lines_that_are_no_requests_are_answered_one_by_one_and_do_not_end_the_run() -> None:
    """Threats 1, 2 and 3, at this door too."""
    good = b'{"id": "last", "op": "amount.parse", "text": "2.5"}'
    ran = subprocess.run(
        [sys.executable, "-m", "creditbank", "conformance"],
        input=b"\n".join([*BAD_LINES, good]),  # the last line without its end
        capture_output=True,
        timeout=60,
        check=False,
    )
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0
    assert [answer["ok"] for answer in answers] == [False] * len(BAD_LINES) + [True]
    assert {answer["error"] for answer in answers[:-1]} == {"not-a-request"}
    assert answers[-1] == {"id": "last", "ok": True, "thousandths": 2500, "text": "2.5"}


def test_an_answer_comes_before_the_next_question() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "creditbank", "conformance"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for number in range(3):
            running.stdin.write(b'{"id": %d, "op": "amount.parse", "text": "1"}\n' % number)
            running.stdin.flush()
            assert json.loads(running.stdout.readline())["id"] == number
        running.stdin.close()
        assert running.wait(timeout=30) == 0


def test_a_line_that_is_too_long_is_passed_over_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conformance, "MAX_LINE", 100)
    monkeypatch.setattr(conformance, "CHUNK", 64)
    asked: list[int] = []

    class Stream(io.BytesIO):
        def readline(self, size: int | None = -1, /) -> bytes:
            asked.append(size or 0)
            return super().readline(size)

    lines = list(lines_of(Stream(b"a" * 100 + b"\n" + b"b" * 101 + b"\n" + b"c" * 1000 + b"\n{}\n" + b"d" * 500)))
    assert lines == [b"a" * 100, None, None, b"{}", None]
    assert max(asked) == 101
    assert answer_to(None)["error"] == "not-a-request"


def test_an_accident_is_an_internal_error_and_the_exit_code_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(text: str) -> None:
        raise RuntimeError(f"a secret: {text}")

    monkeypatch.setattr("creditbank.cli.conformance_ops.Credits.parse", broken)
    lines = b'{"id": 1, "op": "amount.parse", "text": "5"}\n{"id": 2, "op": "did.url", "did": "did:web:a.example"}\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert conformance.conformance() == 3
    out, err = capsys.readouterr()
    first, second = (json.loads(line) for line in out.splitlines())
    assert first == {"id": 1, "ok": False, "error": "internal_error"}
    assert second["ok"] is True
    assert err == "2 answered, 1 of them with internal_error.\n"


def test_the_list_names_every_operation_with_its_fields_and_its_errors() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "creditbank", "conformance", "--list"], capture_output=True, timeout=30, check=True
    )
    listed = json.loads(ran.stdout)
    assert listed == described()
    assert {operation["op"] for operation in listed["operations"]} == OPERATIONS.keys()
    for operation in listed["operations"]:
        assert operation["line"]
        assert operation["errors"]
        assert all(field["line"] and field["spelled"] for field in operation["fields"])


def fields_of(operation: str) -> Iterator[str]:
    for field in OPERATIONS[operation].fields:
        yield from field.spellings


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
VALUES = JSON | st.binary(max_size=40).map(bytes.hex) | st.sampled_from(["", "AA==", "00", "did:web:", "{}"])


@given(
    st.sampled_from(sorted(OPERATIONS)).flatmap(
        lambda name: st.tuples(
            st.just(name), st.dictionaries(st.sampled_from(sorted(fields_of(name))), VALUES, max_size=8)
        )
    )
)
def test_no_fields_of_any_kind_cause_an_accident(asked: tuple[str, dict[str, Any]]) -> None:
    name, fields = asked
    answer = answer_to(json.dumps({"id": 7, "op": name, **fields}).encode())
    assert answer["id"] in (7, None)
    assert answer["ok"] or answer["error"] != "internal_error", (asked, answer)


@given(st.binary(max_size=60))
def test_no_bytes_cause_an_accident(line: bytes) -> None:
    assert answer_to(line)["error"] == "not-a-request"


def test_every_kind_of_field_is_used() -> None:
    used = {field.kind for operation in OPERATIONS.values() for field in operation.fields}
    assert used >= set(Kind)
