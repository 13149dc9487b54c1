"""Awards in question: a credential that an award counts was revoked. The learner speaks, the university decides.

What the university may decide follows from the policy that it had stated when the credential fell; the page says so
beside the choice, and says until when a learner has to speak.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from creditbank.bootstrap import Bank
from creditbank.credential import NotAUnit, unit_facts
from creditbank.errors import CreditBankError, NotFound
from creditbank.services.flagging import APPEAL
from creditbank.services.ports import Transaction
from creditbank.services.records import AwardRecord
from creditbank.services.rights import CallerRole, Scope
from creditbank.services.standing_records import AwardFlag, FlagPolicy, FlagState
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NotAgreed
from creditbank_api.requests import StrictRoute
from creditbank_api.security import Caller, hidden
from creditbank_api.v1.shapes import urn
from creditbank_api.web import words
from creditbank_api.web.account import title_of
from creditbank_api.web.leafing import Leafing, LeafingDep
from creditbank_api.web.owners import act_or_say, body_rooms, learner_rooms, own_body, own_learner
from creditbank_api.web.session import Visitor, VisitorDep, short
from creditbank_api.web.signing import form_page
from creditbank_api.web.words import Sign

router = APIRouter(route_class=StrictRoute, include_in_schema=False)
LISTED: Final = 50
POLICIES: Final = {
    FlagPolicy.FLAG: "The award stands. The flag stays as the record that one of its credits fell.",
    FlagPolicy.REVIEW: "You decide, when the learner has spoken or could have.",
    FlagPolicy.REVOKE: "The award is revoked, unless the learner's statement convinces you.",
}


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One award in question, as it is listed."""

    href: str
    award: str
    unit: str
    other: str
    sign: Sign
    at: datetime


@dataclass(frozen=True, slots=True)
class FlagPage:
    """One award in question, as either side reads it."""

    href: str
    award: str
    award_href: str
    unit: str
    university: str
    reason: str
    policy: str
    sign: Sign
    at: datetime
    until: datetime
    open: bool
    statement: str
    stated: datetime | None
    decision: str
    decided: datetime | None
    may_revoke: bool
    may_stand: bool
    why_not: str


def _award(bank: Bank, tx: Transaction, award: str) -> tuple[str, str]:
    """What an award is called and where its page is; one that was made elsewhere has only its name."""
    made = tx.find_award(award)
    if made is None:
        return award, ""
    return title_of(bank, made.qualification, made.version), f"/awards/{short(award)}"


def _unit(tx: Transaction, credential: str) -> str:
    try:
        return unit_facts(tx.get_credential(credential).document).title
    except (NotFound, NotAUnit):
        return credential


def _listed(bank: Bank, asked: Leafing, subject: str, at: str, *, for_learner: bool) -> dict[str, Any]:
    with bank.store.transaction() as tx:
        part = asked.newest(lambda page: tx.list_flags(page, subject), LISTED)
    return {"part": part, "rows": _rows(bank, part.items, at, for_learner=for_learner)}


def _rows(bank: Bank, found: Sequence[AwardFlag], at: str, *, for_learner: bool) -> list[FlagRow]:
    with bank.store.transaction() as tx:
        return [
            FlagRow(
                f"{at}/flags/{short(one.id)}",
                _award(bank, tx, one.award)[0],
                _unit(tx, one.credential),
                tx.get_organisation(one.organisation).name if for_learner else _spoken(one),
                words.FLAGS[one.state],
                one.at,
            )
            for one in found
        ]


def _spoken(flag: AwardFlag) -> str:
    return "the learner has spoken" if flag.stated is not None else "the learner has not spoken"


