"""In a language in which every message names itself, no English is left: not on any way an evaluation can take."""

import ast
import dataclasses
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import test_joint_against_oracle as several
import test_stacking_against_oracle as narrow
import test_stacking_against_wide_oracle as wide
from exception_samples import exception, with_exceptions
from pseudo_language import CATALOGUE, PSEUDO, in_pseudo, known_names, leaks
from stacking_samples import acbs, acbs_learner, conversion, rules, setting_of, ug_certificate, unit
from test_bundles import BUNDLE, certificate
from test_construct_sentences import COLLISIONS, NODES, SCALES
from test_documents_behind_rules import faint_framework, floor, register
from test_exceptions import CORE, UNITS
from test_exit_ladders import diploma, free, held
from test_rule_constructs import graded, need
from test_shortest_path import TERMS, offer
from test_stacking_bounds import exactly, subset_sum

import creditbank.stacking
from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.credential import Level
from creditbank.framework import Group, Qualification, Register, RuleException
from creditbank.stacking import (
    Candidate,
    Offer,
    Pace,
    Setting,
    Standing,
    Verdict,
    WhatIf,
    evaluate,
    evaluate_jointly,
)
from creditbank.stacking.messages import ENGLISH
from creditbank.stacking.solver import TooComplex
from creditbank.stacking.wording import bounded_words, need_words
from creditbank.units import Credits

SETTING = in_pseudo(setting_of(names={"did:web:a.example": "Sample College A"}))
SEEDS = 60


def no_english(
    qualification: Qualification,
    units: list[Candidate],
    setting: Setting = SETTING,
    *,
    catalogue: Sequence[Candidate | Offer] = (),
    **more: Any,
) -> Verdict:
    found = evaluate(qualification, units, in_pseudo(setting), catalogue=catalogue, **more)
    offered = [offer.unit if isinstance(offer, Offer) else offer for offer in catalogue]
    known = known_names(setting, qualification, units=[*units, *offered])
    known |= {name for offer in catalogue if isinstance(offer, Offer) for choice in offer.after for name in choice}
    assert leaks(found.to_json(), known) == []
    return found.verdict


def test_on_random_instances() -> None:
    verdicts = set()
    for seed in range(SEEDS):
        instance, things = narrow.random_instance(seed)
        qualification, setting = narrow.stated(instance)
        units = [narrow.candidate(thing) for thing in instance.things]
        offers = [narrow.candidate(thing) for thing in things if thing.available]
        verdicts.add(no_english(qualification, units, narrow.recognised(instance, setting, units), catalogue=offers))
    assert verdicts == {Verdict.ADDS_UP, Verdict.FALLS_SHORT}


def test_on_random_instances_of_all_constructs() -> None:
    verdicts = set()
    for seed in range(SEEDS):
        world, items, more = wide.random_world(seed)
        units, offers = [wide.candidate(item) for item in items], [wide.candidate(item) for item in more]
        offers = [offer for offer in offers if offer.available]
        verdicts.add(no_english(wide.stated(world), units, catalogue=offers))
    assert verdicts == {Verdict.ADDS_UP, Verdict.FALLS_SHORT}


@pytest.mark.parametrize(("rule", "units", "_status", "_sentence"), NODES)
def test_on_each_construct(rule: dict[str, Any], units: list[Candidate], _status: str, _sentence: str) -> None:
    no_english(rules([need(), rule], grading=SCALES, calendars={"year": {"starts": ["01-01"]}}), units)


@pytest.mark.parametrize(("of", "units", "document", "_sentence"), COLLISIONS)
def test_on_each_collision(
    of: list[dict[str, Any]], units: list[Candidate], document: dict[str, Any], _sentence: str
) -> None:
    no_english(rules(of, grading=SCALES, calendars={"year": {"starts": ["01-01"]}}, **document), units)


