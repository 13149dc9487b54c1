"""Whatever stands inside a document is verified by itself; Digital Bazaar's and DCC's verifiers do not look there."""

from typing import Any

import pytest
from verification_samples import (
    LEARNER,
    LIST,
    NOW,
    PROVIDER,
    UNIVERSITY,
    World,
    achievement,
    endorsement,
    make_world,
    outcomes,
    receipts_for,
    sign,
    status_list,
    unsigned_transcript,
    unsigned_unit,
)

from creditbank.canonical import JsonObject, canonical_json, load_object
from creditbank.credential import read_transcript
from creditbank.signing import CLR_CONTEXT, PrivateKey, did_key
from creditbank.verification import LIVE, Report, Verdict, policy_named
from creditbank.verification.nested import MAX_INSIDE

CREDENTIALS, ENDORSEMENTS = "contents.credentials", "contents.endorsements"


@pytest.fixture
def world() -> World:
    return make_world()


def inside_of(document: JsonObject) -> list[Any]:
    subject: Any = document["credentialSubject"]
    found: list[Any] = subject["verifiableCredential"]
    return found


def judged(world: World, document: JsonObject, *inside: JsonObject) -> Report:
    """The report on a transcript of the university's, where it and everything inside it is anchored."""
    signed = sign(document, UNIVERSITY)
    world.anchor(signed, *inside)
    return world.report(signed)


def with_inside(*inside: Any) -> JsonObject:
    """A transcript that an issuer made by hand, of whatever it liked."""
    made = unsigned_transcript(*make_world().units)
    subject: Any = made["credentialSubject"]
    return {**made, "credentialSubject": {**subject, "verifiableCredential": list(inside)}}


def test_a_transcript_of_good_badges_is_accepted_and_each_has_its_report(world: World) -> None:
    world.policy = LIVE
    report = judged(world, unsigned_transcript(*world.units), *world.units)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert outcomes(report)[CREDENTIALS] == "passed"
    assert [part.id for part in report.parts] == [unit["id"] for unit in world.units]
    assert all(part.verdict is Verdict.ACCEPTED for part in report.parts)
    assert outcomes(report)[ENDORSEMENTS] == "not applicable"


def forged(unit: JsonObject) -> JsonObject:
    return {**unit, "awardedDate": "2020-01-01T00:00:00Z"}


def unsigned(unit: JsonObject) -> JsonObject:
    return {key: value for key, value in unit.items() if key != "proof"}


def by_another_key(unit: JsonObject) -> JsonObject:
    return sign(unsigned(unit), UNIVERSITY)


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
@pytest.mark.parametrize("breaking", [forged, unsigned, by_another_key])
def test_digital_bazaar_and_dcc_do_not_look_inside_a_transcript_and_we_do(
    world: World, breaking: Any, suite: Any
) -> None:
    """Their verifiers accept a CLR whose issuer's own proof holds, with a forged or an unsigned badge in it."""
    bad = breaking(world.units[1])
    signed = sign(with_inside(world.unit, bad), UNIVERSITY, suite=suite)
    world.anchor(signed, world.unit, bad)
    report = world.report(signed)
    assert outcomes(report)["proof.signature"] == "passed"
    assert outcomes(report)[CREDENTIALS] == "failed"
    assert report.verdict is Verdict.REJECTED
    assert [part.verdict for part in report.parts] == [Verdict.ACCEPTED, Verdict.REJECTED]


def test_a_revoked_badge_inside_is_found(world: World) -> None:
    world.documents[LIST] = status_list(2)
    report = judged(world, unsigned_transcript(*world.units), *world.units)
    assert report.verdict is Verdict.REJECTED
    assert "revoked" in report.check(CREDENTIALS).sentence
    assert [outcomes(part)["status.revocation"] for part in report.parts] == ["passed", "failed"]


def test_a_badge_inside_that_was_never_anchored_leaves_the_transcript_open(world: World) -> None:
    report = judged(world, unsigned_transcript(*world.units), world.unit)
    assert outcomes(report)[CREDENTIALS] == "unchecked"
    assert report.verdict is Verdict.INCONCLUSIVE


def test_an_unsigned_badge_is_shown_and_never_ticked(world: World) -> None:
    report = judged(world, with_inside(unsigned(world.unit)), world.unit)
    (part,) = report.parts
    assert part.id == world.unit["id"]
    assert outcomes(part)["proof.present"] == "failed"
    assert outcomes(report)[CREDENTIALS] == "failed"


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ("urn:uuid:10000000-0000-4000-8000-000000000001", "by name only"),
        (7, "no document"),
        ({"type": "EnvelopedVerifiableCredential", "id": "data:text/plain,x"}, "cannot be read"),
        ("eyJhbGciOiJub25lIn0.e30.c2ln", "cannot be read"),
    ],
)
def test_what_is_no_signed_credential_is_not_taken_for_one(world: World, inside: Any, sentence: str) -> None:
    signed = sign(with_inside(world.unit), UNIVERSITY)
    world.anchor(signed, world.unit)
    inside_of(signed).append(inside)
    report = world.report(signed)
    assert outcomes(report)[CREDENTIALS] == "failed"
    assert sentence in report.check(CREDENTIALS).sentence
    assert "/credentialSubject/verifiableCredential/1" in report.check(CREDENTIALS).sentence


