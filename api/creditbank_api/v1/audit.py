"""The audit: what people did in an organisation, each act bound to the one before it by its digest."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from creditbank.services.asked_records import CameOf
from creditbank.services.trail import written
from creditbank.services.trail_records import TrailEntry
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, declared
from creditbank_api.security import Organisation, Scope, needs
from creditbank_api.v1.shapes import Shape

router = APIRouter(tags=["audit"])


class ActView(Shape):
    """One act: who did what to what, when and why, with the digests from which the chain is computed again."""

    format: str
    chain: str
    number: int
    at: str
    actor: str
    action: str
    object: str
    why: str
    previous: str
    hash: str

    @classmethod
    def of(cls, entry: TrailEntry) -> "ActView":
        """Shape an entry, in the words that its digest is over."""
        return cls(**written(entry))


class AskedView(Shape):
    """What somebody asked for in the organisation's name: method and path, or the page whose form they sent.

    `made` is the id of what came of it, where the path does not say what it was about.
    """

    at: str
    actor: str
    what: str
    made: str | None

    @classmethod
    def of(cls, one: CameOf) -> "AskedView":
        """Shape what was noted."""
        return cls(at=instant_text(one.asked.at), actor=one.asked.actor, what=one.asked.what, made=one.made)


class AskedList(Shape):
    """Some requests, newest first; `next` continues, and is missing at the end."""

    items: list[AskedView]
    next: str | None


class ActList(Shape):
    """Some acts, newest first; `next` continues, and is missing at the end."""

    items: list[ActView]
    next: str | None


@router.get(
    "/audit",
    dependencies=[needs(Scope.AUDIT_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def audit(
    bank: BankDep, caller: Organisation, response: Response, asked: Annotated[Window, Depends(window)]
) -> ActList:
    """The audit trail of the caller's organisation."""
    with bank.store.transaction() as tx:
        found = tx.list_trail(asked.page(), caller.subject)
    part, following = asked.part(found, response)
    return ActList(items=[ActView.of(entry) for entry in part], next=following)


@router.get(
    "/audit/requests",
    dependencies=[needs(Scope.AUDIT_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def requests(
    bank: BankDep,
    caller: Organisation,
    response: Response,
    asked: Annotated[Window, Depends(window)],
    actor: Annotated[str | None, Query(max_length=200, description="Only what this token:ID or person:ID did")] = None,
) -> AskedList:
    """Who asked for what in the caller's organisation: everything issued, redeemed, awarded, revoked, and the rest."""
    with bank.store.transaction() as tx:
        found = tx.list_asked(asked.page(), caller.subject, None if actor is None else [actor])
    part, following = asked.part(found, response)
    return AskedList(items=[AskedView.of(one) for one in part], next=following)
