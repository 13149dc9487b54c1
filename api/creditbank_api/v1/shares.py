"""Shares and consents: what a learner lets others look at, for whom, why, until when; and what became of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Response
from pydantic import BeforeValidator, Field, StringConstraints

from creditbank.bootstrap import Bank
from creditbank.services.share_records import Consent, Share, ShareView
from creditbank.services.shares import LONGEST_PIN, LONGEST_TEXT, MOST
from creditbank.units import UnreadableInstant, instant_text, parse_instant
from creditbank_api.dependencies import BankDep, gentle_verification
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Institution, Learner, Scope, hidden, needs
from creditbank_api.shown import Showing, show
from creditbank_api.v1.shapes import Id, Shape, urn

router = APIRouter(tags=["shares"], route_class=JsonRoute)
IdInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a moment is written like 2026-11-23T14:02:00Z")
    try:
        return parse_instant(value)
    except UnreadableInstant as cause:
        raise ValueError(cause.sentence) from None


Moment = Annotated[datetime, BeforeValidator(_moment), Field(strict=False, examples=["2026-12-31T12:00:00Z"])]
Token = Annotated[
    str, Header(min_length=20, max_length=100, description="The last part of the link: in a header, not in an address")
]
Pin = Annotated[str, Header(max_length=LONGEST_PIN, description="The PIN of the share, where it has one")]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]


class ShareRequest(Shape):
    """Which credentials, for whom (in words, or a body of this bank), why, until when; and a PIN, if there is one."""

    credentials: list[Id] = Field(min_length=1, max_length=MOST)
    audience: Text = ""
    organisation: Id | None = None
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
    until: Moment | None = None
    pin: Annotated[str, StringConstraints(max_length=LONGEST_PIN)] = ""


class ViewedView(Shape):
    """Somebody looked, in this minute; `organisation` is the body they were signed in for, if any."""

    at: str
    organisation: str | None

    @classmethod
    def of(cls, view: ShareView) -> "ViewedView":
        """Shape a record."""
        return cls(at=instant_text(view.at), organisation=view.organisation or None)


class ShareShape(Shape):
    """A share. `link` is seen once, in the answer that made it; a repetition of the request answers null."""

    id: str
    state: str
    credentials: list[str]
    audience: str
    organisation: str | None
    purpose: str
    created: str
    expires: str
    withdrawn: str | None
    pin: bool
    link: str | None = None

    @classmethod
    def of(cls, bank: Bank, share: Share, token: str = "") -> "ShareShape":
        """Shape a record."""
        return cls(
            id=share.id,
            state=str(bank.shares.state_of(share)),
            credentials=list(share.credentials),
            audience=share.audience,
            organisation=share.organisation or None,
            purpose=share.purpose,
            created=instant_text(share.created),
            expires=instant_text(share.expires),
            withdrawn=None if share.withdrawn is None else instant_text(share.withdrawn),
            pin=bool(share.pin),
            link=link_of(bank, token) if token else None,
        )


class ShareWithViews(ShareShape):
    """The same with who looked, newest first."""

    views: list[ViewedView]


class ShareList(Shape):
    """Some shares, newest first; `next` continues, and is missing at the end."""

    items: list[ShareShape]
    next: str | None


class ShownView(Shape):
    """What a share shows: who shares, why, until when, and a report on each credential as it is now."""

    shared_by: str
    audience: str
    purpose: str
    expires: str
    reports: list[dict[str, Any]]
    lacking: int

    @classmethod
    def of(cls, shown: Showing) -> "ShownView":
        """Shape what is shown."""
        share = shown.opened.share
        reports = () if shown.examined is None else shown.examined.reports
        return cls(
            shared_by=shown.opened.learner,
            audience=share.audience,
            purpose=share.purpose,
            expires=instant_text(share.expires),
            reports=[one.to_json() for one in reports],
            lacking=shown.lacking,
        )


class Ending(Shape):
    """Nothing more is said than that it ends."""


class AccountConsent(Shape):
    """A body of this bank may look into the account, for a purpose, until a moment."""

    organisation: Id
    purpose: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
    until: Moment | None = None


class ConsentRecord(Shape):
    """What a learner agreed to: `covers` names credentials, nothing where it is the account; `basis` is the act."""

    id: str
    basis: str
    covers: list[str]
    audience: str
    organisation: str | None
    purpose: str
    given: str
    until: str
    withdrawn: str | None

    @classmethod
    def of(cls, one: Consent) -> "ConsentRecord":
        """Shape a record."""
        return cls(
            id=one.id,
            basis=str(one.basis),
            covers=list(one.covers),
            audience=one.audience,
            organisation=one.organisation or None,
            purpose=one.purpose,
            given=instant_text(one.given),
            until=instant_text(one.until),
            withdrawn=None if one.withdrawn is None else instant_text(one.withdrawn),
        )


class ConsentList(Shape):
    """Some consents, newest first; `next` continues, and is missing at the end."""

    items: list[ConsentRecord]
    next: str | None


def link_of(bank: Bank, token: str) -> str:
    """The address that opens a share; the token stands in no other place."""
    return f"{bank.settings.base_url}/s/{token}"


MAKING = (*GUARDED, *READING, *ONCE, "unusable-share", "no-such-resource", "request-reused")
OPENING = ("no-such-share", "pin-needed", "pin-wrong")
WRITES = [needs(Scope.SHARES_WRITE)]


@router.post("/shares", status_code=201, response_model=ShareShape, dependencies=WRITES, responses=declared(*MAKING))
def make(wanted: ShareRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Share credentials of the caller's account. The link is seen this once."""

    def act(request: str) -> Answer:
        with hidden():
            made = bank.shares.share(
                request,
                learner=caller.subject,
                credentials=wanted.credentials,
                audience=wanted.audience,
                organisation=wanted.organisation or "",
                purpose=wanted.purpose,
                until=wanted.until,
                pin=wanted.pin,
            )
        view = ShareShape.of(bank, made.share, made.token)
        return Answer(view, f"/v1/shares/{made.share.id}", secrets=("link",))

    return once.answer(act)


