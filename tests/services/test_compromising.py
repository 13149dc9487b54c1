"""A stolen key: what was anchored before stands, what came later falls by name, and honest holders are issued anew."""

import json
from datetime import timedelta

import pytest
from worlds import evaluated, unit

from creditbank.anchoring import issuer_id
from creditbank.cli.running import run_command
from creditbank.services import calls, reads
from creditbank.services.compromising import Compromising, MomentOutsideKey, Standing
from creditbank.services.ports import ChainRefused, ChainUnavailable
from creditbank.services.records import KeyState
from creditbank.signing import TokenProfile
from creditbank.units import Credits, instant_text

SECOND = timedelta(seconds=1)


@pytest.fixture
def stolen(world):
    """Three credentials under one key: anchored before a moment, anchored after it, and not anchored."""
    achievement = unit("a")
    world.publish(achievement)
    found = []
    for request in ("before", "after", "unanchored"):
        found.append(world.issue(achievement, request))
        if request != "unanchored":
            world.bank.anchoring.seal()
            found_time = world.bank.anchoring.settle()[-1].block_time
        if request == "before":
            since = found_time + SECOND
    return world, found, since


def standings(report):
    return {one.credential: one.standing for one in report.affected}


def verdicts(world, issued):
    reports = world.bank.verifying.verify_held(issued)
    return {id: str(report.check("anchor.key-valid").outcome) for id, report in reports.items()}


def test_a_stolen_key_fells_what_followed_the_theft_and_nothing_before(stolen):
    world, (before, after, unanchored), since = stolen
    (key,) = world.bank.keys.of(world.university.id)
    report = world.bank.compromising.declare(world.university.id, since)
    assert (report.multikey, report.since) == (key.multikey, since)
    assert standings(report) == {
        before.id: Standing.BEFORE,
        after.id: Standing.AFTER,
        unanchored.id: Standing.UNANCHORED,
    }
    assert [one.falls for one in report.affected] == [False, True, True]
    state = reads.key_state(world.bank.chain, issuer_id(world.university.did), calls.key_id(key.multikey))
    assert state.suspect_since == since
    assert verdicts(world, [before, after, unanchored]) == {
        before.id: "passed",
        after.id: "failed",
        unanchored.id: "failed",
    }


def test_declaring_again_changes_nothing_and_another_moment_is_refused(stolen):
    world, _, since = stolen
    first = world.bank.compromising.declare(world.university.id, since)
    assert world.bank.compromising.declare(world.university.id, since, first.multikey) == first
    for moment in (since - SECOND, since + SECOND):
        with pytest.raises((ChainRefused, MomentOutsideKey)):
            world.bank.compromising.declare(world.university.id, moment, first.multikey)


def test_what_fell_is_issued_anew_once_and_what_cannot_be_is_named(stolen):
    world, (before, after, unanchored), since = stolen
    world.bank.issuing.revoke(unanchored.id, by=world.university.id, reason="was wrong")
    report = world.bank.compromising.declare(world.university.id, since)
    mended = world.bank.compromising.reissue(world.university.id, report.multikey, reason="the key was stolen")
    told = {one.credential: one for one in mended.affected}
    assert told[before.id].correction is None
    assert told[after.id].correction is not None
    assert told[unanchored.id].correction is None
    assert told[unanchored.id].refused != ""
    again = world.bank.compromising.reissue(world.university.id, report.multikey, reason="the key was stolen")
    assert again == mended
    world.bank.anchoring.seal()
    world.bank.anchoring.settle()
    with world.bank.store.transaction() as tx:
        correction = tx.get_credential(told[after.id].correction)
    assert verdicts(world, [correction]) == {correction.id: "passed"}


def test_doing_it_again_revokes_no_key_that_followed_the_stolen_one(stolen):
    """The same words again, of a body whose next key signs by now: the next key is not the stolen one."""
    world, _, since = stolen
    first = world.bank.compromising.declare(world.university.id, since)
    assert world.bank.compromising.declare(world.university.id, since) == first
    with pytest.raises(MomentOutsideKey) as refused:
        world.bank.compromising.declare(world.university.id, since - SECOND)
    assert first.multikey in refused.value.next_step
    states = [key.state for key in world.bank.keys.of(world.university.id)]
    assert states == [KeyState.REVOKED, KeyState.CURRENT]


