"""The resources over a real bank: issue, verify, evaluate, award, redeem, and what is public."""

import io
import json
import random
import threading
import uuid
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from doors import CERTIFICATE, House
from starlette.testclient import TestClient

from creditbank.canonical import digest_sri, load_object, sha256
from creditbank.cli.demo import samples
from creditbank.credential import bake, plain_png
from creditbank.stacking import read_refutation


def _key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid.uuid4())}


def _slug(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


@pytest.fixture
def wanted(house: House) -> dict[str, str]:
    unit = samples.ASHA_UNITS[1].achievement
    return {
        "learner": house.learners["minjun"].id,
        "achievement": unit.id,
        "version": unit.version,
        "earned": "2026-06-30",
    }


# -- issue


def test_a_provider_issues_a_credential_and_hands_out_the_signed_bytes(
    client: TestClient, house: House, wanted: dict[str, str]
) -> None:
    answer = client.post("/v1/credentials", json=wanted, headers={**house.bearer("deccan"), **_key()})
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == made["credential"]
    signed = client.get(made["credential"], headers=house.bearer("minjun"))
    assert signed.headers["content-type"] == "application/vc"
    document = load_object(signed.content)
    assert document["id"] == made["id"]
    assert "proof" in document
    waiting = client.get(made["receipt"], headers=house.bearer("minjun"))
    assert (waiting.status_code, _slug(waiting)) == (404, "receipt-not-ready")


def test_a_provider_issues_only_what_it_offers_itself(client: TestClient, house: House, wanted: dict[str, str]) -> None:
    answer = client.post("/v1/credentials", json=wanted, headers={**house.bearer("open"), **_key()})
    assert (answer.status_code, _slug(answer)) == (403, "not-a-provider")


@pytest.mark.parametrize("field", ["learner", "achievement"])
def test_issuing_for_what_does_not_exist_is_404(
    client: TestClient, house: House, wanted: dict[str, str], field: str
) -> None:
    wanted[field] = f"urn:uuid:{uuid.uuid4()}"
    answer = client.post("/v1/credentials", json=wanted, headers={**house.bearer("deccan"), **_key()})
    assert (answer.status_code, _slug(answer)) == (404, "no-such-resource")


def test_a_receipt_names_the_test_chain(client: TestClient, house: House) -> None:
    id = house.issued["asha:writing"].id
    receipt = client.get(f"/v1/credentials/{id}/receipt", headers=house.bearer("asha")).json()
    assert receipt["document"] == "creditbank/receipt/v1"
    assert receipt["chain"]["test"] is True


# -- asking twice (threat 38)


def test_the_same_key_and_body_give_the_first_answer_again(
    client: TestClient, house: House, wanted: dict[str, str]
) -> None:
    headers = {**house.bearer("deccan"), **_key()}
    first, second = (client.post("/v1/credentials", json=wanted, headers=headers) for _ in range(2))
    assert second.status_code == first.status_code == 201
    assert second.content == first.content
    assert second.headers["location"] == first.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"


def test_the_same_body_in_another_spelling_is_the_same_request(
    client: TestClient, house: House, wanted: dict[str, str]
) -> None:
    headers = {**house.bearer("deccan"), **_key(), "Content-Type": "application/json"}
    first = client.post("/v1/credentials", content=json.dumps(wanted), headers=headers)
    turned = json.dumps(dict(reversed(wanted.items())), indent=3)
    assert client.post("/v1/credentials", content=turned, headers=headers).content == first.content


def test_the_same_key_with_another_body_is_422(client: TestClient, house: House, wanted: dict[str, str]) -> None:
    headers = {**house.bearer("deccan"), **_key()}
    client.post("/v1/credentials", json=wanted, headers=headers)
    answer = client.post("/v1/credentials", json=wanted | {"earned": "2026-07-01"}, headers=headers)
    assert (answer.status_code, _slug(answer)) == (422, "idempotency-key-reused")


def test_another_callers_key_is_another_key(client: TestClient, house: House, wanted: dict[str, str]) -> None:
    key = _key()
    first = client.post("/v1/credentials", json=wanted, headers={**house.bearer("deccan"), **key})
    other = client.post("/v1/credentials", json=wanted, headers={**house.bearer("thames"), **key})
    assert first.status_code == 201
    assert (other.status_code, _slug(other)) == (403, "not-a-provider")


@pytest.mark.parametrize("key", [None, "", "short", "x" * 129, "with space in it", "tab\tin it too"])
def test_a_post_without_a_proper_key_is_400(
    client: TestClient, house: House, wanted: dict[str, str], key: str | None
) -> None:
    headers = house.bearer("deccan") | ({} if key is None else {"Idempotency-Key": key})
    answer = client.post("/v1/credentials", json=wanted, headers=headers)
    assert (answer.status_code, _slug(answer)) == (400, "idempotency-key-missing")


def test_a_lost_answer_is_found_again_even_if_it_was_never_stored(
    client: TestClient, house: House, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies between the effect and the stored answer: the retry finds the work (threat 29)."""
    from creditbank_api import idempotency

    headers = {**house.bearer("deccan"), **_key()}

    def die(*_: object, **__: object) -> None:
        raise RuntimeError("killed here")

    before = _held(house)
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "replace", die)
        assert client.post("/v1/credentials", json=wanted, headers=headers).status_code == 500
    assert _held(house) == before  # credential and answer stand together, or neither does
    again = client.post("/v1/credentials", json=wanted, headers=headers)
    assert again.status_code == 201
    assert _held(house) == before + 1


def test_what_is_refused_leaves_no_claim_and_releases_nobody_elses(
    client: TestClient, house: House, wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that was rolled back is nobody's: somebody else may hold the key by now (threat 38)."""
    from creditbank_api.idempotency import Once

    released: list[object] = []
    monkeypatch.setattr(Once, "_release", lambda self, claim: released.append(claim))
    headers = {**house.bearer("deccan"), **_key()}
    refused = client.post("/v1/credentials", json={**wanted, "version": "never published"}, headers=headers)
    assert (refused.status_code, released) == (404, [])
    done = client.post("/v1/credentials", json=wanted, headers=headers)
    assert (done.status_code, "idempotency-replayed" in done.headers) == (201, False)


def _held(house: House) -> int:
    with house.bank.store.transaction() as tx:
        return len(tx.credentials_of(house.learners["minjun"].id))


def test_two_requests_under_one_key_at_once_have_one_effect(house: House, wanted: dict[str, str]) -> None:
    """Each client has an application of its own, as two processes over one store would."""
    headers = {**house.bearer("deccan"), **_key()}
    before, answers = _held(house), []
    clients = [house.client() for _ in range(4)]
    for client in clients:  # the routes are made ready one after another, as in processes of their own
        client.get("/v1/credentials", headers=headers)

    def ask(client: TestClient) -> None:
        answers.append(client.post("/v1/credentials", json=wanted, headers=headers))

    threads = [threading.Thread(target=ask, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _held(house) == before + 1
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert len(ids) == 1


# -- verify


def test_anybody_verifies_without_a_token_and_nothing_is_kept(client: TestClient, house: House) -> None:
    signed = load_object(house.issued["asha:statistics"].signed)
    answer = client.post("/v1/verifications", json={"files": [{"name": "c.json", "content": signed}]})
    assert answer.status_code == 200
    (report,) = answer.json()["reports"]
    assert (report["verdict"], report["policy"]["name"]) == ("accepted", "live")
    assert report["chains"][0]["test"] is True


def test_an_altered_value_is_rejected_by_name(client: TestClient, house: House) -> None:
    altered: Any = load_object(house.issued["asha:statistics"].signed)
    altered["credentialSubject"]["achievement"]["creditPoints"] = "40"
    answer = client.post("/v1/verifications", json={"files": [{"name": "c.json", "content": altered}]})
    (report,) = answer.json()["reports"]
    assert report["verdict"] == "rejected"
    assert next(check for check in report["checks"] if check["name"] == "proof.signature")["outcome"] == "failed"


def test_an_award_is_verified_with_its_whole_stack(client: TestClient, house: House) -> None:
    award = house.made
    assert award.signed is not None
    assert award.proof is not None
    with house.bank.store.transaction() as tx:
        used = [tx.get_credential(tx.get_lot(lot).credential) for lot, _ in award.uses]
    files = [{"name": "award.json", "content": award.signed.decode()}]
    files += [{"name": "proof.json", "content": award.proof.decode()}]
    files += [{"name": f"{number}.json", "content": issued.signed.decode()} for number, issued in enumerate(used)]
    adopted = house.bank.deciding.adopted(award.organisation)
    files += [{"name": f"decision-{at}.json", "content": one.content.decode()} for at, one in enumerate(adopted)]
    answer = client.post("/v1/verifications", json={"files": files})
    (report,) = answer.json()["reports"]
    assert report["kind"] == "award"
    assert report["verdict"] == "accepted", report["headline"]
    assert len(report["parts"]) == len(used)


def test_files_of_every_kind_are_verified_as_a_form(client: TestClient, house: House) -> None:
    signed = house.issued["asha:statistics"].signed
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("credential.json", signed)
        archive.writestr("filling.txt", random.Random(1).randbytes(1_500_000))
    given = {"badge.png": bake(plain_png("Statistics"), signed.decode()), "all.zip": buffer.getvalue()}
    for name, data in given.items():
        answer = client.post("/v1/verifications/files?policy=archival", files={"files": (name, data)})
        assert answer.status_code == 200, answer.text
        (report,) = answer.json()["reports"]
        assert (report["verdict"], report["policy"]["name"]) == ("accepted", "archival")
    assert answer.json()["recognised"] == {
        "all.zip/credential.json": "An Open Badges 3.0 credential, in an archive",
        "all.zip/filling.txt": "A file of another kind, passed over",
    }


def test_files_that_cannot_be_read_are_told_with_their_name_and_the_next_step(client: TestClient) -> None:
    for data, status, slug in (
        (plain_png("x"), 422, "unrecognised-file"),
        (plain_png("x")[:-1], 400, "unreadable-image"),
        (b"PK\x03\x04", 400, "refused-archive"),
        (b"%PDF-1.7", 400, "unreadable-pdf"),
    ):
        answer = client.post("/v1/verifications/files", files={"files": ("given", data)})
        assert (answer.status_code, _slug(answer), answer.json()["place"]) == (status, slug, "given")
        assert answer.json()["nextStep"]
    assert _slug(client.post("/v1/verifications/files", data={"text": " "})) == "nothing-given"
    too_large = client.post("/v1/verifications/files", content=b"", headers={"Content-Length": str(25 * 1024 * 1024)})
    assert _slug(too_large) == "body-too-large"


def test_a_kit_is_for_those_who_may_see_what_is_in_it_and_verifies_at_this_door(
    client: TestClient, house: House
) -> None:
    """Threat 42."""
    for path, seen, hidden in (
        (f"/v1/credentials/{house.issued['asha:statistics'].id}/kit", ("asha", "deccan"), ("minjun", "open")),
        (f"/v1/awards/{house.made.id}/kit", ("asha", "deccan-registrar"), ("minjun", "nilgiri-registrar")),
    ):
        for name in seen:
            answer = client.get(path, headers=house.bearer(name))
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
        for name in hidden:
            assert client.get(path, headers=house.bearer(name)).status_code == 404
        assert client.get(path).status_code == 401
        verified = client.post("/v1/verifications/files", files={"files": ("kit.zip", answer.content)}).json()
        (report,) = verified["reports"]
        assert report["verdict"] == "accepted", report["headline"]
        assert verified["recognised"]["kit.zip/verification-kit/manifest.json"].startswith("The list of what")


def test_nothing_given_is_said_so(client: TestClient) -> None:
    empty = client.post("/v1/verifications", json={"files": []})
    assert _slug(empty) == "invalid-request"
    other = client.post("/v1/verifications", json={"files": [{"name": "x.json", "content": {"a": "b"}}]})
    assert (other.status_code, _slug(other)) == (422, "unrecognised-file")
    assert other.json()["place"] == "x.json"


# -- evaluate


def test_a_registrar_weighs_a_learners_credits(client: TestClient, house: House) -> None:
    body = {"learner": house.learners["minjun"].id, "qualification": CERTIFICATE}
    answer = client.post("/v1/evaluations", json=body, headers={**house.bearer("deccan-registrar"), **_key()})
    assert answer.status_code == 201
    made = answer.json()
    assert made["document"]["result"]["verdict"] == "falls-short"
    read = client.get(answer.headers["location"], headers=house.bearer("minjun"))
    assert read.json() == made


def test_a_learner_asks_what_is_missing_at_a_university(client: TestClient, house: House) -> None:
    body = {"organisation": house.bodies["deccan"].id, "qualification": CERTIFICATE}
    answer = client.post("/v1/evaluations", json=body, headers={**house.bearer("minjun"), **_key()})
    assert answer.status_code == 201
    assert answer.json()["learner"] == house.learners["minjun"].id


def test_a_plan_says_what_would_be_and_the_way_on_and_keeps_nothing(client: TestClient, house: House) -> None:
    unit = samples.ASHA_UNITS[1].achievement
    body = {"organisation": house.bodies["deccan"].id, "qualification": CERTIFICATE}
    pace = {"terms": [{"first": "2027-01-01", "last": "2027-05-31"}], "creditsAtMost": "30", "unitsAtMost": 9}
    planned = [{"achievement": unit.id, "expected": "2026-12-20"}]
    answer = client.post("/v1/plans", json={**body, "planned": planned, "pace": pace}, headers=house.bearer("minjun"))
    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made["learner"] == house.learners["minjun"].id
    assert made["document"]["whatIf"]["asOf"] == "2026-12-20"
    assert [one["title"] for one in made["document"]["whatIf"]["units"]] == [unit.name]
    assert made["document"]["path"] is not None or made["document"]["noPath"] is not None
    bare = client.post("/v1/plans", json=body, headers=house.bearer("minjun")).json()
    assert "whatIf" not in bare["document"]


@pytest.mark.parametrize(
    ("more", "slug"),
    [
        ({"pace": {"terms": [{"first": "2027-05-31", "last": "2027-01-01"}]}}, "impossible-pace"),
        ({"pace": {"count": 25}}, "invalid-request"),
        ({"pace": {"creditsAtMost": "many"}}, "invalid-request"),
        ({"planned": [{"achievement": "urn:nobody"}]}, "no-such-resource"),
        ({"planned": [{"achievement": "urn:nobody", "expected": "soon"}]}, "invalid-request"),
    ],
)
def test_a_plan_that_cannot_be_asked_is_refused(
    client: TestClient, house: House, more: dict[str, Any], slug: str
) -> None:
    body = {"organisation": house.bodies["deccan"].id, "qualification": CERTIFICATE, **more}
    answer = client.post("/v1/plans", json=body, headers=house.bearer("minjun"))
    assert _slug(answer) == slug


def test_nobody_plans_in_anothers_name(client: TestClient, house: House) -> None:
    learner = {"learner": house.learners["asha"].id, "organisation": house.bodies["deccan"].id}
    for name in ("minjun", "nilgiri-registrar"):
        answer = client.post("/v1/plans", json={**learner, "qualification": CERTIFICATE}, headers=house.bearer(name))
        assert (answer.status_code, _slug(answer)) == (403, "not-for-this-role")


def test_nobody_weighs_in_anothers_name(client: TestClient, house: House) -> None:
    learner = {"learner": house.learners["asha"].id, "organisation": house.bodies["deccan"].id}
    for name in ("minjun", "nilgiri-registrar"):
        body = {**learner, "qualification": CERTIFICATE}
        answer = client.post("/v1/evaluations", json=body, headers={**house.bearer(name), **_key()})
        assert (answer.status_code, _slug(answer)) == (403, "not-for-this-role")


@pytest.mark.parametrize("name", ["deccan-registrar", "minjun"])
def test_the_missing_party_is_named(client: TestClient, house: House, name: str) -> None:
    answer = client.post("/v1/evaluations", json={"qualification": "x"}, headers={**house.bearer(name), **_key()})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == ("/organisation" if name == "minjun" else "/learner")


def test_a_faulty_conversion_policy_is_told_with_its_pointer(client: TestClient, house: House) -> None:
    body = {"learner": house.learners["minjun"].id, "qualification": CERTIFICATE, "conversions": [{"id": "x"}]}
    answer = client.post("/v1/evaluations", json=body, headers={**house.bearer("deccan-registrar"), **_key()})
    assert answer.status_code == 422
    assert all(fault["pointer"].startswith("/conversions/0") for fault in answer.json()["errors"])


def test_an_unknown_qualification_is_404(client: TestClient, house: House) -> None:
    body = {"learner": house.learners["minjun"].id, "qualification": "no-such-thing"}
    answer = client.post("/v1/evaluations", json=body, headers={**house.bearer("deccan-registrar"), **_key()})
    assert answer.status_code == 404


# -- evaluate again


def test_an_evaluation_is_run_again_and_the_new_one_says_what_changed(client: TestClient, house: House) -> None:
    before = house.evaluations[0]  # made before the university had adopted anything, and before the award
    address = f"/v1/evaluations/{before.id}/reruns"
    key = {**house.bearer("deccan-registrar"), **_key()}
    answer = client.post(address, json={}, headers=key)
    assert answer.status_code == 201
    made = answer.json()
    assert made["stored"] is True
    assert made["evaluation"]["follows"] == before.id
    found = made["difference"]["document"]
    assert (found["document"], found["empty"]) == ("creditbank/evaluation-difference/v1", False)
    assert {change["why"] for change in found["units"]} >= {"used-elsewhere"}
    assert client.post(address, json={}, headers=key).json() == made, "the same request has the same answer"
    again = client.post(address, json={}, headers={**house.bearer("asha"), **_key()})
    assert (again.status_code, again.json()["stored"]) == (200, False)
    assert again.headers["location"] == f"/v1/evaluations/{made['evaluation']['id']}"
    assert again.json()["evaluation"] == made["evaluation"]
    read = client.get(f"{answer.headers['location']}/difference", headers=house.bearer("asha"))
    assert read.json() == made["difference"]


def test_two_evaluations_are_compared_and_the_first_one_follows_nothing(client: TestClient, house: House) -> None:
    one, two = house.evaluations
    address = f"/v1/evaluations/{two.id}/difference"
    found = client.get(address, params={"against": one.id}, headers=house.bearer("deccan-registrar"))
    assert found.status_code == 200
    assert found.json()["comparedWith"] == one.id
    assert found.json()["document"]["verdict"] == {"from": "falls-short", "to": "adds-up"}
    bare = client.get(address, headers=house.bearer("deccan-registrar"))
    assert (bare.status_code, _slug(bare)) == (404, "follows-nothing")
    unreadable = client.get(address, params={"against": "x"}, headers=house.bearer("deccan-registrar"))
    assert (unreadable.status_code, _slug(unreadable)) == (422, "invalid-request")


@pytest.mark.parametrize("who", ["minjun", "nilgiri-registrar"])
def test_nobody_runs_or_compares_a_strangers_evaluation(client: TestClient, house: House, who: str) -> None:
    one, two = house.evaluations
    headers = {**house.bearer(who), **_key()}
    assert client.post(f"/v1/evaluations/{one.id}/reruns", json={}, headers=headers).status_code == 404
    address = f"/v1/evaluations/{two.id}/difference"
    assert client.get(address, params={"against": one.id}, headers=headers).status_code == 404


def test_a_provider_runs_nothing_again(client: TestClient, house: House) -> None:
    headers = {**house.bearer("deccan"), **_key()}
    answer = client.post(f"/v1/evaluations/{house.evaluations[0].id}/reruns", json={}, headers=headers)
    assert (answer.status_code, _slug(answer)) == (403, "not-for-this-role")


def test_a_no_is_handed_out_with_its_proof_and_a_yes_has_none_here(client: TestClient, house: House) -> None:
    no, yes = house.evaluations
    answer = client.get(f"/v1/evaluations/{no.id}/refutation", headers=house.bearer("asha"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert read_refutation(load_object(answer.content)).qualification.id == no.qualification
    again = client.get(f"/v1/evaluations/{no.id}/refutation", headers=house.bearer("deccan-registrar"))
    assert again.content == answer.content
    assert client.get(f"/v1/evaluations/{no.id}/refutation", headers=house.bearer("minjun")).status_code == 404
    refused = client.get(f"/v1/evaluations/{yes.id}/refutation", headers=house.bearer("asha"))
    assert _slug(refused) == "nothing-to-prove"


def test_an_evaluation_that_takes_too_long_is_503_and_can_be_asked_for_again(
    client: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.bank.evaluating, "_deadline", timedelta(0))
    body = {"learner": house.learners["minjun"].id, "qualification": CERTIFICATE}
    headers = {**house.bearer("deccan-registrar"), **_key()}
    answer = client.post("/v1/evaluations", json=body, headers=headers)
    assert (answer.status_code, _slug(answer)) == (503, "evaluation-abandoned")
    assert answer.json()["nextStep"].startswith("Nothing was stored.")
    monkeypatch.undo()
    assert client.post("/v1/evaluations", json=body, headers=headers).status_code == 201


# -- award and redeem


def test_an_award_needs_an_evaluation_that_adds_up(client: TestClient, house: House) -> None:
    body = {"evaluation": house.evaluations[0].id}
    answer = client.post("/v1/awards", json=body, headers={**house.bearer("deccan-registrar"), **_key()})
    assert (answer.status_code, _slug(answer)) == (422, "does-not-add-up")


def test_a_second_award_over_the_same_credits_is_refused(client: TestClient, house: House) -> None:
    body = {"evaluation": house.evaluations[-1].id}
    answer = client.post("/v1/awards", json=body, headers={**house.bearer("deccan-registrar"), **_key()})
    assert (answer.status_code, _slug(answer)) == (409, "credits-already-redeemed")


def test_an_award_and_the_bytes_it_binds(client: TestClient, house: House) -> None:
    view = client.get(f"/v1/awards/{house.made.id}", headers=house.bearer("deccan-registrar")).json()
    assert view["state"] == "posted"
    assert sum(int(spend["amount"]) for spend in view["spends"]) == 50  # 35 Indian credits, 15 British ones
    proof = client.get(view["proof"], headers=house.bearer("asha")).content
    document: Any = load_object(client.get(view["credential"], headers=house.bearer("asha")).content)
    assert document["relatedResource"][0]["digestSRI"] == digest_sri(sha256(proof))


@pytest.fixture
def free_lot(house: House) -> dict[str, str]:
    lots = house.bank.sharing.account(house.learners["minjun"].id).lots
    lot = next(view.lot for view in lots if view.lot.available)
    return {"lot": lot.id, "amount": str(lot.available), "award": "an-award-made-elsewhere"}


def test_credits_are_redeemed_once(client: TestClient, house: House, free_lot: dict[str, str]) -> None:
    """Threats 35 and 38: one winner, and the winner's retry is answered as the first time."""
    headers = {**house.bearer("nilgiri-registrar"), **_key()}
    first = client.post("/v1/redemptions", json=free_lot, headers=headers)
    assert first.status_code == 201
    assert first.json()["testChain"] is True
    assert client.post("/v1/redemptions", json=free_lot, headers=headers).content == first.content
    other = {**free_lot, "award": "another-award"}
    second = client.post("/v1/redemptions", json=other, headers={**house.bearer("deccan-registrar"), **_key()})
    assert (second.status_code, _slug(second)) == (409, "credits-already-redeemed")


def test_a_provider_that_awards_nothing_cannot_redeem(client: TestClient, house: House) -> None:
    body = {"lot": "0x" + "0" * 64, "amount": "1", "award": "x"}
    answer = client.post("/v1/redemptions", json=body, headers={**house.bearer("open-registrar"), **_key()})
    assert (answer.status_code, _slug(answer)) == (403, "not-an-awarder")


@pytest.mark.parametrize("amount", ["-1", "1e3", "1_000", "٥", "0.0001", "9999999", 2.5, ""])
def test_an_amount_has_one_spelling(client: TestClient, house: House, amount: object) -> None:
    """Threat 58."""
    body = {"lot": "0x" + "0" * 64, "amount": amount, "award": "x"}
    answer = client.post("/v1/redemptions", json=body, headers={**house.bearer("deccan-registrar"), **_key()})
    assert (answer.status_code, _slug(answer)) == (422, "invalid-request")


def test_an_unknown_lot_is_404(client: TestClient, house: House) -> None:
    body = {"lot": "0x" + "0" * 64, "amount": "1", "award": "x"}
    answer = client.post("/v1/redemptions", json=body, headers={**house.bearer("deccan-registrar"), **_key()})
    assert answer.status_code == 404


# -- public


def test_health_and_readiness(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["testChain"] is True


def test_documents_are_served_under_their_own_id(client: TestClient, house: House) -> None:
    did = house.bodies["deccan"].did
    assert load_object(client.get("/documents", params={"id": did}).content)["id"] == did
    status: Any = load_object(house.issued["asha:writing"].signed)["credentialStatus"]
    entry = status[0] if isinstance(status, list) else status
    found = client.get("/documents", params={"id": entry["statusListCredential"]})
    assert load_object(found.content)["id"] == entry["statusListCredential"]
    assert client.get("/documents", params={"id": "did:web:nobody.example"}).status_code == 404


def test_batches_say_where_they_stand_and_on_which_chain(client: TestClient) -> None:
    (newest, *_) = client.get("/v1/batches").json()["items"]
    assert newest["state"] == "final"
    assert newest["testChain"] is True


def test_the_catalogue_is_public(client: TestClient) -> None:
    frameworks = {item["id"]: item for item in client.get("/v1/frameworks").json()["items"]}
    assert "4.5" in frameworks["in-ncrf"]["levels"]
    qualifications = {item["id"] for item in client.get("/v1/qualifications").json()["items"]}
    assert CERTIFICATE in qualifications


def test_no_name_of_a_learner_is_public(client: TestClient) -> None:
    """Threat 44. The description shows the examples of its files, whoever lives in this bank."""
    for path in ("/v1/batches", "/v1/frameworks", "/v1/qualifications", "/readyz"):
        assert "Asha" not in client.get(path).text


# -- description


def test_the_description_declares_the_problems_of_every_route(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    assert "ProblemDocument" in described["components"]["schemas"]
    for path, methods in described["paths"].items():
        for method, route in methods.items():
            if not path.startswith("/v1/"):
                continue
            assert "429" in route["responses"], (method, path)
            if method == "post" and not path.startswith("/v1/verifications"):
                once = () if path == "/v1/plans" else ("409",)  # a plan does nothing that must happen once
                for status in ("400", "401", "403", *once, "413", "415", "422"):
                    assert status in route["responses"], (path, status)
            for status, response in route["responses"].items():
                if status.startswith(("4", "5")):
                    assert set(response["content"]) == {"application/problem+json"}, (method, path, status)


def test_the_description_has_no_dangling_reference(client: TestClient) -> None:
    text = client.get("/openapi.json").text
    described = json.loads(text)
    references = text.split('"$ref":"')[1:]
    assert len(references) > 20, "the description refers to its own parts"
    for piece in references:
        at: Any = described
        for step in piece.partition('"')[0].removeprefix("#/").split("/"):
            assert step in at, piece[:80]
            at = at[step]
