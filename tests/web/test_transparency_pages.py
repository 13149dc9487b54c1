"""What is anchored, as pages for everybody: found by what a receipt names, kept by caches, without a person in it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from doors import House
from markup import read_page
from starlette.testclient import TestClient
from visits import refuses, seen, short, words

from creditbank.adapters.chain import load_artifacts
from creditbank.merkle import MerkleTree, leaf_hash
from creditbank_api.web import transparency

ARTIFACTS = Path(__file__).parents[2] / "contracts" / "artifacts"


@pytest.fixture
def stranger(house: House) -> Iterator[TestClient]:
    with house.browser() as client:
        yield client


def _largest(stranger: TestClient) -> Any:
    return max(stranger.get("/v1/batches").json()["items"], key=lambda one: int(one["size"]))


def test_a_stranger_goes_from_the_list_to_a_batch_to_a_leaf_and_takes_the_proof_along(stranger: TestClient) -> None:
    batch = _largest(stranger)
    there = f"/transparency/batches/{short(batch['id'])}"
    assert there in seen(stranger, "/transparency")
    page = seen(stranger, there)
    assert batch["root"] in page
    assert "no proof to others" in page, "a test chain never looks like a real one"
    files = [each.attributes["href"] for each in read_page(page).all("a") if "download" in each.attributes]
    assert [stranger.get(one).status_code for one in files] == [200, 200]
    entries = stranger.get(f"/v1/batches/{batch['id']}/entries").content
    assert MerkleTree.of([entries[at : at + 64] for at in range(0, len(entries), 64)]).root.hex() in batch["root"]
    last = f"{there}/leaves/{batch['size'] - 1}"
    assert last in page
    page = seen(stranger, last)
    assert f"sha256:{leaf_hash(entries[-64:]).hex()}" in page
    (file,) = [each.attributes["href"] for each in read_page(page).all("a") if "download" in each.attributes]
    assert all(one in page for one in stranger.get(file).json()["path"])
    refuses(stranger, f"{there}/leaves/{batch['size']}", status=422)
    refuses(stranger, "/transparency/batches/00000000-0000-4000-8000-000000000000")
    assert "There is no leaf 5000" in words(seen(stranger, f"{there}?from=5000"))


def test_what_a_receipt_names_is_found_and_nothing_else(stranger: TestClient, house: House) -> None:
    batch, body = _largest(stranger), house.bodies["deccan"]
    history = stranger.get(f"/v1/organisations/{body.id}/history").json()
    for asked, there in (
        (batch["root"], f"batches/{short(batch['id'])}"),
        (batch["root"].removeprefix("sha256:").upper(), f"batches/{short(batch['id'])}"),
        (batch["transaction"], f"batches/{short(batch['id'])}"),
        (f" {batch['id']} ", f"batches/{short(batch['id'])}"),
        (body.did, f"issuers/{short(body.id)}"),
        (history["issuer"], f"issuers/{short(body.id)}"),
    ):
        answer = stranger.get("/transparency", params={"find": asked}, follow_redirects=False)
        assert answer.headers["location"] == f"/transparency/{there}", asked
    issued = next(iter(house.issued.values()))
    for asked in (issued.id, issued.digest.hex(), issued.learner, "did:web:nobody.example", "<b>", "sha256:"):
        answer = stranger.get("/transparency", params={"find": asked}, follow_redirects=False)
        assert answer.status_code == 200
        assert "Nothing was found" in answer.text, asked
        assert "<b>" not in answer.text


def test_the_history_of_an_issuer_says_in_words_what_the_chain_was_told(stranger: TestClient, house: House) -> None:
    body = house.bodies["deccan"]
    assert f"/transparency/issuers/{short(body.id)}" in seen(stranger, "/transparency/issuers")
    page = words(seen(stranger, f"/transparency/issuers/{short(body.id)}"))
    assert "A key was added" in page
    assert house.bank.keys.signing(body.id).multikey in page
    refuses(stranger, f"/transparency/issuers/{short(house.learners['asha'].id)}")


def test_every_event_of_the_register_has_its_sentence_and_no_sentence_is_about_none() -> None:
    known = {
        one["name"] for artifact in load_artifacts(ARTIFACTS).values() for one in artifact.abi if one["type"] == "event"
    }
    about_issuers = {
        one["name"]
        for artifact in load_artifacts(ARTIFACTS).values()
        for one in artifact.abi
        if one["type"] == "event" and {"issuer", "identity"} & {each["name"] for each in one["inputs"]}
    }
    assert set(transparency.HAPPENED) <= known
    assert about_issuers <= set(transparency.HAPPENED)


def test_a_root_over_status_lists_leads_to_the_lists(stranger: TestClient, house: House) -> None:
    house.bank.status_roots.publish()
    page = seen(stranger, "/transparency/status-roots")
    (newest, *_) = stranger.get("/v1/status-roots").json()["items"]
    assert newest["root"] in page
    assert newest["lists"] in page


def test_these_pages_may_be_kept_for_nobody_in_particular_and_name_no_person(
    stranger: TestClient, house: House
) -> None:
    """Threats 44 and 45; and a form token of one visitor is never kept for another."""
    batch, body = _largest(stranger), house.bodies["deccan"]
    for path in (
        "/transparency",
        f"/transparency/batches/{short(batch['id'])}",
        f"/transparency/batches/{short(batch['id'])}/leaves/0",
        "/transparency/issuers",
        f"/transparency/issuers/{short(body.id)}",
        "/transparency/status-roots",
    ):
        answer = stranger.get(path)
        assert answer.headers["cache-control"] == f"public, max-age={transparency.MOMENT}"
        assert "form_token" not in answer.text
        assert "set-cookie" not in answer.headers
        for issued in house.issued.values():
            assert all(one not in answer.text for one in (issued.id, issued.digest.hex(), issued.learner))
        assert all(one.did not in answer.text for one in house.learners.values())
        with house.browser(house.tokens["asha"]) as client:
            answer = client.get(path)
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["vary"] == "Cookie"
