"""The reviewer's part of the coherence checklist, and both parts together.

A review is bound to the digest of the unit's text: a changed unit is an unreviewed one. Its findings are about the
machine's, which are computed anew each time and never taken from a file.
"""

import textwrap
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from creditbank.canonical import digest_text
from creditbank.framework.coherence import ITEMS, PARTS, CoherenceItem, CoherenceReport, State
from creditbank.framework.common import DateText, Document, Id, Problems, Term
from creditbank.framework.decision import DigestText
from creditbank.framework.faults import Address, path_text
from creditbank.framework.fitting import quoted
from creditbank.framework.unit import IriText, VersionText


class ReviewedUnit(Document):
    """The one text that was reviewed: a unit by id, version and digest."""

    id: IriText
    version: VersionText
    digest: DigestText


class ReviewFinding(Document):
    """What a reviewer says about one point: agrees with the machine, disagrees with it, or remarks on it.

    Who disagrees says why, and so does who remarks.
    """

    item: Id
    finding: Literal["agrees", "disagrees", "remark"]
    text: Annotated[str, Field(max_length=4000)] = ""


class CoherenceReview(Document):
    """A reviewer's look at one text of a unit. The reviewer is named by role, never by a person's name.

    `conclusion` is open until the reviewer has decided.
    """

    document: Literal["creditbank/coherence-review/v1"]
    id: Id
    unit: ReviewedUnit
    reviewer: Term
    date: DateText
    findings: tuple[ReviewFinding, ...] = ()
    conclusion: Literal["open", "coherent", "not coherent"]
    remark: Annotated[str, Field(max_length=4000)] = ""
    sample: bool = False

    @model_validator(mode="after")
    def _speaks_of_the_checklist(self) -> Self:
        found: list[tuple[Address, str]] = []
        seen: set[str] = set()
        for index, one in enumerate(self.findings):
            if one.item not in ITEMS:
                listed = ", ".join(ITEMS)
                found.append((("findings", index, "item"), f"no point {one.item!r}; points are: {listed}"))
            if one.item in seen:
                found.append((("findings", index, "item"), f"the point {one.item!r} stands twice"))
            seen.add(one.item)
            if one.finding != "agrees" and not one.text.strip():
                found.append((("findings", index, "text"), f"who says {one.finding!r} says why, in `text`"))
        if found:
            raise Problems(found)
        return self

    def finding_of(self, item: str) -> ReviewFinding | None:
        """What the reviewer says about a point, or None."""
        return next((one for one in self.findings if one.item == item), None)


@dataclass(frozen=True, slots=True)
class ReviewedItem:
    """One point with what the machine found and what the reviewer says; the state stays the machine's."""

    item: CoherenceItem
    said: ReviewFinding | None

    @property
    def state(self) -> State:
        """What the machine found: a reviewer's word explains it and does not change it."""
        return self.item.state

    @property
    def open(self) -> str:
        """Why the point stands in the way of a conclusion; empty when it does not.

        What holds needs no word, and a reviewer may object. What does not hold needs a reviewer who disagrees and says
        why. Of what is not stated or not judged a reviewer must have said something.
        """
        finding = self.said.finding if self.said is not None else ""
        if self.state is State.HOLDS:
            return "the reviewer objects" if finding == "disagrees" else ""
        if self.state is State.DOES_NOT_HOLD:
            return "" if finding == "disagrees" else "it does not hold, and no reviewer says why that is right"
        return "" if finding else f"it is {self.state}, and no reviewer says anything about it"


@dataclass(frozen=True, slots=True)
class ReviewedReport:
    """Both parts together: the machine's, computed now, and a review, if it is about this text."""

    report: CoherenceReport
    review: CoherenceReview | None
    bound: bool
    items: tuple[ReviewedItem, ...]

    @property
    def open_items(self) -> tuple[ReviewedItem, ...]:
        """The points that stand in the way of a conclusion."""
        return tuple(one for one in self.items if one.open)

    @property
    def coherent(self) -> bool:
        """Whether a reviewer found this text coherent, and no point is open."""
        return not self.why_not

    @property
    def why_not(self) -> str:
        """Why the unit does not stand as reviewed and coherent; empty when it does."""
        if self.review is None:
            return "it was not reviewed"
        if not self.bound:
            return f"the review is about another text ({self.review.unit.digest[:_SHOWN]}…), so this one is unreviewed"
        if self.review.conclusion == "open":
            return "the review is not concluded"
        if self.review.conclusion == "not coherent":
            return "the reviewer concludes that it is not coherent"
        if self.open_items:
            return "; ".join(f"{one.item.id}: {one.open}" for one in self.open_items)
        return ""


_SHOWN: Final = len("sha256:") + 12


def combine(report: CoherenceReport, review: CoherenceReview | None) -> ReviewedReport:
    """Put a review beside the machine's report of the unit as it is now.

    A review of another text says nothing about this one: its findings are left out. A state is never changed by a
    review, so what is not stated stays so.
    """
    bound = review is not None and (
        (review.unit.id, review.unit.version, review.unit.digest)
        == (report.unit, report.version, digest_text(report.digest))
    )
    said = review if bound else None
    items = tuple(ReviewedItem(item, said.finding_of(item.id) if said is not None else None) for item in report.items)
    return ReviewedReport(report, review, bound, items)


def review_form(report: CoherenceReport, *, id: str, reviewer: str, day: date) -> str:
    """A review that says nothing yet, as YAML, with what the machine found as comments for the reviewer.

    It opens as a review whose conclusion is open; nothing in it agrees with anything before somebody writes that.
    """
    lines = [
        f"# A coherence review of {' '.join(report.unit.split())}, version {report.version}, and of no other text.",
        "# Write a finding for each point that you have something to say about, then the conclusion.",
        "document: creditbank/coherence-review/v1",
        f"id: {quoted(id)}",
        "unit:",
        f"  id: {quoted(report.unit)}",
        f"  version: {quoted(report.version)}",
        f"  digest: {digest_text(report.digest)}",
        f"reviewer: {quoted(reviewer)}",
        f"date: {day.isoformat()}",
        "",
        "# agrees, disagrees or remark; the last two say why in text. Take the [] away when you write the first one.",
        "findings: []",
    ]
    for part, title in PARTS.items():
        lines += ["", f"# {title}"]
        for item in report.items:
            if item.part == part:
                lines += _form_of(item)
    closing = (
        "# coherent or not coherent. Every point that does not hold needs your reason, every other open one your word."
    )
    return "\n".join([*lines, "", closing, "conclusion: open", 'remark: ""']) + "\n"


def _form_of(item: CoherenceItem) -> list[str]:
    lines = [f"#   {item.title}: the machine says that it {_says(item.state)}."]
    for one in item.findings:
        if one.state is not State.HOLDS:
            place = path_text(one.address)
            text = f"{place}: {one.sentence}" if place else one.sentence
            lines += [f"#     {line}" for line in textwrap.wrap(" ".join(text.split()), 105, break_on_hyphens=False)]
    return [*lines, f'#   - {{item: {item.id}, finding: , text: ""}}']


def _says(state: State) -> str:
    return f"is {state}" if state in (State.NOT_STATED, State.NOT_JUDGED) else str(state)


__all__ = [
    "CoherenceReview",
    "ReviewFinding",
    "ReviewedItem",
    "ReviewedReport",
    "ReviewedUnit",
    "combine",
    "review_form",
]
