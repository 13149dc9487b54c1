"""A backup taken at work, restored, fenced, and brought to what journal and chain know: nothing is spent twice."""

import json
import os
import shutil
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from crashes import Interrupted, interrupt
from worlds import World, evaluated, states

from creditbank.adapters.keys import DEVELOPMENT_FILE, DevelopmentKey, PassphraseNeeded
from creditbank.adapters.store.archive import NotEmpty, UnusableBackup, read_backup
from creditbank.bootstrap import Bank, backup_bank, open_bank, restore_bank, restore_files_of
from creditbank.config import Settings
from creditbank.ledger import CreditsAlreadyRedeemed, LotRevoked, LotState
from creditbank.services import calls
from creditbank.services.counted import RECOVERED
from creditbank.services.halting import REDEMPTION, FenceStands, Halted
from creditbank.services.ledger_records import ReservationState
from creditbank.services.redeeming import Redeeming
from creditbank.units import NONE, Credits

NO_NETWORK = {"CREDITBANK_FETCH_DOCUMENTS": "false"}


@pytest.fixture
def backup(world: World, tmp_path: Path) -> Path:
    """A backup from before anything was redeemed; the bank goes on afterwards."""
    world.fill(2)
    file = tmp_path / "backup.zip"
    backup_bank(world.bank.settings, file)
    return file


def _restored(world: World, backup: Path, tmp_path: Path) -> Bank:
    """The database is lost; the chain and the key of the vault are not."""
    world.bank.close()
    home = tmp_path / "restored"
    (home / "keys").mkdir(parents=True)
    for name in ("chain.db", f"keys/{DEVELOPMENT_FILE}"):
        shutil.copy2(world.home / name, home / name)
    restore_files_of(backup, home)
    settings = Settings.load(NO_NETWORK, home)
    restore_bank(settings, backup)
    world.bank, world.home = open_bank(settings), home
    return world.bank


def _redeem(world: World, bank: Bank, request: str, lot: str, amount: str = "4") -> None:
    bank.redeeming.redeem(
        request, lot=lot, amount=Credits.parse(amount), award=f"for {request}", by=world.university.id
    )


def test_an_old_backup_spends_nothing_twice(world: World, backup: Path, tmp_path: Path) -> None:
    """Threat 61: what was redeemed since looks free, is fenced, and is taken from the chain before redemption opens."""
    lot = world.bank.sharing.account(world.learner.id).lots[0].lot.id
    _redeem(world, world.bank, "since-the-backup", lot)
    bank = _restored(world, backup, tmp_path)
    assert states(world) == {LotState.AVAILABLE}  # the backup knows nothing of it
    for attempt in ("since-the-backup", "again"):
        with pytest.raises(Halted, match="awards and redemptions"):
            _redeem(world, bank, attempt, lot)
    with pytest.raises(FenceStands):
        bank.halting.lift(bank.halting.standing()[0].id, by="operator", why="in a hurry")
    found = bank.reconciling.reconcile(by="operator")
    assert (found.lots, found.recovered, found.findings, found.opened) == (2, 1, (), True)
    with pytest.raises(CreditsAlreadyRedeemed):
        _redeem(world, bank, "again", lot)
    with bank.store.transaction() as tx:
        assert {entry.award for entry in tx.entries_of(world.learner.id) if entry.lot == lot and entry.award} == {
            RECOVERED
        }
    other = bank.sharing.account(world.learner.id).lots[1].lot.id
    _redeem(world, bank, "another", other)
    assert bank.reconciling.reconcile(by="operator").findings == ()


def test_with_the_journal_nothing_at_all_is_lost(world: World, tmp_path: Path) -> None:
    """Threat 61: the award made since the backup is there again, and asking for it once more gives the first answer."""
    journal, backup = tmp_path / "journal", tmp_path / "backup.zip"
    world.fill()
    backup_bank(world.bank.settings, backup)
    record = evaluated(world)
    award = world.bank.awarding.award("since", evaluation=record.id, by=world.university.id)
    assert world.bank.store.extend_journal(journal) > 0
    assert world.bank.store.extend_journal(journal) == 0
    assert journal.stat().st_mode & 0o077 == 0
    bank = _restored(world, backup, tmp_path)
    assert bank.store.replay_journal(journal) == 1
    found = bank.reconciling.reconcile(by="operator")
    assert (found.recovered, found.findings, found.opened) == (0, (), True)
    assert states(world) == {LotState.REDEEMED}
    assert bank.awarding.award("since", evaluation=record.id, by=world.university.id) == award
    assert bank.store.replay_journal(journal) == 0
    bank.anchoring.seal()
    bank.anchoring.settle()
    with bank.store.transaction() as tx:
        assert tx.find_receipt(award.id) is not None


