"""Taking a person out of every table, so that what stays says nothing of them (threat 47).

Stay: the account's number and its lots and entries, whose chain of hashes goes on; the places in status lists, which
are never given to anybody else; the entry of each leaf, a hash under a salt that is gone, so that the batch still
proves the others; and awards, which are their universities' records.
"""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Table, Text, cast, delete, func, or_, select, update

from creditbank.adapters.store.session import Tables
from creditbank.adapters.store.tables import (
    answers,
    awards,
    credentials,
    document_versions,
    documents,
    endorsements,
    evaluations,
    forms,
    intents,
    joint_evaluations,
    learners,
    leaves,
    lots,
    receipts,
    suspensions,
    tokens,
)
from creditbank.adapters.store.tables_bulk import upload_parts, upload_rows, uploads
from creditbank.adapters.store.tables_claims import claims
from creditbank.adapters.store.tables_grants import grant_tokens, grants
from creditbank.adapters.store.tables_holders import (
    claim_tries,
    confirmations,
    deposited,
    doomed_keys,
    enrolments,
    holder_challenges,
    learner_dids,
    offers,
    waiting,
)
from creditbank.adapters.store.tables_ledger import notices, redemption_uses, redemptions
from creditbank.adapters.store.tables_moving import former_receipts
from creditbank.adapters.store.tables_shares import consents, shares
from creditbank.adapters.store.tables_standing import application_steps, applications, award_flags, reversals
from creditbank.anchoring import entry
from creditbank.canonical import Digest, sha256
from creditbank.services.bulk_records import NAMED_ERASED, BulkState
from creditbank.services.holder_records import OfferState, WaitingState
from creditbank.services.records import IssueState
from creditbank.services.standing_records import ApplicationState

_NOTHING = Digest(bytes(32))
PORTION = 50
UNREAD = (BulkState.RECEIVING, BulkState.RECEIVED)
LONGEST_WORD = 4096
"""A table is kept in parts that may cut a word in two: so much of the part before is looked at again."""


