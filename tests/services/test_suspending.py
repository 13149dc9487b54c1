"""Suspending a credential and giving it back, end to end: lists, verification, credits."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from worlds import evaluated, states

from creditbank.canonical import load_object
from creditbank.cli import run
from creditbank.credential import read_sequence, read_status
from creditbank.ledger import LotState
from creditbank.services.evaluating import EvaluationChanged
from creditbank.services.issuing import AlreadyRevoked, NotYourCredential
from creditbank.services.redeeming import Redeeming
from creditbank.services.suspending import (
    AlreadySuspended,
    CreditSuspended,
    NotSuspendable,
    NotSuspended,
    require_not_suspended,
)


def verified(world, issued):
    (report,) = world.bank.verifying.verify([load_object(issued.signed)])
    return report


def test_a_suspension_shows_in_a_list_of_its_own_and_ends_again(world):
    (issued,) = world.fill(1)
    document = load_object(issued.signed)
    assert isinstance(document["credentialStatus"], dict), "peers take one object"
    assert document["credentialStatus"]["statusPurpose"] == "revocation"
    assert document["suspensionStatus"]["statusListIndex"] == document["credentialStatus"]["statusListIndex"]
    assert verified(world, issued).check("status.suspension").outcome == "passed"
    with pytest.raises(NotYourCredential):
        world.bank.suspending.suspend(issued.id, by=world.rival.id, reason="not mine")
    world.bank.suspending.suspend(issued.id, by=world.university.id, reason="under review")
    report = verified(world, issued)
    assert (report.verdict, report.check("status.suspension").outcome) == ("rejected", "failed")
    assert report.check("status.revocation").outcome == "passed"
    with pytest.raises(AlreadySuspended):
        world.bank.suspending.suspend(issued.id, by=world.university.id, reason="again")
    world.bank.suspending.reinstate(issued.id, by=world.university.id, reason="review closed")
    assert verified(world, issued).verdict == "accepted"
    with pytest.raises(NotSuspended):
        world.bank.suspending.reinstate(issued.id, by=world.university.id, reason="again")
    events = world.bank.suspending.history(issued.id)
    assert [(event.number, event.suspended, event.reason) for event in events] == [
        (1, True, "under review"),
        (2, False, "review closed"),
    ]


def test_a_revoked_credential_is_neither_suspended_nor_given_back(world):
    (issued,) = world.fill(1)
    world.bank.suspending.suspend(issued.id, by=world.university.id, reason="under review")
    world.bank.issuing.revoke(issued.id, by=world.university.id, reason="it was forged")
    for change in (world.bank.suspending.suspend, world.bank.suspending.reinstate):
        with pytest.raises(AlreadyRevoked):
            change(issued.id, by=world.university.id, reason="too late")
    assert verified(world, issued).verdict == "rejected"


def test_what_was_issued_without_a_place_for_it_is_not_suspended(world, monkeypatch):
    """A suspension that nobody could see would be none."""
    from creditbank.services import issuing

    entry = issuing.status_entry
    monkeypatch.setattr(issuing, "status_entry", lambda *given: replace(entry(*given), suspension=None))
    (issued,) = world.fill(1)
    assert "suspensionStatus" not in load_object(issued.signed)
    assert verified(world, issued).check("status.suspension").outcome == "not applicable"
    with pytest.raises(NotSuspendable) as refused:
        world.bank.suspending.suspend(issued.id, by=world.university.id, reason="under review")
    assert refused.value.next_step


def test_the_number_of_a_list_rises_with_every_list(world):
    """Threat 31."""
    (issued,) = world.fill(1)
    numbers = [read_sequence(load_object(world.bank.issuing.refresh_status(world.university.id).content))]
    numbers.append(read_sequence(load_object(world.bank.issuing.refresh_status(world.university.id).content)))
    assert numbers[1] == numbers[0] + 1
    first = read_sequence(load_object(world.bank.suspending.current(world.university.id).content))
    world.bank.suspending.suspend(issued.id, by=world.university.id, reason="under review")
    second = read_sequence(load_object(world.bank.suspending.current(world.university.id).content))
    assert (first, second) == (1, 2)


def test_lists_signed_in_one_moment_never_share_a_number_and_forget_nothing(world, monkeypatch):
    """Threat 31: while one process signs a list, another one revokes, signs and publishes."""
    first, second = world.fill(2)
    body, issuing = world.university.id, world.bank.issuing
    before = read_sequence(load_object(issuing.refresh_status(body).content))
    sign, meanwhile = world.bank.signatures.sign, [first.id, second.id]

    def slowly(*given, **named):
        signed = sign(*given, **named)
        if named["purpose"] == "status-list" and meanwhile:
            issuing.revoke(meanwhile.pop(), by=body, reason="revoked while another list is signed")
        return signed

    monkeypatch.setattr(world.bank.signatures, "sign", slowly)
    published = load_object(issuing.refresh_status(body).content)
    served = load_object(issuing.current_status(body).content)
    assert served == published
    assert read_sequence(served) == before + 1
    for one in (first, second):
        assert read_status(served, index=one.status_index, purpose="revocation")


def test_a_list_that_lost_the_race_and_says_more_is_signed_after_the_other(world, monkeypatch):
    """Threat 31."""
    (issued,) = world.fill(1)
    body, issuing = world.university.id, world.bank.issuing
    before = read_sequence(load_object(issuing.refresh_status(body).content))
    sign, others = world.bank.signatures.sign, []

    def slowly(*given, **named):
        signed = sign(*given, **named)
        if not others:
            others.append(None)
            others[0] = issuing.refresh_status(body)
            with world.bank.store.transaction() as tx:
                issuing.revoke_in(tx, issued, reason="revoked by a process that dies here", when=issued.issued)
        return signed

    monkeypatch.setattr(world.bank.signatures, "sign", slowly)
    served = load_object(issuing.refresh_status(body).content)
    assert [read_sequence(load_object(others[0].content)), read_sequence(served)] == [before + 1, before + 2]
    assert read_status(served, index=issued.status_index, purpose="revocation")


def test_suspended_credit_is_not_awarded_on_and_comes_free_again(world):
    issued = world.fill()
    record = evaluated(world)
    world.bank.suspending.suspend(issued[0].id, by=world.university.id, reason="under review")
    with pytest.raises(EvaluationChanged, match="is rejected"):
        world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    assert states(world) == {LotState.AVAILABLE}
    world.bank.suspending.reinstate(issued[0].id, by=world.university.id, reason="review closed")
    world.bank.awarding.award("r2", evaluation=evaluated(world).id, by=world.university.id)
    assert LotState.AVAILABLE not in states(world) or LotState.REDEEMED in states(world)


def test_suspended_credit_cannot_be_reserved_even_past_the_weighing(world, monkeypatch):
    """The suspension came between the weighing and the reservation: the reservation itself refuses."""
    issued = world.fill()
    record = evaluated(world)
    reserve_in = Redeeming.reserve_in

    def late(self, tx, claim, organisation):
        for one in issued:
            if not tx.suspensions_of(one.id):
                from creditbank.services.records import Suspension

                tx.add_suspension(Suspension(one.id, 1, True, "late", world.bank.clock.now()))
        return reserve_in(self, tx, claim, organisation)

    monkeypatch.setattr(Redeeming, "reserve_in", late)
    with pytest.raises(CreditSuspended):
        world.bank.awarding.award("r", evaluation=record.id, by=world.university.id)
    assert states(world) == {LotState.AVAILABLE}


def test_the_rule_of_the_reservation_says_no_and_yes(world):
    (issued,) = world.fill(1)
    with world.bank.store.transaction() as tx:
        require_not_suspended(tx, issued.id)
    world.bank.suspending.suspend(issued.id, by=world.university.id, reason="under review")
    with world.bank.store.transaction() as tx, pytest.raises(CreditSuspended) as refused:
        require_not_suspended(tx, issued.id)
    assert refused.value.next_step


def test_the_command_suspends_and_gives_back(world, capsys):
    (issued,) = world.fill(1)
    said = ["--by", world.university.id, "--reason", "under review", "--home", str(world.home)]
    assert run(["credential", "suspend", issued.id, *said]) == 0
    assert "Suspended" in capsys.readouterr().out
    assert verified(world, issued).verdict == "rejected"
    assert run(["credential", "suspend", issued.id, *said]) != 0
    assert run(["credential", "reinstate", issued.id, *said, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["suspended"] is False
    assert verified(world, issued).verdict == "accepted"
