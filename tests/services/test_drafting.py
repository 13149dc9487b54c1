"""From draft to frozen version: what is kept, what is refused, and what a withdrawal stops."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sample_units import sample_unit, unit_bytes, unit_with
from worlds import unit as achievement_of

from creditbank.adapters.catalogue import builtin_data
from creditbank.canonical import digest_text, load_object
from creditbank.credential import Achievement, UnknownGrade, UnknownScale, unit_facts
from creditbank.framework import DocumentFaults, document_digest
from creditbank.services.drafting import (
    AchievementFrozen,
    AchievementWithdrawn,
    NotAProvider,
    NotAUnitDocument,
    NotYourAchievement,
    VersionUnlinked,
)
from creditbank.services.issuing import EarnedWhenNotOffered, RequestReused
from creditbank.services.ports import UnknownRecord

DID = "did:web:u.sample.example"
SCALE = "sample-in-ten-point"


def ours(**changes: Any) -> bytes:
    """The sample unit as the sample university's own."""
    return unit_bytes(unit_with(**{"awarding_body": DID, "provider": DID, **changes}))


def next_version(version: str, supersedes: str, **changes: Any) -> bytes:
    return ours(version=version, supersedes=supersedes, changelog="The report weighs more.", **changes)


ID = sample_unit().id


def test_a_draft_is_saved_incomplete_and_replaced(world):
    drafting, body = world.bank.drafting, world.university.id
    bare = b'document: creditbank/unit/v1\nid: urn:example:u\nversion: "1"\ntitle: Statistics\n'
    drafting.save_draft(body, bare)
    fuller = bare + b"language: en\n"
    saved = drafting.save_draft(body, fuller)
    assert drafting.drafts(body) == [saved]
    assert saved.content == fuller
    assert drafting.drafts(world.rival.id) == []


def test_a_malformed_draft_is_refused_with_every_fault(world):
    text = b'document: creditbank/unit/v1\nid: urn:example:u\nversion: "1"\ntitle: S\nworkload: P60M\ncountry: in\n'
    with pytest.raises(DocumentFaults) as refused:
        world.bank.drafting.save_draft(world.university.id, text, "unit.yaml")
    assert [fault.place for fault in refused.value.faults] == ["unit.yaml:5", "unit.yaml:6"]
    assert world.bank.drafting.drafts(world.university.id) == []


def test_a_draft_is_a_unit_and_a_providers(world):
    framework = next((builtin_data("frameworks") / "credit-systems").glob("*.yaml")).read_bytes()
    with pytest.raises(NotAUnitDocument):
        world.bank.drafting.save_draft(world.university.id, framework)
    with pytest.raises(NotAProvider):
        world.bank.drafting.save_draft(world.rival.id, ours())


def test_an_incomplete_unit_is_not_published_and_every_fault_has_its_line(world):
    text = b'document: creditbank/unit/v1\nid: urn:example:u\nversion: "1"\ntitle: Master\nfields: ["0543"]\n'
    with pytest.raises(DocumentFaults) as refused:
        world.bank.drafting.publish_unit(world.university.id, text, "unit.yaml")
    places = {fault.path: fault.place for fault in refused.value.faults}
    assert (places["title"], places["fields[0]"], places["workload"]) == ("unit.yaml:4", "unit.yaml:5", "unit.yaml:1")
    assert world.bank.drafting.versions("urn:example:u") == []
    assert [str(fault) for fault in refused.value.faults] == [
        str(fault) for fault in world.bank.drafting.check(text, "unit.yaml")
    ]


def test_a_published_unit_keeps_its_bytes_its_digest_and_its_achievement(world):
    content = ours()
    drafting = world.bank.drafting
    drafting.save_draft(world.university.id, content)
    made = drafting.publish_unit(world.university.id, content)
    assert made.unit == content
    assert made.unit_digest == document_digest(unit_with(awarding_body=DID, provider=DID))
    achievement = Achievement.from_json(made.document)
    assert achievement.unit == digest_text(made.unit_digest)
    assert achievement.fields[0].name == "Statistics"
    assert drafting.versions(ID) == [made]
    assert drafting.drafts(world.university.id) == []
    with world.bank.store.transaction() as tx:
        document = tx.find_document(digest_text(made.unit_digest))
    assert document is not None
    assert (document.kind, document.content) == ("unit", content)


