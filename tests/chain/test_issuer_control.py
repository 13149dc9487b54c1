"""Handing over, recovering and succeeding: nobody seizes an issuer alone."""

import hashlib

import pytest

from creditbank.services import calls, reads


def digest(text):
    return hashlib.sha256(text.encode()).digest()


def controller(town, issuer):
    return reads.issuer_state(town.chain, issuer).controller


def test_control_passes_only_to_who_was_offered_it_and_accepts(town, issuer, key):
    heir = town.account("heir")
    assert town.refusal("agency", calls.offer_control(issuer, heir)) == "NotController"
    assert town.refusal("heir", calls.accept_control(issuer)) == "NothingOffered"
    town.act("provider", calls.offer_control(issuer, heir))
    assert controller(town, issuer) == town.account("provider")
    town.act("heir", calls.accept_control(issuer))
    assert controller(town, issuer) == heir
    assert town.refusal("provider", calls.revoke_key(issuer, key)) == "NotController"
    assert town.refusal("heir", calls.accept_control(issuer)) == "NothingOffered"


def test_an_offer_to_who_became_the_registrar_since_is_void(town, issuer):
    town.act("provider", calls.offer_control(issuer, town.account("second")))
    town.act(
        "steward",
        calls.appoint_registrar(town.account("second")),
        calls.dismiss_registrar(town.account("agency")),
    )
    town.act("second", calls.adopt_issuer(issuer))
    assert town.refusal("second", calls.accept_control(issuer)) == "SameParty"


def test_a_lost_controller_is_replaced_by_registrar_owner_and_notice(town, issuer, key):
    new = town.account("new")
    town.act("agency", calls.propose_recovery(issuer, new))
    assert town.refusal("new", calls.accept_recovery(issuer)) == "NothingOffered"
    town.act("steward", calls.confirm_recovery(issuer, new))
    assert town.refusal("new", calls.accept_recovery(issuer)) == "StillOnNotice"
    town.wait(days=14)
    assert town.refusal("someone", calls.accept_recovery(issuer)) == "NothingOffered"
    town.act("new", calls.accept_recovery(issuer))
    assert controller(town, issuer) == new
    town.act("new", calls.revoke_key(issuer, key))
    assert town.refusal("provider", calls.add_key(issuer, digest("k"))) == "NotController"


def test_neither_registrar_nor_owner_recovers_alone(town, issuer):
    new = town.account("new")
    for stranger in ("someone", "steward", "provider"):
        assert town.refusal(stranger, calls.propose_recovery(issuer, new)) == "NotIssuersRegistrar"
    assert town.refusal("steward", calls.confirm_recovery(issuer, new)) == "NothingOffered"
    town.act("agency", calls.propose_recovery(issuer, new))
    assert town.refusal("agency", calls.confirm_recovery(issuer, new)) == "NotOwner"
    town.wait(days=15)
    assert town.refusal("new", calls.accept_recovery(issuer)) == "NothingOffered"


def test_a_proposal_swapped_at_the_last_moment_is_not_confirmed(town, issuer):
    town.act("agency", calls.propose_recovery(issuer, town.account("new")))
    town.act("agency", calls.propose_recovery(issuer, town.account("puppet")))
    assert town.refusal("steward", calls.confirm_recovery(issuer, town.account("new"))) == "NothingOffered"


def test_a_new_proposal_needs_a_new_confirmation_and_a_new_notice(town, issuer):
    new, puppet = town.account("new"), town.account("puppet")
    town.act("agency", calls.propose_recovery(issuer, new))
    town.act("steward", calls.confirm_recovery(issuer, new))
    town.wait(days=15)
    town.act("agency", calls.propose_recovery(issuer, puppet))
    assert town.refusal("puppet", calls.accept_recovery(issuer)) == "NothingOffered"
    town.act("steward", calls.confirm_recovery(issuer, puppet))
    assert town.refusal("puppet", calls.accept_recovery(issuer)) == "StillOnNotice"


