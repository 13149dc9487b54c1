"""`creditbank conformance`: lets a tester in any language drive the functions that the product itself uses."""

import json
import sys
from collections.abc import Iterator
from typing import IO, Annotated, Final

import typer

from creditbank.adapters.documents.recognition import MAX_LONG_BYTES
from creditbank.canonical import Json, JsonObject, load_object
from creditbank.cli.commands import example, single
from creditbank.cli.conformance_ops import OPERATIONS
from creditbank.cli.conformance_requests import NotARequest, Request
from creditbank.cli.failures import ACCEPTED, INCONCLUSIVE, trace
from creditbank.cli.terminal import Terminal
from creditbank.errors import CreditBankError

PROTOCOL: Final = "creditbank/conformance/v1"
MAX_LINE: Final = MAX_LONG_BYTES * 4 // 3 + 1024 * 1024
"""Room for the longest document that is read anywhere, in base64."""
CHUNK: Final = 64 * 1024
INTERNAL_ERROR: Final = "internal_error"

app = single()


@app.command(
    epilog=example(
        "creditbank conformance --list",
        "creditbank conformance < cases.jsonl > answers.jsonl",
    )
)
def conformance(
    list_operations: Annotated[
        bool, typer.Option("--list", help="Name the operations and their fields as one JSON document, and end.")
    ] = False,
) -> int:
    """Answer requests, one JSON object a line.

    Reads a request from each line of stdin and writes its answer as one line on stdout, at once: for testers in
    other languages. docs/conformance.md describes the operations. Every line is answered, whatever stands in it.

    Exit code 0 says that every line was answered, 3 that at least one answer is an internal_error: something broke.
    """
    terminal = Terminal()
    if list_operations:
        terminal.json(described())
        return ACCEPTED
    answered = crashed = 0
    for line in lines_of(sys.stdin.buffer):
        answer = answer_to(line)
        terminal.raw(json.dumps(answer, separators=(",", ":")) + "\n")
        answered += 1
        crashed += answer.get("error") == INTERNAL_ERROR
    terminal.hint(f"{answered} answered, {crashed} of them with {INTERNAL_ERROR}.")
    return INCONCLUSIVE if crashed else ACCEPTED


def described() -> JsonObject:
    """The operations and their fields, for machines."""
    return {
        "document": PROTOCOL,
        "maxLineBytes": MAX_LINE,
        "operations": [operation.to_json() for operation in OPERATIONS.values()],
    }


def lines_of(stream: IO[bytes]) -> Iterator[bytes | None]:
    """Each line without its end; None for one that is longer than `MAX_LINE`, which is never held whole."""
    while line := stream.readline(MAX_LINE + 1):
        if line.endswith(b"\n") or len(line) <= MAX_LINE:
            yield line.removesuffix(b"\n")
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(CHUNK)
        yield None


def answer_to(line: bytes | None) -> JsonObject:
    """The answer to one line; an exception that nobody planned for is an `internal_error`, and no end."""
    identifier: Json = None
    try:
        if line is None:
            raise NotARequest(f"The line is longer than {MAX_LINE} bytes.")
        value = _object(line)
        identifier = _identifier(value)
        name = value.get("op")
        operation = OPERATIONS.get(name) if isinstance(name, str) else None
        if operation is None:
            raise NotARequest(
                "There is no such operation.", place="/op", next_step="See `creditbank conformance --list`."
            )
        answer = operation.run(Request(value, operation.fields))
    except CreditBankError as error:
        answer = refusal(error)
    except Exception:
        trace()
        answer = {"ok": False, "error": INTERNAL_ERROR}
    return {"id": identifier, **answer}


def refusal(error: CreditBankError) -> JsonObject:
    """An error that the product raises on purpose, as an answer."""
    answer: JsonObject = {"ok": False, "error": error.slug, "sentence": error.sentence}
    if error.place:
        answer["place"] = error.place
    if error.next_step:
        answer["next_step"] = error.next_step
    return answer


def _object(line: bytes) -> JsonObject:
    try:
        return load_object(line, max_bytes=MAX_LINE)
    except CreditBankError as cause:
        raise NotARequest(
            f"The line is not one JSON object. {cause.sentence}",
            next_step="Write one object a line; what must keep its exact bytes goes in as base64.",
        ) from None


def _identifier(value: JsonObject) -> Json:
    found = value.get("id")
    if isinstance(found, bool | list | dict):
        raise NotARequest("The id of a request is a text, a number or null.", place="/id")
    return found