@router.get("/shares", dependencies=WRITES, responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"))
def listed(bank: BankDep, caller: Learner, response: Response, asked: Annotated[Window, Depends(window)]) -> ShareList:
    """The caller's shares, newest first."""
    part, following = asked.part(bank.shares.of(caller.subject, asked.page()), response)
    return ShareList(items=[ShareShape.of(bank, one) for one in part], next=following)


@router.get(
    "/shares/received",
    dependencies=[needs(Scope.CREDENTIALS_READ)],
    responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"),
)
def received(
    bank: BankDep, caller: Institution, response: Response, asked: Annotated[Window, Depends(window)]
) -> ShareList:
    """The shares that learners made for the caller's body, newest first."""
    part, following = asked.part(bank.shares.received(caller.subject, asked.page()), response)
    return ShareList(items=[ShareShape.of(bank, one) for one in part], next=following)


@router.get("/shares/{id}", dependencies=WRITES, responses=declared(*GUARDED, "no-such-resource", "invalid-request"))
def read(id: IdInPath, bank: BankDep, caller: Learner) -> ShareWithViews:
    """A share with who looked at it."""
    with hidden():
        share, views = bank.shares.get(id, learner=caller.subject)
    shaped = ShareShape.of(bank, share).model_dump()
    return ShareWithViews(**shaped, views=[ViewedView.of(one) for one in views])


@router.get(
    "/shares/{id}/preview",
    dependencies=[*WRITES, Depends(gentle_verification)],
    responses=declared(*GUARDED, "no-such-resource", "invalid-request"),
)
def preview(id: IdInPath, bank: BankDep, caller: Learner) -> ShownView:
    """What they will see who open it; it counts as no view."""
    with hidden():
        opened = bank.shares.preview(id, learner=caller.subject)
    return ShownView.of(show(bank, opened))


@router.post(
    "/shares/{id}/withdrawal",
    status_code=201,
    response_model=ShareShape,
    dependencies=WRITES,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource"),
)
def withdraw(id: IdInPath, wanted: Ending, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Close a share. What was seen, saved or printed before stays with those who did so."""

    def act(_request: str) -> Answer:
        with hidden():
            share = bank.shares.withdraw(id, learner=caller.subject)
        return Answer(ShareShape.of(bank, share), f"/v1/shares/{share.id}")

    return once.answer(act)


@router.get(
    "/shares/received/{id}",
    dependencies=[needs(Scope.CREDENTIALS_READ), Depends(gentle_verification)],
    responses=declared(*GUARDED, *OPENING, "invalid-request"),
)
def open_received(id: IdInPath, bank: BankDep, caller: Institution, share_pin: Pin = "") -> ShownView:
    """Open a share that a learner made for the caller's body; the learner sees that it was."""
    return ShownView.of(show(bank, bank.shares.open_received(id, pin=share_pin, reader=caller.subject)))


@router.get("/shared", dependencies=[Depends(gentle_verification)], responses=declared(*OPENING, "invalid-request"))
def open_link(bank: BankDep, share_token: Token, share_pin: Pin = "") -> ShownView:
    """Open a share by the token of its link, without an account; the learner sees that somebody did."""
    return ShownView.of(show(bank, bank.shares.open(share_token, pin=share_pin)))


@router.post(
    "/consents", status_code=201, response_model=ConsentRecord, dependencies=WRITES, responses=declared(*MAKING)
)
def agree(wanted: AccountConsent, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Agree that a body looks into the caller's account."""

    def act(request: str) -> Answer:
        with hidden():
            made = bank.shares.consent(
                request,
                learner=caller.subject,
                organisation=wanted.organisation,
                purpose=wanted.purpose,
                until=wanted.until,
            )
        return Answer(ConsentRecord.of(made), f"/v1/consents/{made.id}")

    return once.answer(act)


@router.get("/consents", dependencies=WRITES, responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"))
def agreed(
    bank: BankDep, caller: Learner, response: Response, asked: Annotated[Window, Depends(window)]
) -> ConsentList:
    """What the caller agreed to, by shares and otherwise, newest first."""
    part, following = asked.part(bank.shares.consents(caller.subject, asked.page()), response)
    return ConsentList(items=[ConsentRecord.of(one) for one in part], next=following)


@router.post(
    "/consents/{id}/withdrawal",
    status_code=201,
    response_model=ConsentRecord,
    dependencies=WRITES,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource"),
)
def take_back(id: IdInPath, wanted: Ending, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Take a consent back from now on; the share that it came with is closed too."""

    def act(_request: str) -> Answer:
        with hidden():
            taken = bank.shares.take_back(id, learner=caller.subject)
        return Answer(ConsentRecord.of(taken), f"/v1/consents/{taken.id}")

    return once.answer(act)
