"""The applications to a university as a list, and one answer to several of them at once.

What waits stands with what the newest weighing found, so that the clear ones are told from those that need judgement.
Several are answered in two steps: what would be said to whom is read first, and then each application is answered by
itself and has its own outcome. A form that is sent again answers nothing twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.applying import OPEN
from creditbank.services.ports import Transaction
from creditbank.services.rights import CallerRole, Scope
from creditbank.services.standing_records import Application, ApplicationState
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.v1.shapes import urn
from creditbank_api.web import words
from creditbank_api.web.account import title_of
from creditbank_api.web.leafing import Leafing, LeafingDep
from creditbank_api.web.office import ANSWERS
from creditbank_api.web.owners import act_or_say, body_rooms, own_body
from creditbank_api.web.session import Visitor, VisitorDep, short
from creditbank_api.web.signing import form_page, told
from creditbank_api.web.words import Sign

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
AT: Final = "/organisations/{organisation}/applications"
READS: Final = (Scope.AWARDS_READ,)
LISTED: Final = 40
"""Fewer than a form has fields, so that all that is shown can be ticked."""
ANSWERED: Final = tuple(state for state in ApplicationState if state not in OPEN)
LONGEST_REASON: Final = 2000


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An application with what the newest weighing for it found, where there was one."""

    id: str
    href: str
    title: str
    learner: str
    sign: Sign
    weighed: Sign | None
    weighed_at: datetime | None
    created: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one application when several were answered."""

    row: WaitingRow
    sign: Sign
    sentence: str


# -- the list


@router.get(AT)
def received(
    request: Request,
    organisation: str,
    bank: BankDep,
    visitor: VisitorDep,
    asked: LeafingDep,
    answered: Annotated[str, Query(max_length=3)] = "",
) -> HTMLResponse:
    """The applications that wait, the oldest first; or those that were answered, the newest first."""
    signed, body = own_body(organisation, visitor, *READS, role=CallerRole.REGISTRAR)
    return _received(request, bank, signed, body, asked, answered=answered == "yes")


def _received(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    asked: Leafing | None = None,
    *,
    answered: bool = False,
    problem: CreditBankError | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    path = f"/organisations/{short(body)}/applications"
    leafing = asked or Leafing(request, None, None, path=path)
    with bank.store.transaction() as tx:
        if answered:
            part = leafing.newest(lambda page: tx.list_applications(page, body, ANSWERED), LISTED)
        else:
            part = leafing.oldest(lambda page: tx.list_applications(page, body, OPEN), LISTED)
        rows = [_row(bank, tx, one, weigh=not answered) for one in part.items]
    filled = {"applications": "", "answer": "", "reason": ""} | dict(given or {})
    values = {
        "at": path.removesuffix("/applications"),
        "rooms": body_rooms(bank, visitor.caller, "/applications"),
        "answered": answered,
        "part": part,
        "applications": rows,
        "may": Scope.AWARDS_WRITE in visitor.caller.scopes and bool(rows) and not answered,
        "answers": ANSWERS.items(),
        "most": LONGEST_REASON,
        "given": filled,
        "chosen": filled["applications"].split(),
        "field": "" if problem is None else "reason",
    }
    return form_page(request, visitor, "received.html", values, problem=problem, here="office")


def _row(bank: Bank, tx: Transaction, one: Application, *, weigh: bool) -> WaitingRow:
    person = tx.find_learner(one.learner)
    weighed, weighed_at = _weighed(tx, one) if weigh else (None, None)
    return WaitingRow(
        short(one.id),
        f"/organisations/{short(one.organisation)}/applications/{short(one.id)}",
        title_of(bank, one.qualification),
        "an erased account" if person is None else person.name,
        words.APPLICATIONS[one.state],
        weighed,
        weighed_at,
        one.created,
    )


def _weighed(tx: Transaction, one: Application) -> tuple[Sign, datetime] | tuple[None, None]:
    """What the newest weighing by this university for this qualification found, and when."""
    mine = [
        each
        for each in tx.evaluations_of(one.learner)
        if (each.organisation, each.qualification) == (one.organisation, one.qualification)
    ]
    if not mine:
        return None, None
    newest = max(mine, key=lambda each: (each.evaluated, each.id))
    document: Any = newest.document
    return words.STACKS.get(document["result"]["verdict"], words.UNKNOWN), newest.evaluated


# -- several at once


@router.post(AT + "/answers")
async def answer(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Show what would be said to whom; and once that was read, say it to each by itself."""
    signed, body = own_body(organisation, visitor, *READS, Scope.AWARDS_WRITE, role=CallerRole.REGISTRAR)

    def act(given: dict[str, str]) -> Response:
        reason = given["reason"].strip()[:LONGEST_REASON]
        chosen = list(dict.fromkeys(given["applications"].split()))
        if not chosen or given["answer"] not in ANSWERS or not reason:
            raise NotAgreed(
                "An answer has applications, a choice and a reason.",
                next_step="Tick at least one application, choose, and write what the learners read.",
            )
        found = [bank.applying.get(str(urn(one)), subject=body) for one in chosen]
        rows = _rows(bank, found)
        if given["read"] != "yes":
            return _page(request, bank, signed, body, given | {"reason": reason}, rows=rows)
        outcomes = [
            _answered(bank, one, row, ApplicationState(given["answer"]), reason)
            for one, row in zip(found, rows, strict=True)
        ]
        return _page(request, bank, signed, body, given | {"reason": reason}, outcomes=outcomes)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _received(request, bank, signed, body, problem=problem, given=given)

    return await act_or_say(request, signed, ("applications", "answer", "reason", "read"), act, say)


def _rows(bank: Bank, found: list[Application]) -> list[WaitingRow]:
    with bank.store.transaction() as tx:
        return [_row(bank, tx, one, weigh=True) for one in found]


def _answered(bank: Bank, one: Application, row: WaitingRow, state: ApplicationState, reason: str) -> Answered:
    """Answer one application; that another one cannot be answered any more is no matter of this one."""
    try:
        done = bank.applying.decide(one.id, state, by=one.organisation, reason=reason)
    except CreditBankError as problem:
        refused = told(problem)
        return Answered(row, words.NOT_ANSWERED, f"{refused} {refused.next_step}".strip())
    return Answered(row, words.APPLICATIONS[done.state], "The learner is told, with your reason.")


def _page(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    given: Mapping[str, str],
    *,
    rows: list[WaitingRow] | None = None,
    outcomes: list[Answered] | None = None,
) -> HTMLResponse:
    verb, consequence = ANSWERS[given["answer"]]
    clear = words.STACKS["adds-up"]
    values = {
        "at": f"/organisations/{short(body)}",
        "rooms": body_rooms(bank, visitor.caller, "/applications"),
        "applications": rows or [],
        "outcomes": outcomes or [],
        "unclear": sum(one.weighed != clear for one in rows or ()) if given["answer"] == "accepted" else 0,
        "given": given,
        "verb": verb,
        "consequence": consequence,
        "field": "",
    }
    return form_page(request, visitor, "answers.html", values, here="office")
