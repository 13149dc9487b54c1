"""A learner leaves: what is deleted, what stays, and that it proves the others still."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from crashes import Interrupted, interrupt
from databases import database as database
from sqlalchemy import create_engine, select
from worlds import CERTIFICATE, evaluated, unit

from creditbank.adapters.store import SqlStore
from creditbank.adapters.store.archive import restore_database, take_backup
from creditbank.adapters.store.engine import read_url
from creditbank.adapters.store.rows import reflected, tables_of
from creditbank.adapters.store.tables_moving import former_receipts
from creditbank.anchoring import Receipt, entry
from creditbank.canonical import load_object, sha256
from creditbank.errors import CreditBankError
from creditbank.ledger import LotState, audit
from creditbank.merkle import MerkleTree
from creditbank.services.bulk import PART
from creditbank.services.bulk_records import BulkForm, BulkState
from creditbank.services.claim_records import Claim
from creditbank.services.erasing import Erasing, ErasureNotConfirmed, ErasureNotYet
from creditbank.services.grant_records import Grant, GrantToken, TokenUse
from creditbank.services.membership import AT_THE_MACHINE
from creditbank.services.ports import UnknownRecord
from creditbank.services.rights import Scope
from creditbank.services.shares import NoSuchShare
from creditbank.services.signatures import HOLDER_LABELS
from creditbank.services.standing_records import ApplicationState, AwardFlag, FlagPolicy, FlagState
from creditbank.services.trail import Trail
from creditbank.signing import TokenProfile

NAME = "Canary Wagtail"
RESULT = "canary-result-71"


@pytest.fixture
def peopled(world):
    """A learner with a canary's name and result, and another one in the same batch."""
    world.unit = unit("a")
    world.publish(world.unit)
    world.leaver = world.bank.registering.register_learner(name=NAME, sample=False)
    world.left = issue(world, world.leaver, "leaver", RESULT)
    world.stays = issue(world, world.learner, "other")
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    return world


def issue(world, learner, request, result=None):
    return world.bank.issuing.issue(
        request,
        organisation=world.university.id,
        learner=learner.id,
        achievement=world.unit.id,
        version=world.unit.version,
        earned=date(2025, 6, 2),
        result=result,
    )


def erase(world):
    return world.bank.erasing.erase(world.leaver.id, confirm=world.leaver.did, actor="operator", why="at their wish")


def test_what_was_somebodys_is_gone_to_the_last_byte(peopled):
    """Threat 47: name, credential, salt, receipt and key; in the database file as well."""
    with peopled.bank.store.transaction() as tx:
        salt = tx.leaf_of(peopled.left.id).salt
        assert tx.find_receipt(peopled.left.id) is not None
    share = peopled.bank.shares.share(
        "s", learner=peopled.leaver.id, credentials=[peopled.left.id], audience="canary-reader", purpose="canary-why"
    )
    erase(peopled)
    with pytest.raises(NoSuchShare):
        peopled.bank.shares.open(share.token)
    for ask in (peopled.bank.sharing.account, lambda id: peopled.bank.shares.preview(share.share.id, learner=id)):
        with pytest.raises(UnknownRecord):
            ask(peopled.leaver.id)
    with peopled.bank.store.transaction() as tx:
        assert tx.find_credential(peopled.left.id) is None
        assert tx.find_receipt(peopled.left.id) is None
        assert tx.find_learner_by_did(peopled.leaver.did) is None
        assert tx.leaf_of(peopled.left.id).salt == b""
        assert peopled.bank.holding.key_of(tx, peopled.leaver.id, peopled.leaver.did) is None
    peopled.bank.close()
    kept = b"".join(file.read_bytes() for file in peopled.home.glob("*.db*") if "chain" not in file.name)
    proof = load_object(peopled.left.signed)["proof"]["proofValue"].encode()
    for canary in (NAME, RESULT, peopled.leaver.did, "canary-reader", "canary-why"):
        assert canary.encode() not in kept, canary
    assert salt not in kept
    assert proof not in kept
    peopled.reopen()


def test_the_log_of_writes_says_nothing_either_while_the_bank_goes_on(peopled):
    """Threat 47: SQLite keeps pages as they were in a file beside its own until somebody begins that file anew."""
    before = b"".join(file.read_bytes() for file in peopled.home.glob("store.db*"))
    assert NAME.encode() in before
    erase(peopled)
    for file in peopled.home.glob("store.db*"):
        for canary in (NAME, RESULT, peopled.leaver.did):
            assert canary.encode() not in file.read_bytes(), (file.name, canary)


