"""Leaving: a learner takes everything along, and has the account erased."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import StringConstraints

from creditbank.adapters.documents import packed
from creditbank.services.closing import ClosingPreview
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Learner, Scope, hidden, needs, require_scope
from creditbank_api.v1.shapes import Shape

Challenge = Annotated[str, Query(max_length=200)]
router = APIRouter(tags=["accounts"], route_class=JsonRoute)


class ErasureRequest(Shape):
    """The account's DID once more, to the letter, because nothing brings the account back.

    A reason may be given and is kept nowhere: it would outlive the account.
    """

    confirm: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    why: Annotated[str, StringConstraints(max_length=400)] = ""


class ErasureView(Shape):
    """The account is erased. The awards in `kept` stay with their universities, as their records."""

    account: str
    erased: str
    kept: list[str]


@router.get(
    "/account/export",
    response_class=Response,
    dependencies=[needs(Scope.ACCOUNT_READ)],
    responses={
        200: {"content": {"application/zip": {}}, "description": "A zip"},
        **declared(*GUARDED, "several-holders", "wallet-signs", "no-such-resource", "invalid-request"),
    },
)
def export(bank: BankDep, caller: Learner, challenge: Challenge = "", domain: Challenge = "") -> Response:
    """Everything that the account holds, as one archive; with another bank's challenge and domain, to be taken in.

    A challenge is signed with the account's key, for which a caller needs `account:keys` too.
    """
    if challenge or domain:
        require_scope(caller, Scope.ACCOUNT_KEYS)
    with hidden():
        made = bank.taking_along.of(caller.subject, challenge=challenge, domain=domain)
    named = {"Content-Disposition": 'attachment; filename="account.zip"'}
    return Response(packed("account", made.files), media_type="application/zip", headers=named)


@router.get(
    "/account/record",
    response_class=Response,
    dependencies=[needs(Scope.ACCOUNT_READ)],
    responses={
        200: {"content": {"application/pdf": {}}, "description": "A PDF"},
        **declared(*GUARDED, "no-such-resource"),
    },
)
def record(bank: BankDep, caller: Learner) -> Response:
    """The account on paper: units, credits, levels, issuers, dates, and the digest of everything that was signed.

    The paper itself is not signed, and says so.
    """
    with hidden():
        made = bank.taking_along.paper(caller.subject)
    named = {"Content-Disposition": 'attachment; filename="record.pdf"'}
    return Response(made, media_type="application/pdf", headers=named)


@router.post(
    "/account/erasure",
    status_code=201,
    response_model=ErasureView,
    dependencies=[needs(Scope.ACCOUNT_LEAVE)],
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "erasure-not-confirmed", "erasure-not-yet"),
)
def erase(wanted: ErasureRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Erase the caller's account for good; its tokens end with it."""

    def act(_request: str) -> Answer:
        with hidden():
            done = bank.erasing.erase(caller.subject, confirm=wanted.confirm, actor=caller.actor, why=wanted.why)
        return Answer(ErasureView(account=done.learner, erased=instant_text(done.at), kept=list(done.kept)))

    return once.answer(act)


class BelongingView(Shape):
    """An organisation that the person is a member of."""

    organisation: str
    name: str
    roles: list[str]
    sole_owner: bool


class ClosingPreviewView(Shape):
    """What closing takes away, what stays, and in sentences why it cannot be done now, if it cannot."""

    name: str
    sign_ins: int
    sessions: int
    programs: int
    accounts: list[str]
    credentials: int
    kept: list[str]
    organisations: list[BelongingView]
    hindrances: list[str]

    @classmethod
    def of(cls, found: ClosingPreview) -> "ClosingPreviewView":
        """Shape what closing would do."""
        bodies = [
            BelongingView(
                organisation=one.organisation, name=one.name, roles=sorted(one.roles), sole_owner=one.sole_owner
            )
            for one in found.belongings
        ]
        return cls(
            name=found.name,
            sign_ins=found.sign_ins,
            sessions=found.sessions,
            programs=found.programs,
            accounts=[one.id for one in found.learners],
            credentials=found.credentials,
            kept=list(found.kept),
            organisations=bodies,
            hindrances=list(found.hindrances),
        )


class ClosingRequest(Shape):
    """The account's name once more, because nothing brings the account back."""

    confirm: Annotated[str, StringConstraints(min_length=1, max_length=400)]


class ClosedView(Shape):
    """The account is closed, and the learner's accounts in it are erased. The awards in `kept` stay."""

    closed: str
    erased: list[str]
    kept: list[str]


@router.get(
    "/account/closing",
    dependencies=[needs(Scope.ACCOUNT_LEAVE)],
    responses=declared(*GUARDED, "no-such-resource", "other-accounts"),
)
def preview(bank: BankDep, caller: Learner) -> ClosingPreviewView:
    """What closing the account takes away, with the ways to sign in to it."""
    with hidden():
        return ClosingPreviewView.of(bank.closing.preview(bank.closing.person_of(caller.subject)))


@router.post(
    "/account/closing",
    status_code=201,
    response_model=ClosedView,
    dependencies=[needs(Scope.ACCOUNT_LEAVE)],
    responses=declared(
        *GUARDED,
        *READING,
        *ONCE,
        "no-such-resource",
        "other-accounts",
        "closing-not-confirmed",
        "last-owner",
        "erasure-not-yet",
    ),
)
def close(wanted: ClosingRequest, once: OnceDep, bank: BankDep, caller: Learner) -> Response:
    """Close the account for good: sign-ins, sessions, memberships, and the learner's account with all in it."""

    def act(_request: str) -> Answer:
        with hidden():
            person = bank.closing.person_of(caller.subject)
            done = bank.closing.close(person, confirm=wanted.confirm, actor=caller.actor, at=bank.settings.base_url)
        return Answer(ClosedView(closed=instant_text(done.at), erased=list(done.erased), kept=list(done.kept)))

    return once.answer(act)