def test_on_the_bachelor_and_on_the_certificate() -> None:
    elsewhere = unit("elsewhere", "3", provider="c", earned=date(2026, 3, 2))
    assert no_english(acbs(), acbs_learner(35, 12)) is Verdict.ADDS_UP
    assert no_english(acbs(), acbs_learner(36, 11), catalogue=[elsewhere]) is Verdict.FALLS_SHORT
    assert no_english(acbs(), []) is Verdict.FALLS_SHORT
    assert no_english(ug_certificate(), acbs_learner(3, 3)) is Verdict.FALLS_SHORT


UNCOUNTED = [
    unit("a", revoked=True),
    unit("b", expires=date(2026, 1, 1)),
    unit("c", available="0"),
    unit("d", "6", available="3"),
    unit("e", earned=date(2027, 1, 1)),
    unit("f", earned=date(2020, 1, 1)),
    unit("g"),
    unit("h", level=Level("kr-acbs", "6"), mode="online"),
    unit("i", level=Level("in-ncrf", "4.5"), system="in-ncrf"),
    unit("j", system="eu-ects"),
    unit("k", standing=Standing.PLANNED, earned=date(2027, 1, 1)),
    unit("l", standing=Standing.IN_PROGRESS, earned=date(2027, 1, 1)),
]


@pytest.mark.parametrize("candidate", UNCOUNTED, ids=lambda candidate: candidate.facts.title[-1])
def test_on_each_reason_not_to_count_a_unit(candidate: Candidate) -> None:
    plain = rules([need()], admits={"max_age": "P3Y", "whole_units": True, "where": {"mode": ["on-site"]}})
    no_english(plain, [candidate, candidate])


@pytest.mark.parametrize("system", ["eu-ects", "in-ncrf", "uk", "kr"])
def test_on_credits_that_no_policy_converts(system: str) -> None:
    for own in ("eu-ects", "in-ncrf", "uk", "kr", "elsewhere"):
        qualification = rules([need()], credit_system=system)
        no_english(qualification, [unit("a", system=own, level=Level("kr-acbs", "bachelor"))])


def test_on_units_that_convert_to_nothing() -> None:
    policy = conversion(from_system="elsewhere", to_system="kr", ratio="1/100", rounding_unit="1")
    no_english(
        rules([need()]),
        [unit("a", system="elsewhere", level=Level("kr-acbs", "bachelor"))],
        setting_of(conversions=[policy]),
    )


def test_on_a_learner_who_began_too_late() -> None:
    ended = rules([need()], valid_until="2025-12-31", transition={"begun_by": "2024-12-31", "until": "2027-12-31"})
    no_english(ended, [unit("a", "6", earned=date(2026, 3, 2))])


@pytest.mark.parametrize("level", [None, Level("in-ncrf", "4"), Level("in-ncrf", "5")])
def test_on_rules_about_levels(level: Level | None) -> None:
    admits = {"frameworks": ["in-ncrf"], "level_at_least": "4.5"}
    rule = rules([need()], framework="in-ncrf", credit_system="in-ncrf", admits=admits)
    no_english(rule, [unit("a", system="in-ncrf", level=level)])
    no_english(floor("4.5"), [unit("a", system="in-ncrf", level=level)], faint_framework()[1])


def test_on_rules_about_grades_and_content() -> None:
    rule = rules([need("3", where={"grade": {"scale": "letters", "at_least": "B"}})], grading=SCALES)
    no_english(rule, [graded("a", "C", "3"), unit("b")])
    no_english(rules([need()]), [unit("a", "6", content="same"), unit("b", content="same")])


@pytest.mark.parametrize(
    "snapshot",
    [
        None,
        register(accreditation={"fields": ["07"]}),
        register(accreditation={"kinds": ["degree"]}),
        register(accreditation={"valid_until": "2026-01-31"}),
        register(accreditation={"valid_from": "2026-02-28"}),
        register(bodies=[]),
        register(taken="2026-01-01"),
    ],
)
def test_on_rules_that_count_accredited_units_only(snapshot: Register | None) -> None:
    setting = dataclasses.replace(SETTING, register=snapshot)
    unit_ = unit("a", about={"fields": frozenset({"0612"}), "kind": "Course"})
    no_english(rules([need()], admits={"accredited": True}), [unit_], setting)