def test_a_redemption_under_the_journal_gives_its_first_answer_again(
    world: World, backup: Path, tmp_path: Path
) -> None:
    lot = world.bank.sharing.account(world.learner.id).lots[0].lot.id
    _redeem(world, world.bank, "first", lot)
    with pytest.raises(CreditsAlreadyRedeemed):
        _redeem(world, world.bank, "second", lot)
    world.bank.store.extend_journal(tmp_path / "journal")
    bank = _restored(world, backup, tmp_path)
    bank.store.replay_journal(tmp_path / "journal")
    assert bank.reconciling.reconcile(by="operator").opened
    _redeem(world, bank, "first", lot)
    with pytest.raises(CreditsAlreadyRedeemed):
        _redeem(world, bank, "second", lot)


def test_where_ledger_and_chain_do_not_agree_the_fence_stays(world: World, tmp_path: Path) -> None:
    """Threat 61: a chain that lost what the ledger counts is a finding, and so is an edited row."""
    world.fill(2)
    old_chain = tmp_path / "chain.db"
    world.bank.close()
    shutil.copy2(world.home / "chain.db", old_chain)
    world.reopen()
    lot = world.bank.sharing.account(world.learner.id).lots[0].lot.id
    _redeem(world, world.bank, "one", lot)
    backup = tmp_path / "later.zip"
    backup_bank(world.bank.settings, backup)
    world.bank.close()
    shutil.copy2(old_chain, world.home / "chain.db")
    world.bank = open_bank(Settings.load(NO_NETWORK, world.home))
    bank = _restored(world, backup, tmp_path)
    found = bank.reconciling.reconcile(by="operator")
    assert not found.opened
    assert any("the ledger counts 4" in finding for finding in found.findings)
    with pytest.raises(Halted):
        _redeem(world, bank, "two", bank.sharing.account(world.learner.id).lots[1].lot.id)


def test_what_another_bank_spent_of_a_revoked_lot_holds_no_fence_up(world: World) -> None:
    """Threat 61: nothing of it is free here, so nothing could be spent twice."""
    (issued,) = world.fill(1)
    lot = world.bank.sharing.account(world.learner.id).lots[0].lot.id
    elsewhere = calls.spend(bytes.fromhex(lot[2:]), 4000, 4000, calls.award_id("urn:elsewhere"))
    world.bank.sender.settle("elsewhere", world.rival.id, elsewhere, final=True)
    found = world.bank.reconciling.reconcile(by="operator")
    assert "the chain counts 4" in found.findings[0]
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="a mistake")
    world.bank.halting.stop(REDEMPTION, by="operator", why="restored")
    found = world.bank.reconciling.reconcile(by="operator")
    assert (found.recovered, found.findings, found.opened) == (0, (), True)
    with pytest.raises(LotRevoked):
        _redeem(world, world.bank, "late", lot)


def test_a_journal_that_was_altered_or_cut_is_refused_or_gone_on_with(world: World, tmp_path: Path) -> None:
    world.fill(2)
    journal = tmp_path / "journal"
    world.bank.store.extend_journal(journal)
    whole = journal.read_bytes()
    with journal.open("ab") as stream:
        stream.write(b'{"account": "cut off by a cra')
    assert world.bank.store.extend_journal(journal) == 0
    assert journal.read_bytes() == whole
    lines = whole.splitlines(keepends=True)
    assert len(lines) > 1
    for altered in (b"".join(lines[1:]), lines[0].replace(b"rows", b"rowz") + b"".join(lines[1:]), b"no json\n"):
        journal.write_bytes(altered)
        with pytest.raises(UnusableBackup, match="altered"):
            world.bank.store.extend_journal(journal)
        with pytest.raises(UnusableBackup, match="altered"):
            world.bank.store.replay_journal(journal)


def test_no_key_is_in_a_backup_in_the_clear(world: World, tmp_path: Path) -> None:
    """Threat 51: whoever steals the archive has sealed keys, and not what opens them."""
    file = tmp_path / "backup.zip"
    backup_bank(world.bank.settings, file)
    opening = (world.home / "keys" / DEVELOPMENT_FILE).read_bytes().strip()
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        content = b"".join(archive.read(name) for name in names)
    assert any(name.startswith("files/keys/") for name in names)
    assert not any(DEVELOPMENT_FILE in name for name in names)
    assert opening not in content
    home = tmp_path / "thief"
    restore_files_of(file, home)
    restore_bank(Settings.load(NO_NETWORK, home), file)
    with pytest.raises(PassphraseNeeded):
        open_bank(Settings.load(NO_NETWORK, home))
    with pytest.raises(DevelopmentKey):
        open_bank(Settings.load(NO_NETWORK | {"CREDITBANK_PASSPHRASE": "a guess of the thief"}, home))


