"""A learner's applications as pages: apply, which is the consent to spend credits; follow the state; withdraw.

What the learner agrees to stands on the page in plain words before the form is sent. Where the bank keeps their key it
signs for them, and the page says so; a learner with a wallet of their own brings the signature.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from creditbank.bootstrap import Bank
from creditbank.credential import NotAUnit, UnitFacts, unit_facts
from creditbank.errors import CreditBankError
from creditbank.services.applying import OPEN
from creditbank.services.ports import Transaction
from creditbank.services.records import AwardState, EvaluationRecord, Role
from creditbank.services.standing_records import Application, ApplicationState, ApplicationStep
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource, NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.security import hidden
from creditbank_api.v1.shapes import urn
from creditbank_api.web import words
from creditbank_api.web.account import title_of
from creditbank_api.web.drawing import qr_code
from creditbank_api.web.leafing import LeafingDep
from creditbank_api.web.owners import act_or_say, learner_rooms, named, new_request, own_learner
from creditbank_api.web.session import Visitor, VisitorDep, short
from creditbank_api.web.signing import form_page
from creditbank_api.web.weighing import said
from creditbank_api.web.words import Sign

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
LONGEST_PRESENTATION = 700_000
LISTED = 50
UNDONE = (AwardState.REFUSED, AwardState.REVERSED)


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of an application as it is told: who took it, in which words, to which state."""

    who: str
    sign: Sign
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """An application in a list."""

    href: str
    title: str
    other: str
    sign: Sign
    created: datetime


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a university has weighed for a qualification, so that one can apply for it."""

    evaluation: str
    title: str
    university: str
    sign: Sign


@dataclass(frozen=True, slots=True)
class Form:
    """Everything that the page on which one applies says and asks."""

    href: str
    organisation: str
    university: str
    qualification: str
    title: str
    evaluation: str
    weighed: Sign | None
    sentence: str
    shown: tuple[UnitFacts, ...]
    did: str
    wallet: bool
    challenge: str
    domain: str
    qr: Markup


@dataclass(frozen=True, slots=True)
class ApplicationPage:
    """One application, for its learner or its university."""

    href: str
    title: str
    university: str
    sign: Sign
    sentence: str
    created: datetime
    open: bool
    wanted: str
    signed: bool
    sample: bool
    steps: tuple[StepRow, ...]
    award: str


SENTENCES = {
    ApplicationState.SUBMITTED: "The university has it. Nothing of yours is spent yet.",
    ApplicationState.MORE_WANTED: "The university asks for more before it answers. Your answer sends it on.",
    ApplicationState.WITHDRAWN: "It was taken back. No credit was spent on it.",
    ApplicationState.ACCEPTED: "The university accepted it.",
    ApplicationState.DECLINED: "The university declined it. No credit was spent on it.",
}


FIELDS = {"not-agreed": "agree", "application-not-signed": "presentation", "wallet-signs": "presentation"}


# -- the list, and what one can apply for


@router.get("/learners/{id}/applications")
def applications(request: Request, id: str, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """A learner's applications, and what they could apply for."""
    signed, learner = own_learner(id, visitor)
    with bank.store.transaction() as tx:
        part = asked.newest(lambda page: tx.list_applications(page, learner), LISTED)
        mine = tx.applications_of(learner)
        bodies = {body.id: body for body in tx.organisations()}
        weighed = _newest(tx.evaluations_of(learner))
        has = {(one.organisation, one.qualification) for one in tx.awards_of(learner) if one.state not in UNDONE}
    open_for = has | {(one.organisation, one.qualification) for one in mine if one.state in OPEN}
    universities = sorted((body.name, body.id) for body in bodies.values() if Role.UNIVERSITY in body.roles)
    values = {
        "href": f"/learners/{short(learner)}",
        "rooms": learner_rooms(bank, learner, "/applications"),
        "applications": [
            ApplicationRow(
                f"/learners/{short(learner)}/applications/{short(one.id)}",
                title_of(bank, one.qualification),
                bodies[one.organisation].name,
                words.APPLICATIONS[one.state],
                one.created,
            )
            for one in part.items
        ],
        "part": part,
        "weighed": [
            Weighed(
                short(one.id),
                title_of(bank, one.qualification, one.version),
                bodies[one.organisation].name,
                words.STACKS.get(_result(one)["verdict"], words.UNKNOWN),
            )
            for one in weighed
            if (one.organisation, one.qualification) not in open_for
        ],
        "universities": universities,
        "qualifications": _offered(bank),
    }
    return form_page(request, signed, "applications.html", values, here="account")


