"""The catalogue: every data document of some folders, checked one by one and against each other.

Nothing is half taken in: one fault in one file, and the whole load is refused, with every fault of every file
named.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, Self, TypeVar

from creditbank.adapters.catalogue.codes import code_lists
from creditbank.canonical import MAX_BYTES, Digest, UnreadableJson
from creditbank.errors import BadInput, NotFound
from creditbank.framework import (
    FOREVER,
    Acceptance,
    AnyDocument,
    AssessmentTypes,
    CodeList,
    CodeLists,
    CoherenceLists,
    CoherenceReview,
    ConversionPolicy,
    ConversionStatement,
    CreditSystem,
    DocumentFaults,
    Fault,
    Framework,
    OutcomeVerbs,
    Qualification,
    ReadDocument,
    Recognition,
    Register,
    Relation,
    RuleException,
    Template,
    TemplateBook,
    UnitDocument,
    check_acceptance,
    check_conversion,
    check_editions,
    check_exception,
    check_framework,
    check_qualification,
    check_recognition,
    check_relation,
    check_template,
    check_template_named,
    check_verbs,
    document_digest,
    edition_in_force,
    last_day,
    newest_edition,
    read_document,
)

Kind = Literal[
    "framework",
    "credit-system",
    "qualification",
    "conversion",
    "conversion-statement",
    "relation",
    "recognition",
    "acceptance",
    "exception",
    "register",
    "unit",
    "code-list",
    "template",
    "coherence-review",
    "outcome-verbs",
    "assessment-types",
]

KINDS: Final[dict[Kind, type[AnyDocument]]] = {
    "framework": Framework,
    "credit-system": CreditSystem,
    "qualification": Qualification,
    "conversion": ConversionPolicy,
    "conversion-statement": ConversionStatement,
    "relation": Relation,
    "recognition": Recognition,
    "acceptance": Acceptance,
    "exception": RuleException,
    "register": Register,
    "unit": UnitDocument,
    "code-list": CodeList,
    "template": Template,
    "coherence-review": CoherenceReview,
    "outcome-verbs": OutcomeVerbs,
    "assessment-types": AssessmentTypes,
}
MOST_FILES: Final = 5_000
_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_SCHEMAS: Final = "schemas"

D = TypeVar("D", bound=AnyDocument)


class UnreadableCatalogue(NotFound):
    """The folder of documents is not there, or a file in it cannot be opened."""

    slug = "unreadable-catalogue"


class EmptyCatalogue(BadInput):
    """The folder holds no document, or too many files to be one."""

    slug = "empty-catalogue"


class UnknownDocument(NotFound):
    """No document of this kind has this id, or not in this version."""

    slug = "unknown-document"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Data documents by kind, id and version; it never changes once loaded."""

    documents: Mapping[tuple[str, str], tuple[AnyDocument, ...]] = field(repr=False)
    digests: Mapping[Digest, AnyDocument] = field(repr=False)

    @classmethod
    def load(cls, root: Path, *more: Path) -> Self:
        """Read every `.yaml`, `.yml` and `.json` document below the folders, all or nothing.

        A folder `schemas` directly below a root is left out. Raises `DocumentFaults` with the faults of all
        files, `UnreadableCatalogue` when a folder is missing, `EmptyCatalogue` when there is nothing to read.
        """
        return cls(*_read_all(root, tuple((path, _bytes(path)) for path in _files((root, *more)))))

    def ids(self, kind: str) -> Iterable[str]:
        """The ids of all documents of a kind, in alphabetical order."""
        return sorted(one for name, one in self.documents if name == kind)

    def versions(self, kind: Kind, id: str) -> tuple[AnyDocument, ...]:
        """Every version of a document, oldest first; raise `UnknownDocument` when there is none."""
        found = self.documents.get((kind, id))
        if found is None:
            near = get_close_matches(id, list(self.ids(kind)), n=3, cutoff=0.4)
            known = ", ".join(near or self.ids(kind)) or "none"
            raise UnknownDocument(
                f"There is no {kind} {id!r} in the catalogue.",
                next_step=f"{'Did you mean' if near else 'Known are'}: {known}.",
            )
        return found

    def framework(self, id: str, version: str | None = None) -> Framework:
        """A framework by id, in the newest version unless one is named; a draft only when nothing else is there."""
        if version is None:
            return newest_edition(self.editions(id))
        return self._one(Framework, "framework", id, version)

    def framework_on(self, id: str, day: date) -> Framework:
        """The version of a framework that is in force on this day, both its ends included.

        Raises `UnknownDocument` when none is: before the first, after the last, or while there is only a draft.
        """
        editions = self.editions(id)
        found = edition_in_force(editions, day)
        if found is None:
            raise UnknownDocument(
                f"No version of the framework {id!r} is in force on {day.isoformat()}.",
                next_step=f"Its versions are: {'; '.join(_period(one, editions) for one in editions)}.",
            )
        return found

    def editions(self, id: str) -> tuple[Framework, ...]:
        """Every version of a framework, oldest first; raise `UnknownDocument` when there is none."""
        found = self.versions("framework", id)
        return tuple(one for one in found if isinstance(one, Framework))

    def all_editions(self) -> dict[str, tuple[Framework, ...]]:
        """Every version of every framework by id, oldest first."""
        return {name: self.editions(name) for name in self.ids("framework")}

    def credit_system(self, id: str) -> CreditSystem:
        """A credit system by id."""
        return self._one(CreditSystem, "credit-system", id, None)

    def qualification(self, id: str, version: str | None = None) -> Qualification:
        """A qualification by id, in the newest version unless one is named."""
        return self._one(Qualification, "qualification", id, version)

    def frameworks(self, on: date | None = None) -> dict[str, Framework]:
        """Every framework by id, each in its newest version; with a day, those in force on it, as of that day."""
        if on is None:
            return {name: self.framework(name) for name in self.ids("framework")}
        held = ((name, edition_in_force(self.editions(name), on)) for name in self.ids("framework"))
        return {name: one for name, one in held if one is not None}

    def credit_systems(self) -> dict[str, CreditSystem]:
        """Every credit system by id."""
        return {name: self.credit_system(name) for name in self.ids("credit-system")}

    def qualifications(self) -> tuple[Qualification, ...]:
        """Every version of every qualification, by id and age."""
        return tuple(self._all(Qualification, "qualification"))

    def conversions(self) -> tuple[ConversionPolicy, ...]:
        """Every version of every conversion policy, by id. None ships with the bank."""
        return tuple(self._all(ConversionPolicy, "conversion"))

    def conversion_statements(self) -> tuple[ConversionStatement, ...]:
        """Every published statement about credits of two systems, by id. None of them decides anything."""
        return tuple(self._all(ConversionStatement, "conversion-statement"))

    def recognitions(self) -> tuple[Recognition, ...]:
        """Every recognition decision, by id. None ships with the bank."""
        return tuple(self._all(Recognition, "recognition"))

    def acceptances(self) -> tuple[Acceptance, ...]:
        """Every decision to use an indicative document, by id. None ships with the bank."""
        return tuple(self._all(Acceptance, "acceptance"))

    def relations(self) -> tuple[Relation, ...]:
        """Every relation between frameworks, by id."""
        return tuple(self._all(Relation, "relation"))

    def registers(self) -> tuple[Register, ...]:
        """Every snapshot of every register, by id and day. None ships with the bank."""
        return tuple(self._all(Register, "register"))

    def codes(self) -> CodeLists:
        """Every list of codes: those of ISO, and the code lists of the catalogue."""
        return code_lists(self._all(CodeList, "code-list"))

    def template(self, id: str, version: str | None = None) -> Template:
        """A template by id, in the newest version unless one is named."""
        return self._one(Template, "template", id, version)

    def templates(self) -> tuple[Template, ...]:
        """Every version of every template, by id and age."""
        return tuple(self._all(Template, "template"))

    def template_book(self) -> TemplateBook:
        """Every template with its parents, and the frameworks they speak of."""
        return TemplateBook.of([*self.templates(), *self._all(Framework, "framework")])

    def coherence_lists(self) -> CoherenceLists:
        """What the coherence checklist knows: hours of credits, verbs by language, ways of assessing."""
        verbs, types = self._all(OutcomeVerbs, "outcome-verbs"), self._all(AssessmentTypes, "assessment-types")
        return CoherenceLists(self.credit_systems(), tuple(verbs), tuple(types))

    def faults(self, document: AnyDocument) -> list[Fault]:
        """What one more document names that is not in this catalogue, as loading it beside the others would tell."""
        documents = [one for versions in self.documents.values() for one in versions]
        editions: dict[str, list[Framework]] = {}
        for one in documents:
            if isinstance(one, Framework):
                editions.setdefault(one.id, []).append(one)
        return _faults_beside(document, documents, editions)

    def by_digest(self, digest: Digest) -> AnyDocument | None:
        """The document that has this digest, or None."""
        return self.digests.get(digest)

    def _all(self, kind: type[D], name: Kind) -> Iterator[D]:
        for one in self.ids(name):
            for document in self.versions(name, one):
                assert isinstance(document, kind)
                yield document

    def _one(self, kind: type[D], name: Kind, key: str, version: str | None) -> D:
        versions = self.versions(name, key)
        chosen = [one for one in versions if version is None or getattr(one, "version", "") == version]
        if not chosen:
            known = ", ".join(str(getattr(one, "version", "")) for one in versions)
            raise UnknownDocument(
                f"The {name} {key!r} has no version {version!r}.", next_step=f"Its versions are: {known}."
            )
        document = chosen[-1]
        assert isinstance(document, kind)
        return document


