"""The elements that the EU asks of every micro-credential: each stated in what we sign, each missed where it is not."""

import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sample_units import sample_unit

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.credential import (
    Achievement,
    Element,
    Identity,
    IssuerProfile,
    NotACredential,
    annex_one,
    build_credential,
)
from creditbank.signing import canonicalize_rdfc

LIBRARY = bundled_contexts()
UNIT = Achievement.of_unit(sample_unit())
LEARNER = "did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
FULL = build_credential(
    UNIT,
    id="urn:uuid:00000000-0000-4000-8000-000000000001",
    issuer=IssuerProfile("did:web:sample.example", "Sample University", None, "IN"),
    subject=LEARNER,
    earned=date(2026, 6, 30),
    valid_from=datetime(2026, 11, 23, tzinfo=UTC),
    status=None,
    grades=[("sample-in-ten-point", "A+")],
    identities=[Identity.of("A. Learner", kind="name", salt="0123456789abcdef")],
)
ACHIEVEMENT = "credentialSubject/achievement"
WHERE = {
    "learner": ("credentialSubject/id", "credentialSubject/identifier"),
    "title": (f"{ACHIEVEMENT}/name",),
    "country": ("issuer/address", f"{ACHIEVEMENT}/awardingCountry"),
    "issued": ("awardedDate", "validFrom"),
    "outcomes": (f"{ACHIEVEMENT}/learningOutcome",),
    "workload": (f"{ACHIEVEMENT}/workload", f"{ACHIEVEMENT}/creditPoints"),
    "level": (f"{ACHIEVEMENT}/alignment",),
    "assessment": (f"{ACHIEVEMENT}/assessmentType",),
    "participation": (f"{ACHIEVEMENT}/deliveryMode",),
    "quality": (f"{ACHIEVEMENT}/qualityAssurance",),
    "prerequisites": (f"{ACHIEVEMENT}/prerequisite",),
    "supervision": (f"{ACHIEVEMENT}/supervision",),
    "grade": ("credentialSubject/result",),
    "stackability": (f"{ACHIEVEMENT}/stackability",),
    "further": (f"{ACHIEVEMENT}/description",),
}


def elements(document: Any = FULL) -> dict[str, Element]:
    return {one.name: one for one in annex_one(document)}


def without(*places: str) -> dict[str, Any]:
    document: Any = copy.deepcopy(FULL)
    for place in places:
        *steps, last = place.split("/")
        holder = document
        for step in steps:
            holder = holder[step]
        del holder[last]
    return document


def test_a_credential_of_a_complete_unit_lacks_nothing_and_its_signature_covers_all_of_it() -> None:
    found = elements()
    assert [one.name for one in found.values() if not one.stated] == []
    assert found["learner"].stated == (LEARNER, "name, hashed")
    assert found["workload"].stated == (UNIT.workload, "2 in-ncrf")
    assert found["awarding-body"].stated == ("Sample University",)
    canonicalize_rdfc(FULL, LIBRARY)


def test_annex_one_has_eleven_mandatory_elements_and_five_optional_ones() -> None:
    assert [one.mandatory for one in annex_one(FULL)] == [True] * 11 + [False] * 5


@pytest.mark.parametrize("name", WHERE)
def test_an_element_that_is_not_there_is_missed_and_no_other(name: str) -> None:
    found = elements(without(*WHERE[name]))
    assert [one.name for one in found.values() if not one.stated] == [name]
    assert found[name].lacking is found[name].mandatory


@pytest.mark.parametrize("name", [name for name in WHERE if len(WHERE[name]) > 1])
def test_an_element_that_is_stated_in_two_ways_is_there_while_one_of_them_is(name: str) -> None:
    for place in WHERE[name]:
        assert elements(without(place))[name].stated


def test_the_awarding_body_is_there_by_its_id_where_it_has_no_name() -> None:
    bare = {**FULL, "issuer": "did:web:sample.example"}
    assert elements(bare)["awarding-body"].stated == ("did:web:sample.example",)


@pytest.mark.parametrize("blank", ["", "  ", 7, None, {}, [], [7]])
def test_what_says_nothing_states_no_element(blank: Any) -> None:
    document = without(f"{ACHIEVEMENT}/deliveryMode")
    document["credentialSubject"]["achievement"]["deliveryMode"] = blank
    assert elements(document)["participation"].lacking


def test_a_badge_of_somebody_else_in_native_words_is_read_as_far_as_they_go() -> None:
    badge: dict[str, Any] = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:1",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": {"id": "https://issuer.example/", "name": "An issuer"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": LEARNER, "achievement": {"name": "Teamwork", "description": "Works in a team."}},
    }
    stated = {name for name, one in elements(badge).items() if one.stated}
    assert stated == {"learner", "title", "awarding-body", "issued", "further"}


def test_what_is_no_credential_has_no_elements() -> None:
    with pytest.raises(NotACredential):
        annex_one({"type": "Achievement"})
    with pytest.raises(NotACredential):
        annex_one([])


def test_prerequisites_are_named_as_the_unit_names_them() -> None:
    assert UNIT.prerequisites
    assert Achievement.from_json(UNIT.to_json()) == UNIT
    assert UNIT.stackability in ("stand-alone", "stackable")
