"""The words we add to Open Badges 3.0, as one context block that stands inside each credential.

Open Badges has no words for the credit system, workload, form of participation, supervision or quality
assurance that the EU asks of a micro-credential (Council Recommendation 2022/C 243/02, Annex I). The names
only name: nothing is served under `creditbank.example`, which is reserved so that nobody can take it over
(RFC 6761).
"""

from typing import Final
from urllib.parse import quote

from creditbank.canonical import Json, JsonObject
from creditbank.signing import OPEN_BADGES_CONTEXT, VC2_CONTEXT

TERMS: Final = "https://creditbank.example/terms/v1#"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"

CREDITBANK_CONTEXT: Final[JsonObject] = {
    "@protected": True,
    "LearningOutcome": f"{TERMS}LearningOutcome",
    "QualificationAward": f"{TERMS}QualificationAward",
    "assessmentType": f"{TERMS}assessmentType",
    "awardingCountry": f"{TERMS}awardingCountry",
    "category": f"{TERMS}category",
    "contentKey": f"{TERMS}contentKey",
    "creditPoints": {"@id": f"{TERMS}creditPoints", "@type": f"{_XSD}decimal"},
    "creditSystem": f"{TERMS}creditSystem",
    "deliveryMode": f"{TERMS}deliveryMode",
    "firstIssue": {"@id": f"{TERMS}firstIssue", "@type": "@id"},
    "frameworkVersion": f"{TERMS}frameworkVersion",
    "learningOutcome": f"{TERMS}learningOutcome",
    "outcomeDimension": f"{TERMS}outcomeDimension",
    "qualification": f"{TERMS}qualification",
    "qualityAssurance": f"{TERMS}qualityAssurance",
    "sourceType": f"{TERMS}sourceType",
    "statusSequence": {"@id": f"{TERMS}statusSequence", "@type": f"{_XSD}nonNegativeInteger"},
    "supervision": f"{TERMS}supervision",
    "workload": {"@id": f"{TERMS}workload", "@type": f"{_XSD}duration"},
}
"""The block itself; its digest is pinned in `creditbank.signing.contexts`, so change both, and the version,
together.
"""


def level_url(framework: str, code: str) -> str:
    """The name of a level of a framework, for `targetUrl` of an alignment."""
    return f"https://creditbank.example/levels/{quote(framework, safe='')}/{quote(code, safe='')}"


def scale_url(scale: str) -> str:
    """The name of a grading scale, for `targetUrl` of an alignment."""
    return f"https://creditbank.example/scales/{quote(scale, safe='')}"


def field_url(code: str) -> str:
    """The name that the EU's vocabularies give to a field of ISCED-F 2013, for `targetUrl` of an alignment."""
    return f"http://data.europa.eu/snb/isced-f/{quote(code, safe='')}"


def qualification_url(qualification: str, version: str) -> str:
    """The name of a version of a qualification, for the `id` of the achievement that an award certifies."""
    return f"https://creditbank.example/qualifications/{quote(qualification, safe='')}/{quote(version, safe='')}"


def contexts() -> list[Json]:
    """The contexts of our credentials in the order others ask for: VC 2.0, Open Badges, our block."""
    return [VC2_CONTEXT, OPEN_BADGES_CONTEXT, dict(CREDITBANK_CONTEXT)]


__all__ = ["CREDITBANK_CONTEXT", "TERMS", "contexts", "field_url", "level_url", "qualification_url", "scale_url"]
