"""What was offered and issued: achievements, intents, the exact signed bytes, and documents for strangers."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Final

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Integer,
    any_,
    bindparam,
    delete,
    func,
    null,
    select,
    union_all,
    update,
)

from creditbank.adapters.store.session import Tables, known, record, rows_by, unknown, values
from creditbank.adapters.store.tables import (
    achievements,
    credentials,
    documents,
    drafts,
    endorsements,
    forms,
    intents,
    organisations,
    suspensions,
)
from creditbank.adapters.store.tables_holders import deposited
from creditbank.canonical import Digest
from creditbank.services.ports import AlreadyRecorded
from creditbank.services.records import (
    DraftUnit,
    IssuedCredential,
    IssuedToken,
    IssueIntent,
    IssueState,
    PublicDocument,
    PublishedAchievement,
    Suspension,
)

_ISSUED: Final = select(*(credentials.c[field.name] for field in fields(IssuedCredential)))
_THERE: Final = credentials.c.erased.is_(None)
_BROUGHT: Final = select(
    deposited.c.id,
    deposited.c.organisation,
    deposited.c.learner,
    deposited.c.signed,
    deposited.c.digest,
    deposited.c["at"].label("issued"),
    deposited.c.status_list,
    deposited.c.status_index,
)
"""What learners brought, in the form of what was issued here."""
_BY_ID: Final = union_all(
    _ISSUED.where(credentials.c.id == bindparam("id"), _THERE), _BROUGHT.where(deposited.c.id == bindparam("id"))
)
_BY_DIGEST: Final = union_all(
    _ISSUED.where(credentials.c.digest == bindparam("digest"), _THERE),
    _BROUGHT.where(deposited.c.digest == bindparam("digest")),
)
"""In one statement, so that the time does not tell what there is from what there is not (threat 42)."""
_ACHIEVEMENT: Final = rows_by(achievements, "id", "version")
_INTENT: Final = rows_by(intents, "request")
_ISSUING: Final = update(intents).where(intents.c.request == bindparam("of"), intents.c.credential == bindparam("name"))
_DOCUMENT: Final = rows_by(documents, "id")
_DOCUMENTS: Final = select(documents).where(documents.c.id.in_(bindparam("ids", expanding=True)))
_NAMES: Final = select(documents.c.id).where(documents.c.kind == bindparam("kind")).order_by(documents.c.id)
_WITH_NAMES: Final = union_all(
    _DOCUMENTS,
    select(
        documents.c.id, documents.c.kind, documents.c.media_type, null().label("content"), documents.c.updated
    ).where(documents.c.kind == bindparam("kind")),
)
_FORM: Final = rows_by(forms, "digest")
_PLACES: Final = (intents.c, endorsements.c)
_ISSUER: Final = (
    select(organisations.c.row).where(organisations.c.id == bindparam("id")).with_for_update(key_share=True)
)
_NEWEST: Final = union_all(
    *(select(func.max(one.status_index)).where(one.organisation == bindparam("id")) for one in _PLACES)
)
_DRAWN: Final[dict[str, Callable[[Column[int]], ColumnElement[bool]]]] = {
    "sqlite": lambda place: place.in_(bindparam("drawn", expanding=True)),
    # one value, however many were drawn and however large they are: so a server prepares the statement
    "postgresql": lambda place: place == any_(bindparam("drawn", type_=ARRAY(Integer))),
}
_TAKEN: Final = {
    dialect: union_all(
        *(
            select(one.status_index).where(one.organisation == bindparam("id"), among(one.status_index))
            for one in _PLACES
        )
    )
    for dialect, among in _DRAWN.items()
}


class Credentials(Tables):
    """The part of `ports.Transaction` that keeps achievements and credentials."""

    def add_achievement(self, achievement: PublishedAchievement) -> None:
        what = f"Version {achievement.version} of achievement {achievement.id}"
        self._add(achievements, values(achievement), what)

    def get_achievement(self, id: str, version: str) -> PublishedAchievement:
        return known(self.find_achievement(id, version), f"version {version} of achievement {id}")

    def find_achievement(self, id: str, version: str) -> PublishedAchievement | None:
        return self._one(PublishedAchievement, _ACHIEVEMENT, id=id, version=version)

    def achievements(self, organisation: str | None = None) -> list[PublishedAchievement]:
        query = select(achievements).order_by(achievements.c.row)
        if organisation is not None:
            query = query.where(achievements.c.organisation == organisation)
        return self._all(PublishedAchievement, query)

    def versions_of(self, id: str) -> list[PublishedAchievement]:
        query = select(achievements).where(achievements.c.id == id).order_by(achievements.c.row)
        return self._all(PublishedAchievement, query)

    def withdraw_achievement(self, id: str, version: str, *, when: datetime, reason: str) -> None:
        table = achievements.c
        marked = update(achievements).where(table.id == id, table.version == version, table.withdrawn.is_(None))
        done = self._connection.execute(marked.values(withdrawn=when, withdrawal_reason=reason))
        if done.rowcount == 1:
            return
        if self.find_achievement(id, version) is None:
            unknown(f"version {version} of achievement {id}")
        raise AlreadyRecorded(f"The withdrawal of version {version} of {id} is recorded already.")

    def put_draft(self, draft: DraftUnit) -> None:
        self._put(drafts, values(draft))

    def drafts(self, organisation: str) -> list[DraftUnit]:
        query = select(drafts).where(drafts.c.organisation == organisation).order_by(drafts.c.id, drafts.c.version)
        return self._all(DraftUnit, query)

    def replace_draft(self, draft: DraftUnit, *, before: bytes | None) -> bool:
        if before is None:
            return self._insert_new(drafts, values(draft))
        standing = _draft(draft.organisation, draft.id, draft.version) & (drafts.c.content == before)
        written = update(drafts).where(standing).values(content=draft.content, saved=draft.saved)
        return self._connection.execute(written).rowcount == 1

    def remove_draft(self, organisation: str, id: str, version: str, *, before: bytes | None = None) -> bool:
        key = _draft(organisation, id, version)
        if before is not None:
            key &= drafts.c.content == before
        return self._connection.execute(delete(drafts).where(key)).rowcount == 1

    def find_intent(self, request: str) -> IssueIntent | None:
        return self._one(IssueIntent, _INTENT, request=request)

    def find_intent_for(self, credential: str) -> IssueIntent | None:
        return self._one(IssueIntent, select(intents).where(intents.c.credential == credential))

    def add_intent(self, intent: IssueIntent) -> None:
        what = f"Request {intent.request}, its credential id or its place in the status list"
        self._add(intents, values(intent), what)

    def open_intents(self) -> list[IssueIntent]:
        query = select(intents).where(intents.c.state == IssueState.INTENDED).order_by(intents.c.row)
        return self._all(IssueIntent, query)

    def newest_place(self, organisation: str) -> int:
        """No constraint spans both tables, so the issuer's row is locked; adding rows that refer to it goes on."""
        self._connection.execute(_ISSUER, {"id": organisation}).all()
        return self.last_place(organisation)

    def last_place(self, organisation: str) -> int:
        return max(place or 0 for place in self._connection.scalars(_NEWEST, {"id": organisation}))

    def taken_places(self, organisation: str, drawn: Sequence[int]) -> frozenset[int]:
        query = _TAKEN[self._connection.dialect.name]
        return frozenset(self._connection.scalars(query, {"id": organisation, "drawn": list(drawn)}))

    def add_credential(self, credential: IssuedCredential, *, request: str) -> None:
        issued = {"of": request, "name": credential.id, "state": IssueState.ISSUED}
        with self._atomically():
            if self._connection.execute(_ISSUING, issued).rowcount != 1:
                unknown(f"intent {request} for {credential.id}")
            self._add(credentials, values(credential), f"Credential {credential.id}")

    def credentials_in(self, status_list: str) -> list[IssuedCredential]:
        query = select(credentials).where(credentials.c.status_list == status_list, _THERE)
        return self._all(IssuedCredential, query.order_by(credentials.c.row))

    def add_delivered(self, credential: IssuedCredential) -> None:
        self._add(credentials, values(credential), f"Credential {credential.id}, or its place in the status list")

    def get_credential(self, id: str) -> IssuedCredential:
        return known(self.find_credential(id), f"credential {id}")

    def find_credential(self, id: str) -> IssuedCredential | None:
        return next(iter(self._all(IssuedCredential, _BY_ID, id=id)), None)

    def find_credential_by_digest(self, digest: Digest) -> IssuedCredential | None:
        return next(iter(self._all(IssuedCredential, _BY_DIGEST, digest=digest)), None)

    def credentials_of(self, learner: str) -> list[IssuedCredential]:
        query = select(credentials).where(credentials.c.learner == learner, _THERE).order_by(credentials.c.row)
        brought = _BROUGHT.where(deposited.c.learner == learner).order_by(deposited.c.row)
        return self._all(IssuedCredential, query) + self._all(IssuedCredential, brought)

    def badges_of(
        self, owner: Mapping[str, str], *, since: datetime | None, offset: int, limit: int
    ) -> tuple[int, list[IssuedCredential]]:
        issued = select(*(credentials.c[one.name] for one in _BROUGHT.selected_columns))
        held = union_all(issued, _BROUGHT).subquery()
        query = select(held).where(*(held.c[name] == value for name, value in owner.items()))
        if since is not None:
            query = query.where(held.c.issued > since)
        total = self._connection.scalar(select(func.count()).select_from(query.subquery())) or 0
        part = query.order_by(held.c.issued, held.c.id).offset(offset).limit(limit)
        return total, self._all(IssuedCredential, part)

    def revoke_credential(self, id: str, *, when: datetime, reason: str) -> None:
        table = credentials.c
        marked = update(credentials).where(table.id == id, table.revoked.is_(None))
        done = self._connection.execute(marked.values(revoked=when, revocation_reason=reason))
        if done.rowcount == 1:
            return
        if self.find_credential(id) is None:
            unknown(f"credential {id}")
        raise AlreadyRecorded(f"The revocation of {id} is recorded already.")

    def revoked_indices(self, status_list: str) -> frozenset[int]:
        table = credentials.c
        query = select(table.status_index).where(table.status_list == status_list, table.revoked.is_not(None))
        return frozenset(self._connection.scalars(query))

    def is_revoked(self, id: str) -> bool:
        query = select(credentials.c.revoked).where(credentials.c.id == id)
        return self._connection.scalars(query).first() is not None

    def add_suspension(self, suspension: Suspension) -> None:
        self._add(suspensions, values(suspension), f"Event {suspension.number} of {suspension.credential}")

    def suspensions_of(self, credential: str) -> list[Suspension]:
        query = select(suspensions).where(suspensions.c.credential == credential).order_by(suspensions.c.number)
        return self._all(Suspension, query)

    def suspended_indices(self, status_list: str) -> frozenset[int]:
        last = select(suspensions.c.credential, func.max(suspensions.c.number).label("number"))
        newest = last.group_by(suspensions.c.credential).subquery()
        query = (
            select(credentials.c.status_index)
            .join(suspensions, suspensions.c.credential == credentials.c.id)
            .join(
                newest,
                (newest.c.credential == suspensions.c.credential) & (newest.c.number == suspensions.c.number),
            )
            .where(credentials.c.status_list == status_list, suspensions.c.suspended.is_(True))
        )
        return frozenset(self._connection.scalars(query))

    def add_form(self, form: IssuedToken) -> None:
        self._add(forms, values(form), f"The form {form.name}")

    def find_form(self, name: str) -> IssuedToken | None:
        return self._one(IssuedToken, select(forms).where(forms.c.name == name))

    def find_form_by_digest(self, digest: Digest) -> IssuedToken | None:
        return self._one(IssuedToken, _FORM, digest=digest)

    def put_document(self, document: PublicDocument) -> None:
        self._put(documents, values(document))

    def replace_document(self, document: PublicDocument, *, before: PublicDocument | None) -> bool:
        if before is None:
            return self._insert_new(documents, values(document))
        assert before.id == document.id, "a document takes the place of one of its own id"
        standing = (documents.c.id == document.id) & (documents.c.content == before.content)
        return self._connection.execute(update(documents).where(standing).values(values(document))).rowcount == 1

    def find_document(self, id: str) -> PublicDocument | None:
        return self._one(PublicDocument, _DOCUMENT, id=id)

    def documents_named(self, ids: Collection[str]) -> list[PublicDocument]:
        return self._all(PublicDocument, _DOCUMENTS, ids=list(ids))

    def documents_and_names(self, ids: Collection[str], kind: str) -> tuple[list[PublicDocument], list[str]]:
        rows = self._connection.execute(_WITH_NAMES, {"ids": list(ids), "kind": kind}).all()
        found = [record(PublicDocument, row) for row in rows if row.content is not None]
        return found, sorted(row.id for row in rows if row.content is None)

    def names_of_documents(self, kind: str) -> list[str]:
        return list(self._connection.scalars(_NAMES, {"kind": kind}))

    def documents(self, kind: str | None = None) -> list[PublicDocument]:
        query = select(documents).order_by(documents.c.id)
        if kind is not None:
            query = query.where(documents.c.kind == kind)
        return self._all(PublicDocument, query)


def _draft(organisation: str, id: str, version: str) -> ColumnElement[bool]:
    table = drafts.c
    return (table.organisation == organisation) & (table.id == id) & (table.version == version)
