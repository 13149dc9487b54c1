"""What was earned, by whom, from whom: achievements, credentials, awards, status lists, presentations.

Everything is built unsigned and read as claims; `creditbank.signing` makes and checks the signatures.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from creditbank.credential.achievement import Achievement, Outcome, Scale, Target, UnreadableAchievement
    from creditbank.credential.annex import Element, annex_one
    from creditbank.credential.baking import (
        Baked,
        SeveralCredentials,
        UnreadableImage,
        bake,
        is_png,
        is_svg,
        plain_png,
        plain_svg,
        read_baked,
    )
    from creditbank.credential.credential import (
        AWARD_TYPE,
        ENTRY_1EDTECH,
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
    from creditbank.credential.earlier_badges import EarlierBadge, NotAnEarlierBadge, read_ob2
    from creditbank.credential.endorsement import (
        ENDORSEMENT_TYPE,
        Endorsement,
        NotAnEndorsement,
        awards_nothing,
        build_endorsement,
        endorsable,
        read_endorsement,
    )
    from creditbank.credential.envelope import enveloped
    from creditbank.credential.european import european_record, fits_european
    from creditbank.credential.facts import Level, UnitFacts
    from creditbank.credential.identity import Identity, UnusableIdentity
    from creditbank.credential.learned import Learned, Standing, read_learned
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
        encoded_list,
        read_revocation_list,
        read_sequence,
        read_status,
    )
    from creditbank.credential.terms import CREDITBANK_CONTEXT
    from creditbank.credential.transcript import (
        TRANSCRIPT_TYPE,
        Association,
        NotATranscript,
        NotForATranscript,
        Transcript,
        build_collection,
        build_transcript,
        read_transcript,
    )

__all__ = [
    "AWARD_TYPE",
    "CREDITBANK_CONTEXT",
    "ENDORSEMENT_TYPE",
    "ENTRY_1EDTECH",
    "MIN_ENTRIES",
    "TRANSCRIPT_TYPE",
    "Achievement",
    "Association",
    "AwardFacts",
    "Baked",
    "CredentialView",
    "EarlierBadge",
    "Element",
    "Endorsement",
    "Identity",
    "IssuerProfile",
    "Learned",
    "Level",
    "NotACredential",
    "NotAPresentation",
    "NotATranscript",
    "NotAUnit",
    "NotAnAward",
    "NotAnEarlierBadge",
    "NotAnEndorsement",
    "NotForATranscript",
    "Outcome",
    "Scale",
    "SeveralCredentials",
    "Standing",
    "StatusEntry",
    "StatusList",
    "StatusReference",
    "Target",
    "Transcript",
    "UnitFacts",
    "UnknownGrade",
    "UnknownScale",
    "UnreadableAchievement",
    "UnreadableImage",
    "UnreadableStatusList",
    "UnusableIdentity",
    "annex_one",
    "award_facts",
    "awards_nothing",
    "bake",
    "build_award",
    "build_collection",
    "build_credential",
    "build_endorsement",
    "build_presentation",
    "build_status_list",
    "build_transcript",
    "check_grades",
    "credential_digest",
    "encoded_list",
    "endorsable",
    "enveloped",
    "european_record",
    "fits_european",
    "holder_of",
    "is_png",
    "is_svg",
    "plain_png",
    "plain_svg",
    "presented_credentials",
    "read_baked",
    "read_credential",
    "read_endorsement",
    "read_learned",
    "read_ob2",
    "read_revocation_list",
    "read_sequence",
    "read_status",
    "read_transcript",
    "related_resource_digest",
    "unit_facts",
]

_FROM: Final = {
    "achievement": (
        "Achievement",
        "Outcome",
        "Scale",
        "Target",
        "UnreadableAchievement",
    ),
    "annex": (
        "Element",
        "annex_one",
    ),
    "baking": (
        "Baked",
        "SeveralCredentials",
        "UnreadableImage",
        "bake",
        "is_png",
        "is_svg",
        "plain_png",
        "plain_svg",
        "read_baked",
    ),
    "credential": (
        "AWARD_TYPE",
        "ENTRY_1EDTECH",
        "AwardFacts",
        "CredentialView",
        "IssuerProfile",
        "NotACredential",
        "NotAnAward",
        "NotAUnit",
        "StatusEntry",
        "StatusReference",
        "UnknownGrade",
        "UnknownScale",
        "award_facts",
        "build_award",
        "build_credential",
        "check_grades",
        "credential_digest",
        "read_credential",
        "related_resource_digest",
        "unit_facts",
    ),
    "earlier_badges": (
        "EarlierBadge",
        "NotAnEarlierBadge",
        "read_ob2",
    ),
    "endorsement": (
        "ENDORSEMENT_TYPE",
        "Endorsement",
        "NotAnEndorsement",
        "awards_nothing",
        "build_endorsement",
        "endorsable",
        "read_endorsement",
    ),
    "envelope": ("enveloped",),
    "european": ("european_record", "fits_european"),
    "facts": (
        "Level",
        "UnitFacts",
    ),
    "identity": (
        "Identity",
        "UnusableIdentity",
    ),
    "learned": ("Learned", "Standing", "read_learned"),
    "presentation": (
        "NotAPresentation",
        "build_presentation",
        "holder_of",
        "presented_credentials",
    ),
    "status": (
        "MIN_ENTRIES",
        "StatusList",
        "UnreadableStatusList",
        "build_status_list",
        "encoded_list",
        "read_revocation_list",
        "read_sequence",
        "read_status",
    ),
    "terms": ("CREDITBANK_CONTEXT",),
    "transcript": (
        "TRANSCRIPT_TYPE",
        "Association",
        "NotATranscript",
        "NotForATranscript",
        "Transcript",
        "build_collection",
        "build_transcript",
        "read_transcript",
    ),
}
"""What each name is imported from, once it is asked for: whoever weighs credits reads no images and no keys."""

_MODULES: Final = {name: module for module, names in _FROM.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