def test_the_batch_still_proves_the_others(peopled):
    """Threat 47: from the receipt of another, and from the leaves that the bank keeps."""
    erase(peopled)
    (report,) = peopled.bank.verifying.verify([load_object(peopled.stays.signed)])
    assert (report.verdict, report.check("anchor.included").outcome) == ("accepted", "passed")
    with peopled.bank.store.transaction() as tx:
        receipt = Receipt.parse(tx.find_receipt(peopled.stays.id).document)
        leaf = tx.leaf_of(peopled.stays.id)
        batch, leaves = tx.get_batch(leaf.batch), tx.leaves_of(leaf.batch)
    tree = MerkleTree.of([one.entry or entry(one.issuer, one.salt, one.digest) for one in leaves])
    assert (tree.root, tree.size) == (batch.root, batch.size)
    assert receipt.root == batch.root
    assert len(leaves) == 2


def test_what_was_not_final_becomes_final_without_the_one_who_left(world):
    """Threat 47: erased between sealing and anchoring."""
    world.unit = unit("a")
    world.publish(world.unit)
    world.leaver = world.bank.registering.register_learner(name=NAME, sample=False)
    left = issue(world, world.leaver, "leaver")
    stays = issue(world, world.learner, "other")
    world.bank.anchoring.seal()
    unsealed = issue(world, world.leaver, "later", "B")
    erase(world)
    world.bank.anchoring.settle()
    with world.bank.store.transaction() as tx:
        assert tx.leaf_of(unsealed.id) is None
        assert tx.find_receipt(left.id) is None
        assert tx.find_receipt(stays.id).final
    world.bank.anchoring.seal()
    (report,) = world.bank.verifying.verify([load_object(stays.signed)])
    assert report.verdict == "accepted"


def test_free_credits_lapse_and_the_ledger_stays_whole(peopled):
    with peopled.bank.store.transaction() as tx:
        before = tx.entries_of(peopled.leaver.id)
    erase(peopled)
    with peopled.bank.store.transaction() as tx:
        after = tx.entries_of(peopled.leaver.id)
        (lot,) = tx.lots_of(peopled.leaver.id)
    assert after[: len(before)] == before, "what happened is never edited"
    assert (after[-1].kind, lot.state, str(lot.available)) == ("revoke", LotState.REVOKED, "0")


def test_a_place_in_a_status_list_says_what_it_said(peopled):
    body = peopled.university.id
    peopled.bank.issuing.revoke(peopled.left.id, by=body, reason="canary-reason")
    erase(peopled)
    with peopled.bank.store.transaction() as tx:
        assert peopled.left.status_index in tx.revoked_indices(peopled.left.status_list)
        assert tx.taken_places(body, [peopled.left.status_index]) == {peopled.left.status_index}


def test_erasing_needs_the_identifier_once_more_and_is_done_once(peopled):
    with pytest.raises(ErasureNotConfirmed):
        peopled.bank.erasing.erase(peopled.leaver.id, confirm=peopled.learner.did, actor="x")
    with pytest.raises(UnknownRecord):
        peopled.bank.erasing.erase("urn:uuid:nobody", confirm="x", actor="x")
    assert peopled.bank.sharing.account(peopled.leaver.id).lots
    first = erase(peopled)
    assert erase(peopled) == first
    told = [entry for entry in peopled.bank.trail.entries() if entry.action == "learner.erase"]
    assert [(entry.object, entry.why) for entry in told] == [(peopled.leaver.id, "at their wish")]
    with pytest.raises(UnknownRecord):
        issue(peopled, peopled.leaver, "afterwards")
    assert peopled.bank.issuing.resume() == []


def test_an_award_stays_with_its_university(world):
    world.fill()
    award = world.bank.awarding.award("a", evaluation=evaluated(world).id, by=world.university.id)
    done = world.bank.erasing.erase(world.learner.id, confirm=world.learner.did, actor="operator")
    assert done.kept == (award.id,)
    kept = world.bank.awarding.get(award.id)
    assert (kept.signed, kept.proof) == (award.signed, award.proof)
    assert set(world.bank.kits.of_award(kept).files) >= {"award.json", "award.proof.json"}
    assert not [name for name in world.bank.kits.of_award(kept).files if name.startswith("credentials/")]
    with world.bank.store.transaction() as tx:
        assert [one.id for one in tx.credentials_of(world.learner.id)] == [award.id]
        assert tx.get_evaluation(award.evaluation)


