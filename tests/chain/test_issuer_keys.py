"""Key windows against block time: nothing is dated back, and nobody repudiates alone (threats 15, 16 and 17)."""

import hashlib
from datetime import timedelta

import pytest

from creditbank.services import calls, reads


def digest(text):
    return hashlib.sha256(text.encode()).digest()


def good(town, issuer, key, at):
    """The contract's answer, which the typed read must share."""
    answer = town.ask("issuers", "keyGood", issuer, key, at)
    state = reads.key_state(town.chain, issuer, key)
    head = town.chain.head()[2]
    assert answer == (state is not None and state.good(head + timedelta(seconds=at - int(head.timestamp()))))
    return answer


def test_a_key_counts_from_the_block_that_registers_it(town, issuer, key):
    now = town.seconds()
    assert good(town, issuer, key, now - 1) is False
    assert good(town, issuer, key, now) is True
    assert good(town, issuer, key, now + 10**9) is True
    assert reads.issuer_keys(town.chain, issuer) == (key,)


def test_a_start_in_the_past_becomes_now(town, issuer):
    town.act("provider", calls.add_key(issuer, digest("old"), start=town.seconds(days=-365)))
    assert reads.key_state(town.chain, issuer, digest("old")).start == town.chain.head()[2]


def test_a_key_can_be_announced_with_a_window_to_come(town, issuer):
    start, until = town.seconds(days=1), town.seconds(days=2)
    town.act("provider", calls.add_key(issuer, digest("next"), start, until))
    answers = [good(town, issuer, digest("next"), at) for at in (start - 1, start, until - 1, until)]
    assert answers == [False, True, True, False]


def test_a_window_that_ends_before_it_begins_is_refused(town, issuer):
    begin = town.seconds(days=1)
    assert town.refusal("provider", calls.add_key(issuer, digest("k"), begin, begin)) == "EmptyWindow"
    assert town.refusal("provider", calls.add_key(issuer, digest("k"), 0, 1)) == "EmptyWindow"


def test_only_the_controller_registers_and_retires_keys(town, issuer, key):
    for stranger in ("someone", "agency", "steward"):
        assert town.refusal(stranger, calls.add_key(issuer, digest("k"))) == "NotController"
        assert town.refusal(stranger, calls.retire_key(issuer, key)) == "NotController"


def test_a_key_is_registered_once_and_never_empty(town, issuer, key):
    assert town.refusal("provider", calls.add_key(issuer, key)) == "KeyKnown"
    assert town.refusal("provider", calls.add_key(issuer, bytes(32))) == "EmptyValue"
    town.act("provider", calls.revoke_key(issuer, key))
    assert town.refusal("provider", calls.add_key(issuer, key)) == "KeyKnown"


def test_retiring_ends_a_key_now_or_later_but_never_earlier(town, issuer, key):
    registered = town.seconds()
    town.wait(days=10)
    town.act("provider", calls.retire_key(issuer, key, until=registered))
    retired = town.seconds()
    assert retired >= registered + 10 * 86400
    assert good(town, issuer, key, retired - 1) is True
    assert good(town, issuer, key, retired) is False


def test_an_end_can_be_brought_forward_but_not_put_off(town, issuer, key):
    later = town.seconds(days=20)
    town.act("provider", calls.retire_key(issuer, key, later))
    assert town.refusal("provider", calls.retire_key(issuer, key, later)) == "WindowClosed"
    assert town.refusal("provider", calls.retire_key(issuer, key, later + 1)) == "WindowClosed"
    town.act("provider", calls.retire_key(issuer, key, later - 86400))
    town.wait(days=19)
    assert town.refusal("provider", calls.retire_key(issuer, key)) == "WindowClosed"


def test_revocation_is_immediate_and_spares_what_was_before(town, issuer, key):
    town.wait(days=10)
    town.act("provider", calls.revoke_key(issuer, key))
    revoked = town.seconds()
    assert reads.key_state(town.chain, issuer, key).revoked == town.chain.head()[2]
    assert good(town, issuer, key, revoked - 1) is True
    assert good(town, issuer, key, revoked) is False


def test_a_revocation_never_moves(town, issuer, key):
    town.act("provider", calls.revoke_key(issuer, key))
    town.wait(days=1)
    assert town.refusal("provider", calls.revoke_key(issuer, key)) == "AlreadyRevoked"
    assert town.refusal("provider", calls.retire_key(issuer, key)) == "AlreadyRevoked"


def test_the_registrar_may_revoke_and_strangers_may_not(town, issuer, key):
    assert town.refusal("someone", calls.revoke_key(issuer, key)) == "NotController"
    assert town.refusal("steward", calls.revoke_key(issuer, key)) == "NotController"
    assert town.refusal("agency", calls.revoke_key(issuer, digest("never registered"))) == "UnknownKey"
    town.act("agency", calls.revoke_key(issuer, key))


def test_unknown_keys_are_never_good(town, issuer):
    assert good(town, issuer, digest("never registered"), town.seconds()) is False
    assert town.refusal("provider", calls.retire_key(issuer, digest("never registered"))) == "UnknownKey"


