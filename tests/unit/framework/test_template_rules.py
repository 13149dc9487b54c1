"""What a template may say, what a child may not loosen, and what keeps a unit from being published under it."""

import json
import re
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_templates import FITTING, book, fitting, of_shipped, resolved, sentences, shipped, template
from sample_units import sample_unit, unit_with

from creditbank.framework import (
    DocumentFaults,
    Template,
    UnitDocument,
    check_template,
    draft_yaml,
    faults_against,
    load_document,
    resolve,
    start,
)
from creditbank.framework.inheriting import loosenings
from creditbank.framework.template import ASPECTS, FieldRule
from creditbank.framework.templating import outcome_weights

UUID = "urn:uuid:00000000-0000-4000-8000-000000000001"
EQF_5_7 = {"framework": "eu-eqf", "version": "2017", "at_least": "5", "at_most": "7"}


def faults_of(plain: dict[str, Any]) -> list[str]:
    """What is wrong with a template as a file."""
    given = template().model_dump(mode="json", exclude_defaults=True) | {"document": "creditbank/template/v1"} | plain
    with pytest.raises(DocumentFaults) as caught:
        load_document(json.dumps(given).encode(), "t.json")
    return [f"{fault.path}: {fault.sentence}" for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"workloads": {"required": True}}, "a unit has no key 'workloads'"),
        ({"outcomes.dimensions": {"required": True}}, "a unit has no key 'outcomes.dimensions'; it has: outcomes.id"),
        ({"version": {"required": True}}, "belongs to each unit by itself"),
        ({"mode": {"fixed": "onlin"}}, "a unit cannot say this of mode"),
        ({"mode": {"default": ["online"]}}, "a unit cannot say this of mode"),
        ({"mode": {"allowed": ["online", "at home"]}}, "a unit cannot say 'at home' of mode"),
        ({"outcomes.dimension": {"all_of": ["attitudes"]}}, "a unit cannot say 'attitudes' of outcomes.dimension"),
        ({"fields": {"one_of": ["5"]}}, "a unit cannot say '5' of fields"),
        ({"mode": {"at_least": "PT1H"}}, "`at_least` says nothing about mode, which is one text"),
        ({"title": {"entries_at_most": 3}}, "`entries_at_most` says nothing about title"),
        ({"outcomes": {"allowed": ["x"]}}, "`allowed` says nothing about outcomes"),
        ({"workload": {"at_least": "PT9H", "at_most": "PT8H"}}, "nothing is in this range"),
        ({"outcomes": {"entries_at_least": 3, "entries_at_most": 2}}, "no list has so many"),
        ({"outcomes": {"required": True, "entries_at_most": 0}}, "it is required, and may have no entry"),
        ({"mode": {"fixed": "online", "default": "online"}}, "a fixed value needs no default"),
        ({"mode": {"default": ""}}, "leave `default` out"),
        ({"mode": {"allowed": []}}, "an empty list says nothing"),
        ({"mode": {"allowed": ["online", "online"]}}, "'online' stands here twice"),
        ({"activities.kind": {"allowed": ["taught"], "all_of": ["practised"]}}, "must be there, and is not allowed"),
        ({"activities.kind": {"allowed": ["taught"], "one_of": ["practised"]}}, "none of these values is allowed"),
        ({"workload": {"at_least": "P60M"}}, "P60M means 60 months"),
    ],
)
def test_a_rule_that_no_unit_can_read_is_a_fault(fields: dict[str, Any], sentence: str) -> None:
    (found,) = faults_of({"fields": fields})
    assert found.startswith("fields.")
    assert sentence.casefold() in found.casefold()