class Erasures(Tables):
    """The part of `ports.Transaction` that takes a person out."""

    def erased_at(self, learner: str) -> datetime | None:
        query = select(learners.c.erased).where(learners.c.id == learner)
        return self._connection.scalars(query).one_or_none()

    def erase_learner(self, learner: str, *, kept: Collection[str], when: datetime) -> int:
        """Awards (`kept`, ids of credentials) stay. Returns how many credentials were deleted."""
        if self._connection.dialect.name == "sqlite":  # or it would leave the bytes in the file, on pages it calls free
            self._connection.exec_driver_sql("PRAGMA secure_delete=ON")
        ids = self._erase_credentials(learner, kept, when)
        said = [learner, *self._dids_of(learner), *ids]
        self._erase_answers(learner, said)
        self._erase_bulk(learner, said)
        self._refuse_unread(learner, when)
        self._erase_documents(learner, kept)
        self._erase_held(learner, when)
        self._erase_applied(learner, kept)
        self._erase_taken_back(learner)
        self._erase_weighed(learner)
        for table, of in ((notices, notices.c.audience == f"learner:{learner}"), (tokens, tokens.c.subject == learner)):
            self._drop(table, of)
        self._end_grants(learner, when)
        self._set(award_flags, award_flags.c.learner == learner, reason="", statement="", decision="")
        self._set(shares, shares.c.learner == learner, pin="")
        for table in (shares, consents):
            self._set(table, (table.c.learner == learner) & table.c.withdrawn.is_(None), withdrawn=when)
            self._set(table, table.c.learner == learner, audience="", purpose="")
        nobody = {"name": "", "did": f"erased:{learner}", "person": None, "sample": False, "erased": when}
        self._set(learners, learners.c.id == learner, **nobody)
        self._insert_new(doomed_keys, {"learner": learner, "since": when})
        return len(ids)

    def doomed_keys(self) -> list[str]:
        return list(self._connection.scalars(select(doomed_keys.c.learner).order_by(doomed_keys.c.since)))

    def keys_are_gone(self, learner: str) -> None:
        self._drop(doomed_keys, doomed_keys.c.learner == learner)

    def _erase_credentials(self, learner: str, kept: Collection[str], when: datetime) -> list[str]:
        mine = (credentials.c.learner == learner) & credentials.c.erased.is_(None)
        ids = [id for id in self._connection.scalars(select(credentials.c.id).where(mine)) if id not in kept]
        names = [*ids, *self._connection.scalars(select(forms.c.name).where(forms.c.credential.in_(ids)))]
        names += self._erase_endorsements(ids)
        self._forget_leaves(names)
        self._drop(receipts, receipts.c.credential.in_(names))
        self._drop(former_receipts, former_receipts.c.credential.in_(names))
        self._drop(forms, forms.c.credential.in_(ids))
        self._set(suspensions, suspensions.c.credential.in_(ids), reason="")
        for id in ids:
            digest = sha256(b"creditbank/erased/v1\n" + id.encode())
            self._set(credentials, credentials.c.id == id, signed=b"", digest=digest, erased=when)
        self._set(credentials, credentials.c.id.in_(ids) & credentials.c.revoked.is_not(None), revocation_reason="")
        others = (intents.c.learner == learner) & intents.c.credential.not_in(list(kept))
        self._drop(intents, others & (intents.c.state == IssueState.INTENDED))
        self._set(intents, others, achievement="", achievement_version="", earned="1970-01-01", besides=None)
        return ids

    def _erase_endorsements(self, ids: Collection[str]) -> list[str]:
        """What bodies said of these credentials; the place in the status list stays taken. Returns their ids."""
        about = endorsements.c.endorsed.in_(ids)
        found = list(self._connection.scalars(select(endorsements.c.id).where(about)))
        for id in found:
            digest = sha256(b"creditbank/erased/v1\n" + id.encode())
            emptied = {"endorsed": "", "name": "", "comment": "", "signed": b"", "digest": digest}
            self._set(endorsements, endorsements.c.id == id, **emptied)
        revoked = endorsements.c.id.in_(found) & endorsements.c.revoked.is_not(None)
        self._set(endorsements, revoked, revocation_reason="")
        return found

    def _erase_answers(self, learner: str, said: Sequence[str]) -> None:
        """Answers that are kept for those who ask again: all of the learner's own, and others that mention them.

        A lasting one stays: it names an award that stays, or lots, by their numbers.
        """
        own = (claims.c.subject == learner) & claims.c.answer.is_not(None)  # what asks for this very act goes on
        self._drop(claims, own)
        for some in _portions(said):
            self._drop(claims, claims.c.lasting.is_(False) & self._mentions(claims.c.answer, some))
            self._drop(answers, self._mentions(answers.c.answer, some))

    def _erase_bulk(self, learner: str, said: Sequence[str]) -> None:
        """The rows of tables about somebody, also the faulty ones, whose cells were kept to be mended."""
        about = upload_rows.c.learner == learner
        numbers = select(enrolments.c.organisation, enrolments.c.number).where(enrolments.c.learner == learner)
        cells = cast(upload_rows.c.cells, Text)
        for organisation, number in self._connection.execute(numbers).all():
            its = upload_rows.c.upload.in_(select(uploads.c.id).where(uploads.c.organisation == organisation))
            about |= its & cells.contains(f'"{number}"', autoescape=True)
        for some in _portions(said):
            about |= or_(*(cells.contains(each, autoescape=True) for each in some))
        self._set(upload_rows, about, cells={}, learner=None, why="")

    def _refuse_unread(self, learner: str, when: datetime) -> None:
        """Tables of which nothing is read yet, and that name somebody: the bytes go, and the provider is told why."""
        words = [learner, *self._dids_of(learner)]
        numbers = select(enrolments.c.organisation, enrolments.c.number).where(enrolments.c.learner == learner)
        its = self._connection.execute(numbers).all()
        unread = select(uploads.c.id, uploads.c.organisation).where(uploads.c.state.in_(UNREAD))
        for upload, organisation in self._connection.execute(unread).all():
            looked_for = [*words, *(number for body, number in its if body == organisation)]
            if self._says(upload, looked_for):
                self._drop(upload_parts, upload_parts.c.upload == upload)
                refused = {"state": BulkState.REFUSED, "why": NAMED_ERASED, "ended": when}
                self._set(uploads, uploads.c.id == upload, **refused)

    def _says(self, upload: str, words: Sequence[str]) -> bool:
        """Whether the bytes of a table hold one of these as a whole word, plain or as JSON spells it."""
        spelt = {form.encode() for word in words for form in (word, json.dumps(word)[1:-1])}
        found = re.compile(rb"(?<![0-9A-Za-z])(?:" + b"|".join(map(re.escape, sorted(spelt))) + rb")(?![0-9A-Za-z])")
        query = select(upload_parts.c.content).where(upload_parts.c.upload == upload).order_by(upload_parts.c.number)
        before = b""
        with closing(self._connection.scalars(query, execution_options={"yield_per": 1})) as parts:
            for part in parts:
                if found.search(before + part):
                    return True
                before = part[-LONGEST_WORD:]
        return False

    def _end_grants(self, learner: str, when: datetime) -> None:
        """What clients of OAuth were let do in the account."""
        its = grants.c.subject == learner
        self._drop(grant_tokens, grant_tokens.c.grant.in_(select(grants.c.id).where(its)))
        self._set(grants, its & grants.c.revoked.is_(None), revoked=when)

    def _mentions(self, column: Column[bytes], words: Sequence[str]) -> ColumnElement[bool]:
        """Whether the JSON of a column of bytes holds one of these."""
        sqlite = self._connection.dialect.name == "sqlite"
        text = cast(column, Text) if sqlite else func.encode(column, "escape")
        return or_(*(text.contains(word, autoescape=True) for word in words))

    def _forget_leaves(self, names: Collection[str]) -> None:
        """A leaf keeps its entry, which proves the others; one that no batch has taken goes."""
        self._drop(leaves, leaves.c.credential.in_(names) & leaves.c.batch.is_(None))
        found = select(leaves.c.row, leaves.c.issuer, leaves.c.salt, leaves.c.digest)
        for row in self._connection.execute(found.where(leaves.c.credential.in_(names))).all():
            said = entry(row.issuer, row.salt, row.digest)
            self._set(leaves, leaves.c.row == row.row, entry=said, salt=b"", digest=_NOTHING)

    def _erase_documents(self, learner: str, kept: Collection[str]) -> None:
        """Documents of a learner's identifiers, and exceptions that name one; with an award its papers stay."""
        dids = self._dids_of(learner)
        for table in (documents, document_versions):
            self._drop(table, table.c.id.in_(dids))
        if kept:
            return
        exceptions = select(documents.c.id, documents.c.content).where(documents.c.kind.like("exception%"))
        for row in self._connection.execute(exceptions).all():
            if any(did.encode() in bytes(row.content) for did in dids):
                self._drop(documents, documents.c.id == row.id)

    def _dids_of(self, learner: str) -> list[str]:
        today = select(learners.c.did).where(learners.c.id == learner)
        before = select(learner_dids.c.did).where(learner_dids.c.learner == learner)
        return [*self._connection.scalars(today), *self._connection.scalars(before)]

    def _erase_held(self, learner: str, when: datetime) -> None:
        """What a learner brought, was offered, and goes by; a provider's own number for somebody stays its own."""
        known = select(enrolments.c.id).where(enrolments.c.learner == learner)
        asked = waiting.c.enrolment.in_(known)
        self._set(waiting, asked & (waiting.c.state == WaitingState.WAITING), state=WaitingState.WITHDRAWN)
        self._set(waiting, asked, asked={}, why="")
        self._set(enrolments, enrolments.c.learner == learner, learner=None, claimed=None, name="")
        self._set(offers, offers.c.learner == learner, why="")
        still = (offers.c.learner == learner) & (offers.c.state == OfferState.OFFERED)
        self._set(offers, still, state=OfferState.DECLINED, decided=when)
        dids = select(learner_dids.c.did).where(learner_dids.c.learner == learner)
        self._drop(confirmations, confirmations.c.did.in_(dids))
        for table in (learner_dids, claim_tries, holder_challenges, deposited):
            self._drop(table, table.c.learner == learner)

    def _erase_applied(self, learner: str, kept: Collection[str]) -> None:
        """What a learner applied with, and what was said of it; with an award, the application stays as the consent."""
        mine, used = applications.c.learner == learner, select(awards.c.evaluation).where(awards.c.learner == learner)
        others = mine & (applications.c.award.is_(None) | applications.c.award.not_in(list(kept)))
        still = applications.c.state.in_([ApplicationState.SUBMITTED, ApplicationState.MORE_WANTED])
        said = application_steps.c.application.in_(select(applications.c.id).where(others))
        self._set(application_steps, said, reason="")
        self._set(applications, others & still, state=ApplicationState.WITHDRAWN)
        self._set(applications, others, signed=None)
        self._set(applications, mine & applications.c.evaluation.not_in(used), evaluation=None)

    def _erase_taken_back(self, learner: str) -> None:
        """What bodies wrote when they took an award back. Entries hold a digest of it, under a salt that goes with it.

        The answer goes too: whoever asks again is given it anew, without the words.
        """
        mine = select(lots.c.id).where(lots.c.account == learner)
        used = select(redemption_uses.c.redemption).where(redemption_uses.c.lot.in_(mine))
        same = (redemptions.c.award == reversals.c.award) & (redemptions.c.organisation == reversals.c.organisation)
        elsewhere = select(redemptions.c.row).where(same, redemptions.c.request.in_(used)).exists()
        made = select(awards.c.id).where(awards.c.learner == learner)
        about = select(reversals.c.request, reversals.c.award).where(reversals.c.award.in_(made) | elsewhere)
        found = self._connection.execute(about).all()
        requests, names = [row.request for row in found], [row.award for row in found]
        self._set(reversals, reversals.c.request.in_(requests), reason="", salt=None)
        self._set(credentials, credentials.c.id.in_(names) & credentials.c.id.in_(made), revocation_reason="")
        self._drop(claims, claims.c.name.in_(requests))

    def _erase_weighed(self, learner: str) -> None:
        """What awards rest on stays with them."""
        used = select(awards.c.evaluation).where(awards.c.learner == learner)
        self._drop(evaluations, (evaluations.c.learner == learner) & evaluations.c.id.not_in(used))
        self._drop(joint_evaluations, joint_evaluations.c.learner == learner)

    def _drop(self, table: Table, which: ColumnElement[bool]) -> None:
        self._connection.execute(delete(table).where(which))

    def _set(self, table: Table, which: ColumnElement[bool], **changed: object) -> None:
        self._connection.execute(update(table).where(which).values(**changed))


def _portions(words: Sequence[str]) -> Iterator[Sequence[str]]:
    """A statement's conditions nest, and databases bound how deep."""
    for start in range(0, len(words), PORTION):
        yield words[start : start + PORTION]
