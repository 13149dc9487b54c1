"""An achievement is complete, or it is refused with the element that is missing."""

from dataclasses import replace
from typing import Any

import pytest

from creditbank.credential import Achievement, Level, Outcome, UnreadableAchievement
from creditbank.units import NONE, CreditAmount, Credits

UNIT = Achievement(
    id="urn:uuid:00000000-0000-4000-8000-00000000000a",
    version="2",
    name="Introduction to statistics",
    description="A sample unit.",
    criteria="Pass the written examination.",
    credits=CreditAmount("eu-ects", Credits.parse("2.5")),
    level=Level("eu-eqf", "6", "2017"),
    workload="PT65H",
    categories=("kr-acbs:major", "quantitative"),
    source_type="accredited-course",
    mode="blended",
    outcomes=(Outcome("Explains a mean.", "knowledge"), Outcome("Fits a line.", "skills")),
    assessment="written examination",
    quality_assurance="self-declared",
    supervision="supervised without identity check",
    content="statistics-1",
    language="en",
    country="EE",
)


def test_an_achievement_reads_back_what_it_wrote() -> None:
    assert Achievement.from_json(UNIT.to_json()) == UNIT
    bare = replace(UNIT, level=None, categories=(), supervision="", content="")
    assert Achievement.from_json(bare.to_json()) == bare


@pytest.mark.parametrize("shown", [60, 2, "2.5", True, [2.5]])
def test_an_amount_that_wallets_would_show_is_the_amount_that_counts(shown: Any) -> None:
    """Threat 1: one signature, and two readers who see different credits."""
    with pytest.raises(UnreadableAchievement, match="Wallets would show") as refusal:
        Achievement.from_json(UNIT.to_json() | {"creditsAvailable": shown})
    assert refusal.value.place == "/creditsAvailable"
    assert Achievement.from_json(UNIT.to_json() | {"creditsAvailable": 2.5}) == UNIT


def test_the_elements_the_eu_asks_for_are_machine_readable() -> None:
    """Council Recommendation 2022/C 243/02, Annex I; learner, issuer and date stand in the credential."""
    document = UNIT.to_json()
    assert document["name"] == "Introduction to statistics"
    assert document["workload"] == "PT65H"
    assert document["assessmentType"] == "written examination"
    assert document["deliveryMode"] == "blended"
    assert document["qualityAssurance"] == "self-declared"
    assert document["awardingCountry"] == "EE"
    assert document["learningOutcome"][0]["outcomeDimension"] == "knowledge"  # type: ignore[index,call-overload]
    (level,) = document["alignment"]  # type: ignore[misc]
    assert level["targetFramework"] == "eu-eqf"
    assert level["targetType"].startswith("ext:")  # 1EdTech's schema refuses another word here


def test_credits_are_texts_beside_their_system_and_never_floats() -> None:
    half = UNIT.to_json()
    assert (half["creditSystem"], half["creditPoints"]) == ("eu-ects", "2.5")
    assert "creditsAvailable" not in half
    whole = replace(UNIT, credits=CreditAmount("eu-ects", Credits.parse("3"))).to_json()
    assert whole["creditsAvailable"] == 3
    assert type(whole["creditsAvailable"]) is int


def test_a_document_carries_no_empty_promises() -> None:
    bare = replace(UNIT, level=None, categories=(), supervision="", content="").to_json()
    assert not {"alignment", "category", "supervision", "contentKey"} & bare.keys()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"id": "statistics"}, "/id"),
        ({"id": "urn:a b"}, "/id"),
        ({"version": ""}, "/version"),
        ({"name": "  "}, "/name"),
        ({"criteria": ""}, "/criteria"),
        ({"assessment": ""}, "/assessment"),
        ({"quality_assurance": ""}, "/quality_assurance"),
        ({"credits": CreditAmount("eu-ects", NONE)}, "/credits"),
        ({"credits": CreditAmount("", Credits(1000))}, "/credits"),
        ({"workload": "P60M"}, "/workload"),  # sixty months, as the Commission's own sample writes it
        ({"workload": "PT0H"}, "/workload"),
        ({"workload": "60"}, "/workload"),
        ({"workload": "PT٦H"}, "/workload"),
        ({"outcomes": ()}, "/outcomes"),
        ({"outcomes": (Outcome(" ", "skills"),)}, "/outcomes"),
        ({"outcomes": (Outcome("x", "Skills!"),)}, "/outcomes"),
        ({"categories": ("Major",)}, "/categories"),
        ({"source_type": ""}, "/source_type"),
        ({"mode": "hybrid"}, "/mode"),
        ({"supervision": "yes"}, "/supervision"),
        ({"country": "Estonia"}, "/country"),
        ({"language": "English"}, "/language"),
    ],
)
def test_an_incomplete_or_malformed_achievement_is_refused(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(UnreadableAchievement) as refused:
        replace(UNIT, **changes)
    assert refused.value.place == place


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"name": None}, "/a/name"),
        ({"name": {"en": "x"}}, "/a/name"),
        ({"criteria": "x"}, "/a/criteria"),
        ({"criteria": {}}, "/a/criteria/narrative"),
        ({"creditPoints": 2.5}, "/a/creditPoints"),
        ({"creditPoints": "2,5"}, "/a/creditPoints"),
        ({"creditPoints": "-1"}, "/a/creditPoints"),
        ({"creditSystem": None}, "/a/creditSystem"),
        ({"category": [7]}, "/a/category"),
        ({"learningOutcome": ["x"]}, "/a/learningOutcome/0"),
        ({"learningOutcome": [{"description": "x"}]}, "/a/learningOutcome/0/outcomeDimension"),
        ({"alignment": [UNIT.to_json()["alignment"][0]] * 2}, "/a/alignment"),  # type: ignore[index,call-overload]
    ],
)
def test_an_achievement_is_read_strictly_with_json_pointers(changes: dict[str, Any], place: str) -> None:
    """Threats 7 and 58: credits are texts, and only one level can be claimed."""
    with pytest.raises(UnreadableAchievement) as refused:
        Achievement.from_json({**UNIT.to_json(), **changes}, place="/a")
    assert refused.value.place == place


def test_what_is_no_object_is_no_achievement() -> None:
    with pytest.raises(UnreadableAchievement):
        Achievement.from_json([])