def test_a_rule_that_a_unit_can_read_is_none() -> None:
    assert template(fields={"mode": {"allowed": ["online"], "required": True}}).fields["mode"].required is True


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ({"credits": {}}, "credits: It says neither `one_of` nor `ranges`"),
        ({"credits": {"ranges": [{"system": "uk"}]}}, "a range says `at_least`, `at_most` or both"),
        ({"credits": {"ranges": [{"system": "uk", "at_least": "9", "at_most": "8"}]}}, "nothing is in this range"),
        ({"credits": {"one_of": ["uk", "uk"]}}, "'uk' stands here twice"),
        ({"levels": {"ranges": [EQF_5_7, EQF_5_7]}}, "'eu-eqf' stands here twice"),
        ({"dimension_shares": {"skills": "2/3", "values": "2/3"}}, "the shares come to 4/3"),
        ({"coverage": ["taught", "taught"]}, "'taught' stands here twice"),
        ({"extends": {"id": "parent", "version": "1"}}, "a template cannot extend itself"),
    ],
)
def test_what_is_said_of_the_whole_must_make_sense(says: dict[str, Any], sentence: str) -> None:
    assert sentence.casefold() in " ".join(faults_of(says)).casefold()


PARENT: dict[str, Any] = {
    "fields": {
        "title": {"required": True, "without_words": ["national", "degree"]},
        "mode": {"fixed": "online"},
        "language": {"allowed": ["en", "fr"]},
        "fields": {"one_of": ["05", "06"]},
        "outcomes.dimension": {"all_of": ["knowledge", "values"]},
        "workload": {"at_least": "PT50H", "at_most": "PT100H"},
        "outcomes": {"entries_at_least": 2, "entries_at_most": 8},
    },
    "credits": {"one_of": ["eu-ects", "uk"], "ranges": [{"system": "eu-ects", "at_least": "2", "at_most": "6"}]},
    "levels": {"one_of": ["eu-eqf"], "ranges": [EQF_5_7]},
    "dimension_shares": {"values": "1/4"},
    "coverage": ["practised", "assessed"],
    "coherence_review": True,
}

LOOSER: list[tuple[dict[str, Any], str, str]] = [
    ({"fields": {"title": {"required": False}}}, "fields.title.required", "the parent requires it"),
    ({"fields": {"title": {"without_words": ["degree"]}}}, "fields.title.without_words", "refuses national too"),
    ({"fields": {"mode": {"fixed": "blended"}}}, "fields.mode.fixed", "the parent locks it at 'online'"),
    ({"fields": {"mode": {"default": "online"}}}, "fields.mode.default", "a default would open it again"),
    ({"fields": {"language": {"allowed": ["en", "de"]}}}, "fields.language.allowed", "de is not among"),
    ({"fields": {"fields": {"one_of": ["05", "09"]}}}, "fields.fields.one_of", "09 is not among"),
    ({"fields": {"fields": {"one_of": ["0"]}}}, "fields.fields.one_of", "a unit cannot say '0'"),
    ({"fields": {"outcomes.dimension": {"all_of": ["values"]}}}, "fields.outcomes.dimension.all_of", "knowledge too"),
    ({"fields": {"workload": {"at_least": "PT49H"}}}, "fields.workload.at_least", "at least 50 hours"),
    ({"fields": {"workload": {"at_most": "PT101H"}}}, "fields.workload.at_most", "at most 100 hours"),
    ({"fields": {"outcomes": {"entries_at_least": 1}}}, "fields.outcomes.entries_at_least", "at least 2"),
    ({"fields": {"outcomes": {"entries_at_most": 9}}}, "fields.outcomes.entries_at_most", "at most 8"),
    ({"credits": {"one_of": ["eu-ects", "nz"]}}, "credits.one_of[1]", "nz is not among"),
    (
        {"credits": {"ranges": [{"system": "eu-ects", "at_least": "1"}]}},
        "credits.ranges[0].at_least",
        "at least 2 credits of eu-ects",
    ),
    (
        {"credits": {"ranges": [{"system": "eu-ects", "at_most": "7"}]}},
        "credits.ranges[0].at_most",
        "at most 6 credits of eu-ects",
    ),
    ({"levels": {"one_of": ["uk-fheq"]}}, "levels.one_of[0]", "uk-fheq is not among"),
    (
        {"levels": {"ranges": [{**EQF_5_7, "at_most": "8"}]}},
        "levels.ranges[0]",
        "the parent allows no level 8 of eu-eqf",
    ),
    ({"dimension_shares": {"values": "1/5"}}, "dimension_shares.values", "at least 1/4 in values"),
    ({"coverage": ["assessed"]}, "coverage", "every outcome is practised"),
    ({"coherence_review": False}, "coherence_review", "the parent asks for a coherence review"),
]