def test_while_an_award_is_made_nothing_is_erased(world, monkeypatch):
    world.fill()
    record = evaluated(world)
    with monkeypatch.context() as patch:
        interrupt(patch, world.bank.awarding, "_spend")
        with pytest.raises(Interrupted):
            world.bank.awarding.award("a", evaluation=record.id, by=world.university.id)
    with pytest.raises(ErasureNotYet):
        world.bank.erasing.erase(world.learner.id, confirm=world.learner.did, actor="operator")
    assert len(world.bank.sharing.account(world.learner.id).lots) == 10


def test_what_a_learner_applied_with_and_for_is_gone(peopled):
    """Threat 47: the signed application holds credentials and says why; with it goes the evaluation it was made on."""
    university = peopled.university.id
    shown, _ = peopled.bank.evaluating.evaluate(
        learner=peopled.leaver.id, qualification=CERTIFICATE, organisation=university
    )
    applied = peopled.bank.applying.submit(
        "app", learner=peopled.leaver.id, organisation=university, qualification=CERTIFICATE, evaluation=shown.id
    )
    peopled.bank.applying.decide(applied.id, ApplicationState.MORE_WANTED, by=university, reason="canary-reason")
    proof = load_object(applied.signed)["proof"]["proofValue"].encode()
    erase(peopled)
    with pytest.raises(UnknownRecord), peopled.bank.store.transaction() as tx:
        tx.get_evaluation(shown.id)
    peopled.bank.close()
    kept = b"".join(file.read_bytes() for file in peopled.home.glob("*.db*") if "chain" not in file.name)
    for canary in (proof, b"canary-reason", RESULT.encode(), peopled.leaver.did.encode()):
        assert canary not in kept, canary
    peopled.reopen()


def test_an_account_that_was_merged_into_it_goes_with_it(peopled):
    """Threat 47: its name, identifier and key belong to the same person."""
    bank, other = peopled.bank, peopled.bank.registering.register_learner(name="Canary Wren")
    bank.merging.merge(bank.merging.code(other.id), into=peopled.leaver.id)
    erase(peopled)
    assert not [label for label in HOLDER_LABELS if bank.vault.find_key(other.id, label)]
    with pytest.raises(UnknownRecord), bank.store.transaction() as tx:
        tx.get_learner(other.id)
    peopled.bank.close()
    kept = b"".join(file.read_bytes() for file in peopled.home.glob("*.db*") if "chain" not in file.name)
    for canary in (NAME, "Canary Wren", other.did):
        assert canary.encode() not in kept, canary
    peopled.reopen()


# everything, on both databases


NUMBER = "canary-number"
KEPT_ANSWERS = {"canary-own", "canary-issuing", "canary-did", "canary-older"}
WORDS = {
    *("canary-cell", "canary-comment", "canary-consent", "canary-flag", "canary-grade", "canary-other"),
    *("canary-pause", "canary-reader", "canary-reason", "canary-result", "canary-return", "canary-roll"),
    *("canary-statement", "canary-why"),
}


def canaries(rows):
    return set(re.findall(r"canary-[a-z]+", repr(rows)))


def everything(world):
    """A learner of whom something stands in every table that keeps words about people."""
    bank, body, leaver = world.bank, world.university.id, world.leaver
    world.second = issue(world, leaver, "second", "canary-grade")
    enrolled = bank.enrolling.enrol(body, number="canary-number", name="canary-roll")
    bank.enrolling.claim(leaver.id, bank.enrolling.code(enrolled.id, by=body).code)
    bank.shares.share(
        "s", learner=leaver.id, credentials=[world.left.id], audience="canary-reader", purpose="canary-why", pin="4711"
    )
    bank.shares.consent("c", learner=leaver.id, organisation=body, purpose="canary-consent")
    bank.endorsing.issue("e", organisation=world.rival.id, endorsed=world.left.id, comment="canary-comment")
    bank.issuing.revoke(world.second.id, by=body, reason="canary-reason")
    bank.suspending.suspend(world.left.id, by=body, reason="canary-pause")
    bank.suspending.reinstate(world.left.id, by=body, reason="canary-return")
    rows = [
        f"{leaver.did},{world.unit.id},{world.unit.version},2026-06-31,canary-cell",
        "canary-number,nothing,1,2026-06-30,canary-other",
    ]
    table = "\n".join(["learner,achievement,version,earned,result", *rows]).encode()
    upload = bank.bulk.receive("b", organisation=body, form=BulkForm.CSV, parts=[table], queued=False)
    assert bank.bulk.rehearse(upload.id).faulty == 2
    bank.bulk.receive("unread", organisation=body, form=BulkForm.CSV, parts=[table + b"\ncanary-number"], queued=False)
    with bank.store.transaction() as tx:
        lot = tx.lot_opened_by(world.left.id)
        words = {"reason": "canary-flag", "statement": "canary-statement"}
        ids = {"learner": leaver.id, "lot": lot.id, "credential": world.left.id, "organisation": body}
        kind = {"policy": FlagPolicy.FLAG, "state": FlagState.OPEN, "at": bank.clock.now()}
        tx.add_flag(AwardFlag(id="urn:uuid:f", award="elsewhere", **ids, **kind, **words))
        for name, answer, subject in (
            ("own", "canary-own", leaver.id),
            ("issuing", f"canary-issuing {world.left.id}", body),
            ("by-did", f"canary-did {leaver.did}", body),
            ("from-an-older-version", f"canary-older {leaver.id}", None),
            ("others", "of somebody else", body),
        ):
            now = bank.clock.now()
            claim = Claim(name, sha256(b""), now, "p", now, answer.encode(), now, subject=subject)
            tx.claim(replace(claim, answer=None, answered=None))
            tx.answer_claim(claim)
    return bank


