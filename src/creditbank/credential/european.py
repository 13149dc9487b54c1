"""What a learner earned, in the words of the European Learning Model 3: a person with claims, and nothing signed.

The document follows the application profile for digital credentials (`EDC-generic-no-cv`, version 1.1.0 of the model's
SHACL shapes) from the person down. It is no European Digital Credential: that is an issuer's word under its seal, and
whoever writes this is not the issuer. Each claim names the file of the signed credential that it was read from.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

from creditbank.canonical import Json, JsonObject, digest_text
from creditbank.credential.facts import Level
from creditbank.credential.learned import Learned
from creditbank.credential.reading import without_blanks
from creditbank.units import CreditAmount

CONTEXT: Final = "http://data.europa.eu/snb/model/context/edc-ap"
EQF: Final = "eu-eqf"
ECTS: Final = "eu-ects"
FILLED: Final = (
    "Person: id, fullName, hasClaim",
    "LearningAchievement: id, title, identifier, creditReceived, provenBy, additionalNote, supplementaryDocument",
    "LearningAchievement: specifiedBy, awardedBy (awardingBody, awardingDate)",
    "Organisation: id, legalName, location (address, countryCode)",
    "Qualification, partial for a unit: title, isPartialQualification, eqfLevel or nqfLevel, creditPoint",
    "Qualification: learningOutcome, volumeOfLearning, mode, language",
    "LearningAssessment: title, grade, awardedBy",
)
"""Which parts of the model this fills; everything else of it is left empty."""
_PUBLICATIONS: Final = "http://publications.europa.eu/resource/authority"
_SNB: Final = "http://data.europa.eu/snb"
_MODES: Final = {
    "online": ("920fbb3cbe", "Online"),
    "blended": ("e92d221e4d", "Blended"),
    "on-site": ("9191af2ed9", "Presential"),
    "work-experience": ("729f3bed4b", "Workbased"),
}
_HOURS: Final = re.compile(r"PT(?:[0-9]{1,5}H)?(?:[0-9]{1,4}M)?", re.ASCII)
_TAG: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)

Code = Callable[[str], str]
"""The three letters of a country or a language for its two, or nothing."""


def fits_european(one: Learned, country: Code) -> bool:
    """Whether it can be said in the model: it asks for the country of every organisation."""
    return one.stands and bool(country(one.country))


def european_record(
    learner: str, name: str, learned: Sequence[Learned], *, country: Code, language: Code
) -> JsonObject:
    """The person with one claim for each credential; each of them `fits_european`.

    The identifiers of controlled vocabularies are the European ones where there is one: country, language, EQF level,
    ECTS, form of participation. Levels and credit systems of others are concepts of their own, in words.
    """
    bodies: dict[str, JsonObject] = {}
    for one in learned:  # one body has one name and one country, whatever its credentials say at different times
        bodies.setdefault(one.issuer, _organisation(one, country))
    return {
        "@context": [{"id": "@id", "type": "@type"}, CONTEXT],
        "id": learner,
        "type": "Person",
        "fullName": {"und": name},
        "hasClaim": [_claim(one, bodies[one.issuer], language) for one in learned],
    }


def _claim(one: Learned, body: JsonObject, language: Code) -> JsonObject:
    awarded: JsonObject = {
        "type": "AwardingProcess",
        "awardingBody": body,
        "awardingDate": f"{one.earned.isoformat()}T00:00:00Z",
    }
    proven: list[Json] = [
        {
            "type": "LearningAssessment",
            "title": {"en": f"Result on {scale}" if scale else "Result"},
            "grade": _note(grade),
            "awardedBy": awarded,
        }
        for scale, grade in one.grades
    ]
    return without_blanks(
        {
            "id": f"{one.credential}#claim",
            "type": "LearningAchievement",
            "title": _said(one, one.title),
            "identifier": {"type": "Identifier", "schemeName": "Id of the credential", "notation": one.credential},
            "awardedBy": awarded,
            "specifiedBy": _specification(one, language),
            "creditReceived": None if one.credits is None else _points(one.credits),
            "provenBy": proven,
            "additionalNote": _note(
                "This claim is not signed. The credential that it was read from is signed by its issuer: "
                f"{one.file}, SHA-256 of its canonical JSON {digest_text(one.digest)}."
            ),
            "supplementaryDocument": {
                "type": "WebResource",
                "title": {"en": "The signed credential"},
                "contentURL": one.file,
            },
        }
    )


def _organisation(one: Learned, country: Code) -> JsonObject:
    return {
        "id": one.issuer,
        "type": "Organisation",
        "legalName": {"und": one.issuer_name},
        "location": {
            "type": "Location",
            "address": {
                "type": "Address",
                "countryCode": _concept(f"{_PUBLICATIONS}/country/{country(one.country)}", f"{_PUBLICATIONS}/country"),
            },
        },
    }


def _specification(one: Learned, language: Code) -> JsonObject:
    taught, mode = language(one.language.partition("-")[0]), _MODES.get(one.mode)
    return without_blanks(
        {
            "type": "Qualification",
            "title": _said(one, one.title),
            "isPartialQualification": not one.award,
            **({} if one.level is None else _level(one.level)),
            "creditPoint": None if one.credits is None else _points(one.credits),
            "learningOutcome": [{"type": "LearningOutcome", "title": _said(one, text)} for text in one.outcomes],
            "volumeOfLearning": one.workload if _HOURS.fullmatch(one.workload) and one.workload != "PT" else None,
            "mode": mode and _named(f"{_SNB}/learning-assessment", *mode),
            "language": _concept(f"{_PUBLICATIONS}/language/{taught}", f"{_PUBLICATIONS}/language") if taught else None,
        }
    )


def _level(level: Level) -> JsonObject:
    if level.framework == EQF and level.code in set("12345678"):
        return {"eqfLevel": _named(f"{_SNB}/eqf", level.code, f"Level {level.code}")}
    return {"nqfLevel": _own("level", level.framework, level.code, f"Level {level.code} of {level.framework}")}


def _points(amount: CreditAmount) -> JsonObject:
    ects = amount.system == ECTS
    system = (
        _named(f"{_SNB}/education-credit", "6fcec5c5af", "European Credit Transfer System")
        if ects
        else _own("credit-system", amount.system, "", amount.system)
    )
    return {"type": "CreditPoint", "framework": system, "point": str(amount.credits)}


def _concept(name: str, scheme: str) -> JsonObject:
    return {"id": name, "type": "Concept", "inScheme": {"id": scheme, "type": "ConceptScheme"}}


def _named(scheme: str, code: str, words: str) -> JsonObject:
    return {**_concept(f"{scheme}/{code}", f"{scheme}/25831c2"), "prefLabel": {"en": words}}


def _own(kind: str, name: str, code: str, words: str) -> JsonObject:
    """A concept of a list that is not Europe's, under a name of its own."""
    return {
        "id": ":".join(part for part in ("urn:creditbank", kind, name, code) if part),
        "type": "Concept",
        "prefLabel": {"en": words},
    }


def _note(text: str) -> JsonObject:
    return {"type": "Note", "noteLiteral": {"und": text}}


def _said(one: Learned, text: str) -> JsonObject:
    return {one.language if _TAG.fullmatch(one.language) else "und": text}
