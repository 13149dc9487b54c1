"""What was earned, by whom, from whom: achievements, credentials, awards, status lists, presentations.

Everything is built unsigned and read as claims; `creditbank.signing` makes and checks the signatures.
"""

from creditbank.credential.achievement import Achievement, Outcome, Scale, Target, UnreadableAchievement
from creditbank.credential.credential import (
    AWARD_TYPE,
    AwardFacts,
    CredentialView,
    IssuerProfile,
    NotACredential,
    NotAnAward,
    NotAUnit,
    StatusEntry,
    StatusReference,
    UnknownGrade,
    UnknownScale,
    award_facts,
    build_award,
    build_credential,
    check_grades,
    credential_digest,
    read_credential,
    related_resource_digest,
    unit_facts,
)
from creditbank.credential.endorsement import (
    ENDORSEMENT_TYPE,
    Endorsement,
    NotAnEndorsement,
    build_endorsement,
    endorsable,
    read_endorsement,
)
from creditbank.credential.enveloped import ENVELOPED_TYPE, compact_jws, enveloped
from creditbank.credential.facts import Level, UnitFacts
from creditbank.credential.identity import Identity, UnusableIdentity
from creditbank.credential.presentation import (
    NotAPresentation,
    build_presentation,
    holder_of,
    presented_credentials,
)
from creditbank.credential.status import (
    MIN_ENTRIES,
    StatusList,
    UnreadableStatusList,
    build_status_list,
    read_status,
)
from creditbank.credential.terms import CREDITBANK_CONTEXT
from creditbank.credential.transcript import (
    TRANSCRIPT_TYPE,
    Association,
    NotATranscript,
    NotForATranscript,
    Transcript,
    build_transcript,
    read_transcript,
)

__all__ = [
    "AWARD_TYPE",
    "CREDITBANK_CONTEXT",
    "ENDORSEMENT_TYPE",
    "ENVELOPED_TYPE",
    "MIN_ENTRIES",
    "TRANSCRIPT_TYPE",
    "Achievement",
    "Association",
    "AwardFacts",
    "CredentialView",
    "Endorsement",
    "Identity",
    "IssuerProfile",
    "Level",
    "NotACredential",
    "NotAPresentation",
    "NotATranscript",
    "NotAUnit",
    "NotAnAward",
    "NotAnEndorsement",
    "NotForATranscript",
    "Outcome",
    "Scale",
    "StatusEntry",
    "StatusList",
    "StatusReference",
    "Target",
    "Transcript",
    "UnitFacts",
    "UnknownGrade",
    "UnknownScale",
    "UnreadableAchievement",
    "UnreadableStatusList",
    "UnusableIdentity",
    "award_facts",
    "build_award",
    "build_credential",
    "build_endorsement",
    "build_presentation",
    "build_status_list",
    "build_transcript",
    "check_grades",
    "compact_jws",
    "credential_digest",
    "endorsable",
    "enveloped",
    "holder_of",
    "presented_credentials",
    "read_credential",
    "read_endorsement",
    "read_status",
    "read_transcript",
    "related_resource_digest",
    "unit_facts",
]