def test_the_same_content_again_is_the_first_answer_however_it_is_spelled(world):
    drafting, body = world.bank.drafting, world.university.id
    first = drafting.publish_unit(body, ours())
    again = json.dumps(json.loads(ours()), indent=4).encode()
    assert again != first.unit
    assert drafting.publish_unit(body, again) == first
    assert len(drafting.versions(ID)) == 1


def test_other_content_under_a_published_version_is_refused(world):
    drafting, body = world.bank.drafting, world.university.id
    drafting.publish_unit(body, ours())
    with pytest.raises(AchievementFrozen):
        drafting.publish_unit(body, ours(title="Describing Data Even More Honestly"))
    with pytest.raises(AchievementFrozen):
        drafting.save_draft(body, ours(title="Describing Data Even More Honestly"))


def test_a_change_is_a_new_version_with_a_changelog(world):
    drafting, body = world.bank.drafting, world.university.id
    with pytest.raises(VersionUnlinked, match="no version 0"):
        drafting.publish_unit(body, next_version("1", "0"))
    drafting.publish_unit(body, ours())
    with pytest.raises(VersionUnlinked, match="supersedes does not name it"):
        drafting.publish_unit(body, ours(version="2"))
    with pytest.raises(DocumentFaults) as refused:
        drafting.publish_unit(body, ours(version="2", supersedes="1"))
    assert [fault.path for fault in refused.value.faults] == ["changelog"]
    second = drafting.publish_unit(body, next_version("2", "1"))
    with pytest.raises(VersionUnlinked, match="version 2 is the newest"):
        drafting.publish_unit(body, next_version("3", "1"))
    third = drafting.publish_unit(body, next_version("3", "2"))
    assert [(one.version, one.supersedes, one.changelog) for one in drafting.versions(ID)][1:] == [
        ("2", "1", second.changelog),
        ("3", "2", third.changelog),
    ]


def test_only_the_body_that_signs_publishes_a_unit(world):
    with pytest.raises(NotYourAchievement, match="signs as"):
        world.bank.drafting.publish_unit(world.university.id, unit_bytes(sample_unit()))
    with pytest.raises(NotAProvider):
        world.bank.drafting.publish_unit(world.rival.id, ours())


def test_a_unit_belongs_to_whoever_published_it_first(world):
    drafting = world.bank.drafting
    other = world.bank.registering.register_organisation(
        name="Sample Other", roles={"provider"}, frameworks=[], country="IN", did="did:web:other.sample.example"
    )
    drafting.publish_unit(world.university.id, ours())
    theirs = unit_bytes(unit_with(awarding_body=other.did, version="2", supersedes="1", changelog="x"))
    for attempt in (
        lambda: drafting.publish_unit(other.id, theirs),
        lambda: drafting.save_draft(other.id, theirs),
        lambda: drafting.publish(other.id, replace(achievement_of("a"), id=ID, version="2")),
        lambda: drafting.withdraw(other.id, ID, "1", reason="spite"),
    ):
        with pytest.raises(NotYourAchievement):
            attempt()
    assert len(drafting.versions(ID)) == 1


def test_a_change_of_a_unit_is_a_unit(world):
    drafting, body = world.bank.drafting, world.university.id
    drafting.publish_unit(body, ours())
    with pytest.raises(VersionUnlinked, match="published as a unit"):
        drafting.publish(body, replace(achievement_of("a"), id=ID, version="2"))


def test_an_achievement_published_by_itself_can_be_followed_by_a_unit(world):
    drafting, body = world.bank.drafting, world.university.id
    drafting.publish(body, replace(achievement_of("a"), id=ID, version="0"))
    drafting.publish_unit(body, next_version("1", "0"))
    assert [one.unit is None for one in drafting.versions(ID)] == [True, False]


def prerequisite(unit: str, **more: str) -> list[dict[str, str]]:
    return [{"unit": unit, **more}]


