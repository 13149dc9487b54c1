"""Every operation by everybody: what is another's reads like what does not exist, and nobody does what is not theirs.

Made from the routes of the application, so that a new route is tried the day it is added (threats 42, 43 and 44).
"""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from doors import House
from matrix import (
    ANYBODYS,
    PUBLIC,
    SAFE,
    SAMPLES,
    UNKNOWN,
    Asking,
    Operation,
    World,
    body_of,
    build_world,
    each,
    fields_of,
    filled,
    fresh,
    operations,
)
from sqlalchemy import event
from starlette.testclient import TestClient

from creditbank.canonical import sha256

pytestmark = pytest.mark.slow

OPEN = {"ClientRequest"}
"""What a standard says must leave aside what it does not know: the metadata of a client (RFC 7591, 2)."""
TABLES = "tests/helpers/matrix.py"


@pytest.fixture(scope="module")
def world(house: House) -> World:
    return build_world(house)


@pytest.fixture(scope="module")
def door(world: World) -> Iterator[TestClient]:
    with world.house.client() as client:
        yield client


@pytest.fixture(scope="module")
def every(door: TestClient) -> list[Operation]:
    return operations(door)


@pytest.fixture(scope="module")
def components(door: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = door.app.openapi()["components"]["schemas"]  # type: ignore[attr-defined]
    return found


class Statements:
    """Counts what the store is asked: as many statements for what is foreign as for what is unknown."""

    def __init__(self, world: World) -> None:
        self.count = 0
        event.listen(world.house.bank.store._engine, "before_cursor_execute", self._add)

    def _add(self, *_: object) -> None:
        self.count += 1


@pytest.fixture(scope="module")
def statements(world: World) -> Statements:
    return Statements(world)


def ask(door: TestClient, asking: Asking, operation: Operation, path: str, body: Any = None) -> Any:
    """The answer to one request, made as this caller makes it."""
    page = not operation.path.startswith(("/v1/", "/ims/"))
    door.cookies = asking.cookies if page else {}  # type: ignore[assignment]
    headers = {} if page else {**asking.headers, "Idempotency-Key": fresh()}
    content = {} if body is None else {"json": body}
    return door.request(operation.method, path, headers=headers, follow_redirects=False, **content)


def likeness(answer: Any, *ids: str) -> tuple[int, str, dict[str, str]]:
    """Status, body and headers, without the ids that the caller sent."""
    names = [one for id in ids for one in (id, id.removeprefix("urn:uuid:"))]

    def without(text: str) -> str:
        for name in names:
            text = text.replace(name, "…")
        return text

    of_this_answer = {"content-length", "date", "traceparent", "x-request-id"}
    headers = {name: without(value) for name, value in answer.headers.items() if name not in of_this_answer}
    return answer.status_code, without(answer.text), headers


def is_ours(answer: Any) -> bool:
    """Whether an answer that says no says something about the thing itself."""
    hidden = ("no-such-resource", "not-signed-in", "not-for-this-role", "scope-missing")
    return "/problems/" in answer.text and not any(slug in answer.text for slug in hidden)


def told(theirs: tuple[int, str, dict[str, str]], nothing: tuple[int, str, dict[str, str]]) -> str:
    """How two answers differ, in a line; one of them where they do not."""
    headers = {name for name in theirs[2].keys() | nothing[2].keys() if theirs[2].get(name) != nothing[2].get(name)}
    bodies = f"{theirs[1]:.300}" + ("" if theirs[1] == nothing[1] else f" and {nothing[1]:.300}")
    return f"{theirs[0]} and for an unknown id {nothing[0]}; headers that differ: {sorted(headers)}; {bodies}"


def test_every_id_in_a_path_is_known_to_the_matrix(world: World, every: list[Operation]) -> None:
    missing = {
        prefix: str(operation)
        for operation in every
        for prefix in operation.parameters
        if prefix not in world.things and prefix not in PUBLIC
    }
    assert not missing, (
        f"In {TABLES}, give each of these paths a thing of somebody's with world.own(prefix, id, *owners) in _things,"
        f" or name it in PUBLIC when it names nobody's thing: {missing}"
    )


def test_every_id_in_a_body_is_known_to_the_matrix(
    world: World, every: list[Operation], components: dict[str, Any]
) -> None:
    missing = {
        name: str(operation)
        for operation in every
        for name, is_id in fields_of(operation, components).items()
        if is_id and name not in world.fields and name not in ANYBODYS
    }
    assert not missing, (
        f"In {TABLES}, give each of these fields a thing of somebody's in world.fields, or name it in ANYBODYS when it"
        f" names what is no tenant's alone: {missing}"
    )


def test_what_is_foreign_is_what_is_unknown_in_every_path(
    world: World, door: TestClient, every: list[Operation], components: dict[str, Any], statements: Statements
) -> None:
    """Threats 42 and 44: status, body, headers, and the work that is done for the answer."""
    wrong = []
    for operation in every:
        body = body_of(operation, components, {"learner": world.house.learners["minjun"].id})
        for asking, ids, prefix in each(world, operation):
            seen, asked = [], []
            for id in (world.things[prefix].id, world.things[prefix].unknown):
                before = statements.count
                answer = ask(door, asking, operation, filled(operation.path, ids | {prefix: id}), body)
                asked.append(statements.count - before)
                seen.append(likeness(answer, id))
            theirs, nothing = seen
            if theirs != nothing or theirs[0] < 300 or theirs[0] >= 500:
                wrong.append(f"{asking.name}: {operation}: {told(theirs, nothing)}")
            elif asked[0] != asked[1]:
                wrong.append(f"{asking.name}: {operation}: {asked[0]} statements, for an unknown id {asked[1]}")
            elif "invalid-request" in theirs[1] or "not-json" in theirs[1]:
                wrong.append(f"In {TABLES}, give BODIES['{operation}'] a body that is accepted: {theirs[1]}")
    assert not wrong, "\n".join(wrong)


def test_what_is_foreign_is_what_is_unknown_in_every_body(
    world: World, door: TestClient, every: list[Operation], components: dict[str, Any]
) -> None:
    """Threat 42."""
    wrong, tried = [], set()
    house = world.house
    learner, nilgiri = house.learners["minjun"].id, house.bodies["nilgiri"].id
    for operation in every:
        for name in fields_of(operation, components):
            thing = world.fields.get(name)
            if thing is None or operation.parameters:
                continue
            for asking in world.callers:
                if asking.subject in thing.owners or asking.may_see_all:
                    continue
                parties = {"learner": learner} | ({"organisation": nilgiri} if asking.name in house.learners else {})
                seen = []
                for id in (thing.id, thing.unknown):
                    body = body_of(operation, components, parties | {name: id})
                    seen.append(likeness(ask(door, asking, operation, operation.path, body), id))
                if seen[0] != seen[1] or seen[0][0] < 300 or seen[0][0] >= 500 or "invalid-request" in seen[0][1]:
                    wrong.append(f"{asking.name}: {operation}: {name}: {told(*seen)}")
                tried.add(name)
    assert not wrong, "\n".join(wrong)
    assert tried == set(world.fields)


def test_the_things_of_the_matrix_are_there(world: World, door: TestClient, every: list[Operation]) -> None:
    """Without this, a matrix of ids that nobody has would pass."""
    readable = {operation.parameters[-1] for operation in every if operation.method == "GET" and operation.parameters}
    for operation in every:
        if operation.method != "GET" or not operation.parameters or operation.parameters[-1] not in world.things:
            continue
        ids = {prefix: world.things[prefix].id for prefix in operation.parameters}
        answers = (ask(door, asking, operation, filled(operation.path, ids)) for asking in world.callers)
        assert any(answer.status_code < 400 or is_ours(answer) for answer in answers), operation
    assert "/v1/credentials/{id}" in readable


def test_nobody_does_what_their_role_does_not(
    world: World, door: TestClient, every: list[Operation], components: dict[str, Any]
) -> None:
    """A role whose members could not hold the scope of an operation is refused, also with a token of every scope."""
    wrong = []
    for operation in every:
        if operation.parameters or not operation.scopes:
            continue
        body = body_of(operation, components, {"learner": world.house.learners["minjun"].id})
        for asking in world.callers:
            if operation.scopes <= asking.scopes:
                continue
            answer = ask(door, asking, operation, operation.path, body)
            if answer.status_code not in (401, 403):
                wrong.append(f"{asking.name}: {operation}: {answer.status_code} {answer.text[:200]}")
    assert not wrong, "\n".join(wrong)


def test_no_list_shows_anything_of_another(world: World, door: TestClient, every: list[Operation]) -> None:
    """Threats 42 and 55: lists, exports, and lists that are continued with another's cursor."""
    wrong = []
    files = {*SAMPLES, "/openapi.json"}  # what these show are examples, the same in every bank
    lists = [one for one in every if one.method == "GET" and not one.parameters and one.path not in files]
    for operation in lists:
        cursors = [
            found
            for asking in world.callers
            for found in re.findall(
                r'"next":\s?"([^"]+)"', ask(door, asking, operation, f"{operation.path}?limit=1").text
            )
        ]
        for asking in world.callers:
            if asking.may_see_all or asking.subject in {
                world.house.bodies["deccan"].id,
                world.house.learners["asha"].id,
            }:
                continue
            for query in ("?limit=200", *(f"?limit=200&cursor={cursor}" for cursor in dict.fromkeys(cursors))):
                answer = ask(door, asking, operation, operation.path + query)
                text = answer.text
                if operation.path == "/v1/audit/requests":  # which addresses one asked for are one's own words
                    text = re.sub(r'"what":"[^"]*"', "", text)
                shown = [secret for secret in world.secrets if secret in text]
                if answer.status_code >= 500 or shown:
                    wrong.append(f"{asking.name}: {operation}{query}: {answer.status_code}, shows {shown}")
    assert not wrong, "\n".join(wrong)
    assert any(operation.path == "/v1/enrolments" for operation in lists)


def test_every_operation_that_changes_something_declares_its_scope(every: list[Operation]) -> None:
    """Threat 53: a key without the scope is refused, so each operation has one."""
    nothing_changes = {"POST /v1/verifications", "POST /v1/verifications/files"}
    silent = [
        str(operation)
        for operation in every
        if operation.path.startswith("/v1/") and operation.method not in SAFE and not operation.scopes
    ]
    assert set(silent) == nothing_changes, (
        "Add dependencies=[needs(Scope.…)] of creditbank_api.security to each route that is listed: "
        f"{sorted(set(silent) - nothing_changes)}"
    )


def test_a_key_without_the_scope_is_told_which_one(
    world: World, door: TestClient, every: list[Operation], components: dict[str, Any]
) -> None:
    """Threat 53."""
    bare = next(asking for asking in world.callers if asking.name == "open without scope")
    for operation in every:
        if not operation.scopes or operation.scopes <= bare.scopes:
            continue
        path = filled(operation.path, dict.fromkeys(operation.parameters, UNKNOWN))
        answer = ask(door, bare, operation, path, body_of(operation, components, {}))
        assert answer.status_code == 403, operation
        if operation.path.startswith("/ims/"):  # says so in the words of its own standard
            assert answer.json()["imsx_codeMajor"] == "failure", operation
            continue
        assert answer.json()["type"] == "/problems/scope-missing", operation
        assert any(scope in answer.json()["detail"] for scope in operation.scopes), operation


def test_every_body_refuses_a_field_that_it_does_not_know(
    world: World, door: TestClient, every: list[Operation], components: dict[str, Any]
) -> None:
    """Threat 43: nobody sets a status, an owner or a balance that the resource does not ask for."""
    tried = 0
    for operation in every:
        made = body_of(operation, components, {})
        if not operation.path.startswith("/v1/") or not isinstance(made, dict):
            continue
        path = filled(operation.path, dict.fromkeys(operation.parameters, UNKNOWN))
        answers = (
            ask(door, asking, operation, path, made | {"organisationOfMine": "x", "status": "final"})
            for asking in reversed(world.callers)
        )
        judged = next((answer for answer in answers if answer.status_code not in (401, 403)), None)
        assert judged is not None, f"nobody may do {operation}"
        refused = [one["pointer"] for one in judged.json().get("errors", []) if "not known" in one["detail"]]
        assert refused == ["/organisationOfMine", "/status"], operation
        tried += 1
    assert tried > 20


def test_every_schema_of_a_request_is_closed(every: list[Operation], components: dict[str, Any]) -> None:
    """Threat 43: at every depth; what may hold anything is a document that is validated by its own rules."""

    def inside(schema: Any, seen: set[str]) -> Iterator[tuple[str, Any]]:
        if isinstance(schema, dict):
            name = str(schema.get("$ref", "")).rpartition("/")[2]
            if name and name not in seen:
                seen.add(name)
                yield name, components[name]
                yield from inside(components[name], seen)
            for value in schema.values():
                yield from inside(value, seen)
        elif isinstance(schema, list):
            for value in schema:
                yield from inside(value, seen)

    for operation in every:
        for name, schema in inside(operation.body or {}, set()):
            if schema.get("type") == "object" and schema.get("properties") and name not in OPEN:
                assert schema.get("additionalProperties") is False, f"{operation}: {name}"


def test_a_foreign_id_takes_as_long_as_an_unknown_one(world: World, door: TestClient) -> None:
    """Threat 42: within the noise, which is measured by asking for two unknown ids."""
    asking = next(one for one in world.callers if one.name == "nilgiri-registrar")
    other = "urn:uuid:00000000-0000-4000-8000-000000000001"
    for prefix in ("/v1/credentials/{id}", "/v1/awards/{id}", "/v1/endorsements/{id}"):
        operation = Operation("GET", prefix, None)
        times: dict[str, list[float]] = {world.things[prefix].id: [], UNKNOWN: [], other: []}
        for turn in range(15):
            for id in sorted(times, key=lambda id: sha256(f"{turn}{id}".encode())):  # none of them is always the first
                path, began = filled(prefix, {prefix: id}), time.perf_counter()
                ask(door, asking, operation, path)
                times[id].append(time.perf_counter() - began)
        foreign, unknown, again = (min(taken) for taken in times.values())  # the rest is what else ran here
        noise = max(abs(unknown - again), 0.25 * unknown)
        assert abs(foreign - unknown) <= 2 * noise, f"{prefix}: {foreign:.4f} s and {unknown:.4f} s"