@pytest.mark.parametrize(("says", "path", "sentence"), [one for one in LOOSER if "cannot say" not in one[2]])
def test_whatever_a_child_loosens_is_named_with_its_place(says: dict[str, Any], path: str, sentence: str) -> None:
    child, shelf = template("child", extends="parent", **says), template(**PARENT)
    (fault,) = check_template(child, book(shelf, child))
    assert (fault.slug, fault.path) == ("loosened", path)
    assert sentence.casefold() in fault.sentence.casefold()
    assert "(parent 1)" in fault.sentence


def test_every_aspect_of_a_rule_has_a_way_to_be_loosened() -> None:
    told = {path.rpartition(".")[2] for _, path, _ in LOOSER}
    assert set(ASPECTS) - told == set()


@pytest.mark.parametrize(
    "says",
    [
        {},
        {"fields": {"title": {"required": True, "without_words": ["National", "degree", "diploma"]}}},
        {"fields": {"mode": {"fixed": "online", "guidance": "as it is"}}},
        {"fields": {"language": {"allowed": ["en-GB"]}}},
        {"fields": {"language": {"fixed": "fr", "required": True}}},
        {"fields": {"fields": {"one_of": ["0542"]}}},
        {"fields": {"outcomes.dimension": {"all_of": ["knowledge", "skills", "values"]}}},
        {"fields": {"workload": {"at_least": "PT60H", "at_most": "PT60H"}}},
        {"fields": {"outcomes": {"entries_at_least": 3}}},
        {"fields": {"purpose": {"required": True}}},
        {"credits": {"one_of": ["uk"], "ranges": [{"system": "uk", "at_most": "3"}]}},
        {"credits": {"ranges": [{"system": "eu-ects", "at_least": "3"}]}},
        {"levels": {"ranges": [{"framework": "eu-eqf", "version": "2017", "at_least": "6"}]}},
        {"dimension_shares": {"values": "1/3", "skills": "1/3"}},
        {"coverage": ["taught", "practised", "assessed"]},
        {"coherence_review": True},
    ],
)
def test_a_child_may_tighten(says: dict[str, Any]) -> None:
    child = template("child", extends="parent", **says)
    assert check_template(child, book(template(**PARENT), child)) == []


def test_a_range_of_another_version_of_a_framework_is_refused() -> None:
    span = {"framework": "in-ncrf", "at_least": "5"}
    parent = template(levels={"ranges": [{**span, "version": "2023"}]})
    child = template("child", extends="parent", levels={"ranges": [{**span, "version": "2022-draft"}]})
    (fault,) = check_template(child, book(parent, child))
    assert (fault.slug, fault.path) == ("loosened", "levels.ranges[0].version")
    assert "the parent speaks of version 2023" in fault.sentence[:1].lower() + fault.sentence[1:]


