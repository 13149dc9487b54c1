"""Reports: every check with its outcome, the policy that judged, the sources that said yes, and the verdict.

The published schema of the JSON form is `report.schema.json` beside this module.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from creditbank.anchoring import ChainPlace
from creditbank.canonical import JsonObject
from creditbank.units import instant_text
from creditbank.verification.check import Check, Outcome, Verdict, verdict
from creditbank.verification.policy import Policy
from creditbank.verification.trust import StatusFact

DOCUMENT: Final = "creditbank/report/v1"


class Kind(StrEnum):
    """What a report is about."""

    CREDENTIAL = "credential"
    PRESENTATION = "presentation"
    AWARD = "award"
    DECISION = "decision"
    DENIAL = "denial"


@dataclass(frozen=True, slots=True)
class Report:
    """What is known about one document. `parts` are the reports of the credentials inside or beneath it.

    `required` are the names among `checks` that the policy asks for; `sources` those whose word counted;
    `chains` the chains that its receipts speak of, so that a test chain is named wherever it is shown. `lists` are
    the issuer's own status lists that were read, for a verifier that remembers the newest; they are not in the JSON.
    """

    kind: Kind
    id: str
    title: str
    issuer: str
    policy: Policy
    required: frozenset[str]
    checks: tuple[Check, ...]
    sources: tuple[str, ...]
    chains: tuple[ChainPlace, ...]
    checked_at: datetime
    parts: tuple["Report", ...] = ()
    lists: tuple[StatusFact, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What the policy makes of the checks. The parts count through the check that speaks of them."""
        return verdict(self.checks, self.required)

    @property
    def first_reason(self) -> str:
        """The sentence of the first required check that stands in the way; empty when accepted."""
        for outcome in (Outcome.FAILED, Outcome.UNCHECKED):
            for check in self.checks:
                if check.outcome is outcome and check.name in self.required:
                    return check.sentence
        return ""

    @property
    def headline(self) -> str:
        """The verdict in words: under which policy, with which failure or gap, on which test chain."""
        counted = self.verdict
        name = f"Policy {self.policy.name}"
        if counted is Verdict.ACCEPTED:
            words = f"Accepted. {name}: every required check passed."
        elif counted is Verdict.REJECTED:
            words = f"Rejected. {name}: {_listed(self.named(Outcome.FAILED))} failed. {self.first_reason}"
        else:
            gaps = _listed(self.named(Outcome.UNCHECKED))
            words = f"Inconclusive. {name}: {gaps} could not be checked. {self.first_reason}"
        tests = [chain for chain in self.chains if chain.test]
        if tests:
            words += f" Anchored on {_listed([str(chain) for chain in tests])}: a rehearsal, no proof to others."
        return words

    def named(self, outcome: Outcome) -> list[str]:
        """The names of the required checks with this outcome, in order."""
        return [check.name for check in self.checks if check.outcome is outcome and check.name in self.required]

    def check(self, name: str) -> Check:
        """The check of this name; a report has every check of its kind, and of `ANCHOR_WAYS` those that were tried."""
        return next(check for check in self.checks if check.name == name)

    def walk(self) -> Iterator["Report"]:
        """This report and all parts beneath it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    def to_json(self) -> JsonObject:
        """The report as its published JSON form."""
        return {
            "document": DOCUMENT,
            "kind": str(self.kind),
            "id": self.id,
            "title": self.title,
            "issuer": self.issuer,
            "verdict": str(self.verdict),
            "headline": self.headline,
            "policy": self.policy.to_json(),
            "required": [*sorted(self.required)],
            "checkedAt": instant_text(self.checked_at),
            "sources": list(self.sources),
            "chains": [{"id": chain.id, "name": chain.name, "test": chain.test} for chain in self.chains],
            "checks": [check.to_json() for check in self.checks],
            "parts": [part.to_json() for part in self.parts],
        }


def _listed(words: Sequence[str]) -> str:
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
