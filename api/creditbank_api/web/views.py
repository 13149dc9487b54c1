"""What the templates show: plain values, put together from what services answer. No template reaches into the bank."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from creditbank.verification import Check, Group, Report
from creditbank_api.web.bars import Bar
from creditbank_api.web.words import Sign


@dataclass(frozen=True, slots=True)
class Network:
    """The chain this bank anchors on, named in the header of every page."""

    name: str
    test: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Where to go, and what it is called; `kind` is said beside it."""

    href: str
    text: str
    kind: str = ""


# -- account


@dataclass(frozen=True, slots=True)
class LotRow:
    """One lot in an account, with the credential it came from."""

    title: str
    provider: str
    credits: str
    system: str
    level: str
    earned: date
    state: Sign
    left: str
    anchor: Sign
    credential: str
    downloads: tuple[Link, ...]
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class LotGroup:
    """The lots of one provider and one year, folded where there are many; `said` is what they come to."""

    title: str
    lots: tuple[LotRow, ...]
    said: str = ""
    folds: bool = False
    open: bool = True


@dataclass(frozen=True, slots=True)
class Expiring:
    """Credits that can soon be used no more."""

    title: str
    amount: str
    expires: datetime
    days: int


@dataclass(frozen=True, slots=True)
class BalanceView:
    """What is held in one credit system; systems are never added together."""

    system: str
    total: str
    bar: Bar


@dataclass(frozen=True, slots=True)
class QualificationLink:
    """A qualification this learner's credits were weighed against, with the newest answer."""

    href: str
    title: str
    sign: Sign
    sentence: str
    evaluated: datetime
    requirements: Bar
    credits: Bar


@dataclass(frozen=True, slots=True)
class AwardLink:
    """An award of this learner."""

    href: str
    title: str
    university: str
    sign: Sign
    created: datetime


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A learner's account."""

    name: str
    did: str
    sample: bool
    href: str
    balances: tuple[BalanceView, ...]
    lots: int
    groups: tuple[LotGroup, ...]
    qualifications: tuple[QualificationLink, ...]
    awards: tuple[AwardLink, ...]
    expiring: tuple[Expiring, ...] = ()


# -- qualification


@dataclass(frozen=True, slots=True)
class UseView:
    """A credential where it counts: so much of it, as so much, by whose policy and decision."""

    title: str
    provider: str
    amount: str
    counted: str
    conversion: str = ""
    recognition: str = ""
    exceptions: str = ""
    requirement: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class TreeNode:
    """One node of the stacking tree."""

    path: str
    kind: str
    title: str
    sign: Sign
    have: str
    need: str
    sentence: str
    met_by: tuple[UseView, ...] = ()
    children: tuple["TreeNode", ...] = ()


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """An exception for this learner: which rule it is about, and what it does, who decided it, when and why."""

    rule: str
    sentence: str
    holds: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A credential that is not counted, and why."""

    title: str
    provider: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Step:
    """A unit that could still be taken."""

    title: str
    provider: str
    credits: str
    counted: str
    requirement: str


@dataclass(frozen=True, slots=True)
class Short:
    """What one rule still lacks."""

    title: str
    missing: str


@dataclass(frozen=True, slots=True)
class Answered:
    """Another evaluation of the same qualification."""

    href: str
    sign: Sign
    university: str
    evaluated: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class QualificationPage:
    """A qualification with its stacking tree, as one dated evaluation found it."""

    learner: str
    learner_href: str
    title: str
    summary: str
    id: str
    version: str
    digest: str
    university: str
    evaluated: datetime
    evaluation: str
    sign: Sign
    sentence: str
    proven: bool
    requirements: Bar
    credits: Bar
    tree: TreeNode
    exceptions: tuple[ExceptionRow, ...]
    left_out: tuple[LeftOut, ...]
    gap: str
    shortfalls: tuple[Short, ...]
    conflict: str
    conflict_rules: tuple[str, ...]
    path: str
    steps: tuple[Step, ...]
    stopped: tuple[str, ...]
    others: tuple[Answered, ...]
    award: Link | None
    last_run: Answered | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Something on offer that can be counted in a what-if, and whether it is."""

    id: str
    title: str
    provider: str
    credits: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class WhatIfPage:
    """What would be if chosen units were earned. Nothing of it is on record."""

    learner: str
    learner_href: str
    title: str
    official_href: str
    evaluation: str
    university: str
    choices: tuple[Choice, ...]
    as_of: str = ""
    sign: Sign | None = None
    sentence: str = ""
    requirements: Bar | None = None
    credits: Bar | None = None
    tree: TreeNode | None = None
    left_out: tuple[LeftOut, ...] = ()
    path: str = ""
    steps: tuple[Step, ...] = ()
    no_path: str = ""


@dataclass(frozen=True, slots=True)
class NotWeighedPage:
    """A qualification that nobody has weighed this learner's credits against yet."""

    learner: str
    learner_href: str
    title: str
    summary: str
    id: str
    version: str


# -- award


@dataclass(frozen=True, slots=True)
class SpendRow:
    """Credits that count towards this award and no other, with the transaction that says so."""

    credential: str
    lot: str
    amount: str
    transaction: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A document that the sum rests on, by version and digest."""

    kind: str
    id: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class AwardPage:
    """An award and what it was built from."""

    id: str
    href: str
    title: str
    level: str
    learner: str
    learner_href: str
    university: str
    created: datetime
    state: Sign
    sentence: str
    counted: str
    uses: tuple[UseView, ...]
    spends: tuple[SpendRow, ...]
    rules: tuple[RuleRow, ...]
    proof_digest: str
    anchor: Sign
    evaluation_href: str
    downloads: tuple[Link, ...]


# -- report


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """The checks under one heading."""

    heading: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report as it is shown: the credential in words, its checks in groups, and its parts."""

    report: Report
    kind: str
    title: str
    headline: str
    words: tuple[tuple[str, str], ...]
    groups: tuple[CheckGroup, ...]
    parts: tuple["ReportView", ...]


HEADINGS: Mapping[Group, str] = {
    Group.FORMAT: "Format",
    Group.PROOF: "Proof and issuer",
    Group.ANCHOR: "Anchor",
    Group.STATUS: "Status and dates",
    Group.CONTENTS: "What stands inside",
    Group.PRESENTATION: "Presentation",
    Group.AWARD: "Award and sum",
}


def grouped(report: Report) -> tuple[CheckGroup, ...]:
    """The checks of a report under their headings, in the order of the groups."""
    return tuple(
        CheckGroup(HEADINGS[group], checks)
        for group in Group
        if (checks := tuple(check for check in report.checks if check.group is group))
    )


def sorted_newest(items: Sequence[AwardLink]) -> tuple[AwardLink, ...]:
    """Newest first."""
    return tuple(sorted(items, key=lambda item: item.created, reverse=True))
