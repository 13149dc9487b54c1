"""The authorisation endpoint's question and answer, without its page (RFC 6749, 4.1.1 and 4.1.2; RFC 9207; RFC 9700).

A client sends a person here with a question in the address. It is read once: what names no client, or an address that
the client did not register, is answered on a page of ours and followed nowhere; every other fault goes back to the
client's own address. Each answer names this bank as its issuer, so that a client that speaks with several
banks takes no code of one to another. PKCE with S256 is asked of everybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode, urlsplit

from creditbank.services.granting import Asked, Granting, GrantRefused, UnknownClient, scopes_in
from creditbank.services.rights import Scope

LONGEST_STATE: Final = 500
FIELDS: Final = (
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)
WORDS: Final[Mapping[Scope, str]] = MappingProxyType(
    {
        Scope.BADGES_READ: "Read the credentials in your account",
        Scope.BADGES_UPSERT: "Bring credentials into your account",
        Scope.PROFILE_READ: "Read your name and the identifier by which credentials name you",
        Scope.PROFILE_UPDATE: "Change your profile, of which nothing can be changed this way today",
    }
)
"""What a person reads before they let a client."""


class SentBack(GrantRefused):
    """The client's question cannot be answered; `back` is where it is told so, an address that it registered."""

    slug = "sent-back"

    def __init__(self, refusal: GrantRefused, back: str) -> None:
        self.back = back
        super().__init__(refusal.error, str(refusal.args[0]))


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked: who asks, whither the answer goes, and what for, in words.

    `client` is the name that the client gave itself, which nobody checked; `host` is what the person can judge.
    """

    asked: Asked
    state: str
    client: str
    host: str
    words: tuple[str, ...]


class Authorising:
    """Reads questions of clients, and leads people back with the answer."""

    def __init__(self, granting: Granting, issuer: str) -> None:
        self._granting, self._issuer = granting, issuer

    def read(self, given: Iterable[tuple[str, str]]) -> Question:
        """The question in an address, from its parameters in their order.

        Raises `UnknownClient`, after which nobody is led anywhere, and `SentBack`.
        """
        fields, twice = _fields(given)
        if twice & {"client_id", "redirect_uri"}:
            raise UnknownClient("The address names its client more than once.")
        client, redirect, state = fields["client_id"], fields["redirect_uri"], fields["state"]
        self._granting.require_redirect(client=client, redirect=redirect)
        try:
            _require_form(fields, twice)
            asked = self._granting.asked(
                client=client,
                redirect=redirect,
                scopes=scopes_in(fields["scope"]),
                challenge=fields["code_challenge"],
            )
        except UnknownClient:
            raise
        except GrantRefused as refusal:
            said = "" if "state" in twice else state
            raise SentBack(refusal, self._back(redirect, said, error=refusal.error)) from None
        words = tuple(WORDS[scope] for scope in WORDS if scope in asked.scopes)
        return Question(asked, state, asked.client.label, urlsplit(redirect).netloc, words)

    def allow(self, question: Question, *, person: str, learner: str) -> str:
        """Let the client, for the person's own account; where the browser goes with the code.

        Raises what `Granting.allow` raises.
        """
        code = self._granting.allow(question.asked, person=person, learner=learner)
        return self._back(question.asked.redirect, question.state, code=code)

    def decline(self, question: Question) -> str:
        """Where the browser goes when the person does not let the client."""
        return self._back(question.asked.redirect, question.state, error="access_denied")

    def _back(self, redirect: str, state: str, **said: str) -> str:
        answer = said | ({"state": state} if state else {}) | {"iss": self._issuer}
        return f"{redirect}{'&' if urlsplit(redirect).query else '?'}{urlencode(answer)}"


def _fields(given: Iterable[tuple[str, str]]) -> tuple[dict[str, str], frozenset[str]]:
    """The fields that we know, and the names of those that stand twice; what is not known is left aside (3.1)."""
    fields, twice = dict.fromkeys(FIELDS, ""), set[str]()
    for name, value in given:
        if name not in fields or not value:
            continue
        if fields[name]:
            twice.add(name)
        fields[name] = value
    return fields, frozenset(twice)


def _require_form(fields: Mapping[str, str], twice: frozenset[str]) -> None:
    if twice or len(fields["state"]) > LONGEST_STATE:
        raise GrantRefused("invalid_request", "A field stands twice, or the state is too long.")
    if fields["response_type"] != "code":
        raise GrantRefused("unsupported_response_type", "What is given here is a code.")
    if fields["response_mode"] not in ("", "query"):
        raise GrantRefused("invalid_request", "The answer comes in the query.")
    if fields["code_challenge_method"] != "S256":
        raise GrantRefused("invalid_request", "A client asks with a challenge of S256 (RFC 7636).")
