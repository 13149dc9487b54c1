"""Is this credential, presentation or award good, by which policy, and who says so?

Every answer is a report of named checks with four outcomes; a bad credential is reported and never raised,
and what could not be looked at is never taken for a yes.
"""

from creditbank.verification.award import Rules, verify_award
from creditbank.verification.check import (
    AWARD_CHECKS,
    CREDENTIAL_CHECKS,
    PRESENTATION_CHECKS,
    Check,
    Group,
    Outcome,
    Verdict,
    verdict,
)
from creditbank.verification.evidence import Evidence
from creditbank.verification.policy import (
    ARCHIVAL,
    LIVE,
    Policy,
    UnknownPolicy,
    UnreadablePolicy,
    policy_named,
)
from creditbank.verification.report import Kind, Report
from creditbank.verification.submission import Bench, HandedIn, Judged, Submission, verify_awards, verify_submission
from creditbank.verification.trust import (
    AnchorFact,
    AsOf,
    AwarderFacts,
    BankUse,
    ChainFacts,
    IssuerFacts,
    KeyFact,
    Period,
    RuleFact,
    SpendFact,
    TrustFacts,
    UnreadableTrust,
)
from creditbank.verification.verifier import verify_credential, verify_presentation

__all__ = [
    "ARCHIVAL",
    "AWARD_CHECKS",
    "CREDENTIAL_CHECKS",
    "LIVE",
    "PRESENTATION_CHECKS",
    "AnchorFact",
    "AsOf",
    "AwarderFacts",
    "BankUse",
    "Bench",
    "ChainFacts",
    "Check",
    "Evidence",
    "Group",
    "HandedIn",
    "IssuerFacts",
    "Judged",
    "KeyFact",
    "Kind",
    "Outcome",
    "Period",
    "Policy",
    "Report",
    "RuleFact",
    "Rules",
    "SpendFact",
    "Submission",
    "TrustFacts",
    "UnknownPolicy",
    "UnreadablePolicy",
    "UnreadableTrust",
    "Verdict",
    "policy_named",
    "verdict",
    "verify_award",
    "verify_awards",
    "verify_credential",
    "verify_presentation",
    "verify_submission",
]
