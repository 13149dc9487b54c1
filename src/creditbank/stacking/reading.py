"""What a qualification says in a setting before any unit is at hand: read once, and then the same for every learner.

A `Reading` is held by whoever asks about many learners (`sweeping.Weighing`), or else by the problem of one. It is as
large as the document, and for units it keeps no more than `MAX_KINDS` kinds.
"""

from functools import cached_property
from typing import Final

from creditbank.credential.facts import Level, UnitFacts
from creditbank.framework.common import day_before
from creditbank.framework.excepting import ExceptedRules, NamedCredential
from creditbank.framework.qualification import AnyLeafOrGroup, Group, Limit, Qualification, Where
from creditbank.stacking.rule import Reason, Test, Weighed, admit, meaning, over_attempted, stands_for
from creditbank.stacking.setting import Setting
from creditbank.units import Credits

MAX_KINDS: Final = 1_000


class Reading:
    """One qualification in one setting. Its answers are those of the functions that they are kept from."""

    def __init__(self, qualification: Qualification, setting: Setting) -> None:
        self.qualification, self.setting = qualification, setting
        self._tests: dict[int, tuple[Where, tuple[Test, ...]]] = {}
        self._names_alone: dict[int, tuple[Where, bool]] = {}
        self._everything: dict[int, tuple[Where, bool]] = {}
        self._credits: dict[str, Credits] = {}
        self._kinds: dict[tuple[Level | None, str], Weighed] = {}

    def is_of(self, qualification: Qualification, setting: Setting) -> bool:
        """Whether this is a reading of these very rules in this very setting."""
        return self.qualification is qualification and self.setting is setting

    @cached_property
    def nodes(self) -> tuple[tuple[str, AnyLeafOrGroup], ...]:
        """Every node with its path, root first, in document order."""
        return tuple(self.qualification.nodes())

    @cached_property
    def stated(self) -> tuple[tuple[str, AnyLeafOrGroup], ...]:
        """The rules that run over what counts, and not over all that was attempted."""
        return tuple((path, node) for path, node in self.nodes if not (over_attempted(node) or isinstance(node, Group)))

    @cached_property
    def weighs_attempts(self) -> bool:
        """Whether any rule runs over all attempted units."""
        return any(over_attempted(node) for _, node in self.nodes)

    @cached_property
    def confined(self) -> frozenset[str]:
        """The places (by path) over whose units some limit runs by `within`; in most documents none."""
        named = {name for _, node in self.nodes if isinstance(node, Limit) for name in node.within}
        return frozenset(self.qualification.places_below(named))

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The paths of all requirements and limits, in document order."""
        return tuple(path for path, node in self.nodes if not isinstance(node, Group))

    @cached_property
    def binding(self) -> tuple[str, ...]:
        """The rules that every answer keeps, because every group above them asks for all of its nodes."""
        found: list[str] = []

        def visit(path: str, node: AnyLeafOrGroup) -> None:
            if not isinstance(node, Group):
                found.append(path)
            elif node.needed == len(node.of):
                for child in node.of:
                    visit(f"{path}/{child.id}", child)

        root = self.qualification.requires
        visit(root.id, root)
        return tuple(found)

    @cached_property
    def bound_to(self) -> frozenset[str]:
        """The same as a set."""
        return frozenset(self.binding)

    @cached_property
    def without_choice(self) -> frozenset[str] | None:
        """All nodes, where the tree leaves no choice among them; else None."""
        return frozenset(path for path, _ in self.nodes) if len(self.binding) == len(self.leaves) else None

    def tests(self, where: Where) -> tuple[Test, ...]:
        """What a `where` of the document asks of a unit (`rule.meaning`)."""
        known = self._tests.get(id(where))
        if known is None:
            known = self._tests[id(where)] = (where, meaning(where, self.qualification, self.setting))
        return known[1]

    def names_alone(self, where: Where) -> bool:
        """Whether a `where` of the document asks for nothing but one of some categories, or of some achievements."""
        known = self._names_alone.get(id(where))
        if known is None:
            alone = not isinstance(where, NamedCredential) and where.given() in (("category",), ("achievement",))
            known = self._names_alone[id(where)] = (where, alone)
        return known[1]

    def everything(self, where: Where) -> bool:
        """Whether a `where` of the document narrows nothing."""
        known = self._everything.get(id(where))
        if known is None:
            known = self._everything[id(where)] = (where, where.everything)
        return known[1]

    def credits_of(self, text: str | None) -> Credits | None:
        """An amount of credits as the document writes it."""
        if text is None:
            return None
        known = self._credits.get(text)
        if known is None:
            known = self._credits[text] = Credits.parse(text)
        return known

    @cached_property
    def _by_kind(self) -> bool:
        """Whether but for its day a unit is admitted by its level and its credit system alone: nothing is decided about
        single units, nothing is taken apart, and nothing else is asked of them.
        """
        rules, setting = self.qualification, self.setting
        decided = setting.conversions or setting.recognitions or setting.exceptions or isinstance(rules, ExceptedRules)
        return not (decided or rules.bundles or rules.admits.accredited or self.tests(rules.admits.where))

    @property
    def kinds(self) -> int:
        """How many kinds of unit it knows by now."""
        return len(self._kinds)

    @cached_property
    def _oldest(self) -> str:
        age = self.qualification.admits.max_age
        return "" if age is None else day_before(self.setting.date, age).isoformat()

    def admitted(self, facts: UnitFacts) -> Weighed | Reason:
        """A whole unit, weighed without decisions of the body (`rule.admit`)."""
        kind = (facts.level, facts.credits.system)
        like = self._kinds.get(kind) if self._by_kind else None
        day, rules = facts.earned, self.qualification
        if like is None or day > self.setting.date or (self._oldest and day.isoformat() < self._oldest):
            found = admit(facts, rules, self.setting, conversion=None, recognition=None)
            if isinstance(found, Weighed) and self._by_kind and len(self._kinds) < MAX_KINDS:
                self._kinds[kind] = found
            return found
        return Weighed(
            facts, like.framework, like.rank, facts.categories, None, None, stands_for(facts.achievement, rules)
        )


__all__ = ["Reading"]
