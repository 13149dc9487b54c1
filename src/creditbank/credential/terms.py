"""The words we add to Open Badges 3.0, as one context block that stands inside each credential.

Open Badges has no words for the credit system, workload, form of participation, supervision or quality
assurance that the EU asks of a micro-credential (Council Recommendation 2022/C 243/02, Annex I). The names
only name: nothing is served under `creditbank.example`, which is reserved so that nobody can take it over
(RFC 6761).
"""

from typing import Final
from urllib.parse import quote

from creditbank.canonical import Json, JsonObject
from creditbank.signing import CLR_CONTEXT, OPEN_BADGES_CONTEXT, OPEN_BADGES_EXTENSIONS, VC2_CONTEXT

TERMS: Final = "https://creditbank.example/terms/v1#"
SCHEMA_TYPE: Final = "1EdTechJsonSchemaValidator2019"
ACHIEVEMENT_SCHEMA: Final = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
ENDORSEMENT_SCHEMA: Final = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_endorsementcredential_schema.json"
)
TRANSCRIPT_SCHEMA: Final = "https://purl.imsglobal.org/spec/clr/v2p0/schema/json/clr_v2p0_clrcredential_schema.json"
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
    "endorsementJwt": "https://purl.imsglobal.org/spec/vc/ob/vocab.html#endorsementJwt",
    "firstIssue": {"@id": f"{TERMS}firstIssue", "@type": "@id"},
    "frameworkVersion": f"{TERMS}frameworkVersion",
    "learningOutcome": f"{TERMS}learningOutcome",
    "outcomeDimension": f"{TERMS}outcomeDimension",
    "prerequisite": f"{TERMS}prerequisite",
    "qualification": f"{TERMS}qualification",
    "qualityAssurance": f"{TERMS}qualityAssurance",
    "sourceType": f"{TERMS}sourceType",
    "stackability": f"{TERMS}stackability",
    "statusSequence": {"@id": f"{TERMS}statusSequence", "@type": f"{_XSD}nonNegativeInteger"},
    "supersedes": {"@id": f"{TERMS}supersedes", "@type": "@id"},
    "supervision": f"{TERMS}supervision",
    "suspensionStatus": {"@id": f"{TERMS}suspensionStatus", "@type": "@id"},
    "workload": {"@id": f"{TERMS}workload", "@type": f"{_XSD}duration"},
}
"""The block itself; its digest is pinned in `creditbank.signing.contexts`, so change both together.

Words are only ever added, and an earlier block stays pinned: what was signed with it keeps its meaning.
`endorsementJwt` is a word of Open Badges that its own context forgot, so that no RDF signature could cover it.
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
    """The contexts of our credentials in the order others ask for: VC 2.0, Open Badges, its extensions, our block.

    The extensions define the type of `credentialSchema`; without them no RDF signature would cover it.
    """
    return [VC2_CONTEXT, OPEN_BADGES_CONTEXT, OPEN_BADGES_EXTENSIONS, dict(CREDITBANK_CONTEXT)]


def transcript_contexts() -> list[Json]:
    """The contexts of a transcript in the order CLR 2.0 prescribes: VC 2.0, CLR, Open Badges; then as in `contexts`."""
    return [VC2_CONTEXT, CLR_CONTEXT, *contexts()[1:]]


def schema_entry(schema: str) -> JsonObject:
    """The `credentialSchema` entry that names a JSON Schema published by 1EdTech."""
    return {"id": schema, "type": SCHEMA_TYPE}


__all__ = [
    "ACHIEVEMENT_SCHEMA",
    "CREDITBANK_CONTEXT",
    "ENDORSEMENT_SCHEMA",
    "SCHEMA_TYPE",
    "TERMS",
    "TRANSCRIPT_SCHEMA",
    "contexts",
    "field_url",
    "level_url",
    "qualification_url",
    "scale_url",
    "schema_entry",
    "transcript_contexts",
]
