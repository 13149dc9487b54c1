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
from creditbank.credential.facts import Level, UnitFacts
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

__all__ = [
    "AWARD_TYPE",
    "CREDITBANK_CONTEXT",
    "MIN_ENTRIES",
    "Achievement",
    "AwardFacts",
    "CredentialView",
    "IssuerProfile",
    "Level",
    "NotACredential",
    "NotAPresentation",
    "NotAUnit",
    "NotAnAward",
    "Outcome",
    "Scale",
    "StatusEntry",
    "StatusList",
    "StatusReference",
    "Target",
    "UnitFacts",
    "UnknownGrade",
    "UnknownScale",
    "UnreadableAchievement",
    "UnreadableStatusList",
    "award_facts",
    "build_award",
    "build_credential",
    "build_presentation",
    "build_status_list",
    "check_grades",
    "credential_digest",
    "holder_of",
    "presented_credentials",
    "read_credential",
    "read_status",
    "related_resource_digest",
    "unit_facts",
]
