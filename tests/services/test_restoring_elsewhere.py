"""An archive of one database fills the other, row for row, and the journal of one is replayed into the other."""

from pathlib import Path

from databases import database as database
from sqlalchemy import create_engine
from worlds import World

from creditbank.adapters.store import SqlStore
from creditbank.adapters.store.archive import restore_database, take_backup
from creditbank.adapters.store.engine import read_url
from creditbank.adapters.store.rows import read_rows, reflected, tables_of
from creditbank.ledger import audit
from creditbank.services.watching_records import Checkup
from creditbank.units import Credits


def _everything(url: str) -> dict[str, list[dict[str, object]]]:
    engine = create_engine(read_url(url))
    try:
        with engine.connect() as connection:
            return {table.name: [*read_rows(connection, table)] for table in tables_of(reflected(connection))}
    finally:
        engine.dispose()


def test_every_row_arrives_and_goes_back(world: World, database: str, tmp_path: Path) -> None:
    world.fill(2)
    lots = world.bank.sharing.account(world.learner.id).lots
    now, first, second = world.bank.clock.now(), tmp_path / "first.zip", tmp_path / "second.zip"
    source = world.bank.settings.database_url
    take_backup(source, first, files={}, now=now, version="1")
    written = restore_database(first, database, lambda tx: None)
    before, after = _everything(source), _everything(database)
    assert before == after
    assert written == sum(map(len, before.values())) > 20
    take_backup(database, second, files={}, now=now, version="1")
    back = f"sqlite:///{tmp_path}/back.db"
    restore_database(second, back, lambda tx: None)
    assert _everything(back) == before

    world.bank.redeeming.redeem(
        "r", lot=lots[0].lot.id, amount=Credits.parse("1"), award="elsewhere", by=world.university.id
    )
    world.bank.store.extend_journal(tmp_path / "journal")
    store = SqlStore.open(database)
    assert store.replay_journal(tmp_path / "journal") == 1
    with store.transaction() as tx:
        tx.put_checkup(Checkup("backup", now, True, ""))  # counters and checks go on after what was restored
        tx.add_learner(type(world.learner)("urn:uuid:new", "did:key:new", "new", False, now))
        held, entries, heads = tx.journal()
        assert audit(held, entries, heads=heads) == []
        assert tx.get_lot(lots[0].lot.id).redeemed == Credits.parse("1")
    store.close()
    (redemption,) = _everything(database)["redemptions"]
    assert redemption["award"] == "elsewhere"
