"""Taking a person out of every table, so that what stays says nothing of them (threat 47).

Stay: the account's number and its lots and entries, whose chain of hashes goes on; the places in status lists, which
are never given to anybody else; the entry of each leaf, a hash under a salt that is gone, so that the batch still
proves the others; and awards, which are their universities' records.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, select, update

from creditbank.adapters.store.session import Tables
from creditbank.adapters.store.tables import (
    awards,
    credentials,
    document_versions,
    documents,
    evaluations,
    forms,
    intents,
    joint_evaluations,
    learners,
    leaves,
    receipts,
    suspensions,
    tokens,
)
from creditbank.adapters.store.tables_bulk import upload_rows
from creditbank.adapters.store.tables_holders import (
    claim_tries,
    confirmations,
    deposited,
    enrolments,
    holder_challenges,
    learner_dids,
    offers,
    waiting,
)
from creditbank.adapters.store.tables_ledger import notices
from creditbank.adapters.store.tables_shares import consents, shares
from creditbank.adapters.store.tables_standing import application_steps, applications
from creditbank.anchoring import entry
from creditbank.canonical import Digest, sha256
from creditbank.services.holder_records import OfferState, WaitingState
from creditbank.services.records import IssueState
from creditbank.services.standing_records import ApplicationState

_NOTHING = Digest(bytes(32))


class Erasures(Tables):
    """The part of `ports.Transaction` that takes a person out."""

    def erased_at(self, learner: str) -> datetime | None:
        query = select(learners.c.erased).where(learners.c.id == learner)
        return self._connection.scalars(query).one_or_none()

    def erase_learner(self, learner: str, *, kept: Collection[str], when: datetime) -> int:
        """Awards (`kept`, ids of credentials) stay. Returns how many credentials were deleted."""
        if self._connection.dialect.name == "sqlite":  # or it would leave the bytes in the file, on pages it calls free
            self._connection.exec_driver_sql("PRAGMA secure_delete=ON")
        gone = self._erase_credentials(learner, kept, when)
        self._erase_documents(learner, kept)
        self._erase_held(learner, when)
        self._erase_applied(learner, kept)
        self._erase_weighed(learner)
        for table, of in ((notices, notices.c.audience == f"learner:{learner}"), (tokens, tokens.c.subject == learner)):
            self._drop(table, of)
        self._set(upload_rows, upload_rows.c.learner == learner, cells={}, learner=None)
        for table in (shares, consents):
            self._set(table, (table.c.learner == learner) & table.c.withdrawn.is_(None), withdrawn=when)
            self._set(table, table.c.learner == learner, audience="", purpose="")
        nobody = {"name": "", "did": f"erased:{learner}", "person": None, "sample": False, "erased": when}
        self._set(learners, learners.c.id == learner, **nobody)
        return gone

    def _erase_credentials(self, learner: str, kept: Collection[str], when: datetime) -> int:
        mine = (credentials.c.learner == learner) & credentials.c.erased.is_(None)
        ids = [id for id in self._connection.scalars(select(credentials.c.id).where(mine)) if id not in kept]
        names = [*ids, *self._connection.scalars(select(forms.c.name).where(forms.c.credential.in_(ids)))]
        self._forget_leaves(names)
        self._drop(receipts, receipts.c.credential.in_(names))
        self._drop(forms, forms.c.credential.in_(ids))
        self._set(suspensions, suspensions.c.credential.in_(ids), reason="")
        for id in ids:
            digest = sha256(b"creditbank/erased/v1\n" + id.encode())
            self._set(credentials, credentials.c.id == id, signed=b"", digest=digest, erased=when)
        self._set(credentials, credentials.c.id.in_(ids) & credentials.c.revoked.is_not(None), revocation_reason="")
        others = (intents.c.learner == learner) & intents.c.credential.not_in(list(kept))
        self._drop(intents, others & (intents.c.state == IssueState.INTENDED))
        self._set(intents, others, achievement="", achievement_version="", earned="1970-01-01", besides=None)
        return len(ids)

    def _forget_leaves(self, names: Collection[str]) -> None:
        """A leaf keeps its entry, which proves the others; one that no batch has taken goes."""
        self._drop(leaves, leaves.c.credential.in_(names) & leaves.c.batch.is_(None))
        found = select(leaves.c.row, leaves.c.issuer, leaves.c.salt, leaves.c.digest)
        for row in self._connection.execute(found.where(leaves.c.credential.in_(names))).all():
            said = entry(row.issuer, row.salt, row.digest)
            self._set(leaves, leaves.c.row == row.row, entry=said, salt=b"", digest=_NOTHING)

    def _erase_documents(self, learner: str, kept: Collection[str]) -> None:
        """Documents of a learner's identifiers, and exceptions that name one; with an award its papers stay."""
        today = select(learners.c.did).where(learners.c.id == learner)
        dids = [*self._connection.scalars(today)]
        dids += self._connection.scalars(select(learner_dids.c.did).where(learner_dids.c.learner == learner))
        for table in (documents, document_versions):
            self._drop(table, table.c.id.in_(dids))
        if kept:
            return
        exceptions = select(documents.c.id, documents.c.content).where(documents.c.kind.like("exception%"))
        for row in self._connection.execute(exceptions).all():
            if any(did.encode() in bytes(row.content) for did in dids):
                self._drop(documents, documents.c.id == row.id)

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

    def _erase_weighed(self, learner: str) -> None:
        """What awards rest on stays with them."""
        used = select(awards.c.evaluation).where(awards.c.learner == learner)
        self._drop(evaluations, (evaluations.c.learner == learner) & evaluations.c.id.not_in(used))
        self._drop(joint_evaluations, joint_evaluations.c.learner == learner)

    def _drop(self, table: Table, which: ColumnElement[bool]) -> None:
        self._connection.execute(delete(table).where(which))

    def _set(self, table: Table, which: ColumnElement[bool], **changed: object) -> None:
        self._connection.execute(update(table).where(which).values(**changed))