def rows_of(url):
    engine = create_engine(read_url(url))
    try:
        with engine.connect() as connection:
            tables = tables_of(reflected(connection))
            return {each.name: [dict(row._mapping) for row in connection.execute(select(each))] for each in tables}
    finally:
        engine.dispose()


def test_no_table_of_either_database_says_anything_of_whoever_left(peopled, database, tmp_path):
    """Threat 47: answers that are kept for repetitions, flags, faulty rows of tables, what others said, in one act."""
    bank, leaver = everything(peopled), peopled.leaver
    bank.anchoring.seal()
    take_backup(bank.settings.database_url, tmp_path / "b.zip", files={}, now=bank.clock.now(), version="1")
    restore_database(tmp_path / "b.zip", database, lambda tx: None)
    assert canaries(rows_of(database)) == {*KEPT_ANSWERS, *WORDS, NUMBER}
    store = SqlStore.open(database)
    erasing = Erasing(store, bank.vault, Trail(store, bank.clock), bank.clock)
    erasing.erase(leaver.id, confirm=leaver.did, actor=f"learner:{leaver.id}", why="canary-goodbye")
    found = rows_of(database)
    for gone in (NAME, leaver.did, repr(bytes(peopled.left.digest))[2:-1], "$argon2id$"):
        assert gone not in repr(found), gone
    assert canaries(found) == {NUMBER}, "a provider's own number for somebody stays the provider's"
    assert [row["name"] for row in found["claims"]] == ["others"]
    assert found["doomed_keys"] == []
    assert Trail(store, bank.clock).audit() == []
    with store.transaction() as tx:
        held, entries, heads = tx.journal()
        assert audit(held, entries, heads=heads) == []
        assert tx.endorsements_of(peopled.left.id) == tx.open_endorsements() == []
    store.close()
    for file in tmp_path.glob("store.db*"):
        assert b"canary-s" not in file.read_bytes()
        assert leaver.did.encode() not in file.read_bytes()


def test_tokens_of_a_credential_and_receipts_of_former_chains_go_with_it(peopled):
    """Threat 47: each form of what somebody earned, and what shows where it was anchored, wherever that was."""
    bank, ids = peopled.bank, [peopled.left.id, peopled.stays.id]
    named = {}
    for id in ids:
        one = bank.tokens.hand_out(id, by=peopled.university.id, profile=TokenProfile.VC_JOSE)
        named[id] = one.name
    with bank.store.transaction() as tx:
        for id in ids:
            former = {"credential": id, "chain_id": 4711, "document": tx.find_receipt(id).document}
            tx._connection.execute(former_receipts.insert(), former)
    erase(peopled)
    with bank.store.transaction() as tx:
        assert [tx.find_form(named[id]) is not None for id in ids] == [False, True]
        assert [one.credential for one in tx.former_receipts(ids)] == [peopled.stays.id]


