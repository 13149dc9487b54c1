"""Rules that are read once say of every learner what they say when they are read for that learner alone."""

from dataclasses import replace

import pytest
from stacking_samples import rules, setting_of, unit
from test_stacking_against_wide_oracle import candidate, random_world, stated

from creditbank.credential import Level
from creditbank.stacking.reading import MAX_KINDS, Reading
from creditbank.stacking.rule import Reason, admit
from creditbank.stacking.setting import Candidate
from creditbank.stacking.weighing import build

ANY = {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "9"}
BRITISH = {"framework": "uk-fheq", "credit_system": "uk"}


@pytest.mark.parametrize("chunk", range(4))
def test_one_reading_serves_many_learners(chunk: int) -> None:
    for seed in range(95_000 + chunk * 25, 95_000 + chunk * 25 + 25):
        world, items, others = random_world(seed)
        qualification, setting = stated(world), setting_of()
        reading = Reading(qualification, setting)
        learners = [[*items], [*others], [*items[: len(items) // 2], *others[: len(others) // 2]], []]
        for held in learners:
            given = [candidate(item) for item in held]
            assert build(qualification, given, setting, reading=reading) == build(qualification, given, setting), seed


def test_a_reading_of_other_rules_or_of_another_day_is_not_gone_by() -> None:
    node = {"id": "x", "title": "X", "kind": "requirement", "where": {"category": ["x"]}, "credits_at_least": "9"}
    asked, setting = rules([node]), setting_of()
    other = rules([{**node, "where": {"category": ["y"]}}])
    held = [unit("a", "5", categories=["x"])]
    alone = build(asked, held, setting)
    assert build(asked, held, setting, reading=Reading(other, setting)) == alone
    assert build(asked, held, setting, reading=Reading(asked, replace(setting))) == alone
    assert build(other, held, setting, reading=Reading(asked, setting)) != alone


def test_a_unit_of_a_known_kind_is_refused_for_its_own_day_and_its_own_level() -> None:
    admits = {"frameworks": ["uk-fheq"], "level_at_least": "5", "max_age": "P5Y"}
    asked, setting = rules([ANY], admits=admits, **BRITISH), setting_of()
    reading = Reading(asked, setting)

    def with_(one: Candidate, **changes: object) -> Candidate:
        return replace(one, facts=replace(one.facts, **changes))  # type: ignore[arg-type]

    good = unit("a", "5", system="uk", level=Level("uk-fheq", "5"))
    given = [
        good,
        with_(good, earned=setting.date.replace(year=setting.date.year + 1)),
        with_(good, earned=setting.date.replace(year=setting.date.year - 9)),
        with_(good, level=Level("uk-fheq", "4")),
        with_(good, level=None),
        with_(good, level=Level("elsewhere", "5")),
        good,
    ]
    found = [reading.admitted(one.facts) for one in given]
    assert found == [admit(one.facts, asked, setting, conversion=None, recognition=None) for one in given]
    assert [isinstance(one, Reason) for one in found] == [False, True, True, True, True, True, False]


def test_it_keeps_a_bounded_number_of_kinds() -> None:
    asked, setting = rules([ANY], admits={"frameworks": ["uk-fheq"]}, **BRITISH), setting_of()
    reading = Reading(asked, setting)
    good = unit("a", "5", system="uk", level=Level("uk-fheq", "5"))
    for number in range(MAX_KINDS + 50):
        level = Level("uk-fheq", "5", str(number))
        found = reading.admitted(replace(good.facts, level=level))
        assert not isinstance(found, Reason)
        assert found.facts.level == level
    assert reading.kinds == MAX_KINDS
