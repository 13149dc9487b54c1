"""Who looks at a page: a session in a cookie that scripts cannot read and other sites cannot use (threat 50).

The cookie holds a random id, the database its hash. In production, and whenever the bank is reached by its own https
name, it is Secure and bears the `__Host-` prefix, so that no other host of the same domain can plant one; a request
with two of them is nobody's. A demo token of the sample bank can stand in its place where the settings allow it.

Every form that changes something carries a token of its own. Before sign-in it must equal a random cookie; after
sign-in it is an HMAC under the session's id, which nobody else knows.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Annotated, Final, Literal, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool

from creditbank.bootstrap import Bank
from creditbank.config import Settings
from creditbank.services.people_records import Person, Session
from creditbank.services.rights import Acting
from creditbank.services.signing_in import Asking, SignedIn
from creditbank_api.beneath import outward_of
from creditbank_api.dependencies import BankDep, address
from creditbank_api.errors import ForgedForm, FreshSignInNeeded, NotSignedIn
from creditbank_api.headers import LOOPBACK
from creditbank_api.security import Caller, identify

COOKIE: Final = "creditbank_token"
FORM_COOKIE: Final = "creditbank_form"
SESSION_COOKIE: Final = "creditbank_session"
DEVICE_COOKIE: Final = "creditbank_device"
MAX_AGE: Final = 8 * 60 * 60
SESSION_AGE: Final = 12 * 60 * 60
DEVICE_AGE: Final = 400 * 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Site:
    """The bank as the browser reached it: by its own name, or on this machine.

    `origin` is scheme and host; `path` the bank's own below it, where it has one. `secure` says that the browser speaks
    https, with us or with a proxy.
    """

    origin: str
    secure: bool
    path: str = ""

    @property
    def base(self) -> str:
        """What mails, codes and commands lead to."""
        return self.origin + self.path

    def cookie(self, name: str) -> str:
        """A cookie's name here. With the prefix, browsers take it from this very host only (RFC 6265bis, 4.1.3)."""
        return f"__Host-{name}" if self.secure else name


def site_of(request: Request) -> Site:
    """The site that the browser asks, by a host name that the guard has let through.

    In production it is always the bank's own: no mail ever links to a name that a request brought along.
    """
    settings: Settings = cast(Bank, request.app.state.bank).settings
    base = urlsplit(settings.base_url)
    host = request.url.hostname or ""
    bare = f"[{host}]" if ":" in host else host
    if not settings.production and bare in LOOPBACK and host != base.hostname:
        here = f"{request.url.scheme}://{request.url.netloc}"
        return Site(here, request.url.scheme == "https", outward_of(request))
    return Site(f"{base.scheme}://{base.netloc}", secure=True, path=base.path.rstrip("/"))


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in: as whom, the token of their forms, and who it is where a person signed in."""

    caller: Caller
    form_token: str
    person: Person | None = None
    session: Session | None = None
    secret: str = ""
    choices: tuple[Acting, ...] = ()
    fresh: bool = True

    @property
    def href(self) -> str:
        """A learner's own account; nothing for others."""
        if not self.caller.is_learner:
            return ""
        return f"/learners/{short(self.caller.subject)}"

    @property
    def acts_for_a_body(self) -> bool:
        """Whether an organisation is spoken for."""
        return self.caller.subject != "" and not self.caller.is_learner and not self.caller.is_admin

    @property
    def office(self) -> str:
        """The pages of the organisation that somebody acts for; nothing for others."""
        return f"/organisations/{short(self.caller.subject)}" if self.acts_for_a_body else ""

    @property
    def home(self) -> str:
        """Where to go after signing in."""
        return self.href or self.office or "/account"


def short(id: str) -> str:
    """An id as it stands in the address of a page."""
    return id.removeprefix("urn:uuid:")


async def visitor_of(request: Request, bank: BankDep) -> Visitor | None:
    """The person behind the cookie; None when there is none, or its session or token is over."""
    visitor = await run_in_threadpool(_visitor, request, bank)
    request.state.visitor = visitor  # an error page greets the same person
    return visitor


VisitorDep = Annotated[Visitor | None, Depends(visitor_of)]


