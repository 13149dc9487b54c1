"""Who asks: demo tokens as bearer credentials, and what their roles may do (threats 42, 53 and 54).

A demo token is no sign-in; the server stays on loopback until there is one. What belongs to somebody else looks
exactly like what does not exist.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, cast

from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from creditbank.bootstrap import Bank
from creditbank.errors import NotFound
from creditbank_api.dependencies import BankDep, address
from creditbank_api.errors import NoSuchResource, NotForThisRole, NotSignedIn
from creditbank_api.limits import Counter

MAX_TOKEN: Final = 200


class CallerRole(StrEnum):
    """What a token is for. `registrar` is the registrar's office of a university."""

    PROVIDER = "provider"
    LEARNER = "learner"
    REGISTRAR = "registrar"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """The holder of a valid token. `subject` is the organisation or learner it speaks for, empty for an admin."""

    role: CallerRole
    subject: str
    label: str

    @property
    def scope(self) -> str:
        """A name for this caller that no other caller shares; idempotency keys live inside it."""
        return f"{self.role}:{self.subject}"

    def is_any_of(self, *subjects: str) -> bool:
        """Whether this caller speaks for one of these, or is an admin."""
        return self.role is CallerRole.ADMIN or (self.subject != "" and self.subject in subjects)


bearer = HTTPBearer(auto_error=False, scheme_name="demo token", description="A demo token of the bank.")


def identify(bank: Bank, token: str) -> Caller | None:
    """The caller that a token stands for; None for an unknown, expired or impossible one."""
    if not token.isascii() or not token.isprintable() or len(token) > MAX_TOKEN:
        return None
    known = bank.registering.who(token)
    if known is None or known.role not in set(CallerRole):
        return None
    return Caller(CallerRole(known.role), known.subject, known.label)


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
    if presented is None:
        raise NotSignedIn("This needs a token.", next_step="Send Authorization: Bearer <token>.")
    may_try(request)
    caller = await run_in_threadpool(identify, bank, presented.credentials)
    if caller is None:
        count_failure(request)
        raise NotSignedIn("This token is unknown or has expired.", next_step="Ask the bank for a new token.")
    return caller


def _only(caller: Caller, *roles: CallerRole) -> Caller:
    if caller.role not in roles:
        allowed = " or ".join(roles)
        raise NotForThisRole(f"A {caller.role} token does not do this; a {allowed} token does.")
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


async def learner(caller: Annotated[Caller, Depends(caller_of)]) -> Caller:
    """A learner; raises `NotForThisRole` for anybody else."""
    return _only(caller, CallerRole.LEARNER)


AnyCaller = Annotated[Caller, Depends(caller_of)]
Institution = Annotated[Caller, Depends(institution)]
Learner = Annotated[Caller, Depends(learner)]
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