def test_loosening_is_found_two_generations_up() -> None:
    top, middle = template("top", **PARENT), template("middle", extends="top")
    low = template("low", extends="middle", fields={"workload": {"at_most": "PT200H"}})
    (fault,) = check_template(low, book(top, middle, low))
    assert fault.path == "fields.workload.at_most"
    assert "(top 1)" in fault.sentence
    with pytest.raises(DocumentFaults):
        resolve(low, book(top, middle, low))
    assert check_template(middle, book(top, middle, low)) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"language": {"fixed": "de"}}, "'de' is not allowed here"),
        ({"language": {"default": "de"}}, "'de' is not allowed here"),
        ({"workload": {"fixed": "PT40H"}}, "less than the 50 hours asked for"),
        ({"title": {"fixed": "A national degree"}}, "it holds the word 'national'"),
        ({"outcomes": {"fixed": [{"id": "a", "text": "Explain it."}]}}, "at least 2 entries must be here"),
    ],
)
def test_a_value_of_its_own_that_breaks_an_inherited_rule_is_a_contradiction(
    fields: dict[str, Any], sentence: str
) -> None:
    child = template("child", extends="parent", fields=fields)
    found = check_template(child, book(template(**PARENT), child))
    assert {fault.slug for fault in found} == {"contradiction"}
    assert sentence.casefold() in found[0].sentence.casefold()


@pytest.mark.parametrize(
    ("says", "path"),
    [
        ({"fields": {"workload": {"at_least": "PT200H"}}}, "fields.workload.at_least"),
        ({"credits": {"ranges": [{"system": "eu-ects", "at_least": "7"}]}}, "credits.ranges[0]"),
        ({"levels": {"ranges": [{"framework": "eu-eqf", "version": "2017", "at_least": "8"}]}}, "levels.ranges[0]"),
        ({"dimension_shares": {"skills": "4/5"}}, "dimension_shares"),
    ],
)
def test_tightening_until_nothing_is_left_is_a_contradiction(says: dict[str, Any], path: str) -> None:
    child = template("child", extends="parent", **says)
    (fault,) = check_template(child, book(template(**PARENT), child))
    assert (fault.slug, fault.path) == ("contradiction", path)


def test_a_parent_must_be_there_in_exactly_that_version() -> None:
    child, old = template("child", extends="parent"), template(version="0.9")
    assert sentences(check_template(child, book(child))) == ["extends: No template 'parent' is loaded."]
    (fault,) = check_template(child, book(child, old))
    assert fault.sentence == "The template 'parent' has no version '1'; loaded are: 0.9."


def test_templates_that_run_in_a_circle_are_refused() -> None:
    one, two, three = template("a", extends="b"), template("b", extends="c"), template("c", extends="a")
    for each in (one, two, three):
        (fault,) = check_template(each, book(one, two, three))
        assert fault.slug == "template-circle"
    assert (
        "a 1, which extends b 1, which extends c 1, which extends a 1"
        in check_template(one, book(one, two, three))[0].sentence
    )


@pytest.mark.parametrize(
    ("says", "sentence"),
    [
        ({"credits": {"one_of": ["ects"]}}, "No credit system 'ects' is loaded."),
        ({"credits": {"ranges": [{"system": "ects", "at_least": "1"}]}}, "No credit system 'ects' is loaded."),
        ({"levels": {"one_of": ["eqf"]}}, "No framework 'eqf' is loaded."),
        ({"levels": {"ranges": [{**EQF_5_7, "version": "2008"}]}}, "No framework 'eu-eqf' of version '2008'"),
        ({"levels": {"ranges": [{**EQF_5_7, "at_most": "9"}]}}, "eu-eqf 2017 has no level '9'"),
        ({"levels": {"ranges": [{**EQF_5_7, "at_most": "4"}]}}, "No level is at least 5 and at most 4."),
    ],
)
def test_names_that_nothing_stands_behind_are_faults(says: dict[str, Any], sentence: str) -> None:
    one = template(**says)
    (fault,) = check_template(one, book(one), shipped().credit_systems())
    assert fault.sentence.startswith(sentence)


def test_what_holds_names_the_template_that_said_it() -> None:
    child = template("child", extends="parent", fields={"workload": {"at_most": "PT90H"}})
    both = resolved(template(**PARENT), child)
    assert both.fields["workload"] == FieldRule(at_least="PT50H", at_most="PT90H")
    assert both.origin("workload", "at_most") == "child 1"
    assert both.origin("workload", "at_least") == both.origin("credits", "eu-ects") == "parent 1"
    assert both.levels["eu-eqf"].codes == ("5", "6", "7")
    assert loosenings(child, resolved(template(**PARENT)), book()) == []


