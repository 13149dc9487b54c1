"""Which elements of a micro-credential does this credential state? EU Council Recommendation 2022/C 243/02, Annex I.

Native Open Badges terms are read first, then those of our context block. What is read are claims, until a signature
holds; an element in a word that no context of the document defines is refused by the signature, not here.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from creditbank.canonical import Json
from creditbank.credential.achievement import LEVEL_TARGET
from creditbank.credential.credential import NotACredential, read_credential

Object: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of Annex I: what it is called there, and what the credential says, one text for each statement."""

    name: str
    title: str
    mandatory: bool
    stated: tuple[str, ...]

    @property
    def lacking(self) -> bool:
        """Whether it is asked for and not stated."""
        return self.mandatory and not self.stated


@dataclass(frozen=True, slots=True)
class _Read:
    """The parts of a credential in which elements stand."""

    credential: Object
    subject: Object
    achievement: Object
    issuer: Object


def annex_one(credential: Json) -> tuple[Element, ...]:
    """Every element of Annex I, in its order, with what the credential states.

    Raises `NotACredential` for anything else. Of an element that is not there, is blank or is not of its type, nothing
    is stated.
    """
    view = read_credential(credential)
    if not isinstance(credential, dict):
        raise NotACredential("A JSON object was expected here.", place="/")
    subject = next(_objects(credential.get("credentialSubject")), {})
    issuer = next(_objects(credential.get("issuer")), {"id": view.issuer})
    read = _Read(credential, subject, next(_objects(subject.get("achievement")), {}), issuer)
    return tuple(Element(name, title, mandatory, tuple(found(read))) for name, title, mandatory, found in _ELEMENTS)


def _learner(read: _Read) -> Iterator[str]:
    yield from _texts(read.subject, "id")
    for one in _objects(read.subject.get("identifier")):
        for kind in _texts(one, "identityType"):
            yield f"{kind}, hashed" if one.get("hashed") is True else f"{kind} in clear"


def _country(read: _Read) -> Iterator[str]:
    stated = [code for one in _objects(read.issuer.get("address")) for code in _texts(one, "addressCountryCode")]
    yield from stated or _texts(read.achievement, "awardingCountry")


def _body(read: _Read) -> Iterator[str]:
    yield from [*_texts(read.issuer, "name")] or _texts(read.issuer, "id")


def _issued(read: _Read) -> Iterator[str]:
    yield from [*_texts(read.credential, "awardedDate")] or _texts(read.credential, "validFrom")


def _outcomes(read: _Read) -> Iterator[str]:
    for one in _objects(read.achievement.get("learningOutcome")):
        yield from _texts(one, "description")


def _workload(read: _Read) -> Iterator[str]:
    yield from _texts(read.achievement, "workload")
    for points in _texts(read.achievement, "creditPoints"):
        yield from (f"{points} {system}" for system in _texts(read.achievement, "creditSystem"))


def _level(read: _Read) -> Iterator[str]:
    for one in _objects(read.achievement.get("alignment")):
        if LEVEL_TARGET in _texts(one, "targetType"):
            yield from _texts(one, "targetName")


def _grade(read: _Read) -> Iterator[str]:
    for one in _objects(read.subject.get("result")):
        yield from _texts(one, "value")


def _field(name: str) -> Callable[[_Read], Iterator[str]]:
    return lambda read: _texts(read.achievement, name)


_ELEMENTS: Final[tuple[tuple[str, str, bool, Callable[[_Read], Iterator[str]]], ...]] = (
    ("learner", "Identification of the learner", True, _learner),
    ("title", "Title of the micro-credential", True, _field("name")),
    ("country", "Country or region of the issuer", True, _country),
    ("awarding-body", "Awarding body", True, _body),
    ("issued", "Date of issuing", True, _issued),
    ("outcomes", "Learning outcomes", True, _outcomes),
    ("workload", "Notional workload needed to achieve the learning outcomes", True, _workload),
    ("level", "Level of the learning experience leading to the micro-credential", True, _level),
    ("assessment", "Type of assessment", True, _field("assessmentType")),
    ("participation", "Form of participation in the learning activity", True, _field("deliveryMode")),
    ("quality", "Type of quality assurance used to underpin the micro-credential", True, _field("qualityAssurance")),
    ("prerequisites", "Prerequisites needed to enrol in the learning activity", False, _field("prerequisite")),
    ("supervision", "Supervision and identity verification during assessment", False, _field("supervision")),
    ("grade", "Grade achieved", False, _grade),
    ("stackability", "Integration and stackability options", False, _field("stackability")),
    ("further", "Further information", False, _field("description")),
)


def _objects(value: Json) -> Iterator[Object]:
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict))


def _texts(holder: Object, name: str) -> Iterator[str]:
    value = holder.get(name)
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str) and one.strip())


__all__ = ["Element", "annex_one"]