def test_units_never_require_each_other_in_a_circle(world):
    drafting, body = world.bank.drafting, world.university.id
    a, b, c = "urn:example:a", "urn:example:b", "urn:example:c"
    drafting.publish_unit(body, ours(id=a))
    drafting.publish_unit(body, ours(id=b, prerequisites=prerequisite(a)))
    drafting.publish_unit(body, ours(id=c, prerequisites=prerequisite(b)))
    with pytest.raises(DocumentFaults, match="would require itself") as refused:
        drafting.publish_unit(body, next_version("2", "1", id=a, prerequisites=prerequisite(c)))
    (fault,) = refused.value.faults
    assert fault.path == "prerequisites[0].unit"
    assert f"{a} requires {c} requires {b} requires {a}" in fault.sentence
    drafting.publish_unit(body, next_version("2", "1", id=a))


def test_a_prerequisite_names_an_outcome_that_is_there(world):
    drafting, body = world.bank.drafting, world.university.id
    drafting.publish_unit(body, ours())
    needs = "urn:example:needs"
    with pytest.raises(DocumentFaults, match="has no outcome 'nothing'"):
        drafting.publish_unit(body, ours(id=needs, prerequisites=prerequisite(ID, outcome="nothing")))
    drafting.publish_unit(body, ours(id=needs, prerequisites=prerequisite(ID, outcome="analysis", version="1")))
    drafting.publish_unit(body, ours(id="urn:example:far", prerequisites=prerequisite("urn:elsewhere", outcome="x")))


def issue(world, request: str = "r", earned: date = date(2026, 6, 2), **more: Any):
    return world.bank.issuing.issue(
        request,
        organisation=world.university.id,
        learner=world.learner.id,
        achievement=ID,
        version=more.pop("version", "1"),
        earned=earned,
        **more,
    )


def test_nothing_new_is_issued_for_a_withdrawn_version(world):
    drafting, body = world.bank.drafting, world.university.id
    drafting.publish_unit(body, ours())
    first = issue(world, "before")
    gone = drafting.withdraw(body, ID, "1", reason="The teacher left.")
    assert (gone.withdrawn is not None, gone.withdrawal_reason) == (True, "The teacher left.")
    with pytest.raises(AchievementWithdrawn, match=r"The teacher left\."):
        issue(world, "after")
    with world.bank.store.transaction() as tx:
        assert tx.find_intent("after") is None
    assert issue(world, "before") == first  # the same request again is the first answer
    with pytest.raises(AchievementWithdrawn):
        drafting.withdraw(body, ID, "1", reason="again")
    with pytest.raises(UnknownRecord):
        drafting.withdraw(body, ID, "9", reason="nothing")
    drafting.publish_unit(body, next_version("2", "1"))
    assert issue(world, "new", version="2").id != first.id


def test_a_credential_of_a_unit_states_what_rules_ask_for(world):
    made = world.bank.drafting.publish_unit(world.university.id, ours())
    issued = issue(world, result="A+", scale=SCALE)
    document = load_object(issued.signed)
    facts = unit_facts(document)
    assert facts.grades == ((SCALE, "A+"),)
    assert (facts.dimensions, facts.fields) == ({"knowledge", "skills", "values"}, {"0542"})
    assert made.unit_digest is not None
    assert digest_text(made.unit_digest) in issued.signed.decode()


def test_a_grade_that_cannot_be_stated_leaves_no_intent(world):
    world.bank.drafting.publish_unit(world.university.id, ours())
    for wanted, error in (
        ({"result": "A", "scale": "five-point"}, UnknownScale),
        ({"result": "Z", "scale": SCALE}, UnknownGrade),
        ({"result": "F", "scale": SCALE}, UnknownGrade),
        ({"scale": SCALE}, UnknownGrade),
    ):
        with pytest.raises(error):
            issue(world, **wanted)
    with world.bank.store.transaction() as tx:
        assert tx.find_intent("r") is None


def test_a_request_with_another_scale_is_another_request(world):
    world.bank.drafting.publish_unit(world.university.id, ours())
    issue(world, result="A")
    with pytest.raises(RequestReused):
        issue(world, result="A", scale=SCALE)


def test_a_unit_is_earned_while_its_version_is_offered(world):
    world.bank.drafting.publish_unit(world.university.id, ours(valid_until="2026-06-30"))
    for day in (date(2025, 12, 31), date(2026, 7, 1)):
        with pytest.raises(EarnedWhenNotOffered, match="from 2026-01-01 to 2026-06-30"):
            issue(world, earned=day)
    issue(world, "first", earned=date(2026, 1, 1))
    issue(world, "last", earned=date(2026, 6, 30))