@pytest.mark.parametrize(
    ("says", "changes", "slug", "path"),
    [
        ({"fields": {"cost": {"required": True}}}, {"cost": None}, "template-required", "cost"),
        (
            {"fields": {"outcomes.verb": {"required": True}}},
            {"outcomes": [{"id": "summaries", "text": "Explain it."}, {"id": "analysis", "text": "a", "verb": "b"},
                          {"id": "honesty", "text": "c", "verb": "d"}]},
            "template-required",
            "outcomes[0].verb",
        ),
        ({"fields": {"stackability.max_share": {"required": True}}}, {"stackability": None}, "template-required",
         "stackability.max_share"),
        ({"fields": {"mode": {"fixed": "blended"}}}, {"mode": "online"}, "template-fixed", "mode"),
        ({"fields": {"mode": {"fixed": "blended"}}}, {"mode": None}, "template-fixed", "mode"),
        ({"fields": {"mode": {"allowed": ["blended", "on-site"]}}}, {"mode": "online"}, "template-allowed", "mode"),
        ({"fields": {"fields": {"one_of": ["054"]}}}, {"fields": ["0531"]}, "template-one-of", "fields"),
        ({"fields": {"fields": {"one_of": ["054"]}}}, {"fields": None}, "template-one-of", "fields"),
        ({"fields": {"fields": {"allowed": ["05"]}}}, {"fields": ["0542", "0613"]}, "template-allowed", "fields[1]"),
        ({"fields": {"language": {"allowed": ["en"]}}}, {"language": "fr"}, "template-allowed", "language"),
        (
            {"fields": {"assessments.type": {"all_of": ["project", "written-exam"]}}},
            {"assessments": [{"id": "one", "type": "project"}]},
            "template-all-of",
            "assessments",
        ),
        ({"fields": {"title": {"without_words": ["master"]}}}, {"title": "Become a Master of Data"},
         "template-without-words", "title"),
        ({"fields": {"titles": {"without_words": ["maestro"]}}}, {"titles": {"es": "Un Maestro de datos"}},
         "template-without-words", "titles.es"),
        ({"fields": {"workload": {"at_least": "PT60H"}}}, {"workload": "PT59H", "contact": None, "activities": None},
         "template-at-least", "workload"),
        ({"fields": {"workload": {"at_most": "PT60H"}}}, {"workload": "PT61H"}, "template-at-most", "workload"),
        ({"fields": {"occupations": {"entries_at_least": 1}}}, {"occupations": None}, "template-entries-at-least",
         "occupations"),
        ({"fields": {"tags": {"entries_at_most": 1}}}, {"tags": ["isced-f-2013:0541", "isced-f-2013:0542"]},
         "template-entries-at-most", "tags"),
        ({"credits": {"one_of": ["in-ncrf"]}}, {"credits": [{"system": "nz", "points": "6"}]}, "template-credits",
         "credits"),
        ({"credits": {"ranges": [{"system": "in-ncrf", "at_least": "2"}]}},
         {"credits": [{"system": "in-ncrf", "points": "1.999"}]}, "template-credits", "credits[0].points"),
        ({"credits": {"ranges": [{"system": "in-ncrf", "at_most": "2"}]}},
         {"credits": [{"system": "in-ncrf", "points": "2.001"}]}, "template-credits", "credits[0].points"),
        ({"levels": {"one_of": ["in-ncrf"]}}, {"levels": None}, "template-levels", "levels"),
        ({"levels": {"ranges": [{"framework": "in-ncrf", "version": "2023", "at_most": "5"}]}},
         {"levels": [{"framework": "in-ncrf", "version": "2023", "code": "5.5"}]}, "template-levels",
         "levels[0].code"),
        ({"levels": {"ranges": [{"framework": "in-ncrf", "version": "2023", "at_most": "5"}]}},
         {"levels": [{"framework": "in-ncrf", "version": "2022-draft", "code": "5"}]}, "template-levels",
         "levels[0].version"),
        ({"levels": {"ranges": [{"framework": "in-ncrf", "version": "2023", "at_most": "5"}]}},
         {"levels": [{"framework": "in-ncrf", "code": "5"}]}, "template-levels", "levels[0].version"),
        ({"dimension_shares": {"values": "1/4"}},
         {"outcomes": [{"id": "summaries", "text": "a", "dimension": "values", "weight": "1/5"},
                       {"id": "analysis", "text": "b", "dimension": "skills", "weight": "3/5"},
                       {"id": "honesty", "text": "c", "dimension": "skills", "weight": "1/5"}]},
         "template-dimension-shares", "outcomes"),
        ({"dimension_shares": {"values": "1/4"}},
         {"outcomes": [{"id": "summaries", "text": "a", "dimension": "values", "weight": "1/5"},
                       {"id": "analysis", "text": "b", "dimension": "skills"},
                       {"id": "honesty", "text": "c", "dimension": "skills"}]},
         "template-dimension-shares", "outcomes"),
        ({"coverage": ["taught"]}, {"content": None, "activities": [{"id": "a", "title": "a", "kind": "taught",
          "outcomes": ["summaries", "analysis"]}]}, "template-coverage", "outcomes[2]"),
        ({"coverage": ["assessed"]}, {"assessments": [{"id": "a", "outcomes": ["summaries", "honesty"]}]},
         "template-coverage", "outcomes[1]"),
        ({"coherence_review": True}, {}, "template-coherence-review", ""),
    ],
)  # fmt: skip
def test_a_unit_that_does_not_keep_a_rule_is_told_which_and_where(
    says: dict[str, Any], changes: dict[str, Any], slug: str, path: str
) -> None:
    kept = resolved(template(**says))
    found = faults_against(unit_with(**changes), kept)
    assert [(fault.slug, fault.path) for fault in found] == [(slug, path)]
    assert "(template parent 1)" in found[0].sentence