def _visitor(request: Request, bank: Bank) -> Visitor | None:
    secret = held(request, SESSION_COOKIE)
    if secret:
        session = bank.door.sessions.find(secret, agent=agent_of(request))
        return None if session is None else person_visitor(bank, session, secret)
    token = held(request, COOKIE) if bank.settings.demo_tokens else ""
    caller = identify(bank, token) if token else None
    return None if caller is None else Visitor(caller, signed_form_token(token))


def person_visitor(bank: Bank, session: Session, secret: str) -> Visitor:
    """The person of a session, acting for whom they chose as long as they may."""
    person = bank.door.people.person(session.person)
    choices = bank.membership.acting(person.id)
    chosen = next((each for each in choices if each.subject == session.acting), None)
    if chosen is None:
        caller = Caller(frozenset(), "", person.name, person.id, frozenset())
    else:
        caller = Caller.acting(chosen, person=person.id, label=person.name)
    fresh = bank.door.sessions.is_fresh(session)
    return Visitor(caller, signed_form_token(secret), person, session, secret, choices, fresh)


def require_person(visitor: Visitor | None) -> Visitor:
    """The visitor, if it is a person with an account; raises `NotSignedIn`, also for a demo token."""
    if visitor is None or visitor.person is None:
        raise NotSignedIn(
            "This page is about an account that somebody signs in to.", next_step="Sign in, and come back."
        )
    return visitor


def require_fresh(visitor: Visitor | None) -> Visitor:
    """The visitor, if they showed who they are within ten minutes; raises `FreshSignInNeeded`, else `NotSignedIn`.

    For what a passer-by at an open browser must not do: adding a way to sign in, exporting a key, changing roles. A
    demo token is shown anew with each request.
    """
    if visitor is None:
        raise NotSignedIn("This needs somebody who is signed in.", next_step="Sign in, and come back.")
    if not visitor.fresh:
        raise FreshSignInNeeded(
            "You signed in more than ten minutes ago, and this can change who gets into your account.",
            next_step="Show once more who you are, and go on.",
        )
    return visitor


def asking_of(request: Request) -> Asking:
    """The browser that asks, with what it holds from before."""
    return Asking(address(request), agent_of(request), held(request, DEVICE_COOKIE), held(request, SESSION_COOKIE))


def agent_of(request: Request) -> str:
    """What the browser calls itself."""
    return request.headers.get("user-agent", "")[:1000]


def held(request: Request, name: str) -> str:
    """A cookie of ours that a browser sends once; empty for none, and for several, of which one was planted."""
    name = site_of(request).cookie(name)
    pairs = [pair.strip().partition("=") for line in request.headers.getlist("cookie") for pair in line.split(";")]
    values = [value for given, _, value in pairs if given == name]
    return values[0] if len(values) == 1 else ""


def keep(request: Request, response: Response, name: str, value: str, *, age: int, strict: bool = False) -> None:
    """Set a cookie for this host only, out of reach of scripts; a strict one comes with no link from elsewhere."""
    site = site_of(request)
    kind: Literal["strict", "lax"] = "strict" if strict else "lax"
    response.set_cookie(
        site.cookie(name), value, max_age=age, path="/", httponly=True, samesite=kind, secure=site.secure
    )


def forget(request: Request, response: Response, *names: str) -> None:
    """Remove cookies."""
    site = site_of(request)
    for name in names:
        response.delete_cookie(site.cookie(name), path="/", httponly=True, samesite="lax", secure=site.secure)


def keep_session(request: Request, response: Response, secret: str) -> None:
    """Set the cookie of a session. It is lax, so that a link in a mail finds somebody signed in, and no form does."""
    keep(request, response, SESSION_COOKIE, secret, age=SESSION_AGE)


def keep_signed_in(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Set the cookies of a sign-in, and take away those of before it."""
    keep_session(request, response, signed_in.opened.secret)
    keep(request, response, DEVICE_COOKIE, signed_in.device, age=DEVICE_AGE)
    forget(request, response, FORM_COOKIE, COOKIE)


def signed_form_token(token: str) -> str:
    """The form token of a signed-in browser."""
    return hmac.new(token.encode(), b"creditbank form", hashlib.sha256).hexdigest()


def fresh_form_token() -> str:
    """The form token of a browser before sign-in, sent in the form and as a cookie."""
    return secrets.token_urlsafe(24)


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
