"""Drafts: units that a provider is still writing, changed only by who has read them, and published as they stand."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import Field, StringConstraints

from creditbank.bootstrap import Bank
from creditbank.services.drafting import read_unit
from creditbank.services.records import DraftUnit
from creditbank.units import instant_text
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import FieldFault, InvalidRequest, NoSuchResource, PreconditionFailed, PreconditionMissing
from creditbank_api.etags import IfMatch, IfNoneMatch, etag, require_match
from creditbank_api.idempotency import NOTED, Answer, OnceDep
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import GUARDED, ONCE, READING, declared
from creditbank_api.requests import JsonRoute
from creditbank_api.security import Provider, Scope, hidden, needs
from creditbank_api.v1.achievements import AchievementView
from creditbank_api.v1.shapes import Shape

router = APIRouter(tags=["achievements"], route_class=JsonRoute)
UnitId = Annotated[str, Path(max_length=400, description="The id of the unit, an IRI")]
UnitVersion = Annotated[str, Path(max_length=64)]
Text = Annotated[str, StringConstraints(min_length=2, max_length=500_000)]
WRITES = [needs(Scope.ACHIEVEMENTS_WRITE)]
CONDITION = ("precondition-missing", "precondition-failed", "draft-changed")
UNIT = ("document-faults", "not-a-unit-document", "not-a-provider", "not-your-achievement", "achievement-frozen")
AT = "/drafts/{id:path}/versions/{version}"


class DraftRequest(Shape):
    """The unit document (`creditbank/unit/v1`), as YAML or JSON, character for character; it may be incomplete."""

    content: Text


class PublicationRequest(Shape):
    """A coherence review of exactly this text, where the unit's template asks for one."""

    review: Annotated[str | None, StringConstraints(min_length=2, max_length=500_000)] = None


class FaultView(Shape):
    """What keeps a draft from being published: the rule, the line, and what helps."""

    rule: str
    place: str
    path: str
    detail: str
    next_step: str


class DraftView(Shape):
    """A draft as it stands. Its ETag is what `If-Match` must name to change it."""

    id: str
    version: str
    saved: str
    content: str
    draft: str

    @classmethod
    def of(cls, draft: DraftUnit) -> "DraftView":
        """Shape a record."""
        return cls(
            id=draft.id,
            version=draft.version,
            saved=instant_text(draft.saved),
            content=draft.content.decode(),
            draft=f"/v1/drafts/{draft.id}/versions/{draft.version}",
        )


class DraftName(Shape):
    """A draft by its name."""

    id: str
    version: str
    saved: str
    draft: str


class DraftList(Shape):
    """Some drafts, by id and version; `next` continues, and is missing at the end."""

    items: list[DraftName]
    next: str | None


class FaultList(Shape):
    """Everything that keeps a draft from being published; empty when nothing does."""

    items: list[FaultView] = Field(default_factory=list)


@router.get("/drafts", dependencies=WRITES, responses=declared(*GUARDED, "unreadable-cursor", "invalid-request"))
def drafts(bank: BankDep, caller: Provider, response: Response, asked: Annotated[Window, Depends(window)]) -> DraftList:
    """What the caller's organisation is writing."""
    part, following = asked.sorted(
        bank.drafting.drafts(caller.subject), lambda draft: f"{draft.id}\n{draft.version}", response
    )
    views = [DraftView.of(draft) for draft in part]
    names = [DraftName(id=one.id, version=one.version, saved=one.saved, draft=one.draft) for one in views]
    return DraftList(items=names, next=following)


@router.get(f"{AT}/faults", dependencies=WRITES, responses=declared(*GUARDED, "no-such-resource", "invalid-request"))
def faults(id: UnitId, version: UnitVersion, bank: BankDep, caller: Provider) -> FaultList:
    """What keeps a draft from being published."""
    found = bank.drafting.check(_own(bank, caller.subject, id, version).content, "draft")
    return FaultList(
        items=[
            FaultView(rule=one.slug, place=one.place, path=one.path, detail=one.sentence, next_step=one.next_step)
            for one in found
        ]
    )


