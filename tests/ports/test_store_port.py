"""One suite for `ports.Store`, run on an SQLite file and on PostgreSQL."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import KINDS, empty_of, wiped_of
from sqlalchemy import text

from creditbank.adapters.store import ConstraintBroken, SchemaOutOfDate, SqlStore, engine
from creditbank.adapters.store.tables import metadata
from creditbank.canonical import Digest, sha256
from creditbank.errors import CreditBankError
from creditbank.ledger import (
    CreditsAlreadyRedeemed,
    EntryKind,
    EntryReused,
    Lot,
    LotAlreadyOpen,
    LotChanged,
    LotExpired,
    LotReserved,
    LotRevoked,
    NotCountedThere,
    NothingReserved,
    NotYetExpired,
    after,
    audit,
    audit_chains,
    audit_lots,
    counted,
    deposit,
    expire,
    give_up,
    post,
    release,
    reserve,
    reverse,
    revoke,
    take_back,
    transfer,
    verify_chain,
)
from creditbank.services.ledger_records import Notice
from creditbank.services.ports import AlreadyRecorded, Store, Transaction, UnknownRecord
from creditbank.services.records import (
    Attempt,
    AttemptState,
    AwardRecord,
    AwardState,
    BatchRecord,
    BatchState,
    DocumentVersion,
    EndorsementRecord,
    EvaluationRecord,
    IssuedCredential,
    IssueIntent,
    IssueState,
    JointEvaluationRecord,
    KeyState,
    Leaf,
    Learner,
    Organisation,
    OrganisationKey,
    PublicDocument,
    PublishedAchievement,
    Role,
    StoredReceipt,
    Suspension,
    Token,
)
from creditbank.units import NONE, CreditAmount, Credits

NOW = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)
TWO, FIVE = Credits.parse("2"), Credits.parse("5")
RACER = Path(__file__).with_name("racer.py")


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database: without rows where a store of it is asked for, else without tables too."""
    wanted = wiped_of if "store" in request.fixturenames else empty_of
    return wanted(request, tmp_path)


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    opened = SqlStore.open(url, migrate=True)
    yield opened
    opened.close()


def an_organisation(name: str = "one") -> Organisation:
    return Organisation(
        f"urn:uuid:org-{name}",
        "Sample College, Ḍ",
        f"did:web:{name}.example",
        frozenset({Role.PROVIDER, Role.UNIVERSITY}),
        ("in-ncrf", "uk-fheq"),
        "IN",
        True,
        "0x52908400098527886E0F7030069857D2E4169EE7",
        NOW,
    )


def a_learner(name: str = "one") -> Learner:
    return Learner(f"urn:uuid:learner-{name}", f"did:key:z6Mk{name}", "Sample Learner", True, NOW)


def an_intent(number: int = 1) -> IssueIntent:
    return IssueIntent(
        f"request-{number}",
        f"urn:uuid:credential-{number}",
        an_organisation().id,
        a_learner().id,
        "urn:uuid:achievement",
        "1",
        "2026-02-01",
        number,
        IssueState.INTENDED,
        NOW,
    )


def a_credential(number: int = 1) -> IssuedCredential:
    signed = b'{"signed" :  "%d"}' % number
    return IssuedCredential(
        f"urn:uuid:credential-{number}",
        an_organisation().id,
        a_learner().id,
        signed,
        sha256(signed),
        NOW,
        "https://bank.example/status/one",
        number,
    )


def a_leaf(number: int = 1) -> Leaf:
    issuer = an_organisation().did
    return Leaf(f"urn:uuid:credential-{number}", issuer, bytes(16), sha256(b"%d" % number), None, None)


def a_batch(size: int, name: str = "batch-1") -> BatchRecord:
    return BatchRecord(name, sha256(b"root"), size, BatchState.SEALED, NOW)


def a_lot(number: int = 1, *, learner: str = "one", expires: datetime | None = None) -> Lot:
    return Lot.of(
        account=a_learner(learner).id,
        credential=f"urn:uuid:credential-{number}",
        issuer=an_organisation().did,
        first_issue=f"urn:uuid:credential-{number}",
        amount=CreditAmount("in-ncrf", FIVE),
        opened=NOW,
        expires=expires,
    )


def an_evaluation(number: int = 1) -> EvaluationRecord:
    document: dict[str, Any] = {"verdict": "adds-up", "uses": [{"amount": "2"}], "number": number}
    return EvaluationRecord(f"evaluation-{number}", a_learner().id, an_organisation().id, "q", "2021", document, NOW)


def an_award(number: int = 1, *uses: tuple[str, Credits]) -> AwardRecord:
    return AwardRecord(
        f"award-{number}",
        f"request-{number}",
        a_learner().id,
        an_organisation().id,
        "q",
        "2021",
        "evaluation-1",
        AwardState.INTENDED,
        uses,
        None,
        None,
        NOW,
    )


@pytest.fixture
def peopled(store: SqlStore) -> SqlStore:
    """A store that knows one organisation and two learners."""
    with store.transaction() as tx:
        tx.add_organisation(an_organisation())
        tx.add_learner(a_learner())
        tx.add_learner(a_learner("two"))
    return store


@pytest.fixture
def lot(peopled: SqlStore) -> Lot:
    """A deposited lot of five credits."""
    opened = a_lot()
    with peopled.transaction() as tx:
        tx.open_lot(opened, deposit(opened, request="deposit-1", at=NOW))
    return opened


def the_lot(store: Store, lot: Lot) -> Lot:
    with store.transaction() as tx:
        return tx.get_lot(lot.id)


def adds_up(store: SqlStore) -> bool:
    with store.transaction() as tx:
        lots, entries, heads = tx.journal()
    return audit(lots, entries, heads=heads) == []


# schema


@pytest.mark.usefixtures("unspared")
def test_the_migrations_make_the_tables_that_the_code_expects(store: SqlStore) -> None:
    assert store.ready()
    with store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(peopled: SqlStore, url: str) -> None:
    again = SqlStore.open(url, migrate=True)
    with again.transaction() as tx:
        assert tx.organisations() == [an_organisation()]
    again.close()


def test_many_may_migrate_at_once(url: str) -> None:
    """Threat 63."""

    def opened(_: int) -> bool:
        store = SqlStore.open(url, migrate=True)
        ready = store.ready()
        store.close()
        return ready

    with ThreadPoolExecutor(6) as pool:
        assert all(pool.map(opened, range(6)))


def test_a_schema_that_is_not_at_head_names_the_command(peopled: SqlStore, url: str) -> None:
    with peopled._engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    assert not peopled.ready()
    with pytest.raises(SchemaOutOfDate) as refusal:
        SqlStore.open(url)
    assert "creditbank init" in refusal.value.next_step


def test_a_store_of_the_version_before_is_brought_up_and_keeps_its_evaluations(url: str) -> None:
    """Threat 63: and code of the version before goes on writing beside the new one."""
    from alembic import command

    from creditbank.adapters.store import schema
    from creditbank.adapters.store.engine import open_engine, read_url

    engine = open_engine(read_url(url))
    config = schema._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    written = (
        "INSERT INTO evaluations (id, learner, organisation, qualification, version, document, evaluated)"
        " VALUES (:id, :learner, :organisation, 'q', '2021', '{}', '2026-03-02 09:30:15+00:00')"
    )
    people = {"learner": a_learner().id, "organisation": an_organisation().id}
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO organisations (id, name, did, roles, frameworks, country, sample, account, created) VALUES"
                " (:id, 'n', 'did:web:n.example', 'university', '[]', 'IN', true, '', '2026-03-02 09:30:15+00:00')"
            ),
            {"id": people["organisation"]},
        )
        connection.execute(
            text(
                "INSERT INTO learners (id, did, name, sample, created)"
                " VALUES (:id, 'did:key:z6MkOld', 'n', true, '2026-03-02 09:30:15+00:00')"
            ),
            {"id": people["learner"]},
        )
        connection.execute(text(written), {"id": "old-1", **people})
    opened = SqlStore.open(url, migrate=True)
    with engine.begin() as connection:
        connection.execute(text(written), {"id": "old-2", **people})
    with opened.transaction() as tx:
        found = tx.evaluations_of(people["learner"])
    assert [(one.id, one.follows, one.inputs) for one in found] == [("old-1", None, None), ("old-2", None, None)]
    opened.close()
    engine.dispose()


