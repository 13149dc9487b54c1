"""Rules of bodies that ship nothing here, and sample learners who meet them or do not. No real person is meant.

Each document below `elsewhere/` states facts that the body published, in our own words; its `sources` say where they
were read. Where a rule goes by something that no credential shows, it stands under `checked_by_people`.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ruleset_samples import AWARDING, LEARNER, TODAY, blamed, catalogue, unit

from creditbank.framework import Qualification
from creditbank.framework.reading import load_document
from creditbank.stacking import Candidate, Evaluation, Setting, check, evaluate, read_proof, recount, stacking_proof
from creditbank.units import Credits

FOLDER = Path(__file__).parent / "elsewhere"
NAMES = {"id": "urn:uuid:proof", "award": "urn:uuid:award", "learner": LEARNER, "engine": "tests"}


@cache
def elsewhere(name: str) -> Qualification:
    """The rules of a body that ships nothing here."""
    found = load_document((FOLDER / f"{name}.yaml").read_bytes(), f"{name}.yaml")
    assert isinstance(found, Qualification)
    return found


def setting_on(day: date) -> Setting:
    """The frameworks and credit systems that ship, on a day."""
    return Setting(day, AWARDING, catalogue().frameworks(), catalogue().credit_systems())


class Desk:
    """Takes courses under one document, whose id stands before each category, and weighs them."""

    def __init__(self, name: str) -> None:
        self.rules = elsewhere(name)

    def take(self, name: str, credits: str, categories: str = "", **more: Any) -> Candidate:
        """One course; `categories` are words, each of which becomes `ID:WORD`."""
        tags = [f"{self.rules.id}:{word}" for word in categories.split()]
        fields = more.pop("fields", ())
        made = unit(self.rules, name, credits, categories=tags, **more)
        return made if not fields else with_fields(made, fields)

    def many(self, name: str, count: int, credits: str, categories: str = "", **more: Any) -> list[Candidate]:
        """So many courses of the same kind, named NAME-1 and so on."""
        return [self.take(f"{name}-{n}", credits, categories, **more) for n in range(1, count + 1)]

    def weigh(self, units: Iterable[Candidate], offers: Sequence[Candidate] = (), day: date = TODAY) -> Evaluation:
        """Weigh, with courses that the learner could still take."""
        return evaluate(self.rules, list(units), setting_on(day), catalogue=list(offers))

    def adds_up(self, units: Iterable[Candidate], counted: str) -> Evaluation:
        """It adds up, with no more credits than worked out by hand; and the checker confirms the proof."""
        candidates = list(units)
        found = self.weigh(candidates)
        assert found.adds_up, found.sentence
        assert found.proven
        assert found.totals.counted == Credits.parse(counted), found.totals
        setting = setting_on(found.date)
        proof = read_proof(stacking_proof(found, self.rules, candidates, setting, **NAMES))
        assert check(proof, self.rules, {one.digest: one.facts for one in candidates}, setting) == ()
        return found

    def falls_short(
        self,
        units: Iterable[Candidate],
        *,
        by: str,
        gap: tuple[str, int] | None,
        fewest: int | None = None,
        offers: Sequence[Candidate] = (),
    ) -> Evaluation:
        """It does not add up, proven: the rules that collide, what is missing, and the fewest courses that help.

        `by` are ids of rules; where two would do alike both stand, with a stroke between (`a|b`), and one is named.
        The checker refuses the closest answer, as it must.
        """
        candidates = list(units)
        found = self.weigh(candidates, offers)
        assert not found.adds_up, found.sentence
        assert found.proven, found.sentence
        named, alternatives = blamed(found), [set(word.split("|")) for word in by.split()]
        assert all(len(named & either) == 1 for either in alternatives), found.sentence
        assert len(named) == len(alternatives), found.sentence
        missing = None if found.gap is None else (str(found.gap.credits), found.gap.units)
        assert missing == gap, found.sentence
        assert (None if found.path is None else len(found.path.steps)) == fewest, found.sentence
        facts = {one.digest: one.facts for one in candidates}
        assert recount(self.rules, found.uses, facts, setting_on(found.date)).faults
        return found


def with_fields(made: Candidate, fields: Iterable[str]) -> Candidate:
    """The same unit with fields of study."""
    return dataclasses.replace(made, facts=dataclasses.replace(made.facts, fields=frozenset(fields)))


__all__ = ["AWARDING", "Desk", "elsewhere", "setting_on"]
