"""Is this credential, presentation or award good, by which policy, and who says so?

Every answer is a report of named checks with four outcomes; a bad credential is reported and never raised,
and what could not be looked at is never taken for a yes.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from creditbank.verification.check import (
    ANCHOR_WAYS,
    AWARD_CHECKS,
    CREDENTIAL_CHECKS,
    DECISION_CHECKS,
    DENIAL_CHECKS,
    PRESENTATION_CHECKS,
    REGISTER_CHECKS,
    Check,
    Group,
    Outcome,
    Verdict,
    verdict,
)
from creditbank.verification.evidence import Evidence, Fetched, Shelf
from creditbank.verification.given import Given, Secured, read_secured
from creditbank.verification.policy import (
    ARCHIVAL,
    LIVE,
    UNANCHORED,
    Policy,
    UnknownPolicy,
    UnreadablePolicy,
    Voucher,
    policy_named,
)
from creditbank.verification.report import Kind, Report
from creditbank.verification.rules import Rules
from creditbank.verification.submission import Bench, HandedIn, Judged, Submission, verify_awards, verify_submission
from creditbank.verification.trust import (
    AnchorFact,
    AsOf,
    AwarderFacts,
    BankUse,
    ChainFacts,
    IssuerFacts,
    IssuerList,
    KeyFact,
    Period,
    PinnedIssuer,
    RuleFact,
    SpendFact,
    StatusFact,
    TrustFacts,
    UnreadableTrust,
    Way,
)
from creditbank.verification.verifier import title_of, verify_credential, verify_presentation

if TYPE_CHECKING:
    from creditbank.verification.award import verify_award
    from creditbank.verification.decisions import (
        REVOCATION,
        SIGNED_DECISION,
        Decision,
        DecisionRevocation,
        NotASignedDecision,
        SignedDecision,
        decider_of,
        out_of_force,
        read_revocation,
        read_signed_decision,
        starts_on,
        unsigned_decision,
        unsigned_revocation,
        verify_decision,
        version_of,
    )
    from creditbank.verification.denial import verify_denial
    from creditbank.verification.registers import provision_of

__all__ = [
    "ANCHOR_WAYS",
    "ARCHIVAL",
    "AWARD_CHECKS",
    "CREDENTIAL_CHECKS",
    "DECISION_CHECKS",
    "DENIAL_CHECKS",
    "LIVE",
    "PRESENTATION_CHECKS",
    "REGISTER_CHECKS",
    "REVOCATION",
    "SIGNED_DECISION",
    "UNANCHORED",
    "AnchorFact",
    "AsOf",
    "AwarderFacts",
    "BankUse",
    "Bench",
    "ChainFacts",
    "Check",
    "Decision",
    "DecisionRevocation",
    "Evidence",
    "Fetched",
    "Given",
    "Group",
    "HandedIn",
    "IssuerFacts",
    "IssuerList",
    "Judged",
    "KeyFact",
    "Kind",
    "NotASignedDecision",
    "Outcome",
    "Period",
    "PinnedIssuer",
    "Policy",
    "Report",
    "RuleFact",
    "Rules",
    "Secured",
    "Shelf",
    "SignedDecision",
    "SpendFact",
    "StatusFact",
    "Submission",
    "TrustFacts",
    "UnknownPolicy",
    "UnreadablePolicy",
    "UnreadableTrust",
    "Verdict",
    "Voucher",
    "Way",
    "decider_of",
    "out_of_force",
    "policy_named",
    "provision_of",
    "read_revocation",
    "read_secured",
    "read_signed_decision",
    "starts_on",
    "title_of",
    "unsigned_decision",
    "unsigned_revocation",
    "verdict",
    "verify_award",
    "verify_awards",
    "verify_credential",
    "verify_decision",
    "verify_denial",
    "verify_presentation",
    "verify_submission",
    "version_of",
]

_LATER: Final = {
    "award": ("verify_award",),
    "decisions": (
        "REVOCATION",
        "SIGNED_DECISION",
        "Decision",
        "DecisionRevocation",
        "NotASignedDecision",
        "SignedDecision",
        "decider_of",
        "out_of_force",
        "read_revocation",
        "read_signed_decision",
        "starts_on",
        "unsigned_decision",
        "unsigned_revocation",
        "verify_decision",
        "version_of",
    ),
    "denial": ("verify_denial",),
    "registers": ("provision_of",),
}
"""What weighs rule documents, and is loaded when it is first asked for: a credential is verified without it."""


def __getattr__(name: str) -> Any:
    for module, names in _LATER.items():
        if name in names:
            value = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
