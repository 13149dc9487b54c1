"""An organisation's signing keys as a page: which one signs, what became of the others, and the making of the next.

Nothing private is ever shown. A rotation is long work: it is asked for by the key that it replaces, so that a form that
is sent again replaces nothing newer, and the page follows it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import KEY_ROTATION, Bank
from creditbank.errors import CreditBankError
from creditbank.services.dids import fixed_by_did
from creditbank.services.job_records import JobRecord, JobState
from creditbank.services.records import KeyState, OrganisationKey
from creditbank.services.rights import Scope
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.problems import PROBLEMS, UNNAMED
from creditbank_api.requests import StrictRoute
from creditbank_api.web import words
from creditbank_api.web.owners import act_or_say, body_rooms, named, new_request, own_body
from creditbank_api.web.session import Visitor, VisitorDep, require_fresh, short
from creditbank_api.web.signing import form_page
from creditbank_api.web.words import Sign

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
AT: Final = "/organisations/{organisation}/keys"
MEANINGS: Final = {
    KeyState.ANNOUNCED: "Made, and not registered on the chain yet. It signs nothing before it is.",
    KeyState.CURRENT: "Everything that is signed for you now is signed with it.",
    KeyState.RETIRING: "It signs nothing new. It stays listed until everything that it signed is final on the chain.",
    KeyState.RETIRED: "Its time is over. What it signed and what was anchored before still counts.",
    KeyState.REVOKED: "Only what was anchored before it was revoked still counts.",
}
TIMES: Final = ("announced", "current", "retiring", "retired", "revoked")


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with its life so far; `told` says that the chain and the DID document say the same of it."""

    multikey: str
    sign: Sign
    meaning: str
    kept: str
    told: bool
    times: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """The newest rotation that was asked for: under way, or why it failed."""

    asked: datetime
    moving: bool
    title: str
    next_step: str


@router.get(AT)
def keys(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """The keys of an organisation, the one that signs first."""
    signed, body = own_body(organisation, visitor, Scope.KEYS_MANAGE)
    return _keys(request, bank, signed, body)


def _keys(
    request: Request, bank: Bank, visitor: Visitor, body: str, problem: CreditBankError | None = None
) -> HTMLResponse:
    with bank.store.transaction() as tx:
        record = tx.get_organisation(body)
    found = bank.keys.of(body)
    signing = next((one for one in found if one.held and one.state is KeyState.CURRENT), None)
    rotation = _rotation(bank, body)
    values = {
        "at": f"/organisations/{short(body)}",
        "rooms": body_rooms(bank, visitor.caller, "/keys"),
        "body": record,
        "history": f"/transparency/issuers/{short(body)}",
        "keys": [_row(one) for one in sorted(found, key=_place)],
        "fixed": fixed_by_did(record),
        "signing": "" if signing is None else signing.multikey,
        "rotation": rotation,
        "moving": rotation is not None and rotation.moving,
        "fresh": visitor.fresh,
        "request_id": new_request(),
        "field": "",
    }
    return form_page(request, visitor, "keys.html", values, problem=problem, here="office")


def _place(one: OrganisationKey) -> tuple[bool, float]:
    """The one that signs first, then the newest."""
    return one.state is not KeyState.CURRENT, -one.announced.timestamp()


def _row(one: OrganisationKey) -> KeyRow:
    times = tuple((name, at) for name in TIMES if (at := getattr(one, name)) is not None)
    kept = "by the bank, behind its signer" if one.held else "by you"
    return KeyRow(one.multikey, words.KEYS[one.state], MEANINGS[one.state], kept, one.settled, times)


def _rotation(bank: Bank, body: str) -> Rotation | None:
    """The newest rotation, unless it is done: then the list of keys says it."""
    newest: JobRecord | None = next((job for job in reversed(bank.jobs.of(body)) if job.kind == KEY_ROTATION), None)
    if newest is None or newest.state in (JobState.DONE, JobState.CANCELLED):
        return None
    told: Any = newest.problem or {}
    title = PROBLEMS.get(str(told.get("slug", "")), UNNAMED).title
    return Rotation(newest.created, not newest.ended_for_good, title, str(told.get("nextStep") or ""))


@router.post(AT + "/rotation")
async def rotate(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Ask for a new key in the place of the one that the page showed."""
    signed, body = own_body(organisation, visitor, Scope.KEYS_MANAGE)
    require_fresh(signed)

    def act(given: dict[str, str]) -> Response:
        if given["agree"] != "yes":
            raise NotAgreed("The box that says that you read what follows is empty.", next_step="Read it, and tick it.")
        if given["replaces"] != bank.keys.signing(body).multikey:
            raise NotAgreed(
                "The key that this page showed signs no more: it was replaced since.",
                next_step="Look at the keys as they are now.",
            )
        with bank.store.transaction() as tx:
            bank.jobs.add(
                tx,
                named(body, given["request"]),
                owner=body,
                kind=KEY_ROTATION,
                input={"organisation": body, "replaces": given["replaces"]},
            )
        return RedirectResponse(f"/organisations/{short(body)}/keys", 303)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _keys(request, bank, signed, body, problem)

    return await act_or_say(request, signed, ("request", "replaces", "agree"), act, say)