def test_a_backup_that_was_changed_is_refused_before_anything_is_written(world: World, tmp_path: Path) -> None:
    file, changed = tmp_path / "backup.zip", tmp_path / "changed.zip"
    made = backup_bank(world.bank.settings, file)
    assert read_backup(file) == made
    assert made.rows["organisations"] == 2
    with pytest.raises(NotEmpty):
        backup_bank(world.bank.settings, file)
    settings = Settings.load(NO_NETWORK, tmp_path / "empty")
    for name in ("tables/learners.ndjson", "files/bank.toml", "tables/more.ndjson"):
        with zipfile.ZipFile(file) as source, zipfile.ZipFile(changed, "w") as target:
            for member in source.namelist():
                target.writestr(member, source.read(member) + (b" " if member == name else b""))
            if name not in source.namelist():
                target.writestr(name, b"{}\n")
        with pytest.raises(UnusableBackup):
            restore_bank(settings, changed)
    changed.write_bytes(file.read_bytes()[:-500])
    with pytest.raises(UnusableBackup):
        restore_bank(settings, changed)
    assert not (tmp_path / "empty").exists()


def test_an_archive_writes_nothing_outside_its_home(world: World, tmp_path: Path) -> None:
    """Threat 56: a name that climbs is refused, whatever its digest says."""
    file, evil = tmp_path / "backup.zip", tmp_path / "evil.zip"
    backup_bank(world.bank.settings, file)
    with zipfile.ZipFile(file) as source, zipfile.ZipFile(evil, "w") as target:
        manifest = json.loads(source.read("manifest.json"))
        manifest["files"]["../outside"] = manifest["files"]["bank.toml"]
        for member in source.namelist():
            target.writestr(member, json.dumps(manifest) if member == "manifest.json" else source.read(member))
        target.writestr("files/../outside", source.read("files/bank.toml"))
    with pytest.raises(UnusableBackup, match="outside"):
        restore_files_of(evil, tmp_path / "home")
    assert not (tmp_path / "outside").exists()


def test_a_backup_never_goes_over_what_stands_there(world: World, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    backup_bank(world.bank.settings, file)
    with pytest.raises(NotEmpty):
        restore_bank(world.bank.settings, file)
    kept = (world.home / "bank.toml").read_bytes()
    os.utime(world.home / "bank.toml", (0, 0))
    assert restore_files_of(file, world.home) == []
    assert (world.home / "bank.toml").read_bytes() == kept


def test_what_a_university_merely_holds_hides_nothing_that_is_spent_elsewhere(world: World) -> None:
    """Threat 61: a hold is on no chain; it gives way to what is, and what is under way is not mistaken for it."""
    world.fill(1)
    lot = world.bank.sharing.account(world.learner.id).lots[0].lot.id
    until = world.bank.clock.now() + timedelta(days=1)
    hold = {"lot": lot, "amount": Credits(3000), "award": "held", "until": until, "by": world.university.id}
    world.bank.reserving.reserve("h", **hold)
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, Redeeming, "post_in")
        with pytest.raises(Interrupted):
            _redeem(world, world.bank, "under way", lot, "0.5")
    assert world.bank.reconciling.reconcile(by="operator").findings == ()
    elsewhere = calls.spend(bytes.fromhex(lot[2:]), 3000, 4000, calls.award_id("urn:elsewhere"))
    world.bank.sender.settle("elsewhere", world.rival.id, elsewhere, final=True)
    (finding,) = world.bank.reconciling.reconcile(by="operator").findings
    assert "the chain counts 3.5, and the ledger knows of 0.5" in finding
    world.bank.halting.stop(REDEMPTION, by="operator", why="restored")
    found = world.bank.reconciling.reconcile(by="operator")
    assert (found.recovered, found.findings) == (1, ())
    assert world.bank.reconciling.reconcile(by="operator").findings == ()
    assert world.bank.reserving.get("h", by=world.university.id).state is ReservationState.LAPSED
    world.bank.redeeming.resume()
    with world.bank.store.transaction() as tx:
        kept = tx.get_lot(lot)
    assert (kept.redeemed, kept.reserved, kept.available) == (Credits(3500), NONE, Credits(500))
    assert world.bank.bookkeeping.audit().faults == ()
