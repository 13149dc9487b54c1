"""What issuing asks and writes in one statement: the same on either database, and all of it or nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from databases import wiped_database as wiped_database

from creditbank.adapters.store import SqlStore
from creditbank.adapters.store.transaction import SqlTransaction
from creditbank.canonical import sha256
from creditbank.ledger import Entry, Lot, LotAlreadyOpen, audit, deposit
from creditbank.services.claim_records import Claim
from creditbank.services.halting_records import Halt
from creditbank.services.holder_records import DidOrigin, LearnerDid, Merger
from creditbank.services.issuing_ports import BeforeIssuing, Signed
from creditbank.services.ports import AlreadyRecorded, UnknownRecord
from creditbank.services.records import (
    Accepts,
    IssuedCredential,
    IssueIntent,
    IssueState,
    KeyState,
    Leaf,
    Learner,
    Organisation,
    OrganisationKey,
    PublicDocument,
    PublishedAchievement,
    Role,
    StoredReceipt,
)
from creditbank.units import CreditAmount, Credits

NOW = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)
BODY = Organisation(
    "urn:uuid:body",
    "Sample College",
    "did:web:one.example",
    frozenset({Role.PROVIDER}),
    ("in-ncrf",),
    "IN",
    True,
    "",
    NOW,
)
OTHER = replace(BODY, id="urn:uuid:other", did="did:web:two.example")
UNIT = PublishedAchievement("urn:a", "1", BODY.id, {"name": "A unit"}, sha256(b"1"), NOW)
KEY = OrganisationKey(BODY.id, "2", "z6MkTwo", True, KeyState.CURRENT, settled=True, announced=NOW, current=NOW)


def a_learner(number: int = 1) -> Learner:
    return Learner(f"urn:uuid:learner-{number}", f"did:key:z6Mk{number}", "Sample Learner", True, NOW)


def signed(number: int, *, learner: int = 1) -> Signed:
    text = b'{"signed":"%d"}' % number
    id, who = f"urn:uuid:credential-{number}", a_learner(learner).id
    made = IssuedCredential(id, BODY.id, who, text, sha256(text), NOW, "https://bank.example/status/one", number)
    return Signed(f"request-{number}", made, Leaf(id, BODY.did, bytes(16), made.digest, None, None))


def an_intent(number: int, *, learner: int = 1) -> IssueIntent:
    made = signed(number, learner=learner)
    id, who = made.credential.id, made.credential.learner
    return IssueIntent(made.request, id, BODY.id, who, UNIT.id, "1", "2026-02-01", number, IssueState.INTENDED, NOW)


def opened(number: int, *, learner: int = 1) -> tuple[Lot, Entry]:
    name = signed(number).credential.id
    lot = Lot.of(
        account=a_learner(learner).id,
        credential=name,
        issuer=BODY.did,
        first_issue=name,
        amount=CreditAmount("in-ncrf", Credits.parse("5")),
        opened=NOW,
    )
    return lot, deposit(lot, request=f"deposit:{name}", at=NOW)


@pytest.fixture
def store(wiped_database: str) -> Iterator[SqlStore]:
    made = SqlStore.open(wiped_database, migrate=True)
    with made.transaction() as tx:
        for body in (BODY, OTHER):
            tx.add_organisation(body)
        for number in (1, 2, 3):
            tx.add_learner(a_learner(number))
        tx.add_achievement(UNIT)
        tx.add_key(KEY)
    yield made
    made.close()


@pytest.mark.parametrize("numbers", [(1,), (1, 2, 3)])
def test_what_was_signed_is_kept_with_its_leaf_and_its_intent(store: SqlStore, numbers: tuple[int, ...]) -> None:
    with store.transaction() as tx:
        assert tx.add_intents([an_intent(one) for one in numbers]) == {f"request-{one}" for one in numbers}
        tx.keep_issued([signed(one) for one in numbers])
    with store.transaction() as tx:
        assert tx.open_intents() == []
        assert tx.credentials_of(a_learner().id) == [signed(one).credential for one in numbers]
        assert tx.unbatched_leaves(9) == [signed(one).leaf for one in numbers]
        assert tx.waiting_leaves().since is not None


@pytest.mark.parametrize("numbers", [(1,), (2, 1)])
@pytest.mark.parametrize("why", ["no intent", "another credential", "kept before", "hidden before"])
def test_what_cannot_be_kept_whole_leaves_nothing(store: SqlStore, why: str, numbers: tuple[int, ...]) -> None:
    refused: type[Exception] = UnknownRecord
    with store.transaction() as tx:
        tx.add_intents([an_intent(one) for one in numbers if (one, why) != (1, "no intent")])
        if why == "kept before":
            tx.add_delivered(replace(signed(1).credential, status_index=9))
            refused = AlreadyRecorded
        elif why == "hidden before":
            tx.add_leaf(signed(1).leaf)
            refused = AlreadyRecorded
        before = tx.open_intents(), tx.credentials_of(a_learner().id), tx.unbatched_leaves(9)
        made = [signed(one) for one in numbers]
        if why == "another credential":
            other = "urn:uuid:credential-9"
            last = made.pop()
            made.append(replace(last, credential=replace(last.credential, id=other)))
        with pytest.raises(refused):
            tx.keep_issued(made)
        assert (tx.open_intents(), tx.credentials_of(a_learner().id), tx.unbatched_leaves(9)) == before


def test_of_intents_those_with_a_free_place_are_written(store: SqlStore) -> None:
    with store.transaction() as tx:
        tx.add_intents([an_intent(1)])
        taken = [replace(an_intent(2), status_index=1), an_intent(1), an_intent(3)]
        assert tx.add_intents(taken) == {"request-3"}
        assert tx.add_intents([]) == frozenset()


@pytest.mark.parametrize("numbers", [(1,), (1, 2, 3)])
def test_lots_are_opened_together_and_once(store: SqlStore, numbers: tuple[int, ...]) -> None:
    """Threat 39: also where one of several stands already, nothing of the others is written."""
    lots = [opened(one, learner=2 - one % 2) for one in numbers]
    with store.transaction() as tx:
        tx.open_lots([opened(9, learner=2)])
        tx.open_lots(lots)
    with store.transaction() as tx:
        before = tx.journal()
        assert len(before[0]) == len(before[1]) == len(numbers) + 1
        for again in (lots[0], (opened(7)[0], replace(lots[0][1], lot=opened(7)[0].id))):
            with pytest.raises(LotAlreadyOpen):
                tx.open_lots([again])
        with pytest.raises(LotAlreadyOpen):
            tx.open_lots([opened(5), opened(6, learner=3), lots[0]])
        assert tx.journal() == before
    for learner in (1, 2):
        with store.transaction() as tx:
            assert list(audit(tx.lots_of(a_learner(learner).id), tx.entries_of(a_learner(learner).id))) == []


def _halted(tx: SqlTransaction, scope: str) -> None:
    tx.add_halt(Halt("urn:uuid:halt", scope, NOW, "operator", "an alarm"))


def _merged(tx: SqlTransaction) -> None:
    tx.add_merger(Merger(a_learner(1).id, a_learner(2).id, NOW))


def _recovered(tx: SqlTransaction) -> None:
    tx.add_did(LearnerDid(a_learner().did, a_learner().id, NOW, None, DidOrigin.RECOVERED))


def _erased(tx: SqlTransaction) -> None:
    tx.erase_learner(a_learner().id, kept=(), when=NOW)


def _moved(tx: SqlTransaction, state: KeyState) -> None:
    assert tx.move_key(KEY.multikey, state, NOW, since=KeyState.CURRENT, settled=True)


DOUBTS: list[tuple[Callable[[SqlTransaction], object], bool, bool]] = [
    (lambda tx: None, False, False),
    (lambda tx: _halted(tx, f"organisation:{OTHER.id}"), False, False),
    (lambda tx: _halted(tx, "redemption"), False, False),
    (lambda tx: _halted(tx, "all"), True, True),
    (lambda tx: _halted(tx, f"organisation:{BODY.id}"), True, True),
    (_merged, True, True),
    (_recovered, True, False),  # what was begun for a DID is finished for it
    (_erased, True, True),
    (lambda tx: _moved(tx, KeyState.RETIRING), True, False),
    (lambda tx: _moved(tx, KeyState.REVOKED), True, True),
    (lambda tx: tx.add_intents([replace(an_intent(1), request="asked")]), True, False),
]


@pytest.mark.parametrize(("change", "issuing", "storing"), DOUBTS)
def test_one_look_says_yes_only_where_nothing_needs_a_closer_one(
    store: SqlStore, change: Callable[[SqlTransaction], object], issuing: bool, storing: bool
) -> None:
    """Threats 28 and 29: whatever may forbid it sends the request to the rules that say so one by one."""
    with store.transaction() as tx:
        change(tx)
    with store.transaction() as tx:
        seen = tx.before_issuing(
            "asked", organisation=BODY.id, learner=a_learner().id, achievement=UNIT.id, version=UNIT.version
        )
        assert seen == (None if issuing else BeforeIssuing(BODY, a_learner(), UNIT, "2", 0))
        accepts = tx.before_storing(KEY.multikey, organisation=BODY.id, learner=a_learner().id)
        assert accepts == (None if storing else Accepts.AUTOMATIC)
        assert (a_learner().id in tx.doubtful_learners([a_learner().id])) == (change in (_merged, _recovered))
        assert (a_learner().id in tx.learners_named([a_learner().id, "urn:x"])) == (change is not _erased)


@pytest.mark.parametrize(
    "wrong", [{"organisation": OTHER.id}, {"learner": "urn:x"}, {"achievement": "urn:x"}, {"version": "2"}]
)
def test_what_is_unknown_or_anothers_is_looked_at_closely(store: SqlStore, wrong: dict[str, str]) -> None:
    asked = {"organisation": BODY.id, "learner": a_learner().id, "achievement": UNIT.id, "version": "1"}
    with store.transaction() as tx:
        tx.add_intents([an_intent(4)])
        assert tx.before_issuing("asked", **{**asked, **wrong}) is None
        seen = tx.before_issuing("asked", **asked)
        assert seen is not None
        assert seen.last_place == 4
        assert tx.before_storing(KEY.multikey, organisation=OTHER.id, learner=a_learner().id) is None
        assert tx.before_storing("z6MkNone", organisation=BODY.id, learner=a_learner().id) is None


def test_an_answer_that_a_version_before_kept_elsewhere_is_the_first_answer(store: SqlStore) -> None:
    """Threat 38: also for another request under its name."""
    claim = Claim("api:name", sha256(b"asked"), NOW, "holder", NOW + timedelta(seconds=9))
    with store.transaction() as tx:
        tx.put_answer("answer:api:name", claim.asked, b"before")
        standing = tx.claim(claim)
        assert (standing.answer, standing.asked, standing.lasting) == (b"before", claim.asked, True)
    with store.transaction() as tx:
        assert tx.claim(replace(claim, asked=sha256(b"other"))) == standing
        assert tx.claim(replace(claim, name="api:another")).answer is None


def test_of_a_learner_who_was_erased_meanwhile_no_answer_is_written(store: SqlStore) -> None:
    for number, leaves in ((1, True), (2, False)):
        claim = Claim(f"api:{number}", sha256(b"asked"), NOW, "holder", NOW, subject=a_learner(number).id)
        with store.transaction() as tx:
            tx.claim(claim)
            if leaves:
                tx.erase_learner(a_learner(number).id, kept=(), when=NOW)
                tx.claim(claim)
            told = tx.answer_claim(replace(claim, answer=b"it says who", answered=NOW))
            assert (told.answer is None) == leaves
            assert (tx.claim(claim).answer is None) == leaves


def test_receipts_are_found_by_what_hashes_to_a_digest(store: SqlStore) -> None:
    made, other = signed(1), signed(2)
    receipts = [StoredReceipt(one.credential.id, {"of": one.credential.id}, final=True) for one in (made, other)]
    digests = [one.credential.digest for one in (made, other)]
    with store.transaction() as tx:
        tx.add_intents([an_intent(1), an_intent(2, learner=2)])
        tx.keep_issued([made, signed(2, learner=2)])
        tx.put_receipts([replace(one, final=False) for one in receipts])
        tx.put_receipts(receipts)
        tx.put_receipts([])
        assert tx.receipts_of(digests[:1]) == receipts[:1]
        assert sorted(tx.receipts_of(digests), key=lambda one: one.credential) == receipts
        assert tx.receipts_of([]) == tx.receipts_of([sha256(b"unknown")]) == []
        assert tx.stored_texts([made.credential.id, "urn:x"]) == {made.credential.id: made.credential.signed}
        tx.erase_learner(a_learner(2).id, kept=(), when=NOW)
        assert tx.receipts_of(digests[1:]) == []
        assert tx.stored_texts([other.credential.id]) == tx.stored_texts([]) == {}


def test_documents_come_with_the_names_of_all_of_a_kind(store: SqlStore) -> None:
    one, two = (PublicDocument(id, kind, "text/plain", b"x", NOW) for id, kind in (("a", "register"), ("b", "did")))
    with store.transaction() as tx:
        tx.put_document(one)
        tx.put_document(two)
        assert tx.documents_and_names(["a", "b", "c"], "register") == ([one, two], ["a"])
        assert tx.documents_and_names(["b"], "register") == ([two], ["a"])
        assert tx.documents_and_names([], "other") == ([], [])
        assert tx.awards_named(["a", "b"]) == tx.awards_named([]) == []
