"""Who asks: bearer tokens, and what their holders may do (threats 42, 53 and 54).

A caller needs the role that a resource is for, and the scope that it names (`needs`). What belongs to somebody else
looks exactly like what does not exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from creditbank.bootstrap import Bank
from creditbank.errors import NotFound
from creditbank.services.access import Holder
from creditbank.services.membership import Giver
from creditbank.services.rights import ALL, Acting, CallerRole, Scope
from creditbank.services.secret_texts import Prefix
from creditbank_api.dependencies import BankDep, address
from creditbank_api.errors import NoSuchResource, NotForThisRole, NotSignedIn, ScopeMissing
from creditbank_api.limits import Counter
from creditbank_api.threads import THREADS

__all__ = ["Acting", "Caller", "CallerRole", "Scope"]

MAX_TOKEN: Final = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and as what: an organisation may be provider, university and agency at once.

    `subject` is the organisation or learner that the caller speaks for, empty for an admin; `person` is who acts, empty
    where a key does; `scopes` is all that this session or key may do; `token` is the id of a key that a member made,
    and `key` the name of a plain one. Ask `plays`, never compare roles.
    """

    roles: frozenset[CallerRole]
    subject: str
    label: str
    person: str = ""
    scopes: frozenset[Scope] = ALL
    key: str = ""
    token: str = ""

    @classmethod
    def acting(cls, acting: Acting, *, person: str, label: str) -> "Caller":
        """A person who is signed in and acts for one of those they may act for."""
        return cls(acting.roles, acting.subject, label, person, acting.scopes)

    @property
    def scope(self) -> str:
        """A name for this caller that no other caller shares; idempotency keys live inside it.

        A plain token keeps the name that it had before organisations had members, so that a retry after an upgrade
        still finds its first answer.
        """
        if self.key:
            return self.key
        if self.is_learner:
            return f"{CallerRole.LEARNER}:{self.subject}"
        return f"organisation:{self.subject}"

    @property
    def actor(self) -> str:
        """Who acts, as it stands in the audit trail: a person where there is one, else whom the key speaks for."""
        if self.token:
            return f"token:{self.token}"
        return f"person:{self.person}" if self.person else self.scope

    @property
    def giver(self) -> Giver:
        """What this caller may give to others: all that it holds, and never an owner's role unless it is an owner."""
        return Giver(self.actor, self.scopes)

    @property
    def is_learner(self) -> bool:
        """Whether a learner asks about their own account."""
        return CallerRole.LEARNER in self.roles

    @property
    def is_admin(self) -> bool:
        """Whether this caller may look at everything."""
        return CallerRole.ADMIN in self.roles

    def plays(self, *roles: CallerRole) -> bool:
        """Whether the caller may speak as one of these."""
        return not self.roles.isdisjoint(roles)

    def is_any_of(self, *subjects: str) -> bool:
        """Whether this caller speaks for one of these, or is an admin."""
        return self.is_admin or (self.subject != "" and self.subject in subjects)


bearer = HTTPBearer(auto_error=False, scheme_name="token", description="A token of the bank, with its scopes.")


def identify(bank: Bank, token: str) -> Caller | None:
    """The caller that a token stands for; None for an unknown, expired or impossible one."""
    if not token.isascii() or not token.isprintable() or len(token) > MAX_TOKEN:
        return None
    if token.startswith((Prefix.TOKEN, Prefix.ACCESS)):
        room = bank.access if token.startswith(Prefix.TOKEN) else bank.granting
        held = room.holder(token)
        return None if held is None else of_holder(held)
    known = bank.registering.who(token) if bank.settings.demo_tokens else None
    if known is None or known.role not in set(CallerRole):
        return None
    role = CallerRole(known.role)
    return Caller(frozenset({role}), known.subject, known.label, key=f"{role}:{known.subject}")


def of_holder(held: Holder) -> Caller:
    """The caller behind a key of a program: the person who let a client act, or else nobody but the key."""
    return Caller(held.roles, held.subject, held.label, held.person, held.scopes, token=held.key)


def count_failure(request: Request) -> None:
    """Remember that a wrong token came from this address; raises `TooManyRequests` when that happens too often."""
    cast(Counter, request.app.state.failed_tokens).add(address(request))


def may_try(request: Request) -> None:
    """Raise `TooManyRequests` when this address has guessed too often."""
    cast(Counter, request.app.state.failed_tokens).check(address(request))


async def caller_of(
    request: Request,
    bank: BankDep,
    presented: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)] = None,
) -> Caller:
    """The caller of a JSON resource; raises `NotSignedIn` without a valid bearer token."""
    known = getattr(request.state, "caller", None)
    if known is not None:  # two dependencies of one request ask once
        return cast(Caller, known)
    if presented is None:
        raise NotSignedIn("This needs a token.", next_step="Send Authorization: Bearer <token>.")
    may_try(request)
    caller = await THREADS.do(identify, bank, presented.credentials)
    if caller is None:
        count_failure(request)
        raise NotSignedIn("This token is unknown or has expired.", next_step="Ask the bank for a new token.")
    request.state.caller = caller
    cast(Counter, request.app.state.keys).add(caller.scope)
    return caller


def needs(*scopes: Scope) -> Any:
    """A dependency of a route: the caller's key holds all of these; raises `ScopeMissing` with the first it lacks.

    The scopes stand in the API description. A route is guarded by its role too: the scope of a key never says more
    than the role of its holder.
    """

    async def check(caller: Annotated[Caller, Depends(caller_of)]) -> None:
        for scope in scopes:
            require_scope(caller, scope)

    return Security(check, scopes=list(scopes))


def require_scope(caller: Caller, *scopes: Scope) -> None:
    """Raise `ScopeMissing`, which names the first, unless the caller's key holds one of these."""
    if caller.scopes.isdisjoint(scopes):
        raise ScopeMissing(scopes[0])


def _only(caller: Caller, *roles: CallerRole) -> Caller:
    if not caller.plays(*roles):
        allowed, held = " or ".join(roles), " and ".join(sorted(caller.roles)) or "none"
        raise NotForThisRole(f"This needs the role {allowed}; the token's role is {held}.")
    return caller


async def provider(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A provider; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.PROVIDER)


async def registrar(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A university's registrar; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.REGISTRAR)


async def registrar_or_learner(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A university's registrar or a learner; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.REGISTRAR, CallerRole.LEARNER)


async def institution(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A provider, or a university's registrar; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.PROVIDER, CallerRole.REGISTRAR)


async def agency(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A quality agency; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.AGENCY)


async def organisation(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """An organisation of any kind; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.PROVIDER, CallerRole.REGISTRAR, CallerRole.AGENCY)


async def learner(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A learner; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.LEARNER)


async def admin(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """The bank's operator; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.ADMIN)


Admin = Annotated[Caller, Depends(admin)]
AnyCaller = Annotated[Caller, Depends(caller_of)]
Agency = Annotated[Caller, Depends(agency)]
Institution = Annotated[Caller, Depends(institution)]
Learner = Annotated[Caller, Depends(learner)]
Organisation = Annotated[Caller, Depends(organisation)]
Provider = Annotated[Caller, Depends(provider)]
Registrar = Annotated[Caller, Depends(registrar)]
RegistrarOrLearner = Annotated[Caller, Depends(registrar_or_learner)]


@contextmanager
def hidden() -> Iterator[None]:
    """Inside, everything that is not found is `NoSuchResource`, so that unknown and foreign read alike."""
    try:
        yield
    except NotFound:
        raise NoSuchResource from None
