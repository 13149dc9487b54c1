"""The catalogue: frameworks, qualifications and templates that this bank works by. Public."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from creditbank.canonical import digest_text, pretty_json
from creditbank.framework import Framework, Qualification, Template, document_digest
from creditbank_api.dependencies import BankDep
from creditbank_api.errors import NoSuchResource
from creditbank_api.etags import unchanging
from creditbank_api.pagination import Window, window
from creditbank_api.problem_docs import declared
from creditbank_api.v1.shapes import Shape

router = APIRouter(tags=["catalogue"])


class FrameworkView(Shape):
    """A framework in one version, with its levels in ascending order."""

    id: str
    name: str
    owner: str
    country: str
    kind: str
    version: str
    levels: list[str]
    credit_system: str | None
    digest: str

    @classmethod
    def of(cls, framework: Framework) -> "FrameworkView":
        """Shape a document."""
        return cls(
            id=framework.id,
            name=framework.name,
            owner=framework.owner,
            country=framework.country,
            kind=framework.kind,
            version=framework.version,
            levels=[level.code for level in framework.levels],
            credit_system=framework.credit_system,
            digest=digest_text(document_digest(framework)),
        )


class QualificationView(Shape):
    """A qualification in one version: what it is, and which rules by digest."""

    id: str
    version: str
    title: str
    framework: str
    level: str | None
    credit_system: str
    summary: str
    valid_from: str
    valid_until: str | None
    digest: str

    @classmethod
    def of(cls, rules: Qualification) -> "QualificationView":
        """Shape a document."""
        return cls(
            id=rules.id,
            version=rules.version,
            title=rules.title,
            framework=rules.framework,
            level=rules.level,
            credit_system=rules.credit_system,
            summary=rules.summary,
            valid_from=rules.valid_from,
            valid_until=rules.valid_until,
            digest=digest_text(document_digest(rules)),
        )


class TemplateView(Shape):
    """A template in one version: what units of one kind have in common."""

    id: str
    version: str
    title: str
    scope: str
    owner: str
    summary: str
    extends: str | None
    digest: str

    @classmethod
    def of(cls, template: Template) -> "TemplateView":
        """Shape a document."""
        return cls(
            id=template.id,
            version=template.version,
            title=template.title,
            scope=template.scope,
            owner=template.owner,
            summary=template.summary,
            extends=None if template.extends is None else f"{template.extends.id} {template.extends.version}",
            digest=digest_text(document_digest(template)),
        )


class FrameworkList(Shape):
    """Some frameworks, by id; `next` continues, and is missing at the end."""

    items: list[FrameworkView]
    next: str | None


class QualificationList(Shape):
    """Some qualifications, each version by itself; `next` continues, and is missing at the end."""

    items: list[QualificationView]
    next: str | None


class TemplateList(Shape):
    """Some templates, each version by itself; `next` continues, and is missing at the end."""

    items: list[TemplateView]
    next: str | None


LISTS = declared("unreadable-cursor", "invalid-request")
DOCUMENTS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}}, "description": "What the document says"},
    304: {"description": "What the caller has already"},
    **declared("no-such-resource", "invalid-request"),
}
DocumentId = Annotated[str, Path(max_length=200)]
DocumentVersion = Annotated[str, Path(max_length=64)]
Asked = Annotated[Window, Depends(window)]


@router.get("/frameworks", responses=LISTS)
def frameworks(bank: BankDep, response: Response, asked: Asked) -> FrameworkList:
    """The frameworks of the catalogue, each in its newest version."""
    part, following = asked.sorted([*bank.catalogue.frameworks().values()], lambda one: one.id, response)
    return FrameworkList(items=[FrameworkView.of(one) for one in part], next=following)


@router.get("/frameworks/{id}/versions/{version}", response_class=Response, responses=DOCUMENTS)
def framework(id: DocumentId, version: DocumentVersion, bank: BankDep, request: Request) -> Response:
    """A framework in one version, whole; it never changes."""
    return _document(request, [*bank.catalogue.all_editions().get(id, ())], id, version)


@router.get("/qualifications", responses=LISTS)
def qualifications(bank: BankDep, response: Response, asked: Asked) -> QualificationList:
    """The qualifications of the catalogue."""
    part, following = asked.sorted([*bank.catalogue.qualifications()], _name, response)
    return QualificationList(items=[QualificationView.of(rules) for rules in part], next=following)


@router.get("/qualifications/{id}/versions/{version}", response_class=Response, responses=DOCUMENTS)
def qualification(id: DocumentId, version: DocumentVersion, bank: BankDep, request: Request) -> Response:
    """A qualification in one version with all its rules; it never changes."""
    return _document(request, bank.catalogue.qualifications(), id, version)


@router.get("/templates", responses=LISTS)
def templates(bank: BankDep, response: Response, asked: Asked) -> TemplateList:
    """The templates of units."""
    part, following = asked.sorted(bank.catalogue.templates(), _name, response)
    return TemplateList(items=[TemplateView.of(one) for one in part], next=following)


@router.get("/templates/{id}/versions/{version}", response_class=Response, responses=DOCUMENTS)
def template(id: DocumentId, version: DocumentVersion, bank: BankDep, request: Request) -> Response:
    """A template in one version, whole; it never changes."""
    return _document(request, bank.catalogue.templates(), id, version)


def _name(document: Framework | Qualification | Template) -> str:
    return f"{document.id}\n{document.version}"


def _document(
    request: Request, known: Sequence[Framework | Qualification | Template], id: str, version: str
) -> Response:
    found = next((one for one in known if (one.id, one.version) == (id, version)), None)
    if found is None:
        raise NoSuchResource
    said = found.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return unchanging(request, pretty_json(said), "application/json")