def _newest(evaluations: list[EvaluationRecord]) -> list[EvaluationRecord]:
    """The newest evaluation of each university and qualification, those that add up first."""
    newest: dict[tuple[str, str], EvaluationRecord] = {}
    for one in sorted(evaluations, key=lambda one: (one.evaluated, one.id)):
        newest[one.organisation, one.qualification] = one
    return sorted(newest.values(), key=lambda one: (_result(one)["verdict"] != "adds-up", one.qualification))


def _offered(bank: Bank) -> list[tuple[str, str]]:
    """Every qualification of the catalogue by its title, in its newest version."""
    titles = {one.id: one.title for one in bank.catalogue.qualifications()}
    return sorted(titles.items(), key=lambda pair: pair[1])


def _result(record: EvaluationRecord) -> Any:
    document: Any = record.document
    return document["result"]


# -- applying


@router.get("/learners/{id}/applications/new")
def new(
    request: Request,
    id: str,
    bank: BankDep,
    visitor: VisitorDep,
    evaluation: Annotated[str, Query(max_length=60)] = "",
    organisation: Annotated[str, Query(max_length=60)] = "",
    qualification: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What one agrees to by applying, before one does; without a question back to what can be applied for."""
    signed, learner = own_learner(id, visitor)
    if not evaluation and not organisation:
        return RedirectResponse(f"/learners/{short(learner)}/applications", 303)
    with hidden():
        form = _form(bank, learner, evaluation, organisation, qualification)
    return _new_page(request, bank, signed, learner, form)


def _form(bank: Bank, learner: str, evaluation: str, organisation: str, qualification: str) -> Form:
    """The page's content; raises `NotFound` kinds for what there is not, and for another's evaluation."""
    with bank.store.transaction() as tx:
        person = tx.get_learner(learner)
        record = None if not evaluation else tx.get_evaluation(str(urn(evaluation)))
        if record is not None:
            organisation, qualification = record.organisation, record.qualification
        body = tx.get_organisation(str(urn(organisation)))
        if (record is not None and record.learner != learner) or Role.UNIVERSITY not in body.roles:
            raise NoSuchResource
        shown = _presented(tx, learner, record)
    rules = bank.catalogue.qualification(qualification, None if record is None else record.version)
    today = next(one for one in bank.holding.identities(learner) if one.did.did == person.did)
    asked = bank.applying.challenge(learner, body.id, rules.id, None if record is None else record.id)
    return Form(
        href=f"/learners/{short(learner)}",
        organisation=body.id,
        university=body.name,
        qualification=rules.id,
        title=rules.title,
        evaluation="" if record is None else short(record.id),
        weighed=None if record is None else words.STACKS.get(_result(record)["verdict"], words.UNKNOWN),
        sentence="" if record is None else said(str(_result(record)["sentence"])),
        shown=shown,
        did=person.did,
        wallet=not today.held,
        challenge=asked,
        domain=body.did,
        qr=qr_code(f"{asked} {body.did}", "Challenge and domain"),
    )


def _presented(tx: Transaction, learner: str, record: EvaluationRecord | None) -> tuple[UnitFacts, ...]:
    """The credentials that the application shows: those that the sum counts, or all that are held."""
    counted = set() if record is None else {str(use["credential"]) for use in _result(record)["uses"]}
    found = []
    for issued in tx.credentials_of(learner):
        try:
            facts = unit_facts(issued.document)
        except NotAUnit:
            continue
        if not counted or issued.id in counted:
            found.append(facts)
    return tuple(sorted(found, key=lambda one: (one.title, one.credential)))


def _new_page(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    learner: str,
    form: Form,
    problem: CreditBankError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    values = {
        "form": form,
        "rooms": learner_rooms(bank, learner, "/applications"),
        "request_id": (given or {}).get("request") or new_request(),
        "given": given or {"agree": "", "presentation": ""},
        "field": "" if problem is None else FIELDS.get(problem.slug, ""),
    }
    return form_page(request, visitor, "apply.html", values, problem=problem, here="account")


@router.post("/learners/{id}/applications")
async def apply(request: Request, id: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Apply; the same form again leads to the application that it made."""
    signed, learner = own_learner(id, visitor)
    names = ("request", "evaluation", "organisation", "qualification", "agree", "presentation")

    def act(given: dict[str, str]) -> Response:
        if given["agree"] != "yes":
            raise NotAgreed("An application is your consent, and the box that says so is empty.")
        made = bank.applying.submit(
            named(learner, given["request"]),
            learner=learner,
            organisation=str(urn(given["organisation"])),
            qualification=given["qualification"],
            evaluation=str(urn(given["evaluation"])) if given["evaluation"] else None,
            presentation=given["presentation"].strip().encode() or None,
        )
        return RedirectResponse(f"/learners/{short(learner)}/applications/{short(made.id)}", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        with hidden():
            form = _form(bank, learner, given["evaluation"], given["organisation"], given["qualification"])
        return _new_page(request, bank, signed, learner, form, problem, given)

    return await act_or_say(request, signed, names, act, say, most=LONGEST_PRESENTATION)


# -- one application


def application_page(bank: Bank, found: Application, href: str, *, for_learner: bool) -> ApplicationPage:
    """An application as either side reads it."""
    history = bank.applying.history(found.id)
    with bank.store.transaction() as tx:
        university = tx.get_organisation(found.organisation).name
    sentence = SENTENCES[found.state]
    if found.award is not None:
        sentence = "The university made the award. The credits that it counts are spent on it."
    elif not for_learner and found.state is ApplicationState.SUBMITTED:
        sentence = "It waits for your answer. Nothing is spent yet."
    elif not for_learner and found.state is ApplicationState.MORE_WANTED:
        sentence = "You asked for more. It waits for the learner."
    last = history[-1]
    return ApplicationPage(
        href=href,
        title=title_of(bank, found.qualification),
        university=university,
        sign=words.APPLICATIONS[found.state],
        sentence=sentence,
        created=found.created,
        open=found.state in OPEN,
        wanted=last.reason if found.state is ApplicationState.MORE_WANTED else "",
        signed=found.signed is not None,
        sample=found.sample,
        steps=tuple(_step(step, university, for_learner=for_learner) for step in history),
        award="" if found.award is None else f"/awards/{short(found.award)}",
    )


def _step(step: ApplicationStep, university: str, *, for_learner: bool) -> StepRow:
    kind = step.actor.partition(":")[0]
    who = {
        "learner": "You" if for_learner else "The learner",
        "organisation": university if for_learner else "You",
    }.get(kind, "The bank")
    said = "" if step.number == 1 and step.reason == "applied" else step.reason
    if said.startswith("awarded: "):
        said = "The award was made."
    return StepRow(who, words.APPLICATIONS[step.state], said, step.at)


@router.get("/learners/{id}/applications/{application}")
def application(request: Request, id: str, application: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """An application with every step of it."""
    signed, learner = own_learner(id, visitor)
    return _one(request, bank, signed, learner, application)


def _one(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    learner: str,
    application: str,
    problem: CreditBankError | None = None,
    field: str = "",
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    href = f"/learners/{short(learner)}/applications/{application}"
    with hidden():
        found = bank.applying.get(str(urn(application)), subject=learner)
        shown = application_page(bank, found, href, for_learner=True)
    values = {
        "page": shown,
        "rooms": learner_rooms(bank, learner, "/applications"),
        "at": f"/learners/{short(learner)}",
        "field": field,
        "said": (given or {}).get("reason", ""),
    }
    return form_page(request, visitor, "application.html", values, problem=problem, here="account")


@router.post("/learners/{id}/applications/{application}/withdrawal")
async def withdraw(request: Request, id: str, application: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Take an application back while it is open."""
    return await _move(request, id, application, bank, visitor, "withdraw")


@router.post("/learners/{id}/applications/{application}/addition")
async def add(request: Request, id: str, application: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Answer a university that wants more."""
    return await _move(request, id, application, bank, visitor, "add")


async def _move(
    request: Request, id: str, application: str, bank: Bank, visitor: Visitor | None, step: str
) -> Response:
    signed, learner = own_learner(id, visitor)
    act = bank.applying.withdraw if step == "withdraw" else bank.applying.add

    def done(given: dict[str, str]) -> Response:
        reason = given["reason"].strip()[:2000] or ("withdrawn by the learner" if step == "withdraw" else "")
        if not reason:
            raise NotAgreed("There is nothing to send yet.", next_step="Write what the university asks for.")
        act(str(urn(application)), by=learner, reason=reason)
        return RedirectResponse(f"/learners/{short(learner)}/applications/{application}", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _one(request, bank, signed, learner, application, problem, f"{step}-reason", given)

    return await act_or_say(request, signed, ("reason",), done, say)