@pytest.mark.parametrize("voices", [0, 1])
def test_a_declaration_that_was_cut_short_goes_on_or_asks_for_the_key(stolen, monkeypatch, voices):
    """Cut after the revocation nothing shows for what it was, so a person names the key; later it goes on by itself."""
    world, _, since = stolen
    (key,) = world.bank.keys.of(world.university.id)
    say, said = Compromising._say, []

    def cut(self, *words):
        if len(said) == voices:
            raise ChainUnavailable("cut short")
        said.append(words)
        say(self, *words)

    with monkeypatch.context() as patched:
        patched.setattr(Compromising, "_say", cut)
        with pytest.raises(ChainUnavailable):
            world.bank.compromising.declare(world.university.id, since)
    if voices == 0:
        with pytest.raises(MomentOutsideKey):
            world.bank.compromising.declare(world.university.id, since)
    named = key.multikey if voices == 0 else None
    assert world.bank.compromising.declare(world.university.id, since, named).multikey == key.multikey
    assert [one.state for one in world.bank.keys.of(world.university.id)] == [KeyState.REVOKED, KeyState.CURRENT]


@pytest.mark.parametrize("moved", [timedelta(days=-400), timedelta(days=400)])
def test_a_moment_outside_the_keys_life_is_refused_and_revokes_nothing(stolen, moved):
    world, _, since = stolen
    with pytest.raises(MomentOutsideKey):
        world.bank.compromising.declare(world.university.id, since + moved)
    assert [key.state for key in world.bank.keys.of(world.university.id)] == [KeyState.CURRENT]


def test_one_command_revokes_declares_reports_and_issues_anew(stolen, capsys):
    world, (before, after, unanchored), since = stolen
    world.bank.close()
    words = ["issuer", "compromise", "--organisation", world.university.id, "--since", instant_text(since)]
    assert run_command([*words, "--reissue", "the key was stolen", "--home", str(world.home), "--json"]) == 0
    told = {one["id"]: one for one in json.loads(capsys.readouterr().out)["credentials"]}
    assert {id: one["falls"] for id, one in told.items() if id in (before.id, after.id, unanchored.id)} == {
        before.id: False,
        after.id: True,
        unanchored.id: True,
    }
    assert told[after.id]["correction"] is not None
    assert told[unanchored.id]["correction"] is not None
    world.reopen()


def test_tokens_endorsements_and_awards_that_rest_on_what_the_key_signed_are_told_apart(world, capsys):
    stands, falls = world.fill(9), []
    for number in range(9, 11):
        achievement = unit(f"u{number}")
        world.publish(achievement)
        falls.append(achievement)
    bank, university = world.bank, world.university.id
    early = bank.tokens.hand_out(stands[0].id, by=university, profile=TokenProfile.VC_JOSE)
    bank.anchoring.seal()
    since = bank.anchoring.settle()[-1].block_time + SECOND
    issued = [world.issue(achievement, f"late-{at}") for at, achievement in enumerate(falls)]
    late = bank.tokens.hand_out(stands[1].id, by=university, profile=TokenProfile.OPEN_BADGES)
    said = bank.endorsing.issue("e", organisation=university, endorsed=world.rival.did, comment="A good neighbour.")
    foreign = bank.endorsing.issue("f", organisation=world.rival.id, endorsed=world.university.did, comment="Likewise.")
    bank.anchoring.seal()
    bank.anchoring.settle()
    award = bank.awarding.award("r", evaluation=evaluated(world).id, by=university)
    report = bank.compromising.declare(university, since)
    assert {one.credential: one.standing for one in report.tokens} == {
        early.name: Standing.BEFORE,
        late.name: Standing.AFTER,
    }
    assert {one.credential: one.standing for one in report.endorsements} == {said.id: Standing.AFTER}
    assert foreign.id not in json.dumps(report.to_json()), "another body's key signed it"
    (built,) = report.awards
    assert (built.award, built.by, built.state) == (award.id, world.university.did, "posted")
    assert built.rests_on_fallen
    used = {one.credential: one for one in built.built_on}
    assert len(used) == 10, "ten units make the certificate"
    assert {one.standing for id, one in used.items() if id in {item.id for item in stands}} == {Standing.BEFORE}
    assert {one.standing for id, one in used.items() if id in {item.id for item in issued}} == {Standing.AFTER}
    assert {one.redeemed for one in used.values()} == {Credits(4000)}
    assert award.id in standings(report), "the same key signed the award itself"
    world.bank.close()
    words = ["issuer", "compromise", "--organisation", university, "--since", instant_text(since)]
    assert run_command([*words, "--key", report.multikey, "--home", str(world.home)]) == 0
    told = capsys.readouterr().out
    assert "rests on what fell" in told
    assert early.name in told.replace("\n", "")
    world.reopen()


def test_an_award_on_what_was_anchored_before_the_theft_stands(world):
    world.fill()
    bank, university = world.bank, world.university.id
    award = bank.awarding.award("r", evaluation=evaluated(world).id, by=university)
    bank.anchoring.seal()
    since = bank.anchoring.settle()[-1].block_time + SECOND
    world.publish(unit("later"))
    world.issue(unit("later"), "later")
    report = bank.compromising.declare(university, since)
    assert [(one.award, one.rests_on_fallen) for one in report.awards] == [(award.id, False)]
    assert report.tokens == ()
