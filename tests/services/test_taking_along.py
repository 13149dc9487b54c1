"""A learner takes everything along, and another bank takes it in: each credit once, under its own rules."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from holders import copied, for_one
from worlds import World

from creditbank.adapters.documents import FileKind, bundle_of, open_document, packed
from creditbank.adapters.documents.exported import read_exported
from creditbank.bootstrap import Bank
from creditbank.canonical import load_object, pretty_json
from creditbank.ledger import CreditsAlreadyRedeemed, LotAlreadyOpen
from creditbank.services import calls
from creditbank.services.counted import SAID, UNKNOWN
from creditbank.services.depositing import HoldingNotProven, Taken
from creditbank.services.ports import Call, ChainUnavailable
from creditbank.services.shares import NoSuchShare
from creditbank.units import Credits


@pytest.fixture
def other(founded: World, tmp_path: Path) -> Iterator[Bank]:
    """Another bank that knows the same bodies, and takes in what is not anchored where it looks."""
    env = {"CREDITBANK_DEPOSIT_POLICY": "unanchored", "CREDITBANK_BASE_URL": "https://other.example"}
    opened = copied(founded, tmp_path / "other", {**env, "CREDITBANK_FETCH_DOCUMENTS": "false"})
    yield opened.bank
    opened.bank.close()


def test_everything_is_there_as_it_was_signed_and_verifies_from_the_files(world: World) -> None:
    made = [one.id for one in world.fill(3)]
    files = world.bank.taking_along.of(world.learner.id).files
    with world.bank.store.transaction() as tx:
        for number, id in enumerate(made, start=1):
            assert files[f"credentials/{number:03d}.json"] == tx.get_credential(id).signed
            assert f"credentials/{number:03d}.receipt.json" in files
    account = load_object(files["account.json"])
    assert account["credentials"] == made
    assert len(account["lots"]) == len(account["entries"]) == 3
    assert "presentation.json" not in files
    archive = packed("account", files)
    assert packed("account", files) == archive, "the same account is the same archive"
    found = bundle_of(open_document(archive, "account.zip"))
    assert len(found.of(FileKind.CREDENTIAL)) == len(found.receipts) == 3
    assert zipfile.ZipFile(io.BytesIO(archive)).testzip() is None


def test_what_was_shared_and_agreed_to_is_there_with_whom_it_was_for(world: World) -> None:
    """As its README says, and whoever leaves has a right to."""
    world = for_one(world)
    (unit,) = world.fill(1)
    to, learner = {"organisation": world.university.id}, world.learner.id
    share = world.bank.shares.share(
        "s", learner=learner, credentials=[unit.id], audience="An employer", purpose="A post"
    )
    world.bank.shares.withdraw(share.share.id, learner=learner)
    world.bank.shares.consent("c", learner=learner, purpose="Advice", **to)
    account = load_object(world.bank.taking_along.of(learner).files["account.json"])
    whole, shared = account["consents"]
    assert (whole["organisation"], whole["purpose"], whole["credentials"]) == (world.university.id, "Advice", [])
    assert (shared["audience"], shared["credentials"], shared["share"]) == ("An employer", [unit.id], share.share.id)
    assert (whole["withdrawn"], shared["withdrawn"] is None) == (None, False)


def test_another_bank_takes_it_in_once_by_the_holders_proof(world: World, other: Bank) -> None:
    """Threat 39."""
    world = for_one(world)  # whom the other bank does not know
    made = [one.id for one in world.fill(3)]
    account = other.registering.register_learner(name="The same person", sample=True).id
    asked = other.depositing.challenge(account)
    export = world.bank.taking_along.of(world.learner.id, challenge=asked.nonce, domain=other.depositing.domain)
    found = bundle_of(open_document(packed("account", export.files), "account.zip"))
    (shown,) = found.of(FileKind.PRESENTATION)

    def deposit(request: str, learner: str) -> list[str]:
        brought = other.depositing.deposit(
            request,
            learner=learner,
            signed=shown.data,
            claims=found.claims,  # the two test chains go by one name
        )
        return [one.credential for one in brought if one.refusal is None]

    assert deposit("r", account) == made
    assert deposit("r", account) == made
    assert [str(one.total) for one in other.sharing.account(account).balances] == ["12"]
    stranger = other.registering.register_learner(name="Somebody else", sample=True).id
    with pytest.raises((HoldingNotProven, LotAlreadyOpen)):
        deposit("s", stranger)
    assert other.sharing.account(stranger).lots == ()


def test_the_collection_holds_every_badge_to_the_byte_and_says_what_is_not_signed(world: World) -> None:
    world = for_one(world)
    made = world.fill(3)
    files = world.bank.taking_along.of(world.learner.id).files
    collection = files["clr/01.not-signed.json"]
    assert all(one.signed in collection for one in made)
    assert b"NOT SIGNED" in files["README.txt"]
    said = load_object(files["account.json"])["records"]
    assert said["unsigned"] == ["clr/01.not-signed.json", "elm.jsonld", "record.pdf"]
    assert said["left_out"] == []
    claims = load_object(files["elm.jsonld"])["hasClaim"]
    assert [one["creditReceived"]["point"] for one in claims] == ["4", "4", "4"]


def test_what_no_longer_stands_is_told_and_left_out_of_the_european_record(world: World) -> None:
    world = for_one(world)
    first, second = world.fill(2)
    world.bank.issuing.revoke(first.id, by=world.university.id, reason="a mistake")
    files = world.bank.taking_along.of(world.learner.id).files
    assert [one["id"] for one in load_object(files["elm.jsonld"])["hasClaim"]] == [f"{second.id}#claim"]
    assert load_object(files["account.json"])["records"]["left_out"] == [
        {"what": f"elm.jsonld {first.id}", "why": "it is revoked"}
    ]
    assert first.signed in files["clr/01.not-signed.json"], "its status list says that it is revoked"


def test_the_paper_leads_to_a_share_of_this_account_and_to_no_other(world: World) -> None:
    world = for_one(world)
    (unit,) = world.fill(1)
    wanted = {"credentials": [unit.id], "audience": "A registrar", "purpose": "A post"}
    token = world.bank.shares.share("s", learner=world.learner.id, **wanted).token
    assert world.bank.taking_along.paper(world.learner.id, share=token).startswith(b"%PDF-")
    stranger = for_one(world).learner.id
    for whose, named in ((world.learner.id, "made-up"), (stranger, token)):
        with pytest.raises(NoSuchShare):
            world.bank.taking_along.paper(whose, share=named)


Bring = Callable[..., tuple[Taken, ...]]


@pytest.fixture
def spent(world: World) -> World:
    """A learner nobody else knows, with two units of four credits, of which a body counts two for its award X."""
    world = for_one(world)
    world.fill(2)
    lot = min(view.lot.id for view in world.bank.sharing.account(world.learner.id).lots)
    redeemed(world.bank, world, lot, 2, "urn:uuid:x")
    return world


def redeemed(bank: Bank, world: World, lot: str, credits: int, award: str) -> None:
    bank.redeeming.redeem(f"r-{award}", lot=lot, amount=Credits(credits * 1000), award=award, by=world.university.id)


@pytest.fixture
def bring(spent: World, other: Bank) -> Bring:
    """Take the account to the other bank, with what its archive says changed on the way."""

    def brought(change: Callable[[Any], None] | None = None) -> tuple[Taken, ...]:
        account = other.registering.register_learner(name="The same person", sample=True).id
        asked = other.depositing.challenge(account)
        domain = other.depositing.domain
        files = spent.bank.taking_along.of(spent.learner.id, challenge=asked.nonce, domain=domain).files
        if change is not None:
            account_file = load_object(files["account.json"])
            change(account_file)
            files["account.json"] = pretty_json(account_file)
        found = read_exported(packed("account", files), "account.zip")
        taken = other.depositing.deposit(
            f"r-{account}", learner=account, signed=found.signed, claims=found.claims, said=found.said
        )
        return tuple(sorted(taken, key=lambda one: one.lot or ""))

    return brought


def free(bank: Bank, taken: tuple[Taken, ...]) -> list[str]:
    with bank.store.transaction() as tx:
        return [str(tx.get_lot(one.lot or "").available) for one in taken]


def spend_elsewhere(bank: Bank, world: World, taken: str, credits: int, award: str) -> None:
    """Another bank that shares the chain with this one spends of a lot that this one does not know yet."""
    body = world.university
    call = calls.spend(bytes.fromhex(taken[2:]), credits * 1000, 4000, calls.award_id(award))
    bank.sender.settle(f"elsewhere-{award}", body.id, call)


def test_what_counts_elsewhere_is_not_free_here_on_the_word_of_the_archive(
    spent: World, other: Bank, bring: Bring
) -> None:
    """The chain of the other bank knows nothing of it. Threat 39."""
    first, second = taken = bring()
    assert free(other, taken) == ["2", "4"]
    (held,) = first.held
    assert (held.award, str(held.amount)) == (f"{SAID}urn:uuid:x", "2")
    assert "as its archive of" in held.why
    assert second.held == ()
    with pytest.raises(CreditsAlreadyRedeemed):
        redeemed(other, spent, first.lot or "", 3, "urn:uuid:y")
    assert other.bookkeeping.audit().faults == ()
    found = other.reconciling.reconcile(by="the operator")
    assert found.findings == (), "what was only said is expected on no chain"


def test_an_archive_with_its_uses_cut_out_frees_nothing_that_the_chain_counts(
    spent: World, other: Bank, bring: Bring
) -> None:
    """Edited counted state: the chain is asked whatever the archive says."""
    lot = min(view.lot.id for view in spent.bank.sharing.account(spent.learner.id).lots)
    spend_elsewhere(other, spent, lot, 2, "urn:uuid:x")

    def cut(account: Any) -> None:
        for one in account["lots"]:
            one["uses"], one["redeemed"], one["available"] = [], "0", "4"

    first, _ = taken = bring(cut)
    assert free(other, taken) == ["2", "4"]
    assert [(one.award, str(one.amount)) for one in first.held] == [(UNKNOWN, "2")]
    assert other.reconciling.reconcile(by="the operator").findings == ()


def test_what_the_chain_shows_for_the_named_award_is_told_as_shown(spent: World, other: Bank, bring: Bring) -> None:
    lot = min(view.lot.id for view in spent.bank.sharing.account(spent.learner.id).lots)
    spend_elsewhere(other, spent, lot, 2, "urn:uuid:x")
    first, _ = taken = bring()
    assert free(other, taken) == ["2", "4"], "what both say is taken away once"
    assert [(one.award, one.why) for one in first.held] == [
        ("urn:creditbank:counted-elsewhere:urn:uuid:x", "counted elsewhere, shown by the chain")
    ]


def test_a_chain_that_does_not_answer_leaves_nothing_free_until_it_does(
    spent: World, other: Bank, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    lot = min(view.lot.id for view in spent.bank.sharing.account(spent.learner.id).lots)
    answers = type(other.chain).read
    with monkeypatch.context() as silent:

        def read(chain: Any, call: Call) -> object:
            if call.function == "lotOf":  # it went silent after it had told of the issuer
                raise ChainUnavailable("The node does not answer.")
            return answers(chain, call)

        silent.setattr(type(other.chain), "read", read)
        taken = bring()
        assert free(other, taken) == ["0", "0"]
        assert {one.award for unit in taken for one in unit.held} == {f"{SAID}urn:uuid:x", UNKNOWN}
        assert other.depositing.ask_again() == 0
    spend_elsewhere(other, spent, lot, 1, "urn:uuid:z")
    assert other.depositing.ask_again() == 2
    assert free(other, taken) == ["2", "4"], "the archive said two, of which the chain shows one"
    assert other.depositing.ask_again() == 0
    assert other.bookkeeping.audit().faults == ()
