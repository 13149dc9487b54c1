"""Achievements: what can be earned, in versions that never change. Public."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from creditbank.bootstrap import Bank
from creditbank.canonical import digest_text, pretty_json
from creditbank.services.records import PublishedAchievement
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource
from creditbank_api.etags import unchanging
from creditbank_api.idempotency import Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Provider, Scope, hidden, needs
from creditbank_api.v1.shapes import Id, Line, Shape

router = APIRouter(tags=["achievements"], route_class=JsonRoute)
AchievementId = Annotated[str, Path(max_length=400, description="The id of the achievement, an IRI")]
AchievementVersion = Annotated[str, Path(max_length=64)]
UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "What the caller has already"}}
AT = "/achievements/{id:path}/versions/{version}"


class AchievementView(Shape):
    """A published version: what it is, since when, and whether anything is still issued for it."""

    id: str
    version: str
    organisation: str
    name: str
    digest: str
    published: str
    supersedes: str | None
    changelog: str
    withdrawn: str | None
    withdrawal_reason: str | None
    achievement: str

    @classmethod
    def of(cls, one: PublishedAchievement) -> "AchievementView":
        """Shape a record."""
        return cls(
            id=one.id,
            version=one.version,
            organisation=one.organisation,
            name=str(one.document.get("name", "")),
            digest=digest_text(one.digest),
            published=instant_text(one.published),
            supersedes=one.supersedes,
            changelog=one.changelog,
            withdrawn=None if one.withdrawn is None else instant_text(one.withdrawn),
            withdrawal_reason=one.withdrawal_reason,
            achievement=f"/v1/achievements/{one.id}/versions/{one.version}",
        )


class AchievementList(Shape):
    """Some versions, newest first; `next` continues, and is missing at the end."""

    items: list[AchievementView]
    next: str | None


class Withdrawal(Shape):
    """Why nothing more is issued for a version."""

    reason: Line


@router.get("/achievements", responses=declared("unreadable-cursor", "invalid-request"))
def achievements(
    bank: BankDep,
    response: Response,
    asked: Annotated[Window, Depends(window)],
    organisation: Annotated[Id | None, Query(description="Only what this organisation offers")] = None,
) -> AchievementList:
    """What can be earned, each version by itself."""
    with bank.store.transaction() as tx:
        found = tx.list_achievements(asked.page(), organisation)
    part, following = asked.part(found, response)
    return AchievementList(items=[AchievementView.of(one) for one in part], next=following)


@router.get(
    f"{AT}/document",
    response_class=Response,
    responses={**UNCHANGED, **declared("no-such-resource", "invalid-request")},
)
def document(id: AchievementId, version: AchievementVersion, bank: BankDep, request: Request) -> Response:
    """The achievement as credentials for it carry it; it never changes."""
    return unchanging(request, pretty_json(_found(bank, id, version).document), "application/json")


@router.get(
    f"{AT}/unit",
    response_class=Response,
    responses={
        **UNCHANGED,
        200: {"content": {"application/json": {}, "application/yaml": {}}, "description": "The text"},
        **declared("no-such-resource", "invalid-request"),
    },
)
def unit(id: AchievementId, version: AchievementVersion, bank: BankDep, request: Request) -> Response:
    """The unit document that it was published from, character for character; it never changes."""
    content = _found(bank, id, version).unit
    if content is None:
        raise NoSuchResource
    kind = "application/json" if content.lstrip()[:1] == b"{" else "application/yaml"
    return unchanging(request, content, kind)


@router.get(AT, responses=declared("no-such-resource", "invalid-request"))
def read(id: AchievementId, version: AchievementVersion, bank: BankDep) -> AchievementView:
    """One version of an achievement."""
    return AchievementView.of(_found(bank, id, version))


@router.post(
    f"{AT}/withdrawal",
    status_code=201,
    response_model=AchievementView,
    dependencies=[needs(Scope.ACHIEVEMENTS_WRITE)],
    responses=declared(*GUARDED, *READING, *ONCE, "no-such-resource", "not-your-achievement", "achievement-withdrawn"),
)
def withdraw(
    id: AchievementId,
    version: AchievementVersion,
    wanted: Withdrawal,
    once: OnceDep,
    bank: BankDep,
    caller: Provider,
) -> Response:
    """Issue nothing new for a version; what was issued for it stays what it is."""

    def act(_request: str) -> Answer:
        with hidden():
            made = bank.drafting.withdraw(caller.subject, id, version, reason=wanted.reason)
        view = AchievementView.of(made)
        return Answer(view, view.achievement)

    return once.answer(act)


def _found(bank: Bank, id: str, version: str) -> PublishedAchievement:
    with hidden(), bank.store.transaction() as tx:
        return tx.get_achievement(id, version)