@pytest.mark.parametrize(
    "says",
    [
        {"fields": {"cost": {"required": True}, "stackability.max_share": {"required": True}}},
        {"fields": {"mode": {"fixed": "blended"}, "fields": {"one_of": ["054"], "allowed": ["05"]}}},
        {"fields": {"language": {"allowed": ["en"]}, "title": {"without_words": ["data science", "est"]}}},
        {"fields": {"workload": {"at_least": "PT60H", "at_most": "PT60H"}}},
        {"fields": {"assessments.type": {"all_of": ["project", "written-exam"]}, "tags": {"entries_at_most": 1}}},
        {"credits": {"one_of": ["in-ncrf"], "ranges": [{"system": "in-ncrf", "at_least": "2", "at_most": "2"}]}},
        {"levels": {"ranges": [{"framework": "in-ncrf", "version": "2023", "at_least": "4.5", "at_most": "4.5"}]}},
        {
            "dimension_shares": {"values": "1/4", "skills": "1/2", "knowledge": "1/4"},
            "coverage": ["taught", "assessed"],
        },
    ],
)
def test_a_unit_that_keeps_every_rule_at_its_edge_fits(says: dict[str, Any]) -> None:
    assert faults_against(sample_unit(), resolved(template(**says))) == []


def test_each_fault_carries_the_advice_of_the_template() -> None:
    kept = resolved(template(fields={"cost": {"required": True, "guidance": "Say free of charge if it is."}}))
    (fault,) = faults_against(unit_with(cost=None), kept)
    assert fault.next_step == "Say free of charge if it is."


def test_outcomes_without_weights_weigh_alike() -> None:
    outcomes = unit_with(
        outcomes=[{"id": name, "text": name} for name in ("summaries", "analysis", "honesty")]
    ).outcomes
    assert outcome_weights(outcomes) == (Fraction(1, 3),) * 3
    assert outcome_weights(sample_unit().outcomes) == (Fraction(1, 4), Fraction(1, 2), Fraction(1, 4))
    assert outcome_weights(()) == ()


