"""The catalogue: frameworks and qualifications that this bank works by. Public."""

from fastapi import APIRouter

from creditbank.canonical import digest_text
from creditbank.framework import Framework, Qualification, document_digest
from creditbank_api.dependencies import BankDep
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


class FrameworkList(Shape):
    """Every framework."""

    items: list[FrameworkView]


class QualificationList(Shape):
    """Every qualification, each version by itself."""

    items: list[QualificationView]


@router.get("/frameworks", responses=declared())
def frameworks(bank: BankDep) -> FrameworkList:
    """The frameworks of the catalogue."""
    known = bank.catalogue.frameworks()
    return FrameworkList(items=[FrameworkView.of(known[id]) for id in sorted(known)])


@router.get("/qualifications", responses=declared())
def qualifications(bank: BankDep) -> QualificationList:
    """The qualifications of the catalogue."""
    known = sorted(bank.catalogue.qualifications(), key=lambda rules: (rules.id, rules.version))
    return QualificationList(items=[QualificationView.of(rules) for rules in known])
