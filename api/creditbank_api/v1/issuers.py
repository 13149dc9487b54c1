"""Where an organisation's people sign in: its OpenID Connect issuer, set and tried by its own administrators."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints

from creditbank.bootstrap import Bank
from creditbank.services.people_records import IdentityProvider
from creditbank.services.rights import Scope
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import NOTED, Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Organisation, needs
from creditbank_api.v1.members import OrganisationInPath, own_organisation
from creditbank_api.v1.shapes import Shape
from creditbank_api.v1.webhooks import Nothing

router = APIRouter(prefix="/organisations/{organisation}/issuer", tags=["organisations"], route_class=JsonRoute)
HELD = (*GUARDED, "no-such-resource", "no-identity-provider", "invalid-request")
ASKED = ("unusable-issuer", "issuer-unavailable", "too-many-tries")
RETURN = "/sign-in/organisation/return"
Domain = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$", max_length=253)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class IssuerRequest(Shape):
    """The issuer to the letter of its own description, the client that the bank is there, and who is let in.

    `secret` stays as it is where it is left out and issuer and client stay; an empty one makes a public client. People
    are let in with a verified address of one of `domains`, where any are named, and with each of `claims`.
    """

    issuer: Annotated[str, StringConstraints(min_length=9, max_length=400), Field(examples=["https://login.example"])]
    client: Word
    secret: Annotated[str | None, Field(max_length=400)] = None
    domains: Annotated[list[Domain], Field(default_factory=list, max_length=20)]
    claims: Annotated[dict[Word, Word], Field(default_factory=dict, max_length=20)]


class IssuerView(Shape):
    """The issuer as it is set, without the secret; `redirect` is what to enter there as the redirect URI."""

    issuer: str
    client: str
    secretKept: bool  # noqa: N815 -- the member's name in the document
    domains: list[str]
    claims: dict[str, str]
    redirect: str
    set: str

    @classmethod
    def of(cls, bank: Bank, record: IdentityProvider) -> "IssuerView":
        """Shape a record."""
        return cls(
            issuer=record.issuer,
            client=record.client,
            secretKept=bank.door.federating.has_secret(record),
            domains=list(record.domains),
            claims={name: str(value) for name, value in record.claims.items()},
            redirect=f"{bank.settings.base_url}{RETURN}",
            set=instant_text(record.set),
        )


class IssuerCheck(Shape):
    """The issuer's description was read just now, and a browser can be sent there."""

    issuer: str
    checked: str


@router.get("", dependencies=[needs(Scope.MEMBERS_READ)], responses=declared(*HELD))
def read(organisation: OrganisationInPath, bank: BankDep, caller: Organisation) -> IssuerView:
    """Where the organisation's people sign in."""
    return IssuerView.of(bank, bank.door.federating.provider(own_organisation(caller, organisation)))


@router.put(
    "", dependencies=[needs(Scope.MEMBERS_MANAGE), NOTED], responses=declared(*HELD, *READING, *ASKED, "secret-missing")
)
def put(organisation: OrganisationInPath, wanted: IssuerRequest, bank: BankDep, caller: Organisation) -> IssuerView:
    """Set the issuer, after its description was read. Signing in there makes nobody a member: that takes an invitation.

    It is asked over https at public addresses only. The secret is sealed, and told to no other issuer.
    """
    made = bank.door.federating.configure(
        own_organisation(caller, organisation),
        issuer=wanted.issuer,
        client=wanted.client,
        secret=wanted.secret,
        domains=tuple(wanted.domains),
        claims=dict(wanted.claims),
        by=caller.actor,
    )
    return IssuerView.of(bank, made)


@router.post(
    "/check",
    status_code=201,
    dependencies=[needs(Scope.MEMBERS_MANAGE)],
    response_model=IssuerCheck,
    responses=declared(*HELD, *READING, *ONCE, *ASKED),
)
def check(organisation: OrganisationInPath, _: Nothing, once: OnceDep, bank: BankDep, caller: Organisation) -> Response:
    """Try the issuer that is set: read its description, as a sign-in would."""
    body = own_organisation(caller, organisation)

    def act(_request: str) -> Answer:
        found = bank.door.federating.check(body)
        return Answer(IssuerCheck(issuer=found.issuer, checked=instant_text(bank.clock.now())))

    return once.answer(act)


@router.delete("", status_code=204, dependencies=[needs(Scope.MEMBERS_MANAGE), NOTED], responses=declared(*HELD))
def remove(organisation: OrganisationInPath, bank: BankDep, caller: Organisation) -> Response:
    """Let nobody sign in through the organisation any more; accounts and memberships stay."""
    bank.door.federating.forget(own_organisation(caller, organisation), by=caller.actor)
    return Response(status_code=204)
