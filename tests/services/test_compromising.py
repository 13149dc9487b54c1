"""A stolen key: what was anchored before stands, what came later falls by name, and honest holders are issued anew."""

import json
from datetime import timedelta

import pytest
from worlds import unit

from creditbank.anchoring import issuer_id
from creditbank.cli.running import run_command
from creditbank.services import calls, reads
from creditbank.services.compromising import Standing
from creditbank.services.ports import ChainRefused
from creditbank.units import instant_text

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
        with pytest.raises(ChainRefused):
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


def test_a_moment_outside_the_keys_life_is_refused(stolen):
    world, _, since = stolen
    with pytest.raises(ChainRefused) as refused:
        world.bank.compromising.declare(world.university.id, since - timedelta(days=400))
    assert refused.value.reason == "SuspicionOutOfRange"


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