@router.get(AT, dependencies=WRITES, responses=declared(*GUARDED, "no-such-resource", "invalid-request"))
def read(id: UnitId, version: UnitVersion, bank: BankDep, caller: Provider, response: Response) -> DraftView:
    """A draft of the caller's organisation, with its ETag."""
    draft = _own(bank, caller.subject, id, version)
    response.headers["ETag"] = etag(draft.content)
    return DraftView.of(draft)


@router.put(
    AT,
    dependencies=[*WRITES, NOTED],
    responses={
        201: {"model": DraftView, "description": "A first draft"},
        **declared(*GUARDED, *READING, *UNIT, *CONDITION),
    },
)
def write(
    id: UnitId,
    version: UnitVersion,
    wanted: DraftRequest,
    bank: BankDep,
    caller: Provider,
    response: Response,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> DraftView:
    """Keep a draft: a first one with `If-None-Match: *`, a change with `If-Match` and the ETag of what was read."""
    content = wanted.content.encode()
    unit, _ = read_unit(content)
    if (unit.id, unit.version) != (id, version):
        raise InvalidRequest((FieldFault("/content", "The unit has another id or version than this address"),))
    before = _found(bank, caller.subject, id, version)
    if if_none_match is not None and if_none_match.strip() == "*":
        if before is not None:
            raise PreconditionFailed("There is a draft already.", next_step="Read it, and change that.")
    elif if_match is None:
        raise PreconditionMissing(
            "A draft may be changed by others meanwhile.",
            next_step="Send If-Match with the ETag that you read, or If-None-Match: * for a first draft.",
        )
    elif before is None:
        raise PreconditionFailed("There is no draft here to be changed.", next_step="Send If-None-Match: *.")
    else:
        require_match(if_match, etag(before.content))
    with hidden():
        draft = bank.drafting.change_draft(caller.subject, content, before=None if before is None else before.content)
    response.status_code = 201 if before is None else 200
    response.headers["ETag"] = etag(content)
    return DraftView.of(draft)


@router.delete(
    AT,
    status_code=204,
    dependencies=[*WRITES, NOTED],
    responses=declared(*GUARDED, *CONDITION, "no-such-resource", "invalid-request"),
)
def drop(id: UnitId, version: UnitVersion, bank: BankDep, caller: Provider, if_match: IfMatch = None) -> None:
    """Take a draft away, as it was read."""
    draft = _own(bank, caller.subject, id, version)
    require_match(if_match, etag(draft.content))
    bank.drafting.drop_draft(draft)


@router.post(
    f"{AT}/publication",
    status_code=201,
    response_model=AchievementView,
    dependencies=WRITES,
    responses=declared(
        *GUARDED, *READING, *ONCE, *UNIT, *CONDITION, "no-such-resource", "version-unlinked", "not-a-coherence-review"
    ),
)
def publish(
    id: UnitId,
    version: UnitVersion,
    wanted: PublicationRequest,
    once: OnceDep,
    bank: BankDep,
    caller: Provider,
    if_match: IfMatch = None,
) -> Response:
    """Publish a draft as it was read: a frozen version, which never changes."""

    def act(_request: str) -> Answer:
        draft = _found(bank, caller.subject, id, version)
        if draft is None:
            standing = next((one for one in bank.drafting.versions(id) if one.version == version), None)
            if standing is None or standing.organisation != caller.subject:
                raise NoSuchResource
            return _published(AchievementView.of(standing))
        require_match(if_match, etag(draft.content))
        review = None if wanted.review is None else wanted.review.encode()
        with hidden():
            made = bank.drafting.publish_unit(caller.subject, draft.content, "draft", review=review)
        return _published(AchievementView.of(made))

    return once.answer(act)


def _published(view: AchievementView) -> Answer:
    return Answer(view, view.achievement)


def _found(bank: Bank, organisation: str, id: str, version: str) -> DraftUnit | None:
    drafts = bank.drafting.drafts(organisation)
    return next((one for one in drafts if (one.id, one.version) == (id, version)), None)


def _own(bank: Bank, organisation: str, id: str, version: str) -> DraftUnit:
    draft = _found(bank, organisation, id, version)
    if draft is None:
        raise NoSuchResource
    return draft