def test_a_transcript_with_nothing_inside_shows_nothing(world: World) -> None:
    report = judged(world, with_inside())
    assert outcomes(report)[CREDENTIALS] == "failed"


def test_another_learners_badge_does_not_count_in_a_transcript(world: World) -> None:
    other = sign(unsigned_unit(2, subject=did_key(PrivateKey.from_seed(b"o" * 32).public)), PROVIDER)
    report = judged(world, with_inside(world.unit, other), world.unit, other)
    assert [part.verdict for part in report.parts] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert outcomes(report)[CREDENTIALS] == "failed"
    assert "learner" in report.check(CREDENTIALS).sentence


def test_a_badge_that_does_not_say_whose_it_is_leaves_a_transcript_open(world: World) -> None:
    nameless: Any = unsigned_unit(2)
    del nameless["credentialSubject"]["id"]
    signed = sign(nameless, PROVIDER)
    report = judged(world, with_inside(world.unit, signed), world.unit, signed)
    assert outcomes(report)[CREDENTIALS] == "unchecked"
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_transcript_lists_achievements_that_its_badges_describe_too(world: World) -> None:
    made = unsigned_transcript(*world.units, achievements=[achievement(1).to_json()])
    assert judged(world, made, *world.units).verdict is Verdict.ACCEPTED


def test_a_transcript_inside_a_transcript_is_looked_into(world: World) -> None:
    inner = sign({**with_inside(world.unit, forged(world.units[1])), "id": "urn:uuid:inner"}, UNIVERSITY)
    report = judged(world, with_inside(inner), inner, *world.units)
    assert outcomes(report)[CREDENTIALS] == "failed"
    assert [part.id for part in report.walk()][1:] == ["urn:uuid:inner", *(unit["id"] for unit in world.units)]


def test_four_deep_is_not_looked_at_and_therefore_not_accepted(world: World) -> None:
    document: JsonObject = world.unit
    anchored = [document]
    for depth in range(4):
        document = sign({**with_inside(document), "id": f"urn:uuid:transcript-{depth}"}, UNIVERSITY)
        anchored.append(document)
    world.anchor(*anchored)
    assert outcomes(world.report(anchored[3]))[CREDENTIALS] == "passed"
    report = world.report(document)
    assert outcomes(report)[CREDENTIALS] == "unchecked"
    assert outcomes(report)[ENDORSEMENTS] == "unchecked"
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.parts == ()


def test_more_than_256_inside_are_not_looked_at_and_therefore_not_accepted(world: World) -> None:
    """A wide document costs no more than its reading: nothing inside is verified."""
    report = world.report({**world.unit, "evidence": [{"type": ["VerifiableCredential"]}] * (MAX_INSIDE + 1)})
    assert outcomes(report)[CREDENTIALS] == "unchecked"
    assert "256" in report.check(CREDENTIALS).sentence
    assert report.parts == ()


def test_a_credential_among_the_evidence_is_verified_too(world: World) -> None:
    for proof, outcome in ((world.units[1], "passed"), (forged(world.units[1]), "failed")):
        made = sign({**unsigned_unit(1), "evidence": [proof]}, PROVIDER)
        world.anchor(made, proof)
        assert outcomes(world.report(made))[CREDENTIALS] == outcome


def test_a_forged_credential_under_a_key_where_nobody_looks_is_found(world: World) -> None:
    forgery = forged(world.units[1])
    spelled = {"@type": forgery["type"], **{name: item for name, item in forgery.items() if name != "type"}}
    for hidden in (
        {"proof": forgery},
        {"of": spelled},
        {"of": {**forgery, "type": "https://www.w3.org/2018/credentials#VerifiableCredential"}},
    ):
        odd: JsonObject = {"id": "urn:example:evidence", "type": ["Evidence"], **hidden}
        made = sign({**unsigned_unit(1), "evidence": [odd]}, PROVIDER, suite="eddsa-jcs-2022")
        world.anchor(made)
        assert outcomes(world.report(made))[CREDENTIALS] == "failed"