def test_what_programs_were_let_do_in_the_account_ends_with_it(peopled):
    """Threat 47: a client's token is no way back, and what others were let do goes on."""
    bank, leaver = peopled.bank, peopled.leaver
    now, hashes = bank.clock.now(), [sha256(b"a token"), sha256(b"another")]
    with bank.store.transaction() as tx:
        body, stays = tx.get_credential(peopled.left.id).organisation, bank.registering
    scopes = [Scope.CREDENTIALS_READ]
    client, _ = bank.access.make_token("c", organisation=body, label="A program", scopes=scopes, by=AT_THE_MACHINE)
    other = stays.register_learner(name="Another", sample=True)
    with bank.store.transaction() as tx:
        for number, (whose, hash) in enumerate(zip((leaver.id, other.id), hashes, strict=True)):
            tx.add_grant(Grant(f"grant-{number}", client.id, whose, None, frozenset({Scope.ACCOUNT_READ}), now))
            tx.add_grant_token(GrantToken(hash, f"grant-{number}", TokenUse.ACCESS, now, now + timedelta(hours=1)))
    erase(peopled)
    with bank.store.transaction() as tx:
        assert [tx.find_grant_token(one) is not None for one in hashes] == [False, True]
        assert [tx.get_grant(f"grant-{number}").revoked is not None for number in (0, 1)] == [True, False]


def test_a_crash_before_the_erasure_is_written_leaves_the_account_whole_with_its_keys(peopled, monkeypatch):
    """Threat 27."""
    with monkeypatch.context() as patch:
        interrupt(patch, type(peopled.bank.trail), "tell")
        with pytest.raises(Interrupted):
            erase(peopled)
    bank, leaver = peopled.reopen(), peopled.leaver
    bank.resume()
    with bank.store.transaction() as tx:
        assert tx.erased_at(leaver.id) is None
        assert bank.holding.key_of(tx, leaver.id, leaver.did) is not None
    assert bank.sharing.present(leaver.id, [peopled.left.id], challenge="c", domain="d")


def test_a_crash_after_it_leaves_keys_that_the_next_run_destroys(peopled, monkeypatch):
    """Threat 27: nothing half done that nobody finishes."""
    bank, leaver = peopled.bank, peopled.leaver
    bank.holding.renew(leaver.id)
    with monkeypatch.context() as patch:
        interrupt(patch, type(bank.vault), "forget_key", after=1)
        with pytest.raises(Interrupted):
            bank.erasing.erase(leaver.id, confirm=bank.sharing.account(leaver.id).learner.did, actor="operator")
    bank = peopled.reopen()
    with bank.store.transaction() as tx:
        assert tx.erased_at(leaver.id) is not None
        assert tx.doomed_keys() == [leaver.id]
    assert [bank.vault.find_key(leaver.id, label) for label in HOLDER_LABELS] != [None] * len(HOLDER_LABELS)
    bank.resume()
    assert [bank.vault.find_key(leaver.id, label) for label in HOLDER_LABELS] == [None] * len(HOLDER_LABELS)
    assert bank.erasing.finish() == []


def test_what_a_provider_asked_for_is_not_issued_anew_to_nobody(peopled):
    """The answer that was kept is gone; whoever asks again under the first request is told, and nothing is done."""
    erase(peopled)
    with pytest.raises(CreditBankError):
        issue(peopled, peopled.leaver, "leaver", RESULT)
    with peopled.bank.store.transaction() as tx:
        assert tx.find_credential(peopled.left.id) is None


def test_a_table_that_nobody_read_yet_is_refused_when_somebody_it_names_leaves(peopled):
    """Threat 47: by number, plain or as JSON spells it, by DID, across the cut between two parts; no other table."""
    bank, body, rival, leaver = peopled.bank, peopled.university.id, peopled.rival.id, peopled.leaver
    number = "n-\u00e47"
    enrolled = bank.enrolling.enrol(body, number=number, name="A name")
    bank.enrolling.claim(leaver.id, bank.enrolling.code(enrolled.id, by=body).code)
    cut = b"learner\n" + b"x" * (PART - 20) + b"\n" + leaver.did.encode() + b",a\n"
    tables = {
        "plain": (body, f"learner\n{number},a\n".encode(), True),
        "escaped": (body, json.dumps([{"learner": number}]).encode(), True),
        "cut": (rival, cut, True),
        "longer": (body, f"learner\n{number}1,a\n".encode(), False),
        "anothers number": (rival, f"learner\n{number},a\n".encode(), False),
    }
    sent = {
        name: bank.bulk.receive(name, organisation=of, form=BulkForm.CSV, parts=[content], queued=False).id
        for name, (of, content, _) in tables.items()
    }
    erase(peopled)
    for name, (of, _, named) in tables.items():
        upload = bank.bulk.get(sent[name], organisation=of)
        assert (upload.state is BulkState.REFUSED) == named, name
        assert ("account erased" in upload.why) == named
        with bank.store.transaction() as tx:
            assert (tx.find_part(upload.id, 1) is None) == named
        assert not named or bank.bulk.rehearse(upload.id) == upload, "there is nothing more to read"
