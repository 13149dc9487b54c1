"""The database is lost: chain, keys and what others kept give the bank back, and every proof verifies."""

import json
import shutil
from pathlib import Path

import pytest
from worlds import World, evaluated, unit

from creditbank.adapters.documents import packed_kit, read_files
from creditbank.bootstrap import Bank, init_bank, open_bank
from creditbank.config import Settings
from creditbank.ledger import CreditsAlreadyRedeemed, LotRevoked
from creditbank.services.halting import Halted
from creditbank.services.rebuilding import Kept, NotAnEmptyBank, Rebuilt
from creditbank.units import Credits
from creditbank.verification import ARCHIVAL, Verdict

pytestmark = pytest.mark.slow

NO_NETWORK = {"CREDITBANK_FETCH_DOCUMENTS": "false"}


def _exported(world: World, folder: Path, *ids: str) -> None:
    """What holders keep: one kit for each credential, with its receipt, its issuer's document and the status list."""
    folder.mkdir(exist_ok=True)
    for number, id in enumerate(ids):
        kit = world.bank.kits.of(id)
        packed = packed_kit(kit.kind, kit.subject, kit.title, kit.files, test=kit.test, trust=kit.trust, note=kit.note)
        (folder / f"{number}.zip").write_bytes(packed)


def _lost(world: World, tmp_path: Path) -> Bank:
    """A new bank over the same keys and the same chain, with an empty database."""
    world.bank.close()
    home = tmp_path / "new"
    home.mkdir()
    shutil.copy2(world.home / "bank.toml", home / "bank.toml")
    shutil.copy2(world.home / "chain.db", home / "chain.db")
    shutil.copytree(world.home / "keys", home / "keys")
    settings = Settings.load(NO_NETWORK, home)
    init_bank(settings)
    world.bank, world.home = open_bank(settings), home
    return world.bank


def _rebuilt(bank: Bank, folder: Path) -> Rebuilt:
    bundle = read_files([folder])
    kept = Kept([one.data for one in bundle.signed if one.token is None], bundle.receipts, bundle.claims)
    return bank.rebuilding.rebuild(kept, by="operator")


def test_a_lost_database_is_rebuilt_and_every_proof_verifies(world: World, tmp_path: Path) -> None:
    """Threat 62: the whole drill, with a credential that was redeemed and one that was revoked meanwhile."""
    issued = world.fill(4)
    spent, revoked, others = issued[0], issued[1], issued[2:]
    lots = {view.lot.credential: view.lot.id for view in world.bank.sharing.account(world.learner.id).lots}
    university, learner = world.university, world.learner
    redeem = {"lot": lots[spent.id], "amount": Credits.parse("4"), "award": "elsewhere", "by": university.id}
    world.bank.redeeming.redeem("before", **redeem)
    world.bank.issuing.revoke(revoked.id, by=university.id, reason="a mistake")
    _exported(world, tmp_path / "kept", *(one.id for one in issued))
    receipts = {}
    with world.bank.store.transaction() as tx:
        for one in issued:
            receipts[one.id] = tx.find_receipt(one.id)

    bank = _lost(world, tmp_path)
    done = _rebuilt(bank, tmp_path / "kept")
    assert done.refused == []
    assert (done.organisations, done.learners, done.credentials, done.lots) == (1, 1, 4, 4)
    with bank.store.transaction() as tx:
        body, person = tx.get_organisation(university.id), tx.get_learner(learner.id)
        assert (body.did, body.name, body.account, body.country) == (
            university.did, university.name, university.account, "IN",
        )  # fmt: skip
        assert person.did == learner.did
        assert person.name == ""  # a name never leaves the bank, so nobody could bring it back
        for one in issued:
            assert tx.get_credential(one.id).signed == one.signed
            assert tx.find_receipt(one.id) == receipts[one.id]
    reports = bank.verifying.verify_held(others, ARCHIVAL)
    assert {report.verdict for report in reports.values()} == {Verdict.ACCEPTED}
    assert bank.verifying.verify_held([revoked], ARCHIVAL)[revoked.id].verdict is Verdict.REJECTED

    again = _rebuilt(bank, tmp_path / "kept")
    assert (again.credentials, again.refused) == (0, [])
    with pytest.raises(Halted):
        bank.redeeming.redeem("again", **redeem)
    found = bank.reconciling.reconcile(by="operator")
    assert (found.recovered, found.findings, found.opened) == (1, (), True)
    with pytest.raises(CreditsAlreadyRedeemed):
        bank.redeeming.redeem("again", **redeem)
    with pytest.raises(LotRevoked):
        bank.redeeming.redeem("revoked", **{**redeem, "lot": lots[revoked.id], "award": "another"})
    bank.redeeming.redeem("free", **{**redeem, "lot": lots[others[0].id], "award": "a third"})

    achievement = unit("later")
    world.publish(achievement)
    later = world.issue(achievement, "later")
    assert later.status_list != spent.status_list  # nobody knows which places were given away in the old list


@pytest.mark.slow
def test_an_award_comes_back_with_its_learner(world: World, tmp_path: Path) -> None:
    """Threat 62: a diploma is there again, and anybody still re-adds its sum from the kit."""
    world.fill()
    record = evaluated(world)
    award = world.bank.awarding.award("award", evaluation=record.id, by=world.university.id)
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    _exported(world, tmp_path / "kept", award.id)
    bank = _lost(world, tmp_path)
    done = _rebuilt(bank, tmp_path / "kept")
    assert done.refused == []
    with bank.store.transaction() as tx:
        assert tx.get_credential(award.id).signed == award.signed
    assert bank.reconciling.reconcile(by="operator").findings == ()


def test_what_does_not_verify_is_not_taken_in(world: World, tmp_path: Path) -> None:
    """Threat 62: neither an edited credential, nor one without its receipt, nor anything into a bank at work."""
    issued = world.fill(2)
    kept = tmp_path / "kept"
    kept.mkdir()
    edited = json.loads(issued[0].signed)
    edited["credentialSubject"]["id"] = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    (kept / "edited.json").write_text(json.dumps(edited))
    (kept / "alone.json").write_bytes(issued[1].signed)
    with pytest.raises(NotAnEmptyBank):
        _rebuilt(world.bank, kept)
    bank = _lost(world, tmp_path)
    done = _rebuilt(bank, kept)
    assert done.credentials == 0
    assert len(done.refused) == 2
    with bank.store.transaction() as tx:
        assert tx.organisations() == []