def test_moving_the_status_of_a_badge_out_of_it_breaks_its_own_signature(world: World) -> None:
    """The transcript's statements stay the same, so the whole still holds; the badge does not."""
    world.documents[LIST] = status_list(1)
    signed = load_object(canonical_json(sign(unsigned_transcript(*world.units), UNIVERSITY)))
    world.anchor(signed, *world.units)
    first, second = inside_of(signed)
    second["evidence"] = [{"id": first["id"], "type": ["Evidence"], "credentialStatus": first.pop("credentialStatus")}]
    report = world.report(signed)
    assert outcomes(report)[CREDENTIALS] == "failed"


def test_an_endorsement_says_by_whom_and_of_what(world: World) -> None:
    word = endorsement(achievement(1).id)
    unit: Any = unsigned_unit(1)
    unit["credentialSubject"]["achievement"]["endorsement"] = [word]
    signed = sign(unit, PROVIDER)
    world.anchor(signed, word)
    report = world.report(signed)
    assert report.verdict is Verdict.ACCEPTED, report.headline
    assert f"{UNIVERSITY} speaks for {achievement(1).id}" in report.check(ENDORSEMENTS).sentence
    assert [part.id for part in report.parts] == [word["id"]]


@pytest.mark.parametrize("endorsed", ["credential", "achievement", "issuer", "learner"])
def test_at_the_top_an_endorsement_may_speak_of_whatever_the_badge_is_about(world: World, endorsed: str) -> None:
    ids = {
        "credential": unsigned_unit(1)["id"],
        "achievement": achievement(1).id,
        "issuer": PROVIDER,
        "learner": LEARNER,
    }
    word = endorsement(str(ids[endorsed]))
    signed = sign({**unsigned_unit(1), "endorsement": [word]}, PROVIDER)
    world.anchor(signed, word)
    assert outcomes(world.report(signed))[ENDORSEMENTS] == "passed"


def test_inside_an_achievement_or_a_profile_an_endorsement_speaks_of_that_alone(world: World) -> None:
    for place, other in (("achievement", PROVIDER), ("issuer", achievement(1).id)):
        word = endorsement(other)
        unit: Any = unsigned_unit(1)
        holder = unit["issuer"] if place == "issuer" else unit["credentialSubject"]["achievement"]
        holder["endorsement"] = [word]
        signed = sign(unit, PROVIDER)
        world.anchor(signed, word)
        report = world.report(signed)
        assert outcomes(report)[ENDORSEMENTS] == "failed"
        assert "not for what its endorsement stands in" in report.check(ENDORSEMENTS).sentence


@pytest.mark.parametrize(
    "breaking",
    [
        lambda word: {**word, "validFrom": "2020-01-01T00:00:00Z"},
        unsigned,
        lambda word: sign(unsigned(word), PROVIDER),
    ],
    ids=["altered", "unsigned", "by another key"],
)
def test_an_endorsement_that_does_not_stand_by_itself_is_found(world: World, breaking: Any) -> None:
    word = breaking(endorsement(str(unsigned_unit(1)["id"])))
    signed = sign({**unsigned_unit(1), "endorsement": [word]}, PROVIDER)
    world.anchor(signed, word)
    report = world.report(signed)
    assert outcomes(report)[ENDORSEMENTS] == "failed"
    assert report.verdict is Verdict.REJECTED


def test_a_badge_posing_as_an_endorsement_is_none(world: World) -> None:
    signed = sign({**unsigned_unit(1), "endorsement": [world.units[1]]}, PROVIDER)
    world.anchor(signed, world.units[1])
    assert outcomes(world.report(signed))[ENDORSEMENTS] == "failed"


def test_an_endorsement_handed_in_by_itself_has_its_report(world: World) -> None:
    word = endorsement(achievement(1).id)
    world.receipts = receipts_for([word])
    world.trust_blocks()
    assert world.report(word).verdict is Verdict.ACCEPTED


def test_a_transcript_needs_no_accreditation_and_its_badges_do(world: World) -> None:
    """Who puts credentials together awards nothing; a type beside AchievementCredential opens no way around it."""
    world.policy = policy_named("archival+register")
    report = judged(world, unsigned_transcript(world.unit), world.unit)
    assert outcomes(report)["issuer.accredited"] == "not applicable"
    assert outcomes(report.parts[0])["issuer.accredited"] == "unchecked"
    unit = unsigned_unit(1)
    contexts: Any = unit["@context"]
    unit["type"] = ["VerifiableCredential", "AchievementCredential", "ClrCredential"]
    both = sign({**unit, "@context": [contexts[0], CLR_CONTEXT, *contexts[1:]]}, PROVIDER)
    assert outcomes(world.report(both))["issuer.accredited"] != "not applicable"


def test_what_was_read_of_a_transcript_is_what_was_verified(world: World) -> None:
    report = judged(world, unsigned_transcript(*world.units), *world.units)
    read = read_transcript(unsigned_transcript(*world.units))
    assert len(report.parts) == len(read.inside) == 2
    assert report.checked_at == NOW