@pytest.mark.parametrize("id", sorted(shipped().ids("template")))
def test_a_shipped_template_gives_a_draft_that_opens_and_is_not_yet_complete(id: str) -> None:
    kept = of_shipped(id)
    draft = start(kept, id=UUID, title="Unnamed")
    text = draft_yaml(kept, draft)
    unit = load_document(text.encode(), "draft.yaml")
    assert isinstance(unit, UnitDocument)
    assert (unit.template and unit.template.id) == id
    assert unit == UnitDocument.model_validate_json(json.dumps(draft), strict=True)
    missing = {fault.address[0] for fault in faults_against(unit, kept) if fault.address}
    assert missing >= {
        path for path, rule in kept.fields.items() if rule.required and not draft.get(path, path.count("."))
    }
    assert missing, "an empty draft is never ready to be published"
    for rule in kept.fields.values():
        assert re.sub(r"\s+", " ", rule.guidance)[:40] in re.sub(r"\s+#? ?", " ", text)


@pytest.mark.parametrize("id", sorted(shipped().ids("template")))
def test_a_shipped_template_can_be_kept(id: str) -> None:
    kept = of_shipped(id)
    found = [fault for fault in faults_against(fitting(id), kept) if fault.slug != "template-coherence-review"]
    assert found == []
    assert kept.coherence_review == (id in {"unesco-three-dimensions", "sample-statistics-units"})


def test_there_are_templates_for_every_part_of_the_system() -> None:
    found = shipped().templates()
    assert len(found) >= 10
    assert set(FITTING) == {one.id for one in found}
    assert {one.scope for one in found} == {"subject", "professional", "occupational", "institution", "faculty"}
    assert all(rule.guidance for one in found for rule in of_shipped(one.id).fields.values() if rule.required)


@pytest.mark.parametrize(
    ("id", "changes", "sentence"),
    [
        ("eu-micro-credential", {"mode": None}, "`mode` is missing"),
        ("eu-micro-credential", {"quality_assurance": None}, "`quality_assurance` is missing"),
        ("emc-cmf", {"workload": "PT151H"}, "151 hours are more than the 150 hours allowed"),
        ("emc-cmf", {"workload": "PT99H", "contact": None, "activities": None}, "99 hours are less than the 100"),
        ("emc-cmf", {"credits": [{"system": "uk", "points": "16"}]}, "more than the 15 allowed"),
        ("emc-cmf", {"levels": [{"framework": "eu-eqf", "version": "2017", "code": "5"}]}, "level 5 of eu-eqf"),
        ("emc-cmf", {"stackability": {"kind": "stand-alone"}}, "it must be 'stackable'"),
        ("emc-cmf", {"stackability": {"kind": "stackable"}}, "`counts_towards` is missing"),
        ("emc-cmf", {"supervision": "supervised without identity check"}, "is not allowed here"),
        ("nl-microcredential", {"credits": [{"system": "eu-ects", "points": "2.5"}]}, "less than the 3 asked for"),
        ("nl-microcredential", {"credits": [{"system": "eu-ects", "points": "30.5"}]}, "more than the 30 allowed"),
        ("nz-microcredential", {"credits": [{"system": "nz", "points": "41"}]}, "more than the 40 allowed"),
        ("nz-microcredential", {"title": "National Skills"}, "it holds the word 'national'"),
        ("nz-microcredential", {"evidence_of_need": None}, "`evidence_of_need` is missing"),
        ("au-national-microcredential", {"workload": "PT600H"}, "600 hours are more than the 599 hours"),
        ("au-national-microcredential", {"workload": "PT30M", "contact": None, "activities": None}, "0.5 hours"),
        ("my-micro-credential", {"stackability": None}, "`stackability` is missing"),
        ("in-swayam-online-course", {"mode": "blended"}, "it must be 'online'"),
        ("in-swayam-online-course", {"assessments": [{"id": "a", "type": "written-exam", "supervision":
          "unsupervised without identity check"}]}, "supervised online or on site with identity check"),
        ("esco-occupation", {"occupations": None}, "`occupations` is missing"),
        ("regulated-profession", {"quality_assurance": [{"type": "professional-accreditation", "body": "b"}]},
         "`register_id` is missing"),
        ("mathematics-statistics", {"fields": ["0531"]}, "at least one must stand at `fields`: 054"),
        ("work-placement", {"mode": "on-site"}, "it must be 'work-experience'"),
        ("capstone-project", {"workload": "PT99H", "contact": None, "activities": None}, "99 hours are less"),
        ("sample-statistics-units", {"awarding_body": "did:web:other.example"}, "must be 'did:web:university.example'"),
        ("sample-statistics-units", {"language": "nl"}, "it must be 'en'"),
    ],
)  # fmt: skip
def test_a_shipped_template_refuses_what_its_source_refuses(id: str, changes: dict[str, Any], sentence: str) -> None:
    found = " ".join(sentences(faults_against(fitting(id, **changes), of_shipped(id))))
    assert sentence.casefold() in found.casefold()


