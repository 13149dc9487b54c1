"""Synthetic learners and rules: the same instance for the same name and number, on any machine.

A learner holds `units` credentials of 5 to 30 credits, each with a level, a provider, perhaps from prior learning, and
each fit for two to five of `places` requirements, of which it may fill one. The rules ask each requirement for credits
or for a count of units, cap what comes from outside and from prior learning, ask for credits at a level, exclude pairs
of achievements, and want two providers.

Every instance is planted: most credentials are given to a place first, and the rules are made so that this answer
holds. In every second instance two pairs of requirements then come to share one pool of credentials each, and together
ask for just more than is in it: no answer can exist. No real person or institution is meant.
"""

import datetime
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.canonical import sha256
from creditbank.credential import Level, UnitFacts
from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Setting, Use
from creditbank.units import CreditAmount, Credits

DAY: Final = datetime.date(2026, 6, 1)
AWARDING: Final = "did:web:awarding.synthetic.example"
LEARNER: Final = "did:key:z6MkSyntheticLearner"
FRAMEWORK: Final = "uk-fheq"
SYSTEM: Final = "uk"
LEVELS: Final = ("4", "5", "6", "7")
FLOOR: Final = "6"
PRIOR_LEARNING: Final = "prior-learning"
OUTSIDE: Final = tuple(f"did:web:college-{letter}.synthetic.example" for letter in "abcd")


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of instances, of four places at least.

    `tight`: needs are the planted sums. `counts`: requirements by count, and nothing else. `loose`: such counts ask for
    half of what was planted, as most real rules do.
    """

    name: str
    units: int
    places: int
    tight: bool = False
    counts: bool = False
    loose: bool = False


SMALL: Final = Kind("25x6", 25, 6)
MIDDLE: Final = Kind("60x30", 60, 30)
LARGE: Final = Kind("300x60", 300, 60)
TIGHT: Final = Kind("60x30 tight", 60, 30, tight=True)
SMALL_COUNTS: Final = Kind("25x6 counts", 25, 6, counts=True)
COUNTS: Final = Kind("60x30 counts", 60, 30, counts=True)
LARGE_COUNTS: Final = Kind("300x60 counts", 300, 60, counts=True)
KINDS: Final = (SMALL, MIDDLE, LARGE, TIGHT, SMALL_COUNTS, COUNTS, LARGE_COUNTS)


@dataclass(frozen=True, slots=True)
class Instance:
    """One learner under one set of rules, with a catalogue of `offers`.

    `planted` is an answer that holds. Where none can, it is None, and `pools` say why: the paths of two requirements
    that together ask for more than all the credentials that fit either of them.
    """

    kind: Kind
    number: int
    qualification: Qualification
    candidates: tuple[Candidate, ...]
    offers: tuple[Candidate, ...]
    planted: tuple[Use, ...] | None
    pools: tuple[tuple[str, str], ...]

    @property
    def feasible(self) -> bool:
        """Whether an answer was planted."""
        return self.planted is not None


class Dice:
    """Draws that rest on `Random.random` alone, whose sequence Python promises to keep for a seed."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(int.from_bytes(sha256(seed.encode())[:8], "big"))

    def below(self, end: int) -> int:
        """A whole number from 0 to `end` - 1."""
        return int(self._random.random() * end)

    def between(self, first: int, last: int) -> int:
        """A whole number from `first` to `last`, both included."""
        return first + self.below(last - first + 1)

    def happens(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent

    def shuffled(self, items: Iterable[Any]) -> list[Any]:
        """The items in another order."""
        left, found = list(items), []
        while left:
            found.append(left.pop(self.below(len(left))))
        return found


@dataclass(slots=True)
class Draft:
    """A credential before its facts are written: what it is worth, where it comes from, where it fits and went."""

    number: int
    credits: int
    level: str
    provider: str
    prior: bool
    fits: set[int] = field(default_factory=set)
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """What a requirement asks for: so many credits, or so many units."""

    amount: int
    in_credits: bool

    def rule(self) -> dict[str, Any]:
        """The need as a requirement states it."""
        return {"credits_at_least": str(self.amount)} if self.in_credits else {"units_at_least": self.amount}


def instances(kind: Kind, count: int) -> Iterator[Instance]:
    """The first so many instances of a kind: even numbers have an answer, odd ones have none."""
    return (instance(kind, number) for number in range(count))


def instance(kind: Kind, number: int) -> Instance:
    """The instance of this number: always the same."""
    dice = Dice(f"{kind.name}/{number}")
    drafts = _drafts(kind, dice)
    _plant(kind, drafts, dice)
    needs = _needs(kind, drafts, dice)
    limits = [] if kind.counts else [*_limits(kind, drafts), *_exclusions(kind, drafts, dice)]
    planted: tuple[Use, ...] | None = None
    pools: tuple[tuple[str, str], ...] = ()
    if number % 2:
        pools = _compete(kind, drafts, needs, dice)
    rules = _rules(kind, number, needs, limits)
    candidates = tuple(_candidate(kind, number, draft) for draft in drafts)
    if not pools:
        planted = tuple(
            _use(candidate, f"root/{_id(draft.place)}")
            for draft, candidate in zip(drafts, candidates, strict=True)
            if draft.place is not None
        )
    return Instance(kind, number, rules, candidates, _offers(kind, number, dice), planted, pools)


def setting() -> Setting:
    """The day, the body and the documents that every synthetic instance is weighed by."""
    catalogue = Catalogue.load(builtin_data("frameworks"))
    return Setting(date=DAY, awarding=AWARDING, frameworks=catalogue.frameworks(), systems=catalogue.credit_systems())


def _drafts(kind: Kind, dice: Dice) -> list[Draft]:
    return [
        Draft(
            number,
            credits=dice.between(5, 30),
            level=LEVELS[dice.below(len(LEVELS))],
            provider=OUTSIDE[dice.below(len(OUTSIDE))] if dice.happens(40) else AWARDING,
            prior=dice.happens(15),
        )
        for number in range(kind.units)
    ]


def _plant(kind: Kind, drafts: Sequence[Draft], dice: Dice) -> None:
    """Give every requirement one credential, then most of the rest to any, and let each fit some others as well."""
    drawn = dice.shuffled(drafts)
    for place, draft in enumerate(drawn[: kind.places]):
        draft.place = place
    for draft in drawn[kind.places :]:
        if dice.happens(85):
            draft.place = dice.below(kind.places)
    for draft in drafts:
        own = {draft.place} if draft.place is not None else set()
        others = [place for place in dice.shuffled(range(kind.places)) if place not in own]
        draft.fits = own | set(others[: dice.between(2, 5) - len(own)])


def _needs(kind: Kind, drafts: Sequence[Draft], dice: Dice) -> list[Need]:
    """By count: as many as were planted. By credits: the planted sum, or (unless tight) down to seven tenths of it."""
    found = []
    for place in range(kind.places):
        planted = [draft.credits for draft in drafts if draft.place == place]
        if kind.counts or dice.happens(40):
            found.append(Need(-(-len(planted) // 2) if kind.loose else len(planted), in_credits=False))
        else:
            part = 100 if kind.tight else dice.between(70, 100)
            found.append(Need(max(1, sum(planted) * part // 100), in_credits=True))
    return found


def _limits(kind: Kind, drafts: Sequence[Draft]) -> list[dict[str, Any]]:
    """What comes from outside and from prior learning has its share, the level its credits, the learner two bodies."""
    planted = [draft for draft in drafts if draft.place is not None]
    every = sum(draft.credits for draft in planted)
    outside = sum(draft.credits for draft in planted if draft.provider != AWARDING)
    prior = sum(draft.credits for draft in planted if draft.prior)
    high = sum(draft.credits for draft in planted if draft.level >= FLOOR)
    return [
        {
            **_limit("outside", "Not too much from other bodies", {"excluding": {"provider": ["awarding"]}}),
            "share_at_most": _share_above(Fraction(outside, every)),
        },
        {
            **_limit("prior", "Not too much by prior learning", {"source_type": [PRIOR_LEARNING]}),
            "share_at_most": _share_above(Fraction(prior, every)),
        },
        {
            **_limit("floor", "Enough at the level of the award", {"level_at_least": FLOOR}),
            "credits_at_least": str(high if kind.tight else high * 9 // 10),
        },
        {**_limit("bodies", "From two bodies", {}), "per": "provider", "distinct_at_least": 2},
    ]


def _limit(id: str, title: str, where: dict[str, Any]) -> dict[str, Any]:
    return {"id": id, "title": title, "kind": "limit", "over": "counted", "where": where}


def _share_above(share: Fraction) -> str:
    """The next whole twentieth, as rules are written."""
    return f"{min(20, -(-share.numerator * 20 // share.denominator))}/20"


def _exclusions(kind: Kind, drafts: Sequence[Draft], dice: Dice) -> list[dict[str, Any]]:
    """Pairs of which the planted answer counts one at most: an unplanted credential, and any other."""
    spare = [draft for draft in drafts if draft.place is None]
    others = dice.shuffled(draft for draft in drafts if draft.place is not None)
    return [
        {
            "id": f"pair-{index}",
            "title": "One of two that overlap",
            "kind": "exclusion",
            "over": "counted",
            "between": [{"achievement": [_achievement(kind, draft.number)]} for draft in pair],
        }
        for index, pair in enumerate(zip(spare[: max(2, kind.units // 20)], others, strict=False))
    ]


def _compete(kind: Kind, drafts: Sequence[Draft], needs: list[Need], dice: Dice) -> tuple[tuple[str, str], ...]:
    """Twice, let two requirements draw on one pool, and together ask for one credit (or unit) more than it holds.

    The pool is what was planted in either of them, and what was planted nowhere and fitted either. What was planted
    elsewhere fits neither any more.
    """
    drawn = dice.shuffled(range(kind.places))[:4]
    pairs = [sorted(drawn[:2]), sorted(drawn[2:])]
    for pair in pairs:
        for draft in drafts:
            if not draft.fits.isdisjoint(pair):
                _join_or_leave(kind, draft, pair, drawn)
    for one, other in pairs:
        pool = [draft.credits for draft in drafts if one in draft.fits]
        in_credits = needs[one].in_credits
        whole = sum(pool) if in_credits else len(pool)
        needs[one] = Need(whole // 2 + 1, in_credits)
        needs[other] = Need(whole - whole // 2, in_credits)
    return tuple((f"root/{_id(one)}", f"root/{_id(other)}") for one, other in pairs)


def _join_or_leave(kind: Kind, draft: Draft, pair: Sequence[int], drawn: Sequence[int]) -> None:
    """Let a credential fit both of a pair, or neither and at least two others."""
    rest = sorted(draft.fits.difference(pair), key=lambda place: (place not in drawn, place))
    if draft.place is None or draft.place in pair:
        draft.fits = {*pair, *rest[:3]}
        return
    others = [place for place in range(kind.places) if place not in (*drawn, *rest)]
    draft.fits = {*rest, *others[: max(0, 2 - len(rest))]}


def _rules(kind: Kind, number: int, needs: Sequence[Need], limits: Sequence[Mapping[str, Any]]) -> Qualification:
    places = [
        {
            "id": _id(place),
            "title": f"Requirement {place + 1}",
            "kind": "requirement",
            "where": {"category": [_tag(place)]},
            **need.rule(),
        }
        for place, need in enumerate(needs)
    ]
    return Qualification.model_validate(
        {
            "document": "creditbank/qualification/v1",
            "id": f"synthetic-{_name(kind)}-{number}",
            "version": "1",
            "title": f"Synthetic rules {kind.name}, number {number}",
            "framework": FRAMEWORK,
            "level": FLOOR,
            "credit_system": SYSTEM,
            "valid_from": "2020-01-01",
            "confidence": "H",
            "summary": "Made for measuring.",
            "sources": [{"name": "made for measuring"}],
            "admits": {"frameworks": [FRAMEWORK]},
            "requires": {"id": "root", "title": "All of it", "kind": "all", "of": [*places, *limits]},
        }
    )


def _id(place: int | None) -> str:
    assert place is not None, "only what was planted has a place"
    return f"r{place:02d}"


def _name(kind: Kind) -> str:
    return kind.name.replace(" ", "-")


def _tag(place: int) -> str:
    return f"synthetic:{_id(place)}"


def _achievement(kind: Kind, number: int | str) -> str:
    return f"urn:synthetic:{_name(kind)}:{number}"


def _candidate(kind: Kind, number: int, draft: Draft) -> Candidate:
    """The credential as the engine sees it: earned within the last four years, all of it left."""
    name = f"{kind.name}/{number}/{draft.number}"
    seed = sha256(name.encode())
    facts = _facts(
        f"urn:uuid:{seed[:16].hex()}",
        _achievement(kind, draft.number),
        draft,
        DAY - datetime.timedelta(days=30 + int.from_bytes(seed[16:18], "big") % 1400),
    )
    return Candidate(facts, sha256(seed), facts.credits.credits)


def _facts(credential: str, achievement: str, draft: Draft, earned: datetime.date) -> UnitFacts:
    return UnitFacts(
        credential=credential,
        first_issue=credential,
        issuer=draft.provider,
        subject=LEARNER,
        achievement=achievement,
        achievement_version="1",
        title=f"Synthetic unit {draft.number}",
        credits=CreditAmount(SYSTEM, Credits(draft.credits * 1000)),
        level=Level(FRAMEWORK, draft.level),
        earned=earned,
        categories=frozenset(map(_tag, draft.fits)),
        source_type=PRIOR_LEARNING if draft.prior else "course",
        mode="on-site",
        content="",
    )


def _offers(kind: Kind, number: int, dice: Dice) -> tuple[Candidate, ...]:
    """A catalogue of two offers for each requirement, each fit for up to two others as well."""
    found = []
    for index in range(2 * kind.places):
        others = {dice.below(kind.places) for _ in range(dice.below(3))}
        provider = OUTSIDE[dice.below(len(OUTSIDE))] if dice.happens(40) else AWARDING
        level = LEVELS[dice.below(len(LEVELS))]
        draft = Draft(kind.units + index, dice.between(5, 30), level, provider, prior=False)
        draft.fits = {index % kind.places} | others
        achievement = _achievement(kind, f"offer-{index}")
        facts = _facts(achievement, achievement, draft, DAY)
        found.append(Candidate(facts, sha256(f"{kind.name}/{number}/offer/{index}".encode()), facts.credits.credits))
    return tuple(found)


def _use(candidate: Candidate, path: str) -> Use:
    return Use(
        credential=candidate.facts.credential,
        digest=candidate.digest,
        amount=candidate.available,
        system=SYSTEM,
        counted=candidate.available,
        node=path,
    )