def _files(roots: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for root in roots:
        if not root.is_dir():
            raise UnreadableCatalogue(
                "This folder of documents is not there.", place=str(root), next_step="Check the path."
            )
        for path in sorted(root.rglob("*")):
            inside = path.relative_to(root).parts
            hidden = any(part.startswith(".") for part in inside)
            if path.suffix in _SUFFIXES and inside[0] != _SCHEMAS and not hidden and path.is_file():
                found.append(path)
    if len(found) > MOST_FILES:
        raise EmptyCatalogue(
            f"{len(found)} documents are here; at most {MOST_FILES} are read at once.",
            next_step="Name a folder that holds data documents only.",
        )
    return found


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)  # one byte too many is enough for the reader to refuse it
    except OSError as cause:
        raise UnreadableCatalogue(
            f"This file cannot be opened: {cause.strerror}.",
            place=str(path),
            next_step="Check its permissions.",
        ) from None


@lru_cache(maxsize=4)
def _read_all(
    root: Path, files: tuple[tuple[Path, bytes], ...]
) -> tuple[Mapping[tuple[str, str], tuple[AnyDocument, ...]], Mapping[Digest, AnyDocument]]:
    """What the files say together; the same bytes in the same places say the same, so a process reads them once."""
    read: list[ReadDocument] = []
    faults: list[Fault] = []
    for path, data in files:
        try:
            read.append(read_document(data, str(path)))
        except DocumentFaults as cause:
            faults.extend(cause.faults)
        except UnreadableJson as cause:
            faults.append(Fault(cause.slug, (), cause.sentence, cause.next_step, cause.place or str(path)))
    if not read and not faults:
        raise EmptyCatalogue(
            "No document is here.",
            place=str(root),
            next_step="Name the folder that holds the .yaml files.",
        )
    faults.extend(_faults_between(read, broken=bool(faults)))
    if faults:
        raise DocumentFaults(faults, place=str(root))
    by_digest = {document_digest(one.document): one.document for one in read}
    return MappingProxyType(_by_id(read)), MappingProxyType(by_digest)


