"""A body's decisions as a page: what it has in force, and what a change of them would mean for whom it holds.

Policies of conversion, recognitions, acceptances and exceptions are signed once and for all, so they are tried first: a
stretch of the evaluations that stand is weighed by today's decisions and by the changed ones. Nothing is kept of it.
"""

import time
from dataclasses import dataclass
from datetime import date
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from creditbank.bootstrap import Bank
from creditbank.canonical import digest_text, parse_digest
from creditbank.errors import CreditBankError
from creditbank.framework import load_document
from creditbank.services.deciding import Adopted, NotADecision
from creditbank.services.rights import CallerRole, Scope
from creditbank.services.simulating import Simulated, Simulation
from creditbank.verification import version_of
from creditbank_api.dependencies import BankDep
from creditbank_api.requests import StrictRoute
from creditbank_api.web import words
from creditbank_api.web.account import title_of
from creditbank_api.web.owners import act_or_say, body_rooms, own_body
from creditbank_api.web.session import Visitor, VisitorDep, short
from creditbank_api.web.signing import form_page
from creditbank_api.web.words import Sign

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
AT: Final = "/organisations/{organisation}/decisions"
NEEDS: Final = (Scope.EVALUATIONS_READ,)
LONGEST: Final = 100_000
LOOKED_AT: Final = 10
"""So many evaluations are weighed for one page; the next ones are a form away."""
PATIENCE: Final = 10
"""Seconds after which no other is begun: a browser, and a proxy before us, wait for a minute or so."""
SHOWN: Final = 40
"""So many decisions can be ticked; a form has no more fields."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision of the body's that is in force today."""

    digest: str
    id: str
    version: str
    kind: str
    since: date


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """An evaluation that a change would change, or that could not be weighed."""

    id: str
    title: str
    before: Sign | None
    after: Sign | None
    sentences: tuple[str, ...]
    trouble: str


@router.get(AT)
def decisions(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What is in force, and the form for trying a change."""
    signed, body = own_body(organisation, visitor, *NEEDS, role=CallerRole.REGISTRAR)
    return _page(request, bank, signed, body)


@router.post(f"{AT}/simulation")
async def simulate(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """What a stretch of the standing evaluations would say under the change."""
    signed, body = own_body(organisation, visitor, *NEEDS, role=CallerRole.REGISTRAR)

    def act(given: dict[str, str]) -> Response:
        text, ended = given["decision"].strip(), [parse_digest(one) for one in given["ended"].split()]
        if not text and not ended:
            raise NotADecision("Nothing is to be tried.", next_step="Write a decision, or tick one that would end.")
        adopted = [load_document(text.encode())] if text else []
        until = time.monotonic() + PATIENCE
        found = bank.simulating.simulate(
            body,
            adopted=adopted,
            ended=ended,
            after=given["after"] or None,
            limit=LOOKED_AT,
            enough=lambda: time.monotonic() > until,
        )
        return _page(request, bank, signed, body, given=given, found=found)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _page(request, bank, signed, body, problem, given)

    return await act_or_say(request, signed, ("decision", "ended", "after"), act, say, most=LONGEST, unknown=True)


def _page(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    problem: CreditBankError | None = None,
    given: dict[str, str] | None = None,
    found: Simulation | None = None,
) -> HTMLResponse:
    today = bank.clock.now().date()
    standing = [one for one in bank.deciding.adopted(body) if one.holds_on(today)]
    values = {
        "at": f"/organisations/{short(body)}",
        "rooms": body_rooms(bank, visitor.caller, "/decisions"),
        "decisions": [_row(one) for one in standing[:SHOWN]],
        "others": max(0, len(standing) - SHOWN),
        "given": {"decision": "", "ended": "", "after": ""} | (given or {}),
        "field": "" if problem is None else "decision",
        "found": found,
        "changes": [] if found is None else [_change(bank, one) for one in found.changed],
        "gained": 0 if found is None else found.turned("adds-up"),
        "lost": 0 if found is None else sum(one.before == "adds-up" != one.after for one in found.changed),
    }
    return form_page(request, visitor, "policies.html", values, problem=problem, here="office")


def _row(one: Adopted) -> DecisionRow:
    signed = one.signed
    return DecisionRow(
        digest_text(signed.digest), one.decision.id, version_of(one.decision) or "", signed.kind, signed.adopted
    )


def _change(bank: Bank, one: Simulated) -> ChangeRow:
    record = one.record
    before, after = (
        words.STACKS.get(verdict, words.UNKNOWN) if verdict else None for verdict in (one.before, one.after)
    )
    sentences = () if one.difference is None else one.difference.sentences
    title = title_of(bank, record.qualification, record.version)
    return ChangeRow(short(record.id), title, before, after, sentences, one.trouble)
