"""Malta: accredited awards at the level add up to a qualification, and no others do."""

from typing import Any

import pytest
from ruleset_samples import TODAY, blamed, less, rules, unit, weigh

from creditbank.framework import Qualification, Register
from creditbank.framework.tightening import loosenings
from creditbank.stacking import Candidate, Evaluation

SIZES = [
    ("mt-mqf-qualification-1", "1", "40", "B"),
    ("mt-mqf-qualification-2", "2", "60", "1"),
    ("mt-mqf-qualification-3", "3", "60", "2"),
    ("mt-mqf-qualification-4", "4", "120", "3"),
    ("mt-mqf-qualification-5", "5", "60", "4"),
    ("mt-mqf-pre-tertiary-certificate", "4", "30", "3"),
    ("mt-mqf-ug-certificate", "5", "30", "4"),
    ("mt-mqf-ug-diploma", "5", "60", "4"),
    ("mt-mqf-ug-higher-diploma", "5", "90", "4"),
    ("mt-mqf-foundation-degree", "5", "120", "4"),
    ("mt-mqf-bachelor", "6", "180", "5"),
    ("mt-mqf-pg-certificate", "7", "30", "6"),
    ("mt-mqf-pg-diploma", "7", "60", "6"),
    ("mt-mqf-master", "7", "90", "6"),
]
COLLEGE, OTHER = "did:web:college.example", "did:web:unknown.example"


def register(**accreditation: Any) -> Register:
    """A made-up register in which one college is accredited, for everything unless the changes say less."""
    entry = {
        "id": "sample-1",
        "by": "did:web:agency.example",
        "kind": "institution",
        "decision": "accredited",
        "valid_from": "2020-01-01",
        **accreditation,
    }
    college = {
        "id": COLLEGE,
        "dids": [COLLEGE],
        "names": ["Sample College"],
        "country": "MT",
        "accreditations": [entry],
    }
    return Register.model_validate(
        {
            "document": "creditbank/register/v1",
            "id": "sample-register",
            "title": "Sample register",
            "publisher": "Sample Agency",
            "taken": TODAY.isoformat(),
            "complete": True,
            "sample": True,
            "sources": [{"name": "made for tests"}],
            "bodies": [college],
        }
    )


def two_halves(qualification: Qualification, level: str, total: str, *, provider: str = COLLEGE) -> list[Candidate]:
    """An award of one credit, and another of the rest."""
    rest = f"{int(total) - 1}"
    return [
        unit(qualification, "small", "1", level=level, provider=COLLEGE),
        unit(qualification, "large", rest, level=level, provider=provider),
    ]


def judged(qualification: Qualification, candidates: list[Candidate], **accreditation: Any) -> Evaluation:
    return weigh(qualification, candidates, register=register(**accreditation))


@pytest.mark.parametrize(("id", "level", "size", "below"), SIZES)
def test_awards_become_a_qualification_when_they_reach_its_size(id: str, level: str, size: str, below: str) -> None:
    qualification = rules(id)
    assert judged(qualification, two_halves(qualification, level, size)).adds_up
    short = [
        unit(qualification, "small", "1", level=level, provider=COLLEGE),
        unit(qualification, "large", less(str(int(size) - 1)), level=level, provider=COLLEGE),
    ]
    assert blamed(judged(qualification, short)) == {"credits"}
    assert blamed(judged(qualification, two_halves(qualification, below, size))) == {"credits"}


@pytest.mark.parametrize(("id", "level", "size", "below"), SIZES)
def test_an_award_of_a_provider_that_is_not_accredited_counts_for_nothing(
    id: str, level: str, size: str, below: str
) -> None:
    qualification = rules(id)
    found = judged(qualification, two_halves(qualification, level, size, provider=OTHER))
    assert blamed(found) == {"credits"}
    assert [left.credential for left in found.not_counted if left.slug != "left-over"] == ["urn:uuid:large"]


DIPLOMA = "mt-mqf-qualification-4"


@pytest.mark.parametrize(
    ("accreditation", "adds_up"),
    [
        ({"valid_from": "2026-03-02"}, True),
        ({"valid_from": "2026-03-03"}, False),
        ({"valid_until": "2026-03-02"}, True),
        ({"valid_until": "2026-03-01"}, False),
        ({"levels": [{"framework": "mt-mqf", "codes": ["4"]}]}, True),
        ({"levels": [{"framework": "mt-mqf", "codes": ["3", "5"]}]}, False),
        ({"decision": "refused"}, False),
    ],
)
def test_accredited_means_on_the_day_and_at_the_level(accreditation: dict[str, Any], *, adds_up: bool) -> None:
    """The awards were earned on 2 March 2026."""
    qualification = rules(DIPLOMA)
    assert judged(qualification, two_halves(qualification, "4", "120"), **accreditation).adds_up is adds_up


def test_without_a_register_nothing_is_taken_as_accredited() -> None:
    qualification = rules(DIPLOMA)
    assert not weigh(qualification, two_halves(qualification, "4", "120")).adds_up


def with_compulsory_award(national: Qualification) -> Qualification:
    """A made-up programme that names its compulsory award, as a provider would."""
    document = national.model_dump(mode="json")
    document |= {"id": "mt-mqf-sample-programme", "tightens": {"id": national.id, "version": national.version}}
    document["requires"]["of"].append(
        {
            "id": "compulsory",
            "title": "The compulsory award",
            "kind": "limit",
            "over": "counted",
            "where": {"achievement": ["urn:achievement:small"]},
            "units_at_least": 1,
        }
    )
    return Qualification.model_validate(document)


def test_a_programme_can_name_its_compulsory_awards() -> None:
    national = rules(DIPLOMA)
    programme = with_compulsory_award(national)
    assert loosenings(programme, national) == []
    both = two_halves(programme, "4", "120")
    assert judged(programme, both).adds_up
    instead = [unit(programme, "another", "1", level="4", provider=COLLEGE), both[1]]
    assert judged(national, instead).adds_up
    assert blamed(judged(programme, instead)) == {"compulsory"}
    assert "compulsory-awards" in {check.id for check in national.checked_by_people}