def _kind(document: AnyDocument) -> Kind:
    return next(name for name, kind in KINDS.items() if type(document) is kind)


def _by_id(read: Iterable[ReadDocument]) -> dict[tuple[str, str], tuple[AnyDocument, ...]]:
    found: dict[tuple[str, str], list[AnyDocument]] = {}
    for one in read:
        found.setdefault((_kind(one.document), one.document.id), []).append(one.document)
    return {key: tuple(sorted(documents, key=_age)) for key, documents in found.items()}


def _age(document: AnyDocument) -> tuple[str, str]:
    return str(getattr(document, "valid_from", "")), str(getattr(document, "version", ""))


def _faults_between(read: list[ReadDocument], *, broken: bool) -> list[Fault]:
    """Ids that stand twice and names nothing stands behind.

    When a file could not be read (`broken`), a missing name may well be in it; only doubles are told then.
    """
    found = list(_doubles(read))
    if broken:
        return found
    documents = [one.document for one in read]
    editions = _editions(read, found)
    for one in read:
        found.extend(one.placed(fault) for fault in _faults_beside(one.document, documents, editions))
    return found


def _faults_beside(
    document: AnyDocument, documents: Sequence[AnyDocument], editions: Mapping[str, Sequence[Framework]]
) -> list[Fault]:
    """What a document names that is not among these documents, or is there in another text."""
    systems = {one.id for one in documents if isinstance(one, CreditSystem)}
    found = _faults_of(document, editions, systems)
    if isinstance(document, Qualification):
        found += check_qualification(
            document,
            {name: newest_edition(versions) for name, versions in editions.items()},
            systems,
            editions=editions,
            others=[one for one in documents if isinstance(one, Qualification)],
            codes=code_lists(one for one in documents if isinstance(one, CodeList)),
        )
    if isinstance(document, Acceptance):
        found += check_acceptance(document, documents)
    if isinstance(document, RuleException):
        found += check_exception(document, documents)
    if isinstance(document, ConversionPolicy):
        found += check_conversion(document, [one for one in documents if isinstance(one, ConversionStatement)])
    if isinstance(document, Template):
        found += check_template(document, TemplateBook.of(documents), systems)
    if isinstance(document, UnitDocument):
        found += check_template_named(document, TemplateBook.of(documents))
    if isinstance(document, OutcomeVerbs):
        codes = {id: [level.code for one in versions for level in one.levels] for id, versions in editions.items()}
        found += check_verbs(document, codes)
    return found