@pytest.mark.parametrize("party", ["agency", "steward"])
def test_a_recovery_can_be_called_off_by_who_takes_part_in_it(town, issuer, party):
    new = town.account("new")
    town.act("agency", calls.propose_recovery(issuer, new))
    town.act("steward", calls.confirm_recovery(issuer, new))
    assert town.refusal("someone", calls.cancel_recovery(issuer)) == "NotIssuersRegistrar"
    town.act(party, calls.cancel_recovery(issuer))
    town.wait(days=15)
    assert town.refusal("new", calls.accept_recovery(issuer)) == "NothingOffered"
    assert town.ask("issuers", "recoveryOf", issuer) == (reads.NOBODY, 0, False)


def test_handing_over_ends_a_pending_recovery(town, issuer):
    town.act("agency", calls.propose_recovery(issuer, town.account("puppet")))
    town.act("steward", calls.confirm_recovery(issuer, town.account("puppet")))
    town.act("provider", calls.offer_control(issuer, town.account("heir")))
    town.act("heir", calls.accept_control(issuer))
    town.wait(days=15)
    assert town.refusal("puppet", calls.accept_recovery(issuer)) == "NothingOffered"


@pytest.fixture
def college(town):
    """Another admitted issuer, controlled by `college`."""
    name = digest("did:example:college")
    town.act("agency", calls.admit_issuer(name, town.account("college"), digest("s"), digest("d")))
    return name


def test_a_successor_answers_for_the_keys_of_a_closed_issuer(town, issuer, key, college):
    assert town.refusal("college", calls.revoke_key(issuer, key)) == "NotController"
    town.act("provider", calls.name_bank(issuer, town.account("bank")))
    town.act("provider", calls.name_successor(issuer, college))
    assert reads.issuer_state(town.chain, issuer).successor == college
    assert town.ask("issuers", "speaksFor", town.account("college"), issuer) is True
    assert town.ask("issuers", "speaksFor", town.account("provider"), college) is False
    assert town.refusal("college", calls.add_key(issuer, digest("k"))) == "NotController"
    town.act("college", calls.drop_bank(issuer, town.account("bank")), calls.revoke_key(issuer, key))
    since = town.seconds()
    town.act("college", calls.suspect_key(issuer, key, since))
    town.act("agency", calls.suspect_key(issuer, key, since))
    assert reads.key_state(town.chain, issuer, key).suspect_since is not None


def test_a_registrar_that_controls_the_successor_still_counts_as_one_party(town, issuer, key, college):
    town.act("provider", calls.revoke_key(issuer, key), calls.name_successor(issuer, college))
    town.act("steward", calls.appoint_registrar(town.account("college")))
    town.act("steward", calls.dismiss_registrar(town.account("agency")))
    town.act("college", calls.adopt_issuer(issuer))
    since = int(reads.key_state(town.chain, issuer, key).revoked.timestamp())
    town.act("college", calls.suspect_key(issuer, key, since))
    assert town.ask("issuers", "suspicionOf", issuer, key) == (0, since)
    assert reads.key_state(town.chain, issuer, key).suspect_since is None


def test_a_successor_is_named_once_by_the_controller(town, issuer, college):
    assert town.refusal("agency", calls.name_successor(issuer, college)) == "NotController"
    town.act("provider", calls.name_successor(issuer, college))
    assert town.refusal("provider", calls.name_successor(issuer, college)) == "SuccessorKnown"


def test_a_successor_is_another_admitted_issuer_that_still_stands(town, issuer, college):
    assert town.refusal("provider", calls.name_successor(issuer, issuer)) == "UnfitSuccessor"
    assert town.refusal("provider", calls.name_successor(issuer, digest("stranger"))) == "UnfitSuccessor"
    town.act("agency", calls.withdraw_issuer(college))
    assert town.refusal("provider", calls.name_successor(issuer, college)) == "UnfitSuccessor"


def test_successors_form_a_row_and_never_a_ring(town, issuer, college):
    town.act("provider", calls.name_successor(issuer, college))
    assert town.refusal("college", calls.name_successor(college, issuer)) == "UnfitSuccessor"
    third = digest("did:example:third")
    town.act("agency", calls.admit_issuer(third, town.account("third"), digest("s"), digest("d")))
    town.act("college", calls.name_successor(college, third))
    assert town.ask("issuers", "speaksFor", town.account("third"), issuer) is True
