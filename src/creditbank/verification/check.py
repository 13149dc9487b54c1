"""One question about a document, and one of four answers. Not knowing is an answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from creditbank.canonical import JsonObject
from creditbank.units import instant_text
from creditbank.verification.trust import StatusFact


class Outcome(StrEnum):
    """What came of a check. Only `PASSED` may ever be drawn as a tick."""

    PASSED = "passed"
    FAILED = "failed"
    UNCHECKED = "unchecked"  # we could not look: offline, or nobody told us
    NOT_APPLICABLE = "not applicable"  # nothing to look at: the credential has no status list


class Verdict(StrEnum):
    """What a policy makes of all checks together."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"


class Group(StrEnum):
    """The headings under which a report shows its checks."""

    FORMAT = "format"
    PROOF = "proof and issuer"
    ANCHOR = "anchor"
    STATUS = "status and dates"
    CONTENTS = "contents"
    PRESENTATION = "presentation"
    AWARD = "award and sum"
    DECISION = "decision"
    DENIAL = "proof of a no"


CREDENTIAL_CHECKS: Final = (
    "format.readable",
    "format.credential",
    "format.context",
    "proof.present",
    "proof.signature",
    "proof.purpose",
    "issuer.method",
    "issuer.registered",
    "issuer.document",
    "issuer.accredited",
    "anchor.included",
    "anchor.on-chain",
    "anchor.key-valid",
    "status.revocation",
    "status.suspension",
    "status.current",
    "dates.signed",
    "dates.valid",
    "contents.credentials",
    "contents.endorsements",
)
"""The names of the checks of every credential, in the order of a report. Published names never change."""

ANCHOR_WAYS: Final = (
    "anchor.receipt-proof",
    "anchor.state-proof",
    "anchor.node",
    "anchor.nodes-agree",
    "anchor.told",
)
"""The ways in which an anchor can be known, of which one is enough. Each stands before `anchor.on-chain`, where it was
tried or could have been, or where a policy requires it. No standing policy does.
"""

AWARD_CHECKS: Final = (
    "award.proof-bound",
    "award.awarder",
    "award.entitled",
    "award.learner",
    "award.spent",
    "stack.rules",
    "stack.credentials",
    "stack.conversions",
    "stack.recognitions",
    "stack.acceptances",
    "stack.exceptions",
    "stack.arithmetic",
)
"""What is checked of an award beyond its being a credential."""

PRESENTATION_CHECKS: Final = (
    "presentation.readable",
    "presentation.signature",
    "presentation.audience",
    "presentation.holder",
    "presentation.credentials",
)
"""What is checked of a presentation; the credentials inside it have reports of their own."""

DECISION_CHECKS: Final = (
    "format.readable",
    "decision.form",
    "proof.present",
    "proof.signature",
    "proof.purpose",
    "issuer.method",
    "issuer.registered",
    "issuer.document",
    "decision.key-valid",
    "decision.body",
    "decision.in-force",
    "decision.revocation",
)
"""What is checked of a signed decision: a conversion policy, a recognition, an acceptance or an exception."""

DENIAL_CHECKS: Final = (
    "format.readable",
    "no.form",
    "no.learner",
    "no.complete",
    "no.bank-word",
    "stack.rules",
    "stack.credentials",
    "stack.conversions",
    "stack.recognitions",
    "stack.acceptances",
    "stack.exceptions",
    "no.decisions",
    "no.certificate",
)
"""What is checked of a proof that credits do not add up."""

REGISTER_CHECKS: Final = ("issuer.accredited", "award.entitled")
"""What only a register can answer. No standing policy requires it: whoever names a register does."""

_GROUPS: Final = {
    "format": Group.FORMAT,
    "proof": Group.PROOF,
    "issuer": Group.PROOF,
    "anchor": Group.ANCHOR,
    "status": Group.STATUS,
    "dates": Group.STATUS,
    "contents": Group.CONTENTS,
    "presentation": Group.PRESENTATION,
    "award": Group.AWARD,
    "stack": Group.AWARD,
    "decision": Group.DECISION,
    "no": Group.DENIAL,
}