@pytest.fixture
def stolen(town, issuer, key):
    """A key that was revoked ten days after it was registered; the moment of the theft lies between."""
    town.wait(days=10)
    town.act("provider", calls.revoke_key(issuer, key))
    return town.seconds(days=-3)


def test_issuer_and_registrar_together_let_fall_what_was_anchored_since_the_theft(town, issuer, key, stolen):
    town.act("provider", calls.suspect_key(issuer, key, stolen))
    assert good(town, issuer, key, stolen) is True
    town.act("agency", calls.suspect_key(issuer, key, stolen))
    assert good(town, issuer, key, stolen - 1) is True
    assert good(town, issuer, key, stolen) is False


@pytest.mark.parametrize("party", ["provider", "agency"])
def test_neither_party_alone_repudiates(town, issuer, key, stolen, party):
    town.act(party, calls.suspect_key(issuer, key, stolen), calls.suspect_key(issuer, key, stolen))
    assert reads.key_state(town.chain, issuer, key).suspect_since is None
    assert good(town, issuer, key, stolen) is True


def test_two_different_moments_are_no_agreement(town, issuer, key, stolen):
    town.act("provider", calls.suspect_key(issuer, key, stolen))
    town.act("agency", calls.suspect_key(issuer, key, stolen + 1))
    assert reads.key_state(town.chain, issuer, key).suspect_since is None
    assert town.ask("issuers", "suspicionOf", issuer, key) == (stolen, stolen + 1)
    town.act("provider", calls.suspect_key(issuer, key, stolen + 1))
    assert reads.key_state(town.chain, issuer, key).suspect_since is not None


def test_suspicion_is_settled_once(town, issuer, key, stolen):
    for party in ("provider", "agency"):
        town.act(party, calls.suspect_key(issuer, key, stolen))
    for party in ("provider", "agency"):
        assert town.refusal(party, calls.suspect_key(issuer, key, stolen - 1)) == "AlreadySuspected"


def test_suspicion_lies_between_the_start_and_the_revocation(town, issuer, key, stolen):
    state = reads.key_state(town.chain, issuer, key)
    start, revoked = int(state.start.timestamp()), int(state.revoked.timestamp())
    for party in ("provider", "agency"):
        assert town.refusal(party, calls.suspect_key(issuer, key, revoked + 1)) == "SuspicionOutOfRange"
        assert town.refusal(party, calls.suspect_key(issuer, key, start - 1)) == "SuspicionOutOfRange"
        assert town.refusal(party, calls.suspect_key(issuer, key, 0)) == "SuspicionOutOfRange"
    town.act("provider", calls.suspect_key(issuer, key, revoked))
    town.act("provider", calls.suspect_key(issuer, key, start))


def test_a_key_that_was_not_revoked_cannot_be_under_suspicion(town, issuer, key):
    for party in ("provider", "agency"):
        assert town.refusal(party, calls.suspect_key(issuer, key, town.seconds())) == "NotRevoked"


def test_strangers_and_dismissed_registrars_have_no_say_about_a_key(town, issuer, key, stolen):
    assert town.refusal("someone", calls.suspect_key(issuer, key, stolen)) == "NotController"
    town.act("steward", calls.dismiss_registrar(town.account("agency")))
    assert town.refusal("agency", calls.suspect_key(issuer, key, stolen)) == "NotController"


def test_what_a_registrar_said_counts_no_longer_once_it_is_gone(town, issuer, key, stolen):
    """Else the issuer could wait for that, and repudiate alone."""
    town.act("agency", calls.suspect_key(issuer, key, stolen))
    town.act("steward", calls.dismiss_registrar(town.account("agency")))
    assert town.ask("issuers", "suspicionOf", issuer, key) == (0, 0)
    town.act("provider", calls.suspect_key(issuer, key, stolen))
    assert reads.key_state(town.chain, issuer, key).suspect_since is None
    town.act("steward", calls.appoint_registrar(town.account("other agency")))
    town.act("other agency", calls.adopt_issuer(issuer))
    town.act("steward", calls.appoint_registrar(town.account("agency")))
    town.act("provider", calls.suspect_key(issuer, key, stolen))
    assert good(town, issuer, key, stolen) is True
    town.act("other agency", calls.suspect_key(issuer, key, stolen))
    assert good(town, issuer, key, stolen) is False


def test_whoever_spoke_as_registrar_does_not_agree_with_itself_as_the_issuer(town, issuer, key, stolen):
    town.act("agency", calls.suspect_key(issuer, key, stolen))
    town.act("steward", calls.dismiss_registrar(town.account("agency")))
    town.act("steward", calls.appoint_registrar(town.account("other agency")))
    town.act("other agency", calls.adopt_issuer(issuer))
    town.act("provider", calls.offer_control(issuer, town.account("agency")))
    town.act("agency", calls.accept_control(issuer), calls.suspect_key(issuer, key, stolen))
    assert town.ask("issuers", "suspicionOf", issuer, key) == (stolen, 0)
    assert good(town, issuer, key, stolen) is True
