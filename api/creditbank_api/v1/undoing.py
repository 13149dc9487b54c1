"""What came of a token or client that was in wrong hands, and ending all of it at once."""

from fastapi import APIRouter, Response

from creditbank.services.membership import KEY
from creditbank.services.rights import Scope
from creditbank.services.undoing import Gained, Made
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Organisation, hidden, needs
from creditbank_api.v1.audit import ActView, AskedView
from creditbank_api.v1.members import InvitationView, OrganisationInPath, TokenInPath, TokenView, own_organisation
from creditbank_api.v1.shapes import Shape
from creditbank_api.v1.webhooks import Nothing, WebhookView

router = APIRouter(prefix="/organisations/{organisation}/tokens/{token}", tags=["organisations"], route_class=JsonRoute)


class GainedView(Shape):
    """A member who came in by it, or whose roles are of its making. `before` are the roles of before, none if none."""

    person: str
    roles: list[str]
    before: list[str]
    since: str
    by: str

    @classmethod
    def of(cls, gained: Gained) -> "GainedView":
        """Shape what was found."""
        record = gained.record
        return cls(
            person=record.person,
            roles=sorted(record.roles),
            before=sorted(gained.before),
            since=instant_text(record.since),
            by=record.by,
        )


class MadeView(Shape):
    """What stands of all that came of a token or client, oldest first, and every act that is in the trail.

    `keys` are tokens and clients. Of `webhooksSeen` it was shown a new secret; `webhooks` it added. `requests` are the
    newest of what it, and whatever it made, asked for: what was issued, redeemed, awarded, revoked. `more` says that
    there are others, which `/v1/audit/requests` lists.
    """

    keys: list[TokenView]
    invitations: list[InvitationView]
    members: list[GainedView]
    webhooks: list[WebhookView]
    webhooks_seen: list[WebhookView]
    acts: list[ActView]
    requests: list[AskedView]
    more: bool

    @classmethod
    def of(cls, made: Made) -> "MadeView":
        """Shape what was found."""
        return cls(
            keys=[TokenView.of(one) for one in made.keys],
            invitations=[InvitationView.of(one) for one in made.invitations],
            members=[GainedView.of(one) for one in made.members],
            webhooks=[WebhookView.of(one) for one in made.added],
            webhooks_seen=[WebhookView.of(one) for one in made.seen],
            acts=[ActView.of(one) for one in made.acts],
            requests=[AskedView.of(one) for one in made.asked],
            more=made.more,
        )


@router.get(
    "/made",
    dependencies=[needs(Scope.TOKENS_MANAGE, Scope.MEMBERS_READ, Scope.AUDIT_READ)],
    responses=declared(*GUARDED, "no-such-resource"),
)
def made(organisation: OrganisationInPath, token: TokenInPath, bank: BankDep, caller: Organisation) -> MadeView:
    """What came of a token or client, whether or not it is still good: keys, invitations, members, webhooks, acts."""
    with hidden():
        return MadeView.of(bank.undoing.made_by(own_organisation(caller, organisation), f"{KEY}{token}"))


@router.post(
    "/ending",
    status_code=201,
    dependencies=[needs(Scope.TOKENS_MANAGE, Scope.MEMBERS_MANAGE, Scope.WEBHOOKS_MANAGE, Scope.AUDIT_READ)],
    response_model=MadeView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "beyond-own-rights", "last-owner"),
)
def end(
    organisation: OrganisationInPath,
    token: TokenInPath,
    wanted: Nothing,
    once: OnceDep,
    bank: BankDep,
    caller: Organisation,
) -> Response:
    """End a token or client that was in wrong hands, and all that came of it; the answer is what was ended.

    Whom it let in is a member no longer, or has the roles of before. Webhooks that it added are removed; those whose
    new secret it was shown are paused. What it issued, decided or redeemed stays.
    """

    def act(_request: str) -> Answer:
        own = own_organisation(caller, organisation)
        with hidden():
            ended = bank.undoing.end(own, f"{KEY}{token}", by=caller.giver)
        return Answer(MadeView.of(ended), f"/v1/organisations/{own}/tokens/{token}/made")

    return once.answer(act)