@dataclass(frozen=True, slots=True)
class Check:
    """One answer: a sentence for a person, what was compared with what, and how we know."""

    name: str
    outcome: Outcome
    sentence: str
    compared: str
    how: str
    checked_at: datetime

    @property
    def group(self) -> Group:
        """The heading this check stands under."""
        return _GROUPS[self.name.partition(".")[0]]

    def to_json(self) -> JsonObject:
        """The check as it stands in a report."""
        return {
            "name": self.name,
            "group": str(self.group),
            "outcome": str(self.outcome),
            "sentence": self.sentence,
            "compared": self.compared,
            "how": self.how,
            "checkedAt": instant_text(self.checked_at),
        }


def verdict(checks: Sequence[Check], required: frozenset[str]) -> Verdict:
    """Judge by the checks a policy requires: any failure rejects, any gap leaves it open."""
    assert required, "a policy requires at least the signature"
    outcomes = {check.outcome for check in checks if check.name in required}
    missing = required - {check.name for check in checks}
    if Outcome.FAILED in outcomes:
        return Verdict.REJECTED
    if missing or Outcome.UNCHECKED in outcomes:
        return Verdict.INCONCLUSIVE
    return Verdict.ACCEPTED


@dataclass(slots=True)
class Findings:
    """Answers as they come in, at most one a name; what was never asked ends as unchecked.

    `lists` are the status lists that proved to be the issuer's own word, whatever they say.
    """

    now: datetime
    checks: dict[str, Check] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    lists: list[StatusFact] = field(default_factory=list)

    def passed(self, name: str, sentence: str, *, compared: str = "", how: str = "", source: str = "") -> None:
        """Yes. `source` names whoever's word this rests on, when it rests on one."""
        self._say(name, Outcome.PASSED, sentence, compared, how)
        if source and source not in self.sources:
            self.sources.append(source)

    def failed(self, name: str, sentence: str, *, compared: str = "", how: str = "") -> None:
        """No."""
        self._say(name, Outcome.FAILED, sentence, compared, how)

    def unchecked(self, name: str, sentence: str, *, compared: str = "", how: str = "") -> None:
        """We could not look, so we cannot say."""
        self._say(name, Outcome.UNCHECKED, sentence, compared, how)

    def not_applicable(self, name: str, sentence: str) -> None:
        """There is nothing to look at."""
        self._say(name, Outcome.NOT_APPLICABLE, sentence, "", "")

    def outcome(self, name: str) -> Outcome:
        """The answer so far; a question that was not asked is unchecked."""
        check = self.checks.get(name)
        return Outcome.UNCHECKED if check is None else check.outcome

    def adopt(self, other: "Findings") -> None:
        """Take over the answers and sources of an attempt."""
        for check in other.checks.values():
            self._say(check.name, check.outcome, check.sentence, check.compared, check.how)
        self.sources.extend(source for source in other.sources if source not in self.sources)

    def with_ways(self, names: Sequence[str], required: frozenset[str]) -> tuple[str, ...]:
        """These names, and before `anchor.on-chain` those of the ways that were tried or are required."""
        at = names.index("anchor.on-chain")
        tried = [name for name in ANCHOR_WAYS if name in self.checks or name in required]
        return (*names[:at], *tried, *names[at:])

    def in_order(self, names: Sequence[str], because: str) -> tuple[Check, ...]:
        """All checks of these names; those never asked are unchecked, and `because` says why."""
        for name in names:
            if name not in self.checks:
                self.unchecked(name, f"This was not looked at: {because}.")
        return tuple(self.checks[name] for name in names)

    def _say(self, name: str, outcome: Outcome, sentence: str, compared: str, how: str) -> None:
        assert name not in self.checks, f"the check {name} was answered twice"
        self.checks[name] = Check(name, outcome, sentence, compared, how, self.now)
