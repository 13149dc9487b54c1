"""The coherence checklist: each point says yes, no, or that it cannot say; a review changes none of them."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_reviews import review_bytes, review_of
from sample_templates import fitting, shipped
from sample_units import unit_with

from creditbank.framework import (
    ITEMS,
    PARTS,
    CoherenceItem,
    CoherenceLists,
    CoherenceReview,
    DocumentFaults,
    OutcomeVerbs,
    State,
    UnitDocument,
    check_coherence,
    combine,
    load_document,
    path_text,
    review_form,
)

LISTS = shipped().coherence_lists()
VERBS = LISTS.verbs_in("en")
assert VERBS is not None


def whole(**changes: Any) -> UnitDocument:
    """A unit in which every point holds, with some keys changed."""
    return fitting("unesco-three-dimensions", **changes)


def item(unit: UnitDocument, id: str, lists: CoherenceLists = LISTS) -> CoherenceItem:
    return next(one for one in check_coherence(unit, lists).items if one.id == id)


def parts(key: str) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = whole().model_dump(mode="json", exclude_defaults=True)[key]
    return plain


def without(key: str, index: int, *names: str, **changes: Any) -> dict[str, Any]:
    """The list of this key with one entry that lacks some names, or says something else."""
    listed = parts(key)
    listed[index] = {name: value for name, value in (listed[index] | changes).items() if name not in names}
    return {key: listed}


def test_a_whole_unit_holds_in_every_point_of_all_three_parts() -> None:
    report = check_coherence(whole(), LISTS)
    assert [one.id for one in report.items if one.state is not State.HOLDS] == []
    assert report.state is State.HOLDS
    assert {one.part for one in report.items} == set(PARTS)
    assert tuple(one.id for one in report.items) == ITEMS


def test_of_a_unit_that_says_nothing_no_point_holds() -> None:
    bare = b'document: creditbank/unit/v1\nid: urn:example:u\nversion: "1"\ntitle: Statistics\n'
    unit = load_document(bare)
    assert isinstance(unit, UnitDocument)
    report = check_coherence(unit, LISTS)
    assert {one.state for one in report.items} == {State.NOT_STATED}
    assert all(finding.sentence for one in report.items for finding in one.findings)


UNSAID = State.NOT_STATED
NO = State.DOES_NOT_HOLD
OPEN = State.NOT_JUDGED


@pytest.mark.parametrize(
    ("id", "changes", "state", "path", "words"),
    [
        ("purpose-stated", {"purpose": " "}, UNSAID, "purpose", "what the unit is for"),
        (
            "outcomes-stated",
            {"outcomes": [*parts("outcomes"), *({"id": f"o{n}", "text": "Explain it."} for n in range(10))]},
            NO,
            "outcomes",
            "13 outcomes are more than a small unit",
        ),
        ("dimensions-covered", without("outcomes", 2, dimension="skills"), NO, "outcomes", "attitudes and values"),
        (
            "dimensions-covered",
            without("outcomes", 1, "dimension"),
            UNSAID,
            "outcomes[1]",
            "knowledge, skills or values",
        ),
        (
            "outcomes-observable",
            without("outcomes", 0, text="Understand models."),
            NO,
            "outcomes[0].text",
            "explain, summarise or illustrate",
        ),
        (
            "outcomes-observable",
            without("outcomes", 0, text="Know what a model leaves out."),
            NO,
            "outcomes[0].text",
            "Nobody can see whether a learner does 'know'",
        ),
        ("outcomes-observable", without("outcomes", 0, text="Grok models."), OPEN, "outcomes[0].text", "nobody judged"),
        (
            "outcomes-observable",
            without("outcomes", 0, text="Understand models.", verb="explain"),
            NO,
            "outcomes[0].verb",
            "its text does not say so",
        ),
        ("outcomes-observable", {"language": "ko"}, OPEN, "language", "no list of verbs in ko"),
        ("outcomes-observable", {"language": None}, UNSAID, "language", "which language"),
        (
            "verbs-fit-level",
            without("outcomes", 0, text="List the parts of a model."),
            NO,
            "outcomes[0].text",
            "'list' is usual below level 6 of eu-eqf",
        ),
        (
            "verbs-fit-level",
            {"levels": [{"framework": "eu-eqf", "version": "2017", "code": "2"}]},
            NO,
            "outcomes[1].text",
            "'analyse' is usual above level 2 of eu-eqf",
        ),
        ("verbs-fit-level", without("outcomes", 1, text="Grok a data set."), OPEN, "outcomes[1].text", "nobody judged"),
        ("verbs-fit-level", without("outcomes", 1, text="Understand it."), OPEN, "outcomes[1].text", "nobody judged"),
        ("verbs-fit-level", {"levels": None}, UNSAID, "levels", "No level is stated"),
        (
            "verbs-fit-level",
            {"levels": [{"framework": "kr-acbs", "code": "1"}]},
            OPEN,
            "levels",
            "says nothing about level 1 of kr-acbs",
        ),
        ("workload-adds-up", {"workload": "PT121H"}, NO, "activities", "Add what fills the other 1"),
        ("workload-adds-up", {"workload": "PT119H", "contact": None}, NO, "workload", "more than the 119 hours"),
        (
            "workload-adds-up",
            {"workload": "PT121H", "workload_explained": "An hour to find the way."},
            OPEN,
            "workload_explained",
            "a reviewer judges",
        ),
        ("workload-adds-up", {"workload": None}, UNSAID, "workload", "such as PT60H"),
        ("workload-adds-up", without("activities", 0, "workload"), UNSAID, "activities[0].workload", "such as PT4H"),
        (
            "credits-fit-workload",
            {"credits": [{"system": "eu-ects", "points": "3"}]},
            NO,
            "credits[0]",
            "75 to 90",
        ),
        ("credits-fit-workload", {"credits": [{"system": "eu-ects", "points": "5"}]}, NO, "credits[0]", "125 to 150"),
        (
            "credits-fit-workload",
            {"credits": [{"system": "own", "points": "4"}]},
            OPEN,
            "credits[0]",
            "Nothing is",
        ),
        ("credits-fit-workload", {"credits": None}, UNSAID, "credits", "No credits are stated"),
        (
            "credits-fit-workload",
            {"credits": [{"system": "kr", "points": "3"}], "contact": None},
            UNSAID,
            "contact",
            "how many hours stand behind",
        ),
        (
            "credits-fit-workload",
            {"credits": [{"system": "eu-ects", "points": "5"}], "workload_explained": "Learners know half of it."},
            OPEN,
            "credits[0]",
            "a reviewer judges",
        ),
        (
            "outcomes-taught",
            {**without("content", 0, outcomes=["models"]), **without("activities", 1, outcomes=["models", "analysis"])},
            NO,
            "outcomes[2]",
            "'honesty' is not taught",
        ),
        ("content-serves-outcomes", without("content", 0, "outcomes"), NO, "content[0]", "serves no outcome"),
        ("content-serves-outcomes", {"content": None}, UNSAID, "content", "No content is stated"),
        ("materials-stated", without("content", 0, "materials"), UNSAID, "content[0].materials", "read, watch or use"),
        ("materials-in-reach", {"mode": "online"}, UNSAID, "content[0].materials[0].url", "give its url"),
        ("materials-in-reach", without("content", 0, "materials"), UNSAID, "content", "No materials are named"),
        ("outcomes-practised", without("activities", 0, outcomes=["models"]), NO, "outcomes[1]", "is not practised"),
        ("activities-serve-outcomes", without("activities", 1, "outcomes"), NO, "activities[1]", "serves no outcome"),
        ("interaction", without("activities", 1, "interaction"), NO, "activities", "with a teacher"),
        (
            "interaction",
            {"activities": [{**one, "interaction": []} for one in parts("activities")]},
            UNSAID,
            "activities",
            "with whom learners interact",
        ),
        ("participation-agrees", {"mode": "online"}, NO, "activities[1].mode", "The unit is online, and 'Meetings'"),
        ("participation-agrees", {"mode": "on-site"}, NO, "activities[0].mode", "The unit is on site, and 'The work'"),
        ("participation-agrees", without("activities", 1, mode="online"), NO, "activities", "said to be at a place"),
        ("participation-agrees", without("activities", 1, "mode"), UNSAID, "activities", "Say of each activity"),
        ("participation-agrees", {"mode": "work-experience"}, NO, "activities", "no activity is work-based"),
        ("participation-agrees", {"mode": None}, UNSAID, "mode", "in which form"),
        (
            "participation-agrees",
            {"mode": "online", **without("activities", 1, "mode")},
            UNSAID,
            "activities[1].mode",
            "has a venue",
        ),
        (
            "venues-stated",
            without("activities", 1, "venue"),
            UNSAID,
            "activities[1].venue",
            "where 'Meetings'",
        ),
        ("outcomes-assessed", without("assessments", 0, outcomes=["models"]), State.HOLDS, "outcomes", "is assessed"),
        (
            "outcomes-assessed",
            {"assessments": [{**one, "outcomes": ["models", "honesty"]} for one in parts("assessments")]},
            NO,
            "outcomes[1]",
            "'analysis' is not assessed",
        ),
        ("outcomes-assessed", {"assessments": None}, UNSAID, "assessments", "nobody can know"),
        (
            "assessments-serve-outcomes",
            without("assessments", 1, "outcomes"),
            NO,
            "assessments[1]",
            "covers no outcome",
        ),
        (
            "assessment-weights",
            {"assessments": [{**one, "weight": None} for one in parts("assessments")]},
            UNSAID,
            "assessments[0]",
            "such as 1/2",
        ),
        (
            "assessment-weights",
            {
                "assessments": [
                    {**parts("assessments")[0], "purpose": "formative"},
                    {**parts("assessments")[1], "weight": "1/2"},
                ]
            },
            NO,
            "assessments",
            "weigh 1/2 together",
        ),
        (
            "assessment-fits-dimensions",
            {"assessments": [{**one, "type": "quiz"} for one in parts("assessments")]},
            NO,
            "outcomes[1]",
            "quiz cannot show by itself",
        ),
        (
            "assessment-fits-dimensions",
            {"assessments": [{**one, "type": "seance"} for one in parts("assessments")]},
            OPEN,
            "outcomes[0]",
            "what seance can show",
        ),
        (
            "assessment-fits-dimensions",
            {"assessments": [{**one, "type": None} for one in parts("assessments")]},
            UNSAID,
            "outcomes[0]",
            "of which type",
        ),
        (
            "supervision-stated",
            {"supervision": None, **without("assessments", 1, "supervision")},
            UNSAID,
            "assessments[1]",
            "is supervised",
        ),
    ],
)
def test_a_point_says_what_is_wrong_where_and_what_to_do(
    id: str, changes: dict[str, Any], state: State, path: str, words: str
) -> None:
    found = item(whole(**changes), id)
    told = [one for one in found.findings if one.state is state and path_text(one.address) == path]
    assert found.state is state, found.findings
    assert told, found.findings
    assert words in " ".join(one.sentence for one in told)


def test_every_point_has_a_case_in_which_it_is_no_yes() -> None:
    marks = test_a_point_says_what_is_wrong_where_and_what_to_do.pytestmark  # type: ignore[attr-defined]
    assert {case[0] for case in marks[0].args[1] if case[2] is not State.HOLDS} == set(ITEMS)


def test_without_lists_nothing_about_verbs_credits_or_assessment_is_a_yes() -> None:
    report = check_coherence(whole(), CoherenceLists())
    open_ones = {one.id for one in report.items if one.state is State.NOT_JUDGED}
    assert open_ones == {
        "outcomes-observable",
        "verbs-fit-level",
        "credits-fit-workload",
        "assessment-fits-dimensions",
    }


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Explain what a mean hides.", "explain"),
        ("Explains what a mean hides.", "explain"),
        ("Be able to calculate a mean.", "calculate"),
        ("Learners will be able to carry out a survey.", "carry out"),
        ("Carries out a survey.", "carry out"),
        ("By the end of the unit, students can critically evaluate a source.", "evaluate"),
        ("Take responsibility for the data they publish.", "take responsibility for"),
        ("Applying the law of large numbers", "apply"),
        ("Understand distributions.", "understand"),
        ("Gain insight into distributions.", "gain insight into"),
        ("Be aware of bias.", "be aware of"),
        ("Explanatory power of a model", None),
        ("Grok distributions.", None),
        ("Really, truly, deeply, madly explain it.", None),
        ("", None),
        ("12 % of it", None),
    ],
)
def test_the_verb_of_an_outcome_is_found_at_its_beginning_or_not_at_all(text: str, verb: str | None) -> None:
    assert VERBS is not None
    assert VERBS.verb_in(text) == verb


def test_a_verb_fits_every_band_of_every_group_it_stands_in() -> None:
    assert VERBS is not None
    assert VERBS.bands_of("list") == ("foundation", "intermediate")
    assert VERBS.bands_of("create") == ("foundation", "intermediate", "advanced", "expert")
    assert VERBS.bands_of("grok") == VERBS.bands_of("understand") == ()


def test_the_list_of_a_language_is_found_and_that_of_another_is_not() -> None:
    assert LISTS.verbs_in("en-GB") == LISTS.verbs_in("en")
    assert LISTS.verbs_in("fr") is None
    assert LISTS.verbs_in(None) is None


def test_every_level_of_the_bands_exists_and_every_listed_verb_finds_itself() -> None:
    assert VERBS is not None
    assert shipped().faults(VERBS) == []
    listed = [verb for group in VERBS.groups for verb in group.verbs] + [one.verb for one in VERBS.not_observable]
    assert [verb for verb in listed if verb != "be able" and VERBS.verb_in(f"{verb} something") is None] == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"groups": [{"id": "a", "title": "a", "bands": ["none"], "verbs": ["list"]}]}, "no band 'none'"),
        ({"groups": [{"id": "a", "title": "a", "bands": ["expert"], "verbs": ["know"]}]}, "among not_observable too"),
        ({"groups": [{"id": "a", "title": "a", "bands": ["expert"], "verbs": ["list", "list"]}]}, "stands twice"),
        ({"groups": [{"id": "a", "title": "a", "bands": ["expert"], "verbs": ["List"]}]}, "has capitals"),
    ],
)
def test_a_list_of_verbs_that_contradicts_itself_is_refused(changes: dict[str, Any], sentence: str) -> None:
    assert VERBS is not None
    plain = {**VERBS.model_dump(mode="json", exclude_defaults=True), **changes}
    with pytest.raises(DocumentFaults, match=f"(?i){sentence}"):
        load_document(json.dumps(plain).encode(), "verbs.json")


def test_bands_that_name_levels_which_do_not_exist_are_faults() -> None:
    assert VERBS is not None
    plain = VERBS.model_dump(mode="json", exclude_defaults=True)
    plain["bands"][0]["levels"] += [{"framework": "eu-eqf", "codes": ["9"]}, {"framework": "xx-none", "codes": ["1"]}]
    found = shipped().faults(OutcomeVerbs.model_validate_json(json.dumps(plain), strict=True))
    assert [fault.slug for fault in found] == ["unknown-level", "unknown-document-named"]


def test_a_review_of_this_text_that_answers_everything_makes_it_coherent() -> None:
    unit = whole(purpose=None, mode="online")
    both = combine(check_coherence(unit, LISTS), review_of(unit))
    assert both.coherent
    assert both.open_items == ()


def test_a_changed_unit_is_unreviewed_and_says_so() -> None:
    before, after = whole(purpose=None), whole(purpose=None, title="Another title")
    assert any(one.said for one in combine(check_coherence(before, LISTS), review_of(before)).items)
    both = combine(check_coherence(after, LISTS), review_of(before))
    assert not both.bound
    assert not both.coherent
    assert "this one is unreviewed" in both.why_not
    assert all(one.said is None for one in both.items)


@pytest.mark.parametrize(
    ("finding", "changes", "why"),
    [
        (None, {"purpose": None}, "purpose-stated: it is not stated, and no reviewer says anything about it"),
        (None, without("outcomes", 0, text="Grok it."), "outcomes-observable: it is not judged"),
        (
            None,
            without("content", 0, "outcomes"),
            "content-serves-outcomes: it does not hold, and no reviewer says why",
        ),
        ("agrees", without("content", 0, "outcomes"), "content-serves-outcomes: it does not hold"),
        ("remark", without("content", 0, "outcomes"), "content-serves-outcomes: it does not hold"),
        ("disagrees", {}, "purpose-stated: the reviewer objects"),
    ],
)
def test_a_point_left_open_keeps_a_unit_from_being_coherent(
    finding: str | None, changes: dict[str, Any], why: str
) -> None:
    unit = whole(**changes)
    said = [] if finding is None else [{"item": why.partition(":")[0], "finding": finding, "text": "So it is."}]
    both = combine(check_coherence(unit, LISTS), review_of(unit, findings=said))
    assert both.bound
    assert not both.coherent
    assert why in both.why_not


@pytest.mark.parametrize(
    ("conclusion", "why"), [("open", "not concluded"), ("not coherent", "concludes that it is not coherent")]
)
def test_a_conclusion_is_the_reviewers(conclusion: str, why: str) -> None:
    unit = whole()
    both = combine(check_coherence(unit, LISTS), review_of(unit, conclusion=conclusion))
    assert why in both.why_not


def test_without_a_review_a_unit_is_not_reviewed_however_well_it_holds() -> None:
    both = combine(check_coherence(whole(), LISTS), None)
    assert both.why_not == "it was not reviewed"
    assert not both.coherent


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"findings": [{"item": "harmony", "finding": "agrees"}]}, "no point 'harmony'"),
        ({"findings": [{"item": "interaction", "finding": "agrees"}] * 2}, "stands twice"),
        ({"findings": [{"item": "interaction", "finding": "disagrees"}]}, "says why"),
        ({"findings": [{"item": "interaction", "finding": "remark", "text": " "}]}, "says why"),
        ({"conclusion": "fine"}, "open, coherent or not coherent"),
        ({"unit": {"id": "urn:a:b", "version": "1", "digest": "sha256:1"}}, "is not a digest"),
        ({"date": "2026-02-30"}, "not a day of the calendar"),
    ],
)
def test_a_review_that_says_nothing_usable_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(DocumentFaults) as caught:
        load_document(review_bytes(whole(), **changes), "review.json")
    assert sentence.casefold() in str(caught.value).casefold()


def test_the_form_of_a_review_opens_and_agrees_with_nothing() -> None:
    unit = unit_with(language="ko")
    report = check_coherence(unit, LISTS)
    text = review_form(report, id="review-1", reviewer='the "reader" of another faculty', day=date(2026, 2, 1))
    review = load_document(text.encode(), "review.yaml")
    assert isinstance(review, CoherenceReview)
    assert (review.findings, review.conclusion) == ((), "open")
    assert review.reviewer == 'the "reader" of another faculty'
    both = combine(report, review)
    assert both.bound
    assert not both.coherent
    assert all(f"{{item: {id}," in text for id in ITEMS)


FINDINGS = st.dictionaries(st.sampled_from(ITEMS), st.sampled_from(["agrees", "disagrees", "remark"]))
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "purpose": st.sampled_from([None, "A first step."]),
        "mode": st.sampled_from(["online", "on-site", "blended", None]),
        "language": st.sampled_from(["en", "ko", None]),
        "workload": st.sampled_from(["PT120H", "PT121H", None]),
        "content": st.sampled_from([None, parts("content")]),
        "assessments": st.sampled_from([None, parts("assessments")]),
        "activities": st.sampled_from([None, parts("activities")[1:]]),
    },
)


@settings(max_examples=150, deadline=None)
@given(CHANGES, FINDINGS, st.sampled_from(["open", "coherent", "not coherent"]))
def test_no_review_ever_changes_a_point_and_none_makes_a_tick_of_what_is_not_stated(
    changes: dict[str, Any], said: dict[str, str], conclusion: str
) -> None:
    unit = whole(contact=None, **changes)
    report = check_coherence(unit, LISTS)
    findings = [{"item": id, "finding": one, "text": "So it is."} for id, one in said.items()]
    both = combine(report, review_of(unit, findings=findings, conclusion=conclusion))
    assert [one.state for one in both.items] == [one.state for one in report.items]
    answered = all(
        one.state is State.HOLDS or (one.said is not None and (one.state is not NO or one.said.finding == "disagrees"))
        for one in both.items
    )
    objected = any(one.state is State.HOLDS and said.get(one.item.id) == "disagrees" for one in both.items)
    assert both.coherent == (conclusion == "coherent" and answered and not objected)
