"""What everybody is shown of batches and of the register needs no token, may be kept, and names no person."""

from typing import Any

from doors import House
from starlette.testclient import TestClient

from creditbank.anchoring import check_evidence, issuer_id
from creditbank.anchoring.published import Anchoring
from creditbank.canonical import parse_digest
from creditbank.merkle import InclusionProof, MerkleTree, leaf_hash


def _batch(client: TestClient) -> Any:
    return max(client.get("/v1/batches").json()["items"], key=lambda one: int(one["size"]))


def test_a_stranger_recomputes_a_root_in_three_ways(client: TestClient) -> None:
    batch = _batch(client)
    whole = client.get(f"/v1/batches/{batch['id']}/entries")
    assert "immutable" in whole.headers["cache-control"]
    entries = [whole.content[at : at + 64] for at in range(0, len(whole.content), 64)]
    assert MerkleTree.of(entries).root == parse_digest(batch["root"])
    listed = client.get(f"/v1/batches/{batch['id']}/leaves", params={"limit": 200}).json()["items"]
    assert [bytes.fromhex(one["entry"][2:]) for one in listed] == entries[:200]
    assert parse_digest(listed[0]["leaf"]) == leaf_hash(entries[0])
    for index in (0, batch["size"] - 1):
        proof = client.get(f"/v1/batches/{batch['id']}/leaves/{index}").json()
        path = [parse_digest(one) for one in proof["path"]]
        climbed = InclusionProof.of(proof["index"], proof["size"], path).root_from(
            leaf_hash(bytes.fromhex(proof["entry"][2:]))
        )
        assert climbed == parse_digest(batch["root"])
    assert client.get(f"/v1/batches/{batch['id']}/leaves/{batch['size']}").status_code == 422


def test_where_a_root_stands_comes_with_what_proves_it(client: TestClient) -> None:
    batch = _batch(client)
    (told,) = client.get(f"/v1/batches/{batch['id']}/anchorings").json()["items"]
    found = Anchoring.parse(told)
    assert found.evidence is not None
    proven = check_evidence(found.evidence.header, found.evidence.receipt_proof, found.evidence.key)
    assert parse_digest(batch["root"]) in {event.root for event in proven.anchored}
    assert proven.block_hash == batch["blockHash"]


def test_a_batch_is_found_by_its_root_and_by_its_transaction(client: TestClient) -> None:
    batch = _batch(client)
    for asked in ({"root": batch["root"]}, {"transaction": batch["transaction"]}):
        assert [one["id"] for one in client.get("/v1/batches", params=asked).json()["items"]] == [batch["id"]]
    assert client.get("/v1/batches", params={"root": "sha256:" + "0" * 64}).json()["items"] == []
    assert client.get("/v1/batches", params={"root": "sha256:%"}).status_code == 422


def test_the_history_of_an_issuer_is_public_with_its_blocks(client: TestClient, house: House) -> None:
    body = house.bodies["deccan"]
    answer = client.get(f"/v1/organisations/{body.id}/history")
    told = answer.json()
    assert told["issuer"] == f"0x{issuer_id(body.did).hex()}"
    assert told["testChain"] is True
    names = [one["event"] for one in told["events"]]
    assert {"TermsSet", "KeyAdded", "BankNamed"} <= set(names)
    for one in told["events"]:
        found = house.bank.chain.block(one["block"])
        assert found is not None
        assert found[0] == one["blockHash"]
    assert "public" in answer.headers["cache-control"]


def test_a_status_root_leads_to_the_lists_under_it(client: TestClient, house: House) -> None:
    house.bank.status_roots.publish()
    (newest, *_) = client.get("/v1/status-roots").json()["items"]
    lists = client.get(newest["lists"]).json()
    assert lists["document"] == "creditbank/status-tree/v1"
    from creditbank.anchoring.statuses import StatusTree

    assert StatusTree.parse(lists).root == parse_digest(newest["root"])


def test_nothing_public_names_a_learner_or_lets_a_credential_be_looked_up(client: TestClient, house: House) -> None:
    """Threats 44 and 45."""
    batch = _batch(client)
    shown = client.get(f"/v1/batches/{batch['id']}/entries").content
    text = "".join(
        client.get(f"/v1/{path}").text
        for path in (f"batches/{batch['id']}/leaves", f"batches/{batch['id']}/anchorings", "status-roots")
    )
    for issued in house.issued.values():
        assert issued.digest not in shown
        assert issued.digest.hex() not in text
        assert issued.id not in text
        assert issued.learner not in text
