"""What rules may ask about one earned unit, read from its signed credential and from nowhere else."""

from dataclasses import dataclass
from datetime import date

from creditbank.units import CreditAmount


@dataclass(frozen=True, slots=True)
class Level:
    """A level as its framework spells it: framework id, code, and the framework's version where stated."""

    framework: str
    code: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """One unit that one learner earned: the facts that stacking rules speak of.

    `credential` is the credential's id, `first_issue` the id under which it was first issued (its own id unless
    it is a correction). `content` is the same-content key, empty when the issuer states none.
    """

    credential: str
    first_issue: str
    issuer: str
    subject: str
    achievement: str
    achievement_version: str
    title: str
    credits: CreditAmount
    level: Level | None
    earned: date
    categories: frozenset[str]
    source_type: str
    mode: str
    content: str
    dimensions: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    grades: tuple[tuple[str, str], ...] = ()
    language: str = ""
    country: str = ""
    kind: str = ""

    def grade_on(self, scale: str) -> str | None:
        """The grade on this scale, or None when the credential states none."""
        return next((grade for name, grade in self.grades if name == scale), None)
