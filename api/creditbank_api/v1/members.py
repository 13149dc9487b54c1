"""Members of an organisation, its invitations, and the tokens that its programs use."""

from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BeforeValidator, Field

from creditbank.services import access, membership
from creditbank.services.granting import client_id
from creditbank.services.membership_records import AccessKey, Invitation, KeyKind, MembershipRecord
from creditbank.services.rights import MemberRole, Scope
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource
from creditbank_api.idempotency import NOTED, Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Caller, Organisation, hidden, needs
from creditbank_api.v1.shapes import Line, Shape, urn

router = APIRouter(prefix="/organisations/{organisation}", tags=["organisations"], route_class=JsonRoute)
OrganisationInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
PersonInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
InvitationInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
TokenInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
ClientInPath = Annotated[str, Path(max_length=60), BeforeValidator(urn)]
RoleName = Annotated[MemberRole, Field(strict=False)]
ScopeName = Annotated[Scope, Field(strict=False)]
HELD = (*GUARDED, "no-such-resource")


class MemberView(Shape):
    """A member: who, in which roles, since when and by whom."""

    person: str
    name: str
    roles: list[str]
    since: str
    by: str

    @classmethod
    def of(cls, record: MembershipRecord, name: str) -> "MemberView":
        """Shape a record."""
        since = instant_text(record.since)
        return cls(person=record.person, name=name, roles=sorted(record.roles), since=since, by=record.by)


class MemberList(Shape):
    """Every member, oldest first."""

    items: list[MemberView]


class RolesRequest(Shape):
    """The roles that a member has from now on, and no others."""

    roles: Annotated[list[RoleName], Field(min_length=1, max_length=len(MemberRole))]


class InvitationRequest(RolesRequest):
    """The roles that whoever accepts gets, and for how many days the code opens."""

    days: Annotated[int, Field(ge=1, le=membership.MOST_DAYS)] = membership.INVITED_DAYS


class InvitationView(Shape):
    """An invitation. `code` is shown in the first answer only, and kept as its hash."""

    id: str
    roles: list[str]
    by: str
    created: str
    expires: str
    code: str | None = None

    @classmethod
    def of(cls, made: Invitation) -> "InvitationView":
        """Shape a record."""
        return cls(
            id=made.id,
            roles=sorted(made.roles),
            by=made.by,
            created=instant_text(made.created),
            expires=instant_text(made.expires),
        )


class InvitationList(Shape):
    """The invitations that are open, oldest first."""

    items: list[InvitationView]


class TokenRequest(Shape):
    """What the token is for, what it may do, and for how many days it is good."""

    label: Annotated[Line, Field(max_length=access.LONGEST_LABEL, examples=["Registry system"])]
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=len(Scope))]
    days: Annotated[int, Field(ge=1, le=access.MOST_DAYS)] = access.DAYS


class TokenView(Shape):
    """A token. `token` is shown in the first answer only, and kept as its hash; `hint` is how it begins.

    `used` is the hour in which it was used last.
    """

    id: str
    hint: str
    label: str
    scopes: list[str]
    by: str
    created: str
    expires: str
    used: str | None
    token: str | None = None

    @classmethod
    def of(cls, made: AccessKey) -> "TokenView":
        """Shape a record."""
        return cls(
            id=made.id,
            hint=made.hint,
            label=made.label,
            scopes=sorted(made.scopes),
            by=made.by,
            created=instant_text(made.created),
            expires=instant_text(made.expires),
            used=None if made.used is None else instant_text(made.used),
        )


class TokenList(Shape):
    """The tokens that are good, oldest first, without their secrets."""

    items: list[TokenView]


class ClientView(TokenView):
    """A client of OAuth 2.0. `secret` is shown in the first answer only, and kept as its hash.

    It is exchanged at `/oauth/token` (client credentials, `client_secret_basic`) for access tokens of an hour.
    """

    client_id: str
    secret: str | None = None

    @classmethod
    def of_client(cls, made: AccessKey) -> "ClientView":
        """Shape a record."""
        return cls(**TokenView.of(made).model_dump(), client_id=client_id(made))


