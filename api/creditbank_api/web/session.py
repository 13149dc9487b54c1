"""Who looks at a page: a demo token in a cookie that scripts cannot read and other sites cannot send (threat 50).

Every form that changes something carries a token of its own. Before sign-in it must equal a random cookie; after
sign-in it is an HMAC under the demo token, which nobody else knows.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from creditbank_api.dependencies import BankDep
from creditbank_api.errors import ForgedForm
from creditbank_api.security import Caller, identify

COOKIE: Final = "creditbank_token"
FORM_COOKIE: Final = "creditbank_form"
MAX_AGE: Final = 8 * 60 * 60


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in: who it is, where their own page is, and the token of their forms."""

    caller: Caller
    form_token: str

    @property
    def href(self) -> str:
        """A learner's own account; nothing for others."""
        if not self.caller.is_learner:
            return ""
        return f"/learners/{short(self.caller.subject)}"


def short(id: str) -> str:
    """An id as it stands in the address of a page."""
    return id.removeprefix("urn:uuid:")


async def visitor_of(request: Request, bank: BankDep) -> Visitor | None:
    """The person behind the cookie; None when there is none, or its token is no longer good."""
    token = request.cookies.get(COOKIE, "")
    caller = await run_in_threadpool(identify, bank, token) if token else None
    visitor = None if caller is None else Visitor(caller, signed_form_token(token))
    request.state.visitor = visitor  # an error page greets the same person
    return visitor


VisitorDep = Annotated[Visitor | None, Depends(visitor_of)]


def signed_form_token(token: str) -> str:
    """The form token of a signed-in browser."""
    return hmac.new(token.encode(), b"creditbank form", hashlib.sha256).hexdigest()


def fresh_form_token() -> str:
    """The form token of a browser before sign-in, sent in the form and as a cookie."""
    return secrets.token_urlsafe(24)


def keep(response: Response, name: str, value: str, *, age: int = MAX_AGE) -> None:
    """Set a cookie for this site only, out of reach of scripts."""
    response.set_cookie(name, value, max_age=age, path="/", httponly=True, samesite="strict", secure=False)


def forget(response: Response, name: str) -> None:
    """Remove a cookie."""
    response.delete_cookie(name, path="/", httponly=True, samesite="strict")


def require_own_form(request: Request, given: str, expected: str) -> None:
    """Raise `ForgedForm` unless the form came from a page of ours in this very browser."""
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    site = request.headers.get("sec-fetch-site", "same-origin")
    same = bool(expected) and hmac.compare_digest(given.encode(), expected.encode())
    if foreign or site not in ("same-origin", "none") or not same:
        raise ForgedForm(
            "This form did not come from a page of this site in this browser.",
            next_step="Open the page again and send the form from there.",
        )


def own_path(target: str) -> str:
    """The path to go to after sign-in, if it is one of this site; else the first page."""
    parts = urlsplit(target)
    own = target.startswith("/") and not target.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return target if own and target.isprintable() and "\\" not in target else "/"