def test_on_every_rule_that_ships_and_on_random_ones() -> None:
    shipped = Catalogue.load(builtin_data("frameworks")).qualifications()
    drawn = [wide.stated(wide.random_world(seed)[0]) for seed in range(1000)]
    for qualification in (*shipped, *drawn):
        known = known_names(SETTING, qualification, units=[])
        for _, node in qualification.nodes():
            if not isinstance(node, Group):
                assert leaks([bounded_words(node, PSEUDO), need_words(node, PSEUDO)], known) == []


def test_on_what_would_be() -> None:
    ahead = [unit(name, earned=date(2027, 2, 10), standing=Standing.PLANNED) for name in "ab"]
    assert no_english(rules([need()]), ahead, what_if=WhatIf()) is Verdict.ADDS_UP
    assert no_english(rules([need()]), ahead[:1], what_if=WhatIf()) is Verdict.FALLS_SHORT
    assert no_english(rules([need()]), [unit("c", "6")], what_if=WhatIf()) is Verdict.ADDS_UP


def test_on_several_awards_at_once() -> None:
    for seed in range(SEEDS):
        awards, permission = several.random_awards(seed)
        units, shared = [narrow.candidate(thing) for thing in awards[0].things], several.decisions(permission)
        wanted = [(rules, in_pseudo(setting)) for rules, setting in several.asked(awards, units)]
        found = evaluate_jointly(wanted, units, shared=shared)
        known = known_names(wanted[0][1], *(rules for rules, _ in wanted), units=units).union(
            *(known_names(setting, units=[]) for _, setting in wanted)
        )
        assert leaks(found.to_json(), known | {decision.id for decision in shared}) == [], seed


CHOICE = rules([need(id="core", where={"achievement": ["urn:x"]}), need(id="free")], kind="n-of", n=2)
EXCEPTIONS = [
    exception(CORE, "waive", "root/core"),
    exception(CORE, "waive", "root/core", valid_until="2027-01-01"),
    exception(CORE, "waive", "root/core", by="did:web:other.example"),
    exception(CORE, "waive", "root/core", learner="did:key:zOther"),
    exception(CORE, "waive", "root/core", decided="2026-12-01"),
    exception(CORE, "waive", "root/core", decided="2025-12-01", valid_until="2026-01-01"),
    exception(CORE, "change-limit", "root/core", bound="credits_at_least", value="3"),
    exception(CHOICE, "change-limit", "root", bound="n", value=1),
    exception(CHOICE, "substitute", "root", instead_of="urn:x", accepted=["urn:y"]),
    exception(CORE, "also-allow", "root/core", credential="urn:uuid:x"),
    exception(CORE, "block", "root/free", achievement="urn:y"),
    exception(CORE, "pin", "root/free", credential="urn:uuid:c"),
    exception(CORE, "pin", "root/core", credential="urn:uuid:x"),
    exception(CORE, "pin", "root/core", credential="urn:uuid:nobody"),
]


@pytest.mark.parametrize("one", EXCEPTIONS, ids=lambda one: one.kind)
def test_on_exceptions(one: RuleException) -> None:
    qualification = CORE if one.rules.digest == EXCEPTIONS[0].rules.digest else CHOICE
    setting = with_exceptions(one, setting=SETTING)
    later = one.model_copy(update={"id": "sample-later", "decided": "2026-02-01"})
    for exceptions in (setting, with_exceptions(one, later, setting=SETTING)):
        no_english(qualification, UNITS, exceptions)


@pytest.mark.parametrize("left", [{}, {"credits": "31"}, {"available": "25"}, {"revoked": True}])
def test_on_credentials_that_stand_for_several_units(left: dict[str, Any]) -> None:
    alone = unit("alone", "10", achievement="urn:law")
    for credits in ("10", "40"):
        no_english(rules([need(credits)], bundles=[BUNDLE]), [certificate(**left), alone])