def _page(bank: Bank, flag: AwardFlag, at: str) -> FlagPage:
    with bank.store.transaction() as tx:
        award, award_href = _award(bank, tx, flag.award)
        unit, university = _unit(tx, flag.credential), tx.get_organisation(flag.organisation).name
    heard = flag.stated is not None
    over = bank.clock.now() >= flag.at + APPEAL
    keeps, needs = flag.policy is FlagPolicy.FLAG, flag.policy is FlagPolicy.REVOKE
    why = ""
    if keeps:
        why = "Under this policy the award stands, and cannot be revoked for this."
    elif not heard and not over:
        why = f"The learner has until {words.moment(flag.at + APPEAL)} to speak. Until then it cannot be revoked."
    return FlagPage(
        href=f"{at}/flags/{short(flag.id)}",
        award=award,
        award_href=award_href,
        unit=unit,
        university=university,
        reason=flag.reason,
        policy=str(flag.policy),
        sign=words.FLAGS[flag.state],
        at=flag.at,
        until=flag.at + APPEAL,
        open=flag.state is FlagState.OPEN,
        statement=flag.statement,
        stated=flag.stated,
        decision=flag.decision,
        decided=flag.decided,
        may_revoke=not keeps and (heard or over),
        may_stand=not needs or heard,
        why_not=why,
    )


def flags_on(bank: Bank, award: AwardRecord, caller: Caller) -> list[FlagRow]:
    """What puts an award in question, or did, for its learner and for a member who may read it; nothing for others."""
    if not caller.is_learner and Scope.AWARDS_READ not in caller.scopes:
        return []
    at = f"/learners/{short(award.learner)}" if caller.is_learner else f"/organisations/{short(award.organisation)}"
    with bank.store.transaction() as tx:
        mine = [one for one in tx.flags_on(award.id) if one.organisation == award.organisation]
    own = [one for one in mine if caller.subject in (one.learner, one.organisation)]
    return _rows(bank, own, at, for_learner=caller.is_learner)


# -- a learner's side