class ClientList(Shape):
    """The clients that are good, oldest first, without their secrets."""

    items: list[ClientView]


def own_organisation(caller: Caller, organisation: str) -> str:
    """The caller's own organisation; anything else is what does not exist."""
    if organisation != caller.subject:
        raise NoSuchResource
    return organisation


@router.get("/members", dependencies=[needs(Scope.MEMBERS_READ)], responses=declared(*HELD))
def members(organisation: OrganisationInPath, bank: BankDep, caller: Organisation) -> MemberList:
    """Who belongs to the organisation, and in which roles."""
    found = bank.membership.members(own_organisation(caller, organisation))
    return MemberList(items=[MemberView.of(record, name) for record, name in found])


@router.put(
    "/members/{person}",
    dependencies=[needs(Scope.MEMBERS_MANAGE), NOTED],
    responses=declared(*HELD, *READING, "beyond-own-rights", "role-does-not-fit", "last-owner"),
)
def change(
    organisation: OrganisationInPath, person: PersonInPath, wanted: RolesRequest, bank: BankDep, caller: Organisation
) -> MemberView:
    """Give a member these roles and no others: at most what the caller holds. Asking again changes nothing."""
    with hidden():
        made = bank.membership.change(own_organisation(caller, organisation), person, wanted.roles, by=caller.giver)
        name = bank.door.people.person(person).name
    return MemberView.of(made, name)


@router.delete(
    "/members/{person}",
    status_code=204,
    dependencies=[needs(Scope.MEMBERS_MANAGE), NOTED],
    responses=declared(*HELD, "beyond-own-rights", "last-owner"),
)
def remove(organisation: OrganisationInPath, person: PersonInPath, bank: BankDep, caller: Organisation) -> Response:
    """End a membership. The tokens that the member made are revoked with it."""
    with hidden():
        bank.membership.remove(own_organisation(caller, organisation), person, by=caller.giver)
    return Response(status_code=204)


@router.get("/invitations", dependencies=[needs(Scope.MEMBERS_READ)], responses=declared(*HELD))
def invitations(organisation: OrganisationInPath, bank: BankDep, caller: Organisation) -> InvitationList:
    """The invitations that nobody has accepted yet."""
    found = bank.membership.invitations(own_organisation(caller, organisation))
    return InvitationList(items=[InvitationView.of(one) for one in found])


@router.post(
    "/invitations",
    status_code=201,
    dependencies=[needs(Scope.MEMBERS_MANAGE)],
    response_model=InvitationView,
    responses=declared(*HELD, *READING, *ONCE, "beyond-own-rights", "role-does-not-fit", "too-many-invitations"),
)
def invite(
    organisation: OrganisationInPath, wanted: InvitationRequest, once: OnceDep, bank: BankDep, caller: Organisation
) -> Response:
    """Make an invitation: a code for one person, who signs in and accepts it. The code is shown this once."""
    own = own_organisation(caller, organisation)

    def act(request: str) -> Answer:
        made, code = bank.membership.invite(
            request, organisation=own, roles=wanted.roles, by=caller.giver, days=wanted.days
        )
        view = InvitationView.of(made).model_copy(update={"code": code})
        return Answer(view, f"/v1/organisations/{own}/invitations", secrets=("code",))

    return once.answer(act)


@router.delete(
    "/invitations/{invitation}",
    status_code=204,
    dependencies=[needs(Scope.MEMBERS_MANAGE), NOTED],
    responses=declared(*HELD, "beyond-own-rights"),
)
def withdraw(
    organisation: OrganisationInPath, invitation: InvitationInPath, bank: BankDep, caller: Organisation
) -> Response:
    """Take back an invitation that nobody has accepted yet."""
    with hidden():
        bank.membership.withdraw(own_organisation(caller, organisation), invitation, by=caller.giver)
    return Response(status_code=204)


