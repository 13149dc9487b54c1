"""The examples of the API description are true: each is sent to a real bank, and is answered as it says.

`CREDITBANK_WRITE_EXAMPLES=1` writes the answers anew instead of comparing them; `CREDITBANK_EXAMPLES=all` provokes at
every operation what any may answer.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import examples as stage
import jsonschema
import pytest
from doors import House, build_house
from matrix import operations
from starlette.testclient import TestClient

from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.rights import Scope
from creditbank_api import examples
from creditbank_api.examples import NAMES, PROBLEMS, read_files
from creditbank_api.problems import MEDIA_TYPE

WRITE: Final = os.environ.get("CREDITBANK_WRITE_EXAMPLES") == "1"
ALL: Final = os.environ.get("CREDITBANK_EXAMPLES") == "all"
FOLDER: Final = Path(examples.__file__).parent
FILES: Final = frozenset(
    {
        "credentials_kit",
        "leaving_export",
        "leaving_record",
        "bulk_failures",
        "verifications_verify_files",
        "awards_kit",
        "transparency_entries",
    }
)
"""Operations whose answer, or whose request, is a file of people: an archive, a paper, a table to fix, an upload."""


@pytest.fixture(scope="module")
def door(house: House) -> Iterator[TestClient]:
    with house.client() as client:
        yield client


@pytest.fixture(scope="module", autouse=True)
def bare(house: House) -> None:
    """A token that may do next to nothing."""
    _, secret = house.bank.access.make_token(
        "examples:bare",
        organisation=house.bodies["deccan"].id,
        label="bare",
        scopes=[Scope.PROFILE_READ],
        by=AT_THE_MACHINE,
    )
    assert secret is not None
    house.tokens["bare"] = secret


@pytest.fixture(scope="module")
def described(door: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = door.app.openapi()  # type: ignore[attr-defined]
    return found


def _operations(described: dict[str, Any]) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method, path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/v1/")
    }


@pytest.mark.slow
def test_every_example_is_answered_as_it_says(tmp_path: Path) -> None:
    house = build_house(tmp_path / "bank", CREDITBANK_DEPOSIT_POLICY="unanchored")
    files = read_files()
    with house.client() as client:
        play = stage.Play(house, client, files[NAMES])
        known = _operations(client.app.openapi())  # type: ignore[attr-defined]
        wrong = [one for name in sorted(files) if name[0].isdigit() for one in _played(play, known, files[name])]
    house.bank.close()
    if WRITE:
        stage.write(FOLDER, files)
    assert not wrong, "\n".join(wrong) + "\nCREDITBANK_WRITE_EXAMPLES=1 writes the answers of now"


def _played(play: stage.Play, known: dict[str, Any], scene: list[dict[str, Any]]) -> Iterator[str]:
    for example in scene:
        method, path, operation = known[example["operation"]]
        at = f"{example['operation']}, {example['title']}"
        body = play.fill(example.get("body"))
        if "made" in example:
            body = stage.MAKERS[example["made"]](play)
            yield from (f"{at}: body{one}" for one in play.differences(example.get("body", {}), body))
        response = play.send(method, path, example, body)
        answer = stage.answer_of(response)
        if response.status_code < 400:
            play.answers[example["operation"]] = answer
        found = [] if response.status_code == example["status"] else [f"{response.status_code} {answer}"]
        ordered = not example.get("unordered", False)
        if not found and example.get("moving") and example["answer"].keys() == answer.keys():
            continue
        found = found or play.differences(example["answer"], answer, most=stage.LONGEST, ordered=ordered)
        found += [] if str(response.status_code) in operation["responses"] else ["this status is not declared"]
        if found and WRITE:
            example |= {"status": response.status_code, "answer": play.show(stage.shortened(answer))}
            example |= {"body": play.show(body)} if "made" in example else {}
        yield from (f"{at}: {one}" for one in found)


def test_every_operation_with_a_body_or_an_answer_shows_both(described: dict[str, Any]) -> None:
    """An operation that is added without an example fails here; `FILES` names those whose example would be a file."""
    without = []
    for name, (_, _, operation) in _operations(described).items():
        if name in FILES:
            continue
        taken = operation.get("requestBody", {}).get("content", {})
        given = [
            one for s, told in operation["responses"].items() if s < "300" for one in told.get("content", {}).values()
        ]
        shows_both = [any("examples" in media for media in some) for some in (taken.values(), given) if some]
        without += [] if all(shows_both) else [name]
    assert without == []
    assert set(_operations(described)) >= FILES, "no operation is excused that there is not"
    assert set(_operations(described)) >= {one.operation for told in examples.examples().values() for one in told}


def test_every_example_has_the_shape_that_is_declared_beside_it(described: dict[str, Any]) -> None:
    """What is shown of a long list is its beginning, which has the same shape."""
    root = {"components": described["components"]}
    counted = 0
    for name, (_, _, operation) in _operations(described).items():
        told = [operation.get("requestBody", {}), *operation["responses"].values()]
        for media in (media for one in told for media in one.get("content", {}).values()):
            for example in media.get("examples", {}).values():
                if media.get("schema") and not isinstance(example["value"], str):
                    jsonschema.Draft202012Validator({**media["schema"], **root}).validate(example["value"]), name
                    counted += 1
    assert counted > 1000


@pytest.mark.slow
def test_what_any_operation_may_answer_is_what_this_one_answers(
    house: House, door: TestClient, described: dict[str, Any]
) -> None:
    """Each problem of `problems.json` is provoked, at one operation of each group that declares it, or at all."""
    wrong, seen, written, tried = [], set(), {}, set()
    components = described["components"]["schemas"]
    for operation in operations(door):
        if not operation.path.startswith("/v1/") or operation.described is None:
            continue
        declared = {
            slug: example["value"]
            for response in operation.described["responses"].values()
            for slug, example in response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {}).items()
        }
        for slug, asked in stage.provocations(operation, components):
            group = operation.described["operationId"].partition("_")[0]
            if slug not in declared or (not ALL and (slug, group) in tried):
                continue
            tried.add((slug, group))
            answer = stage.provoked(door, house, operation, slug, asked)
            if answer is None:
                wrong.append(f"{operation}: nobody is answered {slug}")
                continue
            written.setdefault(slug, answer)
            seen.add(slug)
            shown = {**declared[slug], "instance": answer["instance"]}
            if shown != answer and slug not in stage.shown_by_itself(operation):
                wrong.append(f"{operation}: {slug}: {shown} and {answer}")
    if WRITE:
        own = {"type", "title", "status", "instance"}
        told = {slug: {k: v for k, v in answer.items() if k not in own} for slug, answer in sorted(written.items())}
        stage.write(FOLDER, {PROBLEMS: told})
    assert not wrong, "\n".join(wrong)
    assert seen == set(examples.common_problems())