def _doubles(read: Iterable[ReadDocument]) -> Iterator[Fault]:
    first: dict[tuple[str, str, str], ReadDocument] = {}
    for one in read:
        kind, version = _kind(one.document), str(getattr(one.document, "version", ""))
        before = first.setdefault((kind, one.document.id, version), one)
        if before is not one:
            named = f"{one.document.id!r} in version {version!r}" if version else f"{one.document.id!r}"
            sentence = f"The {kind} {named} stands in {before.place} already."
            yield one.placed(Fault("duplicate-document", ("id",), sentence, "Give one of them another id or version."))


def _editions(read: Iterable[ReadDocument], found: list[Fault]) -> dict[str, list[Framework]]:
    """All versions of each framework; what they contradict each other in is added to `found`."""
    editions: dict[str, list[Framework]] = {}
    places: dict[str, list[ReadDocument]] = {}
    for one in read:
        if isinstance(one.document, Framework):
            editions.setdefault(one.document.id, []).append(one.document)
            places.setdefault(one.document.id, []).append(one)
    for name, versions in editions.items():
        found.extend(places[name][index].placed(fault) for index, fault in check_editions(versions))
    return editions


def _period(one: Framework, editions: Sequence[Framework]) -> str:
    if one.standing == "draft":
        return f"{one.version} (a draft)"
    end = last_day(one, editions)
    return f"{one.version} (from {one.valid_from}" + (")" if end == FOREVER else f" to {end})")


def _faults_of(document: AnyDocument, editions: Mapping[str, Sequence[Framework]], systems: set[str]) -> list[Fault]:
    frameworks = {name: newest_edition(versions) for name, versions in editions.items()}
    if isinstance(document, Framework):
        return check_framework(document, systems)
    if isinstance(document, Relation):
        return check_relation(document, editions)
    if isinstance(document, Recognition):
        return check_recognition(document, frameworks)
    named: list[tuple[str, str]] = []
    if isinstance(document, ConversionPolicy | ConversionStatement):
        named += [("from_system", document.from_system), ("to_system", document.to_system)]
    return [
        Fault("unknown-document-named", (key,), f"No credit system {system!r} is loaded.")
        for key, system in named
        if system not in systems
    ]
