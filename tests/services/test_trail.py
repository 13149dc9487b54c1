"""The audit trail: an act stands or falls with what it tells of, and an edited entry is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import database as database
from sqlalchemy import text

from creditbank.adapters.store import ConstraintBroken, SqlStore
from creditbank.adapters.system import SystemClock
from creditbank.services.asked_records import Asked, CameOf
from creditbank.services.listing_ports import Page
from creditbank.services.trail import BANK, Trail, TrailText, follows

ONE, OTHER = "urn:uuid:one", "urn:uuid:other"


@pytest.fixture
def store(tmp_path: Path) -> SqlStore:
    return SqlStore.open(f"sqlite:///{tmp_path}/store.db", migrate=True)


@pytest.fixture
def trail(store: SqlStore) -> Trail:
    trail = Trail(store, SystemClock())
    for number in range(3):
        with store.transaction() as tx:
            trail.tell(tx, "person:urn:uuid:p", "member.added", f"urn:uuid:{number}", "agreed", organisation=ONE)
    with store.transaction() as tx:
        trail.tell(tx, "operator", "halt.set", "all")
        trail.tell(tx, "operator", "member.added", "urn:uuid:x", organisation=OTHER)
    return trail


def by_hand(store: SqlStore, statement: str) -> None:
    """What somebody does who may change the schema of the database: off with the guards, then the deed."""
    with store.transaction() as tx:
        for act in ("update", "delete"):
            tx._connection.execute(text(f"DROP TRIGGER IF EXISTS trail_keeps_{act}"))
        tx._connection.execute(text(statement))


def test_each_organisation_has_a_chain_of_its_own(trail: Trail) -> None:
    assert trail.chains() == [BANK, ONE, OTHER]
    assert [entry.number for entry in trail.entries(ONE)] == [1, 2, 3]
    assert [entry.action for entry in trail.entries(BANK)] == ["halt.set"]
    assert [entry.number for entry in trail.entries(ONE, after=1, limit=1)] == [2]
    assert trail.audit() == []


def test_what_is_rolled_back_was_never_told(trail: Trail, store: SqlStore) -> None:
    def cut_short() -> None:
        with store.transaction() as tx:
            trail.tell(tx, "operator", "member.removed", "urn:uuid:0", organisation=ONE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        cut_short()
    assert len(trail.entries(ONE)) == 3
    assert trail.audit() == []


@pytest.mark.parametrize("statement", ["UPDATE trail SET why = 'x' WHERE number = 2", "DELETE FROM trail"])
def test_the_database_itself_refuses_to_edit_the_trail(trail: Trail, store: SqlStore, statement: str) -> None:
    """Threat 65."""
    with pytest.raises(ConstraintBroken), store.transaction() as tx:
        tx._connection.execute(text(statement))
    assert len(trail.entries(ONE)) == 3


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE trail SET why = 'x' WHERE chain = 'urn:uuid:one' AND number = 2", [2]),
        ("UPDATE trail SET actor = 'person:urn:uuid:q' WHERE chain = 'urn:uuid:one' AND number = 3", [3]),
        ("UPDATE trail SET at = '2020-01-01 00:00:00' WHERE chain = 'urn:uuid:one' AND number = 1", [1]),
        ("DELETE FROM trail WHERE chain = 'urn:uuid:one' AND number = 1", [1]),
        ("DELETE FROM trail WHERE chain = 'urn:uuid:one' AND number = 3", [3]),
        ("UPDATE trail SET hash = zeroblob(32) WHERE chain = 'urn:uuid:one' AND number = 2", [2, 3]),
        ("UPDATE trail_heads SET number = 2 WHERE chain = 'urn:uuid:one'", [2]),
    ],
)
def test_an_audit_finds_what_was_edited_by_hand(
    trail: Trail, store: SqlStore, statement: str, where: list[int]
) -> None:
    """Threat 65: edited, dated back, taken out at either end, re-linked, or cut off with its head."""
    by_hand(store, statement)
    found = trail.audit()
    assert {finding.chain for finding in found} == {ONE}
    assert sorted({finding.number for finding in found}) == where


def test_an_export_is_checked_without_the_bank(trail: Trail) -> None:
    exported = list(trail.export(ONE))
    assert follows(exported, ONE)
    assert not follows(exported, OTHER)
    assert not follows(exported[1:], ONE)
    assert not follows([exported[0], exported[1] | {"why": "edited"}, exported[2]], ONE)


@pytest.mark.parametrize("why", ["x" * 1001, "two\nlines", "a screen \x1b[2J"])
def test_a_reason_is_one_readable_line(trail: Trail, store: SqlStore, why: str) -> None:
    with pytest.raises(TrailText), store.transaction() as tx:
        trail.tell(tx, "operator", "member.added", "urn:uuid:y", why)


@pytest.mark.parametrize("statement", ["UPDATE asked SET actor = 'token:x'", "DELETE FROM asked"])
def test_who_asked_for_what_is_never_edited(database: str, statement: str) -> None:
    """Threat 65: the database itself refuses it."""
    store = SqlStore.open(database, migrate=True)
    first = Asked("api:1", ONE, "token:a", "POST /v1/credentials", datetime(2026, 1, 1, tzinfo=UTC))
    with store.transaction() as tx:
        tx.note_asked(first)
        tx.note_asked(replace(first, actor="person:c", at=first.at + timedelta(days=1)))
    with pytest.raises(ConstraintBroken), store.transaction() as tx:
        tx._connection.execute(text(statement))
    with store.transaction() as tx:
        every = [one.asked.actor for _, one in tx.list_asked(Page(9), ONE)]
        assert every == ["person:c", "token:a"]
        assert [one for _, one in tx.list_asked(Page(9), ONE, ["token:a"])] == [CameOf(first, None)]
        assert tx.list_asked(Page(9), ONE, ["token:a"], first.at + timedelta(hours=1)) == []
        assert (tx.list_asked(Page(9), ONE, []), tx.list_asked(Page(9), OTHER)) == ([], [])
    store.close()