@router.get("/learners/{id}/flags")
def of_learner(request: Request, id: str, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """The awards of a learner that are in question, or were."""
    signed, learner = own_learner(id, visitor)
    at = f"/learners/{short(learner)}"
    values = _listed(bank, asked, learner, at, for_learner=True) | {"rooms": learner_rooms(bank, learner, "/flags")}
    return form_page(request, signed, "flags.html", values | {"owner": "My account", "policy": ""}, here="account")


@router.get("/learners/{id}/flags/{flag}")
def learner_flag(request: Request, id: str, flag: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """One award in question, with the form for a statement."""
    signed, learner = own_learner(id, visitor)
    return _of_learner(request, bank, signed, learner, flag)


def _of_learner(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    learner: str,
    flag: str,
    problem: CreditBankError | None = None,
    said: str = "",
) -> HTMLResponse:
    at = f"/learners/{short(learner)}"
    with hidden():
        page = _page(bank, bank.flagging.get(str(urn(flag)), subject=learner), at)
    values = {"page": page, "at": at, "rooms": learner_rooms(bank, learner, "/flags"), "owner": "My account"}
    values |= {"for_learner": True, "said": said, "field": "statement" if problem else "", "may": False}
    return form_page(request, visitor, "flag.html", values, problem=problem, here="account")


@router.post("/learners/{id}/flags/{flag}/statement")
async def state(request: Request, id: str, flag: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """State one's case, once, before it is decided."""
    signed, learner = own_learner(id, visitor)

    def act(given: dict[str, str]) -> Response:
        if not given["statement"].strip():
            raise NotAgreed("There is nothing to send yet.", next_step="Write what the university should know.")
        bank.flagging.state(str(urn(flag)), by=learner, statement=given["statement"].strip()[:2000])
        return RedirectResponse(f"/learners/{short(learner)}/flags/{flag}", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _of_learner(request, bank, signed, learner, flag, problem, given["statement"])

    return await act_or_say(request, signed, ("statement",), act, say)


# -- a university's side


@router.get("/organisations/{organisation}/flags")
def of_body(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep, asked: LeafingDep) -> HTMLResponse:
    """The awards of a university that are in question, or were, and the policy that it has stated."""
    signed, body = own_body(organisation, visitor, Scope.AWARDS_READ, role=CallerRole.REGISTRAR)
    at = f"/organisations/{short(body)}"
    values = {
        "at": at,
        "rooms": body_rooms(bank, signed.caller, "/flags"),
        "owner": "My organisation",
        "policy": str(bank.flagging.policy(body)),
        "policies": [(str(policy), sentence) for policy, sentence in POLICIES.items()],
        "may": Scope.AWARDS_WRITE in signed.caller.scopes,
    } | _listed(bank, asked, body, at, for_learner=False)
    return form_page(request, signed, "flags.html", values, here="office")


@router.post("/organisations/{organisation}/flags")
async def set_policy(request: Request, organisation: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """State a policy; it counts for what is flagged from now on."""
    signed, body = own_body(organisation, visitor, Scope.AWARDS_WRITE, role=CallerRole.REGISTRAR)

    def act(given: dict[str, str]) -> Response:
        if given["policy"] not in set(FlagPolicy):
            raise NotAgreed("No policy was chosen.", next_step="Choose one of the three.")
        bank.flagging.set_policy(body, FlagPolicy(given["policy"]))
        return RedirectResponse(f"/organisations/{short(body)}/flags", 303)

    def say(problem: CreditBankError, _given: dict[str, str]) -> Response:
        raise problem

    return await act_or_say(request, signed, ("policy",), act, say)


@router.get("/organisations/{organisation}/flags/{flag}")
def body_flag(request: Request, organisation: str, flag: str, bank: BankDep, visitor: VisitorDep) -> HTMLResponse:
    """One award in question, with what may be decided."""
    signed, body = own_body(organisation, visitor, Scope.AWARDS_READ, role=CallerRole.REGISTRAR)
    return _of_body(request, bank, signed, body, flag)


def _of_body(
    request: Request,
    bank: Bank,
    visitor: Visitor,
    body: str,
    flag: str,
    problem: CreditBankError | None = None,
    given: dict[str, str] | None = None,
) -> HTMLResponse:
    at = f"/organisations/{short(body)}"
    with hidden():
        page = _page(bank, bank.flagging.get(str(urn(flag)), subject=body), at)
    values = {
        "page": page,
        "at": at,
        "rooms": body_rooms(bank, visitor.caller, "/flags"),
        "owner": "My organisation",
        "for_learner": False,
        "said": (given or {}).get("reason", ""),
        "chosen": (given or {}).get("decision", ""),
        "field": "" if problem is None else "reason",
        "may": Scope.AWARDS_WRITE in visitor.caller.scopes,
    }
    return form_page(request, visitor, "flag.html", values, problem=problem, here="office")


@router.post("/organisations/{organisation}/flags/{flag}/decision")
async def decide(request: Request, organisation: str, flag: str, bank: BankDep, visitor: VisitorDep) -> Response:
    """Let the award stand or revoke it, as the policy allows."""
    signed, body = own_body(organisation, visitor, Scope.AWARDS_WRITE, role=CallerRole.REGISTRAR)

    def act(given: dict[str, str]) -> Response:
        if given["decision"] not in ("stands", "revoke") or not given["reason"].strip():
            raise NotAgreed("A decision has a choice and a reason.", next_step="Choose, and write why.")
        revoke = given["decision"] == "revoke"
        with request.app.state.turns.of(body):
            bank.flagging.decide(str(urn(flag)), by=body, revoke=revoke, reason=given["reason"].strip()[:2000])
        return RedirectResponse(f"/organisations/{short(body)}/flags/{flag}", 303)

    def say(problem: CreditBankError, given: dict[str, str]) -> Response:
        return _of_body(request, bank, signed, body, flag, problem, given)

    return await act_or_say(request, signed, ("decision", "reason"), act, say)
