"""A learner takes everything along, and another bank takes it in: each credit once, under its own rules."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from holders import copied, for_one
from worlds import World

from creditbank.adapters.documents import FileKind, bundle_of, open_document, packed
from creditbank.bootstrap import Bank
from creditbank.canonical import load_object
from creditbank.ledger import LotAlreadyOpen
from creditbank.services.depositing import HoldingNotProven


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
