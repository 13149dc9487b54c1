"""Whose pages they are: a learner's own, or those of an organisation that somebody acts for.

Anybody else's are no pages at all, whether they exist or not (threat 42). What every one of them shows beside its own
matter is where else to go (`Room`), and how many notices wait there.
"""

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.noticing import to_learner, to_organisation
from creditbank.services.rights import CallerRole, Scope
from creditbank_api.errors import NoSuchResource, NotForThisRole, NotSignedIn, ScopeMissing
from creditbank_api.idempotency import note_asked
from creditbank_api.security import Caller, hidden
from creditbank_api.v1.shapes import urn
from creditbank_api.web.forms import own_form
from creditbank_api.web.session import Visitor, short
from creditbank_api.web.signing import told

Act = Callable[[dict[str, str]], Response]
Say = Callable[[CreditBankError, dict[str, str]], Response]


@dataclass(frozen=True, slots=True)
class Room:
    """One of the pages of an owner; `waiting` is how much there nobody has looked at yet."""

    href: str
    text: str
    here: bool = False
    waiting: int = 0


def own_learner(id: str, visitor: Visitor | None) -> tuple[Visitor, str]:
    """The learner whose page it is, if they are the one who asks; nobody acts in another's place."""
    signed = _signed(visitor)
    learner = str(urn(id))
    if not signed.caller.is_learner or signed.caller.subject != learner:
        raise NoSuchResource
    return signed, learner


def own_body(id: str, visitor: Visitor | None, *scopes: Scope, role: CallerRole | None = None) -> tuple[Visitor, str]:
    """The organisation whose page it is, if the one who asks acts for it, as this `role` and with these scopes.

    Raises `NotSignedIn`, `NoSuchResource` for anybody else's, and `NotForThisRole` or `ScopeMissing` for a member who
    may not do this.
    """
    signed = _signed(visitor)
    organisation = str(urn(id))
    if not signed.acts_for_a_body or signed.caller.subject != organisation:
        raise NoSuchResource
    if role is not None and not signed.caller.plays(role):
        raise NotForThisRole(f"This page is for an organisation that is a {role}.")
    for scope in scopes:
        if scope not in signed.caller.scopes:
            raise ScopeMissing(scope)
    return signed, organisation


def _signed(visitor: Visitor | None) -> Visitor:
    if visitor is None:
        raise NotSignedIn("This page opens for those whom it is about.", next_step="Sign in, then open it again.")
    return visitor


def learner_rooms(bank: Bank, learner: str, here: str) -> tuple[Room, ...]:
    """Where a learner goes from any page of theirs; awards in question are named only where there are some."""
    at = f"/learners/{short(learner)}"
    rooms = [("", "Credits", 0), ("/applications", "Applications", 0)]
    if (flags := bank.flagging.counted(learner)).all:
        rooms.append(("/flags", "Awards in question", flags.silent))
    rooms += [
        ("/notices", "Notices", bank.noticing.waiting(to_learner(learner))),
        ("/shares", "Shares", 0),
        ("/identity", "Identity", 0),
        ("/leaving", "Take along, merge, leave", 0),
    ]
    return tuple(Room(f"{at}{path}", text, here == path, waiting) for path, text, waiting in rooms)


def body_rooms(bank: Bank, caller: Caller, here: str) -> tuple[Room, ...]:
    """Where a member goes from any page of their organisation: only what they may open."""
    at = f"/organisations/{short(caller.subject)}"
    registrar, provider = caller.plays(CallerRole.REGISTRAR), caller.plays(CallerRole.PROVIDER)
    waiting = bank.noticing.waiting(to_organisation(caller.subject)) if Scope.NOTICES_READ in caller.scopes else 0
    rooms = [
        ("", "Overview", 0, True),
        ("/applications", "Applications", 0, registrar and Scope.AWARDS_READ in caller.scopes),
        ("/flags", "Awards in question", 0, registrar and Scope.AWARDS_READ in caller.scopes),
        ("/decisions", "Decisions", 0, registrar and Scope.EVALUATIONS_READ in caller.scopes),
        ("/uploads", "Issue from a table", 0, provider and Scope.CREDENTIALS_ISSUE in caller.scopes),
        ("/notices", "Notices", waiting, Scope.NOTICES_READ in caller.scopes),
        ("/members", "Members", 0, Scope.MEMBERS_READ in caller.scopes),
        ("/sign-in", "Sign-in", 0, Scope.MEMBERS_READ in caller.scopes),
        ("/keys", "Signing keys", 0, Scope.KEYS_MANAGE in caller.scopes),
        ("/webhooks", "Webhooks", 0, Scope.WEBHOOKS_MANAGE in caller.scopes),
        ("/tokens", "Tokens", 0, Scope.TOKENS_MANAGE in caller.scopes),
    ]
    return tuple(Room(f"{at}{path}", text, here == path, count) for path, text, count, may in rooms if may)


def new_request() -> str:
    """The name of what a form asks for, so that a form that is sent twice does it once."""
    return str(uuid.uuid4())


def named(owner: str, request: str) -> str:
    """The request id of a form under its owner: nobody else's form can stand under it."""
    return f"page:{owner}:{request[:60]}"


def note_form(bank: Bank, caller: Caller, name: str, path: str) -> None:
    """Note who sends a form in an organisation's name, under the name by which it is done once, if it has one."""
    with bank.store.transaction() as tx:
        note_asked(tx, caller, named(caller.subject, name or new_request()), f"form {path}", bank.clock.now())


async def act_or_say(
    request: Request,
    visitor: Visitor,
    names: tuple[str, ...],
    act: Act,
    say: Say,
    *,
    most: int = 0,
    unknown: bool = False,
) -> Response:
    """Read a form and act; what a rule refuses is said on the page that the form stands on, with what was typed.

    What is not found is no page, unless it is an `unknown` code that was typed into the form.
    """
    given = await own_form(request, visitor, *names, most=most)

    def done() -> Response:
        try:
            with nullcontext() if unknown else hidden():
                note_form(request.app.state.bank, visitor.caller, given.get("request", ""), request.url.path)
                return act(given)
        except NoSuchResource:
            raise
        except CreditBankError as problem:
            return say(told(problem), given)

    return await run_in_threadpool(done)