def test_of_several_transactions_in_flight_of_before_the_first_nonce_stays(url: str) -> None:
    """Threats 23 and 63: one account has one transaction in flight, and the others sign again."""
    from alembic import command

    from creditbank.adapters.store import schema
    from creditbank.adapters.store.engine import open_engine, read_url

    engine, config = open_engine(read_url(url)), schema._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0013")  # before notices
    rows = [("a", 8, "sent"), ("a", 7, "recorded"), ("a", 6, "mined"), ("b", 9, "recorded")]
    with engine.begin() as connection:
        for sender, nonce, state in rows:
            connection.execute(
                text(
                    "INSERT INTO attempts (hash, purpose, sender, nonce, raw, state, recorded) VALUES"
                    " (:hash, 'p', :sender, :nonce, :raw, :state, '2026-03-02 09:30:15.000000+00:00')"
                ),
                {"hash": f"{sender}{nonce}", "sender": sender, "nonce": nonce, "raw": b"raw", "state": state},
            )
    opened = SqlStore.open(url, migrate=True)
    with opened.transaction() as tx:
        assert [attempt.state for attempt in tx.attempts("p")] == ["replaced", "recorded", "mined", "recorded"]
    opened.close()
    engine.dispose()


def test_an_organisation_of_before_has_the_one_key_that_its_document_lists(url: str) -> None:
    """Revision 0005 fills its tables from the documents (threat 63); a second body without a document has none."""
    from alembic import command

    from creditbank.adapters.store import schema
    from creditbank.adapters.store.engine import open_engine, read_url

    engine, config = open_engine(read_url(url)), schema._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    content = b'{"id":"did:web:n.example","verificationMethod":[{"publicKeyMultibase":"z6MkOld"}]}'
    with engine.begin() as connection:
        for name in ("n", "m"):
            connection.execute(
                text(
                    "INSERT INTO organisations (id, name, did, roles, frameworks, country, sample, account, created)"
                    " VALUES (:id, 'n', :did, 'university', '[]', 'IN', true, '', '2026-03-02 09:30:15.000000+00:00')"
                ),
                {"id": f"urn:uuid:{name}", "did": f"did:web:{name}.example"},
            )
        connection.execute(
            text(
                "INSERT INTO documents (id, kind, media_type, content, updated) VALUES"
                " ('did:web:n.example', 'did', 'application/did+json', :content, '2026-03-02 09:30:15.000000+00:00')"
            ),
            {"content": content},
        )
    opened = SqlStore.open(url, migrate=True)
    moment = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)
    with opened.transaction() as tx:
        assert tx.keys_of("urn:uuid:m") == []
        assert tx.keys_of("urn:uuid:n") == [
            OrganisationKey(
                "urn:uuid:n", "1", "z6MkOld", True, KeyState.CURRENT, settled=True, announced=moment, current=moment
            )
        ]
        assert tx.document_versions("did:web:n.example") == [
            DocumentVersion("did:web:n.example", sha256(content), content, moment)
        ]
    opened.close()
    engine.dispose()


@pytest.mark.parametrize("migrate", [False, True])
def test_a_schema_of_a_newer_version_is_left_alone(peopled: SqlStore, url: str, migrate: bool) -> None:
    with peopled._engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaOutOfDate, match="newer"):
        SqlStore.open(url, migrate=migrate)


# units of work


def test_an_exception_rolls_everything_back(peopled: SqlStore) -> None:
    lot = a_lot()

    def fail() -> None:
        with peopled.transaction() as tx:
            tx.add_organisation(an_organisation("lost"))
            tx.add_intent(an_intent())
            tx.add_credential(a_credential(), request="request-1")
            tx.add_leaf(a_leaf())
            tx.seal(a_batch(1), [a_leaf().credential])
            tx.open_lot(lot, deposit(lot, request="d", at=NOW))
            tx.post(reserve(lot, TWO, request="r", award="a", at=NOW))
            tx.put_answer("key", sha256(b""), b"answer")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    with peopled.transaction() as tx:
        assert tx.organisations() == [an_organisation()]
        assert (tx.find_intent("request-1"), tx.find_credential(a_credential().id)) == (None, None)
        assert (tx.leaf_of(a_leaf().credential), tx.batches(), tx.journal()) == (None, [], ([], [], {}))
        assert tx.find_answer("key") is None


def test_what_was_committed_is_there_after_reopening(peopled: SqlStore, url: str, lot: Lot) -> None:
    peopled.close()
    again = SqlStore.open(url)
    assert the_lot(again, lot) == lot
    again.close()


