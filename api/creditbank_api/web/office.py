"""A university's side of applications, and the first page of every organisation: receive, weigh, answer, award.

The award shows before it is made what it will spend. It is made once: a form that is sent again leads to the same one.
"""

from dataclasses import dataclass
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError, Unavailable
from creditbank.services.applying import OPEN
from creditbank.services.records import EvaluationRecord
from creditbank.services.rights import CallerRole, Scope
from creditbank.services.sharing import LotView
from creditbank.services.standing_records import Application, ApplicationState
from creditbank.units import Credits
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.security import hidden
from creditbank_api.v1.shapes import urn
from creditbank_api.web import words
from creditbank_api.web.applications import application_page
from creditbank_api.web.owners import act_or_say, body_rooms, named, new_request, own_body
from creditbank_api.web.session import Visitor, VisitorDep, short
from creditbank_api.web.signing import form_page
from creditbank_api.web.weighing import qualification_page

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
READS: Final = (Scope.AWARDS_READ,)
ANSWERS: Final = {
    "accepted": ("Accept it", "The award is made afterwards."),
    "more-wanted": ("Ask for more", "The learner is asked, and sends it on with an answer."),
    "declined": ("Decline it", "Final. No credit is spent."),
}


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies: the name that the application shows, and how this university knows them, where it does."""

    name: str
    did: str
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spending:
    """Credits that an award would spend."""

    title: str
    provider: str
    amount: str
    free: bool


# -- the first page


@router.get("/organisations/{organisation}")
def overview(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """What waits in an organisation, for those of its members who may look at it."""
    signed, body = own_body(organisation, visitor)
    caller, rooms = signed.caller, body_rooms(bank, signed.caller, "")
    with bank.store.transaction() as tx:
        record = tx.get_organisation(body)
        waits = []
        if caller.plays(CallerRole.REGISTRAR) and Scope.AWARDS_READ in caller.scopes:
            waits.append(("applications", tx.count_applications(body, OPEN)))
            waits.append(("flags", tx.count_flags(body).open))
    values = {
        "body": record,
        "kinds": sorted(str(role) for role in record.roles),
        "at": f"/organisations/{short(body)}",
        "waits": dict(waits),
        "rooms": rooms,
        "person": signed.person,
        "scopes": sorted(caller.scopes) if signed.person else [],
    }
    return form_page(request, signed, "office.html", values, here="office")


# -- applications


@router.get("/organisations/{organisation}/applications/{application}")
def one(request: Request, organisation: str, application: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """One application: who, what the credits add up to, and the answer."""
    signed, body = own_body(organisation, visitor, *READS, role=CallerRole.REGISTRAR)
    return _one(request, bank, signed, body, application)


def _one(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    application: str,
    problem: CreditBankError | None = None,
    field: str = "",
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    at = f"/organisations/{short(body)}"
    with hidden():
        found = bank.applying.get(str(urn(application)), subject=body)
        shown = application_page(bank, found, f"{at}/applications/{short(found.id)}", for_learner=False)
    evaluations = _evaluations(bank, found)
    weighed = None if not evaluations else qualification_page(bank, evaluations[0], evaluations)
    scopes = visitor.caller.scopes
    values = {
        "page": shown,
        "at": at,
        "rooms": body_rooms(bank, visitor.caller, "/applications"),
        "applicant": _applicant(bank, found),
        "weighed": weighed,
        "evaluation": short(evaluations[0].id) if evaluations else "",
        "adds_up": weighed is not None and weighed.sign is words.STACKS["adds-up"],
        "spends": () if not evaluations else _spends(bank, evaluations[0]),
        "may_weigh": Scope.EVALUATIONS_WRITE in scopes and found.award is None,
        "may_answer": Scope.AWARDS_WRITE in scopes and shown.open,
        "may_award": Scope.AWARDS_WRITE in scopes and found.award is None and _awardable(found),
        "answers": ANSWERS.items(),
        "field": field,
        "given": given or {"answer": "", "reason": ""},
        "request_id": (given or {}).get("request") or new_request(),
    }
    return form_page(request, visitor, "decide.html", values, problem=problem, here="office")


def _awardable(found: Application) -> bool:
    return found.state in (ApplicationState.SUBMITTED, ApplicationState.ACCEPTED) and not found.sample


def _evaluations(bank: Bank, found: Application) -> list[EvaluationRecord]:
    """What this university has weighed for the application, newest first; nothing of an account that was erased."""
    with bank.store.transaction() as tx:
        if tx.find_learner(found.learner) is None:
            return []
        mine = [
            one
            for one in tx.evaluations_of(found.learner)
            if (one.organisation, one.qualification) == (found.organisation, found.qualification)
        ]
    return sorted(mine, key=lambda one: (one.evaluated, one.id), reverse=True)


def _applicant(bank: Bank, found: Application) -> Applicant:
    with bank.store.transaction() as tx:
        person = tx.find_learner(found.learner)
        if person is None:
            return Applicant("An erased account", "", ())
        known = [one for one in tx.enrolments_of(person.id) if one.organisation == found.organisation]
    return Applicant(person.name, person.did, tuple(f"{one.number} {one.name}".strip() for one in known))


def _spends(bank: Bank, record: EvaluationRecord) -> tuple[Spending, ...]:
    """What an award on this evaluation would spend, and whether it is free today, before anybody makes it."""
    held = {view.facts.credential: view for view in bank.sharing.account(record.learner).lots}
    document: Any = record.document
    return tuple(_spending(held.get(use["credential"]), use) for use in document["result"]["uses"])


def _spending(view: LotView | None, use: Any) -> Spending:
    amount = f"{use['amount']} {use['system']}"
    if view is None:
        return Spending(use["credential"], "", amount, free=False)
    free = not view.lot.revoked and Credits.parse(use["amount"]) <= view.lot.available
    return Spending(view.facts.title, view.provider, amount, free)


@router.post("/organisations/{organisation}/applications/{application}/weighing")
async def weigh(request: Request, organisation: str, application: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Weigh what the learner holds today against the rules that are in force."""
    signed, body = own_body(organisation, visitor, *READS, Scope.EVALUATIONS_WRITE, role=CallerRole.REGISTRAR)

    def act(_given: dict[str, str]) -> Response:
        found = bank.applying.get(str(urn(application)), subject=body)
        bank.shares.require_consent(found.learner, body)
        bank.evaluating.evaluate(learner=found.learner, qualification=found.qualification, organisation=body)
        return _back(body, application, "#weighed")

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        return _one(request, bank, signed, body, application, problem, "weigh")

    return await act_or_say(request, signed, (), act, say)