def test_the_chain_of_samples_locks_and_narrows() -> None:
    chain = of_shipped("sample-statistics-units")
    assert [one.scope for one in chain.chain] == ["subject", "faculty", "institution", "institution"]
    assert chain.origin("awarding_body", "fixed") == "sample-university 1"
    assert chain.origin("workload", "at_most") == "sample-faculty-of-science 1"
    assert (chain.credit_ranges["eu-ects"].at_least, chain.credit_ranges["eu-ects"].at_most) == ("2", "15")


def test_a_template_that_loosens_keeps_a_whole_catalogue_from_loading() -> None:
    parent = shipped().template("sample-university")
    child = template("child", extends="sample-university", fields={"country": {"fixed": "BE"}})
    assert isinstance(parent, Template)
    found = shipped().faults(child)
    assert [(fault.slug, fault.path) for fault in found] == [("loosened", "fields.country.fixed")]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"stackability.max_share": {"default": "1/2"}}, "stackability.kind"),
        ({"workload": {"default": "PT10H"}, "contact": {"fixed": "PT20H"}}, "more than the whole workload"),
        ({"stackability.kind": {"fixed": "stand-alone"}, "stackability.counts_towards": {"default": ["a"]}}, "nothing"),
    ],
)
def test_values_that_contradict_each_other_cannot_start_a_draft(fields: dict[str, Any], words: str) -> None:
    one = template(fields=fields)
    (fault,) = check_template(one, book(one))
    assert (fault.slug, fault.path) == ("contradiction", "fields")
    assert words in fault.sentence


def test_a_locked_title_stands_and_a_suggested_one_gives_way() -> None:
    locked = resolved(template(fields={"title": {"fixed": "Safety at Work"}}))
    assert start(locked, id=UUID, title="Mine")["title"] == "Safety at Work"
    suggested = resolved(template(fields={"title": {"default": "Safety at Work"}}))
    assert start(suggested, id=UUID, title="Mine")["title"] == "Mine"


READABLE = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")) | st.just("\n")


@settings(max_examples=150, deadline=None)
@given(st.text(READABLE, min_size=1, max_size=200), st.text(READABLE, min_size=1, max_size=60))
def test_a_draft_says_in_yaml_what_it_says_as_data_whatever_the_title(title: str, name: str) -> None:
    kept = resolved(template(title=name, fields={"purpose": {"default": title}, "cost": {"required": True}}))
    draft = start(kept, id=UUID, title=title)
    unit = load_document(draft_yaml(kept, draft).encode(), "draft.yaml")
    assert isinstance(unit, UnitDocument)
    assert (unit.title, unit.purpose, unit.cost) == (title, title, "")