def test_a_refused_row_leaves_the_transaction_usable(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        with pytest.raises(AlreadyRecorded):
            tx.add_learner(a_learner())
        tx.add_learner(a_learner("three"))
    with peopled.transaction() as tx:
        assert len(tx.learners()) == 3


def test_units_of_work_do_not_nest(peopled: SqlStore) -> None:
    with peopled.transaction(), pytest.raises(AssertionError, match="open in this thread"):
        peopled.transaction().__enter__()
    assert peopled.ready()


def test_a_row_that_points_nowhere_is_refused(peopled: SqlStore) -> None:
    stray = replace(an_intent(), learner="urn:uuid:nobody")
    with pytest.raises(ConstraintBroken), peopled.transaction() as tx:
        tx.add_intent(stray)


# who


def test_organisations_and_learners_come_back_as_they_were_added(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_organisation(an_organisation("another"))
        assert tx.get_organisation(an_organisation().id) == an_organisation()
        assert tx.find_organisation_by_did("did:web:another.example") == an_organisation("another")
        assert tx.organisations() == [an_organisation(), an_organisation("another")]
        assert tx.get_learner(a_learner().id) == a_learner()
        assert tx.find_learner_by_did(a_learner("two").did) == a_learner("two")
        assert tx.learners() == [a_learner(), a_learner("two")]


def test_what_is_unknown_is_said_so(store: SqlStore) -> None:
    with store.transaction() as tx:
        for look in (
            tx.get_organisation,
            tx.get_learner,
            tx.get_credential,
            tx.get_batch,
            tx.get_lot,
            tx.get_evaluation,
            tx.get_award,
        ):
            with pytest.raises(UnknownRecord):
                look("urn:uuid:nothing")
        with pytest.raises(UnknownRecord):
            tx.get_achievement("urn:uuid:nothing", "1")
        with pytest.raises(UnknownRecord):
            tx.mark_attempt("0x00", AttemptState.MINED)
        with pytest.raises(UnknownRecord):
            tx.update_batch(a_batch(1))
        with pytest.raises(UnknownRecord):
            tx.update_award(an_award(), since=AwardState.INTENDED)
        with pytest.raises(UnknownRecord):
            tx.revoke_credential("urn:uuid:nothing", when=NOW, reason="")
        for find in (tx.find_organisation_by_did, tx.find_learner_by_did, tx.find_intent, tx.find_credential):
            assert find("nothing") is None
        assert (tx.find_document("x"), tx.find_receipt("x"), tx.leaf_of("x"), tx.find_answer("x")) == (None,) * 4
        assert (tx.find_token(sha256(b"")), tx.find_credential_by_digest(sha256(b""))) == (None, None)
        assert (tx.find_award_by_request("x"), tx.find_achievement("x", "1")) == (None, None)
        assert (tx.lots_of("x"), tx.entries_of("x"), tx.awards_of("x"), tx.credentials_of("x")) == ([],) * 4


def test_a_token_is_found_by_its_hash(store: SqlStore) -> None:
    """Threat 53."""
    endless = Token(sha256(b"secret"), "demo", "provider", "urn:uuid:org-one", None)
    ending = Token(sha256(b"other"), "demo", "admin", "", NOW)
    with store.transaction() as tx:
        tx.add_token(endless)
        tx.add_token(ending)
    with store.transaction() as tx:
        assert (tx.find_token(endless.hash), tx.find_token(ending.hash)) == (endless, ending)


# achievements and credentials


def test_a_published_version_is_frozen(peopled: SqlStore) -> None:
    document: dict[str, Any] = {"name": "Sample unit", "credits": "2.5", "b": [1, None, True]}
    first = PublishedAchievement("urn:a", "1", an_organisation().id, document, sha256(b"1"), NOW)
    second = replace(first, version="2")
    with peopled.transaction() as tx:
        tx.add_achievement(first)
        tx.add_achievement(second)
        with pytest.raises(AlreadyRecorded):
            tx.add_achievement(replace(first, digest=sha256(b"2")))
    with peopled.transaction() as tx:
        assert tx.get_achievement("urn:a", "1") == first
        assert tx.achievements() == tx.achievements(an_organisation().id) == [first, second]
        assert tx.achievements("urn:uuid:other") == []


def test_a_credential_and_its_intent_are_marked_together(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_intent(an_intent())
        assert tx.open_intents() == [an_intent()]
        tx.add_credential(a_credential(), request="request-1")
    with peopled.transaction() as tx:
        assert tx.find_intent("request-1") == replace(an_intent(), state=IssueState.ISSUED)
        assert tx.open_intents() == []
        assert tx.get_credential(a_credential().id) == a_credential()
        assert tx.find_credential_by_digest(a_credential().digest) == a_credential()
        assert tx.credentials_of(a_learner().id) == [a_credential()]
        assert tx.newest_place(an_organisation().id) == 1
        assert tx.taken_places(an_organisation().id, [0, 1, 2]) == {1}


def test_no_credential_is_stored_without_its_intent(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_intent(an_intent(2))
        with pytest.raises(UnknownRecord):
            tx.add_credential(a_credential(1), request="request-2")
    with peopled.transaction() as tx:
        assert tx.find_credential(a_credential().id) is None
        assert tx.open_intents() == [an_intent(2)]


def test_a_request_or_a_status_place_is_taken_once(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_intent(an_intent(1))
        for taken in (
            replace(an_intent(2), request="request-1"),
            replace(an_intent(2), status_index=1),
            replace(an_intent(2), credential=an_intent(1).credential),
        ):
            with pytest.raises(AlreadyRecorded):
                tx.add_intent(taken)


def test_a_revocation_is_recorded_once(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        for number in (1, 2):
            tx.add_intent(an_intent(number))
            tx.add_credential(a_credential(number), request=f"request-{number}")
        tx.revoke_credential(a_credential(2).id, when=NOW, reason="issued in error")
        with pytest.raises(AlreadyRecorded):
            tx.revoke_credential(a_credential(2).id, when=NOW, reason="another reason")
    with peopled.transaction() as tx:
        assert tx.revoked_indices(a_credential(2).status_list) == {2}
        assert tx.revoked_indices("https://other.example/status/1") == frozenset()


def a_key(number: int, **change: object) -> OrganisationKey:
    key = OrganisationKey(
        an_organisation().id, str(number), f"z6Mk{number}", True, KeyState.ANNOUNCED, settled=False, announced=NOW
    )
    return replace(key, **change)  # type: ignore[arg-type]


def test_a_key_is_recorded_once_and_goes_through_its_life(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_key(a_key(1))
        for taken in (replace(a_key(2), multikey="z6Mk1"), replace(a_key(2), label="1")):
            with pytest.raises(AlreadyRecorded):
                tx.add_key(taken)
        assert tx.unsettled_keys() == tx.keys_of(an_organisation().id) == [a_key(1)]
        assert tx.move_key("z6Mk1", KeyState.CURRENT, NOW, since=KeyState.ANNOUNCED, settled=False)
        assert not tx.move_key("z6Mk1", KeyState.REVOKED, NOW, since=KeyState.ANNOUNCED, settled=False)
        tx.settle_key("z6Mk1")
    with peopled.transaction() as tx:
        assert (
            tx.find_key("z6Mk1") == tx.hold_key("z6Mk1") == a_key(1, state=KeyState.CURRENT, settled=True, current=NOW)
        )
        assert tx.find_key("z6Mk2") is None
        assert tx.unsettled_keys() == tx.keys_of("urn:uuid:other") == []
        with pytest.raises(UnknownRecord):
            tx.settle_key("z6Mk2")


def test_one_key_that_the_bank_holds_is_the_current_one(peopled: SqlStore) -> None:
    """Two rotations at once cannot both win; a body's own keys sign beside it."""
    with peopled.transaction() as tx:
        tx.add_key(a_key(1, state=KeyState.CURRENT))
        tx.add_key(a_key(2, state=KeyState.CURRENT, held=False))
        tx.add_key(a_key(3))
    with pytest.raises(ConstraintBroken), peopled.transaction() as tx:
        tx.move_key("z6Mk3", KeyState.CURRENT, NOW, since=KeyState.ANNOUNCED, settled=True)


def test_every_version_of_a_document_is_kept_once(store: SqlStore) -> None:
    one, two = (DocumentVersion("did:web:a.example", sha256(content), content, NOW) for content in (b"one", b"two"))
    with store.transaction() as tx:
        tx.add_version(one)
        tx.add_version(two)
        tx.add_version(replace(one, archived=NOW + timedelta(days=1)))
    with store.transaction() as tx:
        assert tx.document_versions(one.id) == [one, two]
        assert tx.document_versions("did:web:b.example") == []


def test_a_leaf_is_open_until_its_batch_is_final(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        for number in (1, 2, 3):
            tx.add_leaf(a_leaf(number))
        tx.seal(a_batch(2), [a_leaf(number).credential for number in (1, 2)])
    with peopled.transaction() as tx:
        assert [leaf.credential for leaf in tx.open_leaves(a_leaf(1).issuer)] == [
            a_leaf(n).credential for n in (1, 2, 3)
        ]
        tx.update_batch(replace(a_batch(2), state=BatchState.FINAL))
        assert [leaf.credential for leaf in tx.open_leaves(a_leaf(1).issuer)] == [a_leaf(3).credential]
        assert tx.open_leaves("did:web:stranger.example") == []


def test_a_credential_that_was_signed_elsewhere_needs_no_intent(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_delivered(a_credential(1))
        with pytest.raises(AlreadyRecorded):
            tx.add_delivered(a_credential(1))
        assert tx.get_credential(a_credential(1).id) == a_credential(1)


def test_suspensions_are_appended_and_the_last_of_each_credential_counts(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        for number in (1, 2, 3):
            tx.add_intent(an_intent(number))
            tx.add_credential(a_credential(number), request=f"request-{number}")
        events = [
            Suspension(a_credential(1).id, 1, True, "under review", NOW),
            Suspension(a_credential(2).id, 1, True, "under review", NOW),
            Suspension(a_credential(2).id, 2, False, "review closed", NOW),
        ]
        for event in events:
            tx.add_suspension(event)
        with pytest.raises(AlreadyRecorded):
            tx.add_suspension(replace(events[2], suspended=True))
        tx.revoke_credential(a_credential(3).id, when=NOW, reason="issued in error")
    with peopled.transaction() as tx:
        assert tx.suspensions_of(a_credential(2).id) == events[1:]
        assert tx.suspensions_of(a_credential(3).id) == []
        assert tx.suspended_indices(a_credential(1).status_list) == {1}
        assert tx.suspended_indices("https://other.example/status/1") == frozenset()
        assert [tx.is_revoked(a_credential(number).id) for number in (1, 3)] == [False, True]


def an_endorsement(number: int = 1) -> EndorsementRecord:
    id, endorsed = f"urn:uuid:endorsement-{number}", "urn:uuid:achievement"
    return EndorsementRecord(id, f"e-{number}", an_organisation().id, endorsed, "Name", "We hire with it.", number, NOW)


def test_an_endorsement_is_signed_once_and_taken_back_once(peopled: SqlStore) -> None:
    one = an_endorsement()
    with peopled.transaction() as tx:
        tx.add_endorsement(one)
        with pytest.raises(AlreadyRecorded):
            tx.add_endorsement(replace(an_endorsement(2), request=one.request))
        with pytest.raises(AlreadyRecorded):
            tx.add_endorsement(replace(an_endorsement(2), status_index=one.status_index))
        assert (tx.open_endorsements(), tx.endorsements_of(one.endorsed), one.stands) == ([one], [one], False)
        tx.sign_endorsement(one.id, signed=b"{}", digest=sha256(b"{}"), when=NOW)
        with pytest.raises(AlreadyRecorded):
            tx.sign_endorsement(one.id, signed=b"{ }", digest=sha256(b"{ }"), when=NOW)
        signed = tx.get_endorsement(one.id)
        assert signed == replace(one, signed=b"{}", digest=sha256(b"{}"), issued=NOW)
        assert tx.find_endorsement_by_request(one.request) == tx.find_endorsement_by_digest(sha256(b"{}")) == signed
        assert (signed.stands, tx.open_endorsements()) == (True, [])
        tx.revoke_endorsement(one.id, when=NOW, reason="no longer true")
        with pytest.raises(AlreadyRecorded):
            tx.revoke_endorsement(one.id, when=NOW, reason="again")
        assert not tx.get_endorsement(one.id).stands
        assert tx.revoked_endorsements(one.organisation) == {1}
        assert tx.revoked_endorsements("urn:uuid:other") == frozenset()
        with pytest.raises(UnknownRecord):
            tx.revoke_endorsement("urn:uuid:nothing", when=NOW, reason="x")
        with pytest.raises(UnknownRecord):
            tx.sign_endorsement("urn:uuid:nothing", signed=b"{}", digest=sha256(b"{}"), when=NOW)


def test_credentials_and_endorsements_take_different_places_of_one_list(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_intent(replace(an_intent(1), besides={"endorsements": ["urn:uuid:endorsement-2"]}))
        tx.add_endorsement(an_endorsement(2))
        assert tx.newest_place(an_organisation().id) == 2
        assert tx.newest_place("urn:uuid:nobody") == 0
        assert tx.taken_places(an_organisation().id, range(4)) == {1, 2}
        assert tx.find_intent("request-1").besides == {"endorsements": ["urn:uuid:endorsement-2"]}


def test_a_document_is_replaced_under_its_id(store: SqlStore) -> None:
    old = PublicDocument("https://b.example/status", "status-list", "application/vc", b"\x00old", NOW)
    new = replace(old, content=b"new", updated=NOW + timedelta(hours=1))
    with store.transaction() as tx:
        tx.put_document(old)
        tx.put_document(new)
        tx.put_document(replace(old, id="did:web:a.example", kind="did"))
    with store.transaction() as tx:
        assert tx.find_document(old.id) == new
        assert [document.id for document in tx.documents()] == ["did:web:a.example", old.id]
        assert tx.documents("status-list") == [new]


def test_a_document_takes_the_place_of_the_one_before_and_of_no_other(store: SqlStore) -> None:
    """Threat 31."""
    first = PublicDocument("https://b.example/status", "status-list", "application/vc", b"\x00one", NOW)
    second, third = replace(first, content=b"two"), replace(first, content=b"three", updated=NOW + timedelta(hours=1))
    with store.transaction() as tx:
        assert not tx.replace_document(second, before=first)
        assert tx.find_document(first.id) is None
        assert tx.replace_document(first, before=None)
        assert not tx.replace_document(second, before=None)
        assert tx.replace_document(second, before=first)
        assert not tx.replace_document(third, before=first)
        assert tx.find_document(first.id) == second
        tx.put_document(replace(second, id="https://b.example/other"))
        assert tx.replace_document(third, before=second)
        assert tx.find_document(first.id) == third
        assert tx.find_document("https://b.example/other") == replace(second, id="https://b.example/other")


@pytest.mark.parametrize("standing", [False, True], ids=["none before", "one before"])
def test_of_two_writers_that_saw_the_same_document_one_replaces_it(url: str, *, standing: bool) -> None:
    """Threat 31: each is a process of its own as far as the database can tell."""
    before = PublicDocument("https://b.example/status", "status-list", "application/vc", b"one", NOW)
    stores = [SqlStore.open(url, migrate=True) for _ in range(2)]
    meet = threading.Barrier(2)

    def write(number: int, turn: int) -> bool:
        with stores[number].transaction() as tx:
            seen = tx.find_document(before.id)
        meet.wait(20)
        with stores[number].transaction() as tx:
            return tx.replace_document(replace(before, content=b"%d from %d" % (turn, number)), before=seen)

    try:
        if standing:
            with stores[0].transaction() as tx:
                tx.put_document(before)
        for turn in range(5):
            with ThreadPoolExecutor(2) as pool:
                won = list(pool.map(write, range(2), [turn] * 2))
            assert sorted(won) == [False, True]
            with stores[1].transaction() as tx:
                found = tx.find_document(before.id)
            assert found is not None
            assert found.content == b"%d from %d" % (turn, won.index(True))
    finally:
        for one in stores:
            one.close()


# anchoring


def test_a_batch_numbers_its_members_in_their_order(store: SqlStore) -> None:
    with store.transaction() as tx:
        for number in (1, 2, 3):
            tx.add_leaf(a_leaf(number))
        assert [leaf.credential for leaf in tx.unbatched_leaves(2)] == [a_leaf(n).credential for n in (1, 2)]
        tx.seal(a_batch(2), [a_leaf(3).credential, a_leaf(1).credential])
    with store.transaction() as tx:
        assert [leaf.credential for leaf in tx.leaves_of("batch-1")] == [a_leaf(n).credential for n in (3, 1)]
        assert tx.leaf_of(a_leaf(1).credential) == replace(a_leaf(1), batch="batch-1", index=1)
        assert tx.unbatched_leaves(10) == [a_leaf(2)]
        assert tx.get_batch("batch-1") == a_batch(2)


def test_a_leaf_stands_in_one_batch_only(store: SqlStore) -> None:
    """Threat 28."""
    with store.transaction() as tx:
        tx.add_leaf(a_leaf(1))
        tx.add_leaf(a_leaf(2))
        tx.seal(a_batch(1), [a_leaf(1).credential])
        with pytest.raises(AlreadyRecorded):
            tx.seal(a_batch(2, "batch-2"), [a_leaf(2).credential, a_leaf(1).credential])
    with store.transaction() as tx:
        assert [batch.id for batch in tx.batches()] == ["batch-1"]
        assert tx.unbatched_leaves(10) == [a_leaf(2)]


def test_a_batch_moves_on_and_back_but_keeps_its_root(store: SqlStore) -> None:
    confirmed = replace(
        a_batch(1),
        state=BatchState.CONFIRMED,
        transaction="0xaa",
        block_number=7,
        block_hash="0xbb",
        block_time=NOW,
    )
    with store.transaction() as tx:
        tx.add_leaf(a_leaf())
        tx.seal(a_batch(1), [a_leaf().credential])
        tx.update_batch(replace(confirmed, root=sha256(b"another root"), size=9))
        assert tx.get_batch("batch-1") == confirmed
        tx.update_batch(a_batch(1))
        assert tx.get_batch("batch-1") == a_batch(1)


def test_signed_transactions_are_kept_in_order_with_their_states(store: SqlStore) -> None:
    def attempt(number: int, nonce: int, sender: str = "0xA") -> Attempt:
        raw = b"\x02%d" % number
        return Attempt(f"0x{number:02x}", "batch:1", sender, nonce, raw, AttemptState.RECORDED, NOW)

    first, second, third = attempt(9, 1), attempt(1, 0), attempt(5, 1, "0xB")
    with store.transaction() as tx:
        tx.add_attempt(first)
        with pytest.raises(AlreadyRecorded):
            tx.add_attempt(first)
        assert tx.pending_attempts("0xA") == [first]
        assert tx.mark_attempt(first.hash, AttemptState.REPLACED)
        for sent in (second, third):
            tx.add_attempt(sent)
        assert tx.attempts("batch:1") == [replace(first, state=AttemptState.REPLACED), second, third]
        assert tx.mark_attempt(second.hash, AttemptState.SENT)
        assert tx.pending_attempts("0xA") == [replace(second, state=AttemptState.SENT)]
        assert not tx.mark_attempt(first.hash, AttemptState.SENT, since=(AttemptState.RECORDED,)), "it was replaced"
        assert tx.pending_attempts("0xA") == [replace(second, state=AttemptState.SENT)]
        with pytest.raises(UnknownRecord):
            tx.mark_attempt("0x00", AttemptState.SENT, since=(AttemptState.RECORDED,))


def test_a_receipt_is_replaced_when_it_becomes_final(store: SqlStore) -> None:
    early = StoredReceipt("urn:c", {"final": False, "path": []}, False)
    final = StoredReceipt("urn:c", {"final": True, "path": ["sha256:00"]}, True)
    with store.transaction() as tx:
        tx.put_receipt(early)
        tx.put_receipt(final)
        assert tx.find_receipt("urn:c") == final


# ledger


def test_a_deposit_opens_a_lot_and_starts_the_chain(peopled: SqlStore, lot: Lot) -> None:
    with peopled.transaction() as tx:
        entries = tx.entries_of(lot.account)
        assert tx.lots_of(lot.account) == [lot]
    assert [entry.sequence for entry in entries] == [1]
    assert verify_chain(entries) is None


@pytest.mark.parametrize("learner", ["one", "two"])
def test_one_issue_is_one_lot_in_whatever_account(peopled: SqlStore, lot: Lot, learner: str) -> None:
    """Threat 39."""
    again = replace(a_lot(learner=learner), credential="urn:uuid:a-correction")
    with peopled.transaction() as tx, pytest.raises(LotAlreadyOpen):
        tx.open_lot(again, deposit(again, request="deposit-again", at=NOW))
    with peopled.transaction() as tx:
        assert [kept.id for kept in tx.journal()[0]] == [lot.id]
    assert adds_up(peopled)


def test_credits_move_from_available_to_redeemed_in_two_entries(peopled: SqlStore, lot: Lot) -> None:
    with peopled.transaction() as tx:
        tx.post(reserve(lot, TWO, request="r", award="award-1", at=NOW))
        tx.post(post(lot, TWO, request="p", award="award-1", at=NOW))
    kept = the_lot(peopled, lot)
    assert (kept.available, kept.reserved, kept.redeemed) == (Credits.parse("3"), NONE, TWO)
    assert adds_up(peopled)


def test_what_the_lot_lacks_is_refused_and_leaves_nothing(peopled: SqlStore, lot: Lot) -> None:
    with peopled.transaction() as tx:
        tx.post(reserve(lot, Credits.parse("4"), request="r1", award="award-1", at=NOW))
        with pytest.raises(CreditsAlreadyRedeemed):
            tx.post(reserve(lot, TWO, request="r2", award="award-2", at=NOW))
    with peopled.transaction() as tx:
        assert [entry.id for entry in tx.entries_of(lot.account)] == ["deposit-1", "r1"]
    assert adds_up(peopled)


def test_the_database_itself_holds_the_sum(peopled: SqlStore, lot: Lot) -> None:
    """Threats 35 and 37: even a statement without our guard cannot go above the whole."""
    for change in ("reserved = 5001", "redeemed = -1", "reserved = 3000, redeemed = 3000", "lapsed = 5001"):
        with pytest.raises(ConstraintBroken), peopled.transaction() as tx:
            tx._connection.execute(text(f"UPDATE lots SET {change}"))
    assert the_lot(peopled, lot) == lot


def test_the_same_request_again_is_one_entry(peopled: SqlStore, lot: Lot) -> None:
    """Threat 38."""
    entry = reserve(lot, TWO, request="r", award="award-1", at=NOW)
    for moment in (NOW, NOW + timedelta(days=1)):
        with peopled.transaction() as tx:
            tx.post(replace(entry, at=moment))
    assert the_lot(peopled, lot).reserved == TWO
    with peopled.transaction() as tx, pytest.raises(EntryReused):
        tx.post(reserve(lot, FIVE, request="r", award="award-1", at=NOW))


def test_an_award_posts_and_releases_only_what_it_reserved(peopled: SqlStore, lot: Lot) -> None:
    with peopled.transaction() as tx:
        tx.post(reserve(lot, TWO, request="r1", award="award-1", at=NOW))
        tx.post(reserve(lot, TWO, request="r2", award="award-2", at=NOW))
        for number, kind in enumerate((post, release)):
            for award, amount in (("award-1", Credits.parse("3")), ("award-3", TWO)):
                with pytest.raises(NothingReserved):
                    tx.post(kind(lot, amount, request=f"x{number}-{award}", award=award, at=NOW))
        tx.post(release(lot, TWO, request="l", award="award-2", at=NOW))
        tx.post(post(lot, TWO, request="p", award="award-1", at=NOW))
    kept = the_lot(peopled, lot)
    assert (kept.reserved, kept.redeemed) == (NONE, TWO)
    assert adds_up(peopled)


def test_a_lower_award_gives_up_what_counts_for_it_and_no_more(peopled: SqlStore, lot: Lot) -> None:
    to = {"award": "upper", "origin": "lower", "at": NOW}
    with peopled.transaction() as tx:
        tx.post(reserve(lot, TWO, request="r", award="lower", at=NOW))
        with pytest.raises(NotCountedThere):
            tx.post(give_up(lot, TWO, request="too early", **to))
        tx.post(post(lot, TWO, request="p", award="lower", at=NOW))
        with pytest.raises(NotCountedThere):
            tx.post(give_up(lot, FIVE, request="too much", **to))
        with pytest.raises(NotCountedThere):
            tx.post(give_up(lot, TWO, request="another's", **{**to, "origin": "other"}))
        tx.post(give_up(lot, TWO, request="m", **to))
        with pytest.raises(NothingReserved):
            tx.post(take_back(lot, FIVE, request="b", reason="refused", **to))
        assert counted(tx.entries_of(lot.account)) == {}
        tx.post(take_back(lot, TWO, request="b", reason="refused", **to))
        assert counted(tx.entries_of(lot.account)) == {(lot.id, "lower"): TWO}
        tx.post(give_up(lot, TWO, request="m2", **to))
        tx.post(post(lot, Credits.parse("1"), request="p2", award="upper", at=NOW))
        tx.post(release(lot, Credits.parse("1"), request="f2", award="upper", at=NOW))
        assert counted(tx.entries_of(lot.account)) == {(lot.id, "upper"): Credits.parse("1")}
    kept = the_lot(peopled, lot)
    assert (kept.available, kept.reserved, kept.redeemed) == (Credits.parse("4"), NONE, Credits.parse("1"))
    assert adds_up(peopled)


def test_a_joint_evaluation_is_kept(peopled: SqlStore) -> None:
    record = JointEvaluationRecord("urn:j", a_learner().id, an_organisation().id, {"parts": []}, NOW)
    with peopled.transaction() as tx:
        tx.add_joint_evaluation(record)
        with pytest.raises(AlreadyRecorded):
            tx.add_joint_evaluation(record)
    with peopled.transaction() as tx:
        assert tx.get_joint_evaluation("urn:j") == record
        with pytest.raises(UnknownRecord):
            tx.get_joint_evaluation("urn:k")


def test_a_revocation_takes_what_is_free_and_what_is_released_later(peopled: SqlStore, lot: Lot) -> None:
    """Threats 34 and 40."""
    with peopled.transaction() as tx:
        tx.post(reserve(lot, TWO, request="r", award="award-1", at=NOW))
        stale = release(lot, TWO, request="l", award="award-1", at=NOW)
        with pytest.raises(LotChanged):
            tx.post(revoke(lot, request="v", reason="error", at=NOW))
        tx.post(revoke(tx.get_lot(lot.id), request="v", reason="error", at=NOW))
        with pytest.raises(LotRevoked):
            tx.post(reserve(lot, TWO, request="r2", award="award-2", at=NOW))
        with pytest.raises(LotChanged):
            tx.post(stale)
        tx.post(release(tx.get_lot(lot.id), TWO, request="l", award="award-1", at=NOW))
    kept = the_lot(peopled, lot)
    assert (kept.available, kept.lapsed, kept.revoked) == (NONE, FIVE, True)
    assert adds_up(peopled)


def test_credit_expires_on_its_day(peopled: SqlStore) -> None:
    day = NOW + timedelta(days=30)
    lot = a_lot(expires=day)
    with peopled.transaction() as tx:
        tx.open_lot(lot, deposit(lot, request="d", at=NOW))
        with pytest.raises(NotYetExpired):
            tx.post(expire(lot, request="e", at=NOW))
        with pytest.raises(LotExpired):
            tx.post(reserve(lot, TWO, request="r", award="award-1", at=day))
        tx.post(expire(lot, request="e", at=day))
    assert the_lot(peopled, lot).lapsed == FIVE
    assert adds_up(peopled)


def test_an_entry_for_a_foreign_or_unknown_lot_is_refused(peopled: SqlStore, lot: Lot) -> None:
    foreign = a_lot(2, learner="two")
    with peopled.transaction() as tx:
        tx.open_lot(foreign, deposit(foreign, request="d2", at=NOW))
        mixed = replace(reserve(lot, TWO, request="m", award="award-1", at=NOW), account=foreign.account)
        with pytest.raises(UnknownRecord):
            tx.post(mixed)
        with pytest.raises(UnknownRecord):
            tx.post(reserve(a_lot(3, learner="nobody"), TWO, request="n", award="award-1", at=NOW))
    assert adds_up(peopled)


def test_the_store_agrees_with_the_ledgers_own_arithmetic(peopled: SqlStore, lot: Lot) -> None:
    chance = random.Random(20260302)
    model, refused = lot, 0
    for number in range(80):
        amount, award = Credits(chance.randint(1, 3000)), f"award-{chance.randint(1, 2)}"
        kind = chance.choice((reserve, post, release))
        entry = kind(model, amount, request=f"walk-{number}", award=award, at=NOW)
        try:
            with peopled.transaction() as tx:
                tx.post(entry)
        except CreditBankError:
            refused += 1
        else:
            model = after(model, entry)
        assert the_lot(peopled, lot) == model
    assert 0 < refused < 80
    assert adds_up(peopled)


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE entries SET amount = amount + 1 WHERE id = 'r'",
        "UPDATE entries SET award = 'award-9' WHERE id = 'r'",
        "UPDATE entries SET reason = 'nothing to see' WHERE id = 'deposit-1'",
        "DELETE FROM entries WHERE id = 'r'",
        "UPDATE lots SET total = 9000",
        "UPDATE lots SET reserved = 0",
        "UPDATE lots SET credential = 'urn:uuid:another'",
        "UPDATE accounts SET head = previous FROM entries WHERE entries.id = 'r'",
    ],
)
def test_the_audit_finds_a_row_edited_by_hand(peopled: SqlStore, lot: Lot, edit: str) -> None:
    """Threat 65."""
    with peopled.transaction() as tx:
        tx.post(reserve(lot, TWO, request="r", award="award-1", at=NOW))
    assert adds_up(peopled)
    by_hand(peopled, edit)
    assert not adds_up(peopled)
    with peopled.reading() as tx:
        streamed = [
            *audit_chains(tx.entries_by_account(), tx.account_heads()),
            *audit_lots(tx.lots_by_id(), tx.entries_by_lot()),
        ]
    with peopled.transaction() as tx:
        lots, entries, heads = tx.journal()
    assert streamed == audit(lots, entries, heads=heads)


def by_hand(store: SqlStore, edit: str) -> None:
    """What somebody with every right on the database does: put the triggers out of action, and change a row."""
    with store.transaction() as tx:
        if tx._connection.dialect.name == "sqlite":
            tx._connection.execute(text("DROP TRIGGER IF EXISTS entries_no_update"))
            tx._connection.execute(text("DROP TRIGGER IF EXISTS entries_no_delete"))
        else:
            tx._connection.execute(text("SET LOCAL session_replication_role = replica"))
        tx._connection.execute(text(edit))


@pytest.mark.parametrize("change", ["UPDATE entries SET reason = 'other'", "DELETE FROM entries"])
def test_no_statement_changes_an_entry_or_takes_it_out(peopled: SqlStore, lot: Lot, change: str) -> None:
    """Threat 65: a mistake in code cannot; whoever takes the trigger away is found by the audit."""
    with pytest.raises(ConstraintBroken), peopled.transaction() as tx:
        tx._connection.execute(text(change))
    assert adds_up(peopled)


def test_no_statement_empties_the_entries(peopled: SqlStore, lot: Lot) -> None:
    """Threat 65: PostgreSQL has a statement for it that no trigger of rows sees; SQLite has none."""
    with peopled.transaction() as tx:
        if tx._connection.dialect.name == "sqlite":
            return
    with pytest.raises(ConstraintBroken), peopled.transaction() as tx:
        tx._connection.execute(text("TRUNCATE entries CASCADE"))
    assert adds_up(peopled)


def test_a_head_from_outside_finds_an_account_that_was_hashed_anew(peopled: SqlStore, lot: Lot) -> None:
    """Threat 65: the row is edited, and every hash from there to the end, with the head, is made to fit."""
    with peopled.transaction() as tx:
        tx.post(reserve(lot, TWO, request="r", award="award-1", at=NOW))
    with peopled.reading() as tx:
        anchored = list(tx.account_heads())
        chain = tx.entries_of(lot.account)
    forged, previous = [], chain[0].previous
    for entry in [replace(chain[0], reason="nothing to see"), *chain[1:]]:
        forged.append(entry.following(entry.sequence, previous))
        previous = forged[-1].hash
    for entry in forged:
        row = f"previous = {blob(peopled, entry.previous)}, hash = {blob(peopled, entry.hash)}"
        by_hand(peopled, f"UPDATE entries SET reason = '{entry.reason}', {row} WHERE id = '{entry.id}'")
    by_hand(peopled, f"UPDATE accounts SET head = {blob(peopled, previous)}")
    assert adds_up(peopled), "nothing within the database tells"
    with peopled.reading() as tx:
        (fault,) = audit_chains(tx.entries_by_account(), tx.account_heads(), anchored)
    assert (fault.slug, fault.account, fault.sequence) == ("head-edited", lot.account, 2)
    assert "of the entries 1 to 2" in fault.sentence


def blob(store: SqlStore, digest: bytes) -> str:
    return f"X'{digest.hex()}'" if "sqlite" in str(store._engine.url) else f"decode('{digest.hex()}', 'hex')"


def hand_over(store: SqlStore, lot: Lot, to: str, request: str = "t") -> None:
    """What becomes of two accounts of one person."""
    with store.transaction() as tx:
        tx.transfer(*transfer(tx.get_lot(lot.id), to, request=request, at=NOW, reason="one person"))


def test_a_lot_changes_hands_with_its_history_and_both_chains_say_so(peopled: SqlStore, lot: Lot) -> None:
    """Threat 39: it is the same lot, and its deposit in the other account is refused as before."""
    other = a_learner("two").id
    with peopled.transaction() as tx:
        tx.post(reserve(lot, TWO, request="r", award="award-1", at=NOW))
    with pytest.raises(LotReserved):
        hand_over(peopled, lot, other)
    with peopled.transaction() as tx:
        tx.post(post(tx.get_lot(lot.id), TWO, request="p", award="award-1", at=NOW))
    hand_over(peopled, lot, other)
    moved = the_lot(peopled, lot)
    assert moved == replace(lot, account=other, redeemed=TWO)
    with peopled.transaction() as tx:
        (given,) = [entry for entry in tx.entries_of(lot.account) if entry.kind is EntryKind.TRANSFER]
        (taken,) = tx.entries_of(other)
        assert (given.party, taken.party) == (other, lot.account)
        assert counted(tx.entries_about(other)) == {(lot.id, "award-1"): TWO}
        assert tx.entries_about(lot.account) == []
        with pytest.raises(LotChanged):
            tx.post(reserve(lot, TWO, request="late", award="award-2", at=NOW))
        with pytest.raises(LotAlreadyOpen):
            tx.open_lot(lot, deposit(lot, request="again", at=NOW))
        tx.transfer(*transfer(lot, other, request="t", at=NOW, reason="one person"))
        with pytest.raises(EntryReused):
            tx.transfer(*transfer(lot, other, request="t", at=NOW, reason="another reason"))
        tx.post(reserve(tx.get_lot(lot.id), TWO, request="r2", award="award-2", at=NOW))
        tx.post(release(tx.get_lot(lot.id), TWO, request="l2", award="award-2", at=NOW))
    hand_over(peopled, lot, lot.account, "back")
    assert the_lot(peopled, lot) == replace(lot, redeemed=TWO)
    assert adds_up(peopled)
    by_hand(peopled, f"UPDATE lots SET account = '{other}'")
    assert not adds_up(peopled)


def test_what_counted_for_an_award_that_is_no_more_is_free_again(peopled: SqlStore, lot: Lot) -> None:
    """Threat 34: a visible entry with its reason, for no more than counts there, and lapsing where it was revoked."""
    with peopled.transaction() as tx:
        tx.post(reserve(lot, FIVE, request="r", award="award-1", at=NOW))
        tx.post(post(tx.get_lot(lot.id), FIVE, request="p", award="award-1", at=NOW))

    def back(amount: Credits, request: str, award: str = "award-1") -> None:
        with peopled.transaction() as tx:
            tx.post(reverse(tx.get_lot(lot.id), amount, request=request, award=award, at=NOW, reason="revoked"))

    with pytest.raises(NotCountedThere):
        back(TWO, "x", "award-2")
    back(TWO, "v")
    assert (the_lot(peopled, lot).available, the_lot(peopled, lot).redeemed) == (TWO, Credits.parse("3"))
    with pytest.raises(NotCountedThere):
        back(FIVE, "y")
    with peopled.transaction() as tx:
        assert [(hold.award, hold.redeemed) for hold in tx.holds_of(lot.id)] == [("award-1", Credits.parse("3"))]
        tx.post(revoke(tx.get_lot(lot.id), request="k", reason="error", at=NOW))
    back(Credits.parse("3"), "w")
    kept = the_lot(peopled, lot)
    assert (kept.available, kept.redeemed, kept.lapsed) == (NONE, NONE, FIVE)
    assert adds_up(peopled)


# races


@pytest.mark.parametrize("against", ["expire", "revoke", "transfer"])
def test_a_redemption_that_meets_the_end_of_a_lot_is_one_story(peopled: SqlStore, against: str) -> None:
    """Threat 40: whichever comes first, the other sees it, and chains and sums agree."""
    ends = NOW + timedelta(hours=1)
    for number in range(6):
        lot = a_lot(10 + number, expires=ends)
        with peopled.transaction() as tx:
            tx.open_lot(lot, deposit(lot, request=f"d{number}", at=NOW))
        start = threading.Barrier(2)

        def redeem(lot: Lot = lot, start: threading.Barrier = start) -> str:
            start.wait()
            return tried(lambda tx: tx.post(reserve(tx.get_lot(lot.id), FIVE, request=lot.id, award="a", at=NOW)))

        def end(lot: Lot = lot, start: threading.Barrier = start) -> str:
            start.wait()
            return tried(lambda tx: ended(tx, tx.get_lot(lot.id), against, ends))

        def tried(act: Any) -> str:
            try:
                with peopled.transaction() as tx:
                    act(tx)
            except CreditBankError as refusal:
                return refusal.slug
            return "done"

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.submit(redeem), pool.submit(end)
            answers = first.result(), second.result()
        kept = the_lot(peopled, lot)
        assert answers.count("done") >= 1
        assert set(answers) <= {
            "done",
            "credits-already-redeemed",
            "lot-revoked",
            "lot-changed",
            "lot-reserved",
            "empty-entry",
        }
        assert kept.reserved == (FIVE if answers[0] == "done" else NONE)
    assert adds_up(peopled)


def ended(tx: Any, lot: Lot, how: str, when: datetime) -> None:
    """The shelf life ends, the issuer takes it back, or it changes hands."""
    if how == "transfer":
        tx.transfer(*transfer(lot, a_learner("two").id, request=f"t{lot.id}", at=NOW, reason="one person"))
    elif how == "expire":
        tx.post(expire(lot, request=f"x{lot.id}", at=when))
    else:
        tx.post(revoke(lot, request=f"v{lot.id}", at=NOW, reason="error"))


def test_bundles_that_overlap_in_opposite_order_are_all_or_nothing(peopled: SqlStore) -> None:
    """Threat 36: lots are taken in the order of ids, so that nobody waits for each other and nothing is half taken."""
    lots = sorted((a_lot(30 + number) for number in range(4)), key=lambda lot: lot.id)
    with peopled.transaction() as tx:
        for lot in lots:
            tx.open_lot(lot, deposit(lot, request=f"d{lot.id}", at=NOW))
    bundles = [(lots[0], lots[1], lots[2]), (lots[3], lots[2]), (lots[2], lots[1]), (lots[3], lots[0])]
    start = threading.Barrier(8)

    def take(number: int) -> bool:
        start.wait()
        try:
            with peopled.transaction() as tx:
                for lot in sorted(bundles[number % 4], key=lambda lot: lot.id):
                    held = tx.get_lot(lot.id)
                    tx.post(reserve(held, FIVE, request=f"{number}{lot.id}", award=f"award-{number}", at=NOW))
        except CreditsAlreadyRedeemed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = {number for number, got in enumerate(pool.map(take, range(8))) if got}
    with peopled.transaction() as tx:
        for number in range(8):
            held = {hold.lot for hold in tx.held_for(f"award-{number}")}
            assert held == ({lot.id for lot in bundles[number % 4]} if number in won else set())
    assert won
    assert adds_up(peopled)


def test_of_sixteen_threads_exactly_one_gets_the_lot(peopled: SqlStore, lot: Lot) -> None:
    """Threat 35."""
    start = threading.Barrier(16)

    def attempt(number: int) -> bool:
        start.wait()
        try:
            with peopled.transaction() as tx:
                seen = tx.get_lot(lot.id)
                tx.post(reserve(seen, FIVE, request=f"r{number}", award=f"award-{number}", at=NOW))
        except CreditsAlreadyRedeemed:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(16))) == 1
    assert the_lot(peopled, lot).reserved == FIVE
    assert adds_up(peopled)


def test_parts_taken_at_once_never_go_above_the_whole(peopled: SqlStore, lot: Lot) -> None:
    """Threat 37."""

    def attempt(number: int) -> bool:
        try:
            with peopled.transaction() as tx:
                tx.post(reserve(lot, TWO, request=f"r{number}", award=f"award-{number}", at=NOW))
        except CreditsAlreadyRedeemed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 2
    assert the_lot(peopled, lot).reserved == Credits.parse("4")
    assert adds_up(peopled)


def test_redeeming_and_revoking_at_once_tell_one_story(peopled: SqlStore) -> None:
    """Threat 40."""
    lots = [a_lot(number) for number in range(8)]
    with peopled.transaction() as tx:
        for lot in lots:
            tx.open_lot(lot, deposit(lot, request=f"d{lot.id}", at=NOW))

    def act(job: tuple[bool, Lot]) -> str | None:
        withdraw, lot = job
        try:
            with peopled.transaction() as tx:
                seen = tx.get_lot(lot.id)
                if withdraw:
                    tx.post(revoke(seen, request=f"v{lot.id}", reason="error", at=NOW))
                else:
                    tx.post(reserve(seen, TWO, request=f"r{lot.id}", award="award-1", at=NOW))
        except (LotRevoked, LotChanged) as refusal:
            return refusal.slug
        return None

    jobs = [(withdraw, lot) for lot in lots for withdraw in (True, False)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = dict(zip(jobs, pool.map(act, jobs), strict=True))
    for lot in lots:
        kept = the_lot(peopled, lot)
        assert kept.revoked == (outcomes[True, lot] is None)
        assert bool(kept.reserved) == (outcomes[False, lot] is None)
        assert kept.revoked or kept.reserved
    assert adds_up(peopled)


def test_one_request_asked_by_many_at_once_is_one_entry(peopled: SqlStore, lot: Lot) -> None:
    """Threat 29: whoever lost the answer asks again, and nothing happens twice."""
    entry = reserve(lot, TWO, request="r", award="award-1", at=NOW)

    def ask(_: int) -> None:
        with peopled.transaction() as tx:
            tx.post(entry)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))
    assert the_lot(peopled, lot).reserved == TWO
    assert adds_up(peopled)


def test_between_two_processes_exactly_one_gets_the_lot(peopled: SqlStore, url: str, lot: Lot) -> None:
    """Threats 35 and 41."""
    racers = [
        subprocess.Popen(
            [sys.executable, str(RACER), url, lot.id, name, "8"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_with_path(),
        )
        for name in ("a", "b")
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    winners = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    assert sorted(winners) == [0, 1]
    assert the_lot(peopled, lot).reserved == FIVE
    assert adds_up(peopled)


def test_a_process_killed_before_its_commit_leaves_nothing(peopled: SqlStore, url: str, lot: Lot) -> None:
    """Threat 27."""
    killed = subprocess.run([sys.executable, str(RACER), url, lot.id, "die"], env=_with_path(), timeout=60)
    assert killed.returncode == -9
    assert the_lot(peopled, lot) == lot
    with peopled.transaction() as tx:
        tx.post(reserve(lot, FIVE, request="r", award="award-1", at=NOW))
    assert adds_up(peopled)


def test_workers_never_seal_one_leaf_twice(store: SqlStore) -> None:
    """Threat 28."""
    with store.transaction() as tx:
        for number in range(24):
            tx.add_leaf(a_leaf(number))

    def work(number: int) -> int:
        with store.transaction() as tx:
            found = tx.unbatched_leaves(8)
            if found:
                members = [leaf.credential for leaf in found]
                tx.seal(a_batch(len(found), f"batch-{number}"), members)
        return len(found)

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 24
    with store.transaction() as tx:
        assert sum(batch.size for batch in tx.batches()) == 24


def _with_path() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


# evaluations, awards, answers


def test_evaluations_are_dated_facts(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_evaluation(an_evaluation(1))
        tx.add_evaluation(an_evaluation(2))
        with pytest.raises(AlreadyRecorded):
            tx.add_evaluation(an_evaluation(1))
        assert tx.get_evaluation("evaluation-1") == an_evaluation(1)
        assert tx.evaluations_of(a_learner().id) == [an_evaluation(1), an_evaluation(2)]


def test_an_evaluation_that_follows_is_added_unless_the_standing_one_has_the_same_inputs(peopled: SqlStore) -> None:
    one, other = sha256(b"one"), sha256(b"other")
    first = replace(an_evaluation(1), inputs=one)
    with peopled.transaction() as tx:
        tx.add_evaluation(first)
        same = replace(an_evaluation(2), inputs=one, follows=first.id)
        assert tx.add_following(same) == first
        changed = replace(an_evaluation(3), inputs=other, follows=first.id)
        assert tx.add_following(changed) == changed
        assert tx.add_following(replace(changed, id="evaluation-4")) == changed
        back = replace(an_evaluation(5), inputs=one, follows=first.id)
        assert tx.add_following(back) == back, "the first stands no longer"
        assert tx.evaluations_of(a_learner().id) == [first, changed, back]
        assert tx.get_evaluation(changed.id).follows == first.id
        with pytest.raises(UnknownRecord):
            tx.add_following(replace(changed, id="evaluation-6", learner="urn:uuid:nobody"))


def test_evaluations_without_a_digest_of_inputs_never_count_as_the_same(peopled: SqlStore) -> None:
    """Threat 63: rows that old code writes beside new code have none."""
    with peopled.transaction() as tx:
        tx.add_evaluation(an_evaluation(1))
        assert tx.add_following(an_evaluation(2)) == an_evaluation(2)


def test_two_runs_again_at_once_leave_one_evaluation(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        tx.add_evaluation(an_evaluation(1))

    def run(number: int) -> str:
        with peopled.transaction() as tx:
            made = replace(an_evaluation(number), inputs=sha256(b"today"), follows="evaluation-1")
            return tx.add_following(made).id

    with ThreadPoolExecutor(6) as pool:
        kept = set(pool.map(run, range(2, 8)))
    with peopled.transaction() as tx:
        assert [record.id for record in tx.evaluations_of(a_learner().id)] == ["evaluation-1", *kept]


def test_the_standing_evaluation_is_the_newest_of_its_learner_body_and_qualification(peopled: SqlStore) -> None:
    foreign = replace(an_evaluation(2), learner=a_learner("two").id)
    other_rules = replace(an_evaluation(3), qualification="r")
    with peopled.transaction() as tx:
        for record in (an_evaluation(1), foreign, other_rules, an_evaluation(4)):
            tx.add_evaluation(record)
        assert tx.standing_evaluation(a_learner().id, an_organisation().id, "q") == an_evaluation(4)
        assert tx.standing_evaluation(a_learner().id, an_organisation().id, "s") is None
        everything = [foreign, other_rules, an_evaluation(4)]
        assert tx.standing_evaluations() == everything
        assert tx.standing_evaluations(limit=1) == everything[:1]
        assert tx.standing_evaluations(after=foreign.id, limit=5) == everything[1:]
        assert tx.standing_evaluations(after="evaluation-1") == everything, "one that is overtaken still has its place"
        assert tx.standing_evaluations(after="evaluation-4") == []
        with pytest.raises(UnknownRecord):
            tx.standing_evaluations(after="urn:uuid:nothing")


def test_learners_come_in_pages_by_id(peopled: SqlStore) -> None:
    with peopled.transaction() as tx:
        for name in ("zero", "alpha"):
            tx.add_learner(a_learner(name))
        found: list[Learner] = []
        while page := tx.learners_after(found[-1].id if found else "", 3):
            found += page
        assert sorted(one.id for one in found) == sorted(one.id for one in tx.learners())
        assert len({one.id for one in found}) == len(found) == 4
        assert tx.learners_after(found[-1].id, 3) == []


def test_an_award_moves_step_by_step_and_keeps_what_it_uses(peopled: SqlStore, lot: Lot) -> None:
    award = an_award(1, (lot.id, TWO))
    signed = replace(award, state=AwardState.SIGNED, proof=b"proof", signed=b"\x00signed")
    with peopled.transaction() as tx:
        tx.add_evaluation(an_evaluation())
        tx.add_award(award)
        assert tx.open_awards() == [award]
        assert tx.update_award(replace(signed, uses=(), learner="urn:uuid:another"), since=AwardState.INTENDED)
        assert tx.get_award(award.id) == tx.find_award_by_request("request-1") == signed
        assert not tx.update_award(award, since=AwardState.INTENDED), "it is no longer there"
        assert tx.get_award(award.id) == signed
        assert tx.update_award(replace(signed, state=AwardState.POSTED), since=AwardState.SIGNED)
        assert tx.open_awards() == []
        assert tx.awards_of(a_learner().id) == [replace(signed, state=AwardState.POSTED)]


def test_a_request_makes_one_award(peopled: SqlStore, lot: Lot) -> None:
    with peopled.transaction() as tx:
        tx.add_evaluation(an_evaluation())
        tx.add_award(an_award(1, (lot.id, TWO)))
        with pytest.raises(AlreadyRecorded):
            tx.add_award(replace(an_award(2, (lot.id, TWO)), request="request-1"))
        tx.add_award(an_award(3))
        assert [award.id for award in tx.open_awards()] == ["award-1", "award-3"]


def test_the_first_answer_stands_for_ever(store: SqlStore) -> None:
    """Threat 38."""
    asked, other = sha256(b"request"), sha256(b"another")
    with store.transaction() as tx:
        tx.put_answer("caller:key", asked, b"first")
        tx.put_answer("caller:key", asked, b"first")
        for request, answer in ((asked, b"second"), (other, b"first")):
            with pytest.raises(AlreadyRecorded):
                tx.put_answer("caller:key", request, answer)
        assert tx.find_answer("caller:key") == (Digest(asked), b"first")


def test_the_store_is_the_port(store: SqlStore) -> None:
    port: Store = store
    with port.transaction() as tx:
        inner: Transaction = tx
        assert inner.organisations() == []


def test_one_account_has_one_transaction_in_flight(store: SqlStore) -> None:
    """Threat 23: whoever signed for a nonce that went elsewhere meanwhile records it later, or not at all."""

    def attempt(name: str, nonce: int) -> Attempt:
        return Attempt(f"0x{name}", name, "0xaccount", nonce, b"raw", AttemptState.RECORDED, NOW)

    with store.transaction() as tx:
        tx.add_attempt(attempt("first", 7))
    for nonce in (7, 8):
        with pytest.raises(AlreadyRecorded), store.transaction() as tx:
            tx.add_attempt(attempt("second", nonce))
    with store.transaction() as tx:
        tx.add_attempt(replace(attempt("elsewhere", 7), sender="0xanother"))
        tx.mark_attempt("0xfirst", AttemptState.REPLACED)
        tx.add_attempt(attempt("instead", 7))
        assert [item.hash for item in tx.pending_attempts("0xaccount")] == ["0xinstead"]


def test_an_audience_is_told_once_of_a_matter_and_sees_its_own_notices_alone(store: SqlStore) -> None:
    def notice(name: str, audience: str = "learner:a", once: str | None = None) -> Notice:
        return Notice(f"urn:{name}", audience, "lot-expiring", {"lot": "0x1"}, NOW, once)

    first, other, again = notice("1", once="lot 0x1"), notice("2", "learner:b", "lot 0x1"), notice("3")
    with store.transaction() as tx:
        assert tx.add_notice(first)
        assert not tx.add_notice(notice("4", once="lot 0x1")), "told before"
        assert tx.add_notice(other)
        assert tx.add_notice(again)
        assert tx.notices_of("learner:a") == [first, again]
        assert tx.notices_of("learner:a", limit=1) == [first]
        assert tx.notices_of("learner:a", after=first.id) == [again]
        with pytest.raises(UnknownRecord):
            tx.notices_of("learner:a", after=other.id)
        assert tx.see_notices("learner:a", [first.id, other.id], NOW) == 1
        assert tx.see_notices("learner:a", [first.id], NOW + timedelta(1)) == 0
        assert tx.notices_of("learner:a", unseen=True) == [again]
        assert tx.notices_of("learner:b", unseen=True) == [other]
        assert tx.notices_of("learner:a")[0].seen == NOW


@pytest.mark.postgres
def test_a_connection_that_the_server_closed_while_it_rested_is_replaced(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"t{random.SystemRandom().getrandbits(64):x}"
    with psycopg.connect(postgres, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        store = SqlStore.open(postgres.replace("/postgres?", f"/{name}?"), migrate=True)
        try:
            monkeypatch.setattr(engine, "RESTED_SECONDS", 0)
            assert list(store_learners(store)) == []
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            assert list(store_learners(store)) == []
        finally:
            store.close()


def store_learners(store: SqlStore) -> list[Learner]:
    with store.transaction() as tx:
        return list(tx.learners())


def test_a_glance_sees_what_was_committed_last_and_holds_nobody_up(peopled: SqlStore) -> None:
    document = PublicDocument("https://b.example/glanced", "status-list", "application/vc", b"one", NOW)
    with peopled.glancing() as looking:
        assert looking.find_document(document.id) is None
        with peopled.transaction() as tx:
            tx.put_document(document)
    with peopled.glancing() as looking:
        assert looking.documents_named([document.id, "https://b.example/none"]) == [document]
        assert document.id in looking.names_of_documents("status-list")


def test_whoever_glances_writes_nothing(peopled: SqlStore) -> None:
    document = PublicDocument("https://b.example/never", "status-list", "application/vc", b"one", NOW)
    with pytest.raises(AssertionError, match="writes nothing"), peopled.glancing() as looking:
        looking.put_document(document)
    with peopled.transaction() as tx:
        assert tx.find_document(document.id) is None