@router.get("/tokens", dependencies=[needs(Scope.TOKENS_MANAGE)], responses=declared(*HELD))
def tokens(organisation: OrganisationInPath, bank: BankDep, caller: Organisation) -> TokenList:
    """The tokens of the organisation that are good, by how they begin."""
    return TokenList(items=[TokenView.of(one) for one in bank.access.keys(own_organisation(caller, organisation))])


@router.post(
    "/tokens",
    status_code=201,
    dependencies=[needs(Scope.TOKENS_MANAGE)],
    response_model=TokenView,
    responses=declared(*HELD, *READING, *ONCE, "beyond-own-rights", "unusable-key-request"),
)
def make_token(
    organisation: OrganisationInPath, wanted: TokenRequest, once: OnceDep, bank: BankDep, caller: Organisation
) -> Response:
    """Make a token with at most the caller's own scopes. It is shown this once."""
    own = own_organisation(caller, organisation)

    def act(request: str) -> Answer:
        made, secret = bank.access.make_token(
            request, organisation=own, label=wanted.label, scopes=wanted.scopes, by=caller.giver, days=wanted.days
        )
        view = TokenView.of(made).model_copy(update={"token": secret})
        return Answer(view, f"/v1/organisations/{own}/tokens", secrets=("token",))

    return once.answer(act)


@router.delete(
    "/tokens/{token}",
    status_code=204,
    dependencies=[needs(Scope.TOKENS_MANAGE), NOTED],
    responses=declared(*HELD, "beyond-own-rights"),
)
def revoke_token(organisation: OrganisationInPath, token: TokenInPath, bank: BankDep, caller: Organisation) -> Response:
    """Revoke a token at once and for good."""
    with hidden():
        bank.access.revoke(own_organisation(caller, organisation), token, by=caller.giver)
    return Response(status_code=204)


@router.get("/clients", dependencies=[needs(Scope.TOKENS_MANAGE)], responses=declared(*HELD))
def clients(organisation: OrganisationInPath, bank: BankDep, caller: Organisation) -> ClientList:
    """The OAuth clients of the organisation that are good."""
    found = bank.access.keys(own_organisation(caller, organisation), KeyKind.CLIENT)
    return ClientList(items=[ClientView.of_client(one) for one in found])


@router.post(
    "/clients",
    status_code=201,
    dependencies=[needs(Scope.TOKENS_MANAGE)],
    response_model=ClientView,
    responses=declared(*HELD, *READING, *ONCE, "beyond-own-rights", "unusable-key-request"),
)
def make_client(
    organisation: OrganisationInPath, wanted: TokenRequest, once: OnceDep, bank: BankDep, caller: Organisation
) -> Response:
    """Make an OAuth client with at most the caller's own scopes. Its secret is shown this once."""
    own = own_organisation(caller, organisation)

    def act(request: str) -> Answer:
        made, secret = bank.granting.make_client(
            request, organisation=own, label=wanted.label, scopes=wanted.scopes, by=caller.giver, days=wanted.days
        )
        view = ClientView.of_client(made).model_copy(update={"secret": secret})
        return Answer(view, f"/v1/organisations/{own}/clients", secrets=("secret",))

    return once.answer(act)


@router.delete(
    "/clients/{client}",
    status_code=204,
    dependencies=[needs(Scope.TOKENS_MANAGE), NOTED],
    responses=declared(*HELD, "beyond-own-rights"),
)
def revoke_client(
    organisation: OrganisationInPath, client: ClientInPath, bank: BankDep, caller: Organisation
) -> Response:
    """Revoke a client and every token that it has, at once and for good."""
    with hidden():
        bank.access.revoke(own_organisation(caller, organisation), client, by=caller.giver)
    return Response(status_code=204)