@router.post("/organisations/{organisation}/applications/{application}/answer")
async def answer(request: Request, organisation: str, application: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Accept, decline, or ask for more, with the reason that the learner reads."""
    signed, body = own_body(organisation, visitor, *READS, Scope.AWARDS_WRITE, role=CallerRole.REGISTRAR)

    def act(given: dict[str, str]) -> Response:
        reason = given["reason"].strip()[:2000]
        if given["answer"] not in ANSWERS or not reason:
            raise NotAgreed(
                "An answer has a choice and a reason.", next_step="Choose, and write what the learner reads."
            )
        bank.applying.decide(str(urn(application)), ApplicationState(given["answer"]), by=body, reason=reason)
        return _back(body, application)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _one(request, bank, signed, body, application, problem, "reason", given)

    return await act_or_say(request, signed, ("answer", "reason"), act, say)


@router.post("/organisations/{organisation}/applications/{application}/award")
async def award(request: Request, organisation: str, application: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Make the award on the evaluation that the page showed; one that is still on its way is shown as that."""
    signed, body = own_body(organisation, visitor, *READS, Scope.AWARDS_WRITE, role=CallerRole.REGISTRAR)

    def act(given: dict[str, str]) -> Response:
        found = bank.applying.get(str(urn(application)), subject=body)
        evaluation = str(urn(given["evaluation"]))
        if evaluation not in {one.id for one in _evaluations(bank, found)}:
            raise NotAgreed("This was not weighed for this application.", next_step="Weigh the credits, and try again.")
        name = named(body, given["request"])
        try:
            with request.app.state.turns.of(body):
                made = bank.awarding.award(name, evaluation=evaluation, by=body)
        except Unavailable:
            with bank.store.transaction() as tx:
                begun = tx.find_award_by_request(name)
            if begun is None:
                raise
            made = begun
        return RedirectResponse(f"/awards/{short(made.id)}", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _one(request, bank, signed, body, application, problem, "award", {"answer": "", "reason": "", **given})

    return await act_or_say(request, signed, ("request", "evaluation"), act, say)


def _back(body: str, application: str, part: str = "") -> RedirectResponse:
    return RedirectResponse(f"/organisations/{short(body)}/applications/{application}{part}", 303)