def test_on_ladders() -> None:
    for units in ([held("a"), held("b")], [held("a"), held("b", "w2", of="short-course")], [held("a"), free("c")]):
        lower = [one for unit in units for one in unit.held]
        found = evaluate(diploma(), units, SETTING)
        known = known_names(SETTING, diploma(), units=units) | {one.title for one in lower}
        assert leaks(found.to_json(), known | {one.award for one in lower} | {one.qualification for one in lower}) == []


def test_on_searches_that_stop() -> None:
    units, target = subset_sum(40, 6)
    assert no_english(rules(exactly(target)), units, limit=100) is Verdict.TOO_COMPLEX
    assert no_english(rules([need()]), [unit(f"u{number}") for number in range(2001)]) is Verdict.TOO_COMPLEX


def test_on_paths_through_terms() -> None:
    offered = [offer("a"), offer("b", after=[{"a"}]), offer("c", "9"), offer("d", after=[{"nobody", "either"}])]
    ended = rules([need()], valid_until="2026-06-30")
    for terms, most in ((TERMS, None), (TERMS, "3"), (TERMS[:1], "1"), (TERMS, "6")):
        pace = Pace(terms, credits_at_most=Credits.parse(most) if most else None)
        for offers in (offered, offered[:2], offered[3:], [offer("e", system="eu-ects")], []):
            no_english(rules([need()]), [], catalogue=offers, pace=pace)
            no_english(ended, [], catalogue=offers, pace=pace)


def _calls(*names: str) -> Iterator[tuple[str, str, ast.Call]]:
    """Every call in the room of a function of these names with a text first: the name, the text, the call."""
    for call in ast.walk(ast.parse(_sources())):
        if isinstance(call, ast.Call) and call.args and isinstance(call.args[0], ast.Constant):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in names and isinstance(call.args[0].value, str):
                yield name, call.args[0].value, call


def test_every_limit_has_a_message_and_every_such_message_a_limit() -> None:
    limits = {f"solver.{limit}": call for _, limit, call in _calls("TooComplex")}
    assert limits.keys() == {name for name in ENGLISH if name.startswith("solver.")}
    for name, call in limits.items():
        values = {str(given.arg): 1 for given in call.keywords}
        assert TooComplex(name.removeprefix("solver."), **values).told(PSEUDO).startswith(f"⟦{name}|")


def test_every_message_is_given_the_values_that_it_names() -> None:
    for name, message, call in _calls("say", "count"):
        given = {value.arg for value in call.keywords}
        for text in (
            (ENGLISH[f"{message}.{form}"] for form in ("one", "other")) if name == "count" else [ENGLISH[message]]
        ):
            assert None in given or {value for _, value, _, _ in Formatter().parse(text) if value} <= given, message


def _sources() -> str:
    """The room's sources without the English messages themselves."""
    files = {file.name: file.read_text() for file in Path(creditbank.stacking.__file__).parent.glob("*.py")}
    before, messages = files.pop("messages.py").split("ENGLISH: Final", 1)
    return "\n".join([before, messages[messages.index("\n}\n") + 2 :], *files.values()])


def test_every_message_is_said_somewhere() -> None:
    """By its id in the sources, or by the parts that some ids are put together from."""
    sources = _sources()
    literal = set(re.findall(r'"([a-z-]+\.[a-z-]+)"', sources))
    begun = tuple(re.findall(r'f"([a-z-]+\.[a-z-]*)\{', sources))
    bases = {re.sub(r"\.(one|other)$", "", name) for name in CATALOGUE}
    plain = {name for name in bases if name not in literal and not name.startswith(begun)}
    assert {
        name
        for name in plain
        if re.sub(r"-(each|under|each-under|both|exactly|between|unknown|unlike)$", "", name) not in literal
    } == set()


def test_a_sentence_beside_the_catalogue_would_be_found() -> None:
    assert leaks({"sentence": "It has ⟦gap.nothing|⟧"}, set()) == ["It has ⟦gap.nothing|⟧"]
    assert leaks({"sentence": "⟦gap.for|Core ⟦words.units.one|1⟧⟧", "status": "needs more"}, {"Core"}) == []
