"""Keys: what an organisation signs with, since when, and the making of the next one."""

from fastapi import APIRouter, Response

from creditbank.bootstrap import KEY_ROTATION
from creditbank.services.records import OrganisationKey
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Organisation, Scope, hidden, needs
from creditbank_api.v1.jobs import JobView, accepted
from creditbank_api.v1.shapes import Line, Shape

router = APIRouter(tags=["keys"], route_class=JsonRoute)


class KeyView(Shape):
    """A key of the caller's organisation: announced, current, retiring, retired or revoked, and since when.

    `held` says that the bank keeps its private half; `settled` that chain and DID document say the same.
    """

    multikey: str
    state: str
    held: bool
    settled: bool
    announced: str
    current: str | None
    retiring: str | None
    retired: str | None
    revoked: str | None

    @classmethod
    def of(cls, key: OrganisationKey) -> "KeyView":
        """Shape a record."""
        times = {name: getattr(key, name) for name in ("current", "retiring", "retired", "revoked")}
        return cls(
            multikey=key.multikey,
            state=str(key.state),
            held=key.held,
            settled=key.settled,
            announced=instant_text(key.announced),
            **{name: None if time is None else instant_text(time) for name, time in times.items()},
        )


class KeyList(Shape):
    """Every key that the organisation has or had, oldest first. A body has a handful of them."""

    items: list[KeyView]


class RotationRequest(Shape):
    """The key that is to be replaced: the one that signs now, so that an old request replaces no newer key."""

    replaces: Line


@router.get("/keys", dependencies=[needs(Scope.KEYS_MANAGE)], responses=declared(*GUARDED, "no-such-resource"))
def keys(bank: BankDep, caller: Organisation) -> KeyList:
    """The keys of the caller's organisation."""
    with hidden():
        return KeyList(items=[KeyView.of(key) for key in bank.keys.of(caller.subject)])


@router.post(
    "/keys/rotations",
    dependencies=[needs(Scope.KEYS_MANAGE)],
    status_code=202,
    response_model=JobView,
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource"),
)
def rotate(wanted: RotationRequest, once: OnceDep, bank: BankDep, caller: Organisation) -> Response:
    """Make a new key the one that signs; the one before begins to retire. The chain takes its time, so it is a job."""

    def act(request: str) -> Answer:
        with bank.store.transaction() as tx:
            job = bank.jobs.add(
                tx,
                request,
                owner=caller.subject,
                kind=KEY_ROTATION,
                input={"organisation": caller.subject, "replaces": wanted.replaces},
            )
        return accepted(job)

    return once.answer(act)
