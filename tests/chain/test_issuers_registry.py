"""Who may admit issuers, and what a reader learns about any moment (threats 30, 16 and 17)."""

import hashlib

import pytest

from creditbank.services import calls, reads


def digest(text):
    return hashlib.sha256(text.encode()).digest()


OTHER = digest("did:example:other")


def test_only_the_owner_appoints_and_dismisses_registrars(town):
    someone = town.account("someone")
    assert town.refusal("someone", calls.appoint_registrar(someone)) == "NotOwner"
    town.act("steward", calls.appoint_registrar(someone))
    assert reads.is_registrar(town.chain, someone)
    assert town.refusal("agency", calls.dismiss_registrar(someone)) == "NotOwner"
    town.act("steward", calls.dismiss_registrar(someone))
    assert not reads.is_registrar(town.chain, someone)
    assert town.refusal("steward", calls.dismiss_registrar(someone)) == "NotRegistrar"


def test_the_empty_account_is_no_registrar(town):
    assert town.refusal("steward", calls.appoint_registrar(reads.NOBODY)) == "EmptyValue"


def test_ownership_passes_only_to_who_was_offered_it_and_accepts(town):
    heir = town.account("heir")
    assert town.refusal("heir", calls.offer_ownership(heir)) == "NotOwner"
    assert town.refusal("heir", calls.accept_ownership()) == "NotOfferedOwnership"
    town.act("steward", calls.offer_ownership(heir))
    assert reads.owner(town.chain) == town.account("steward")
    assert town.refusal("someone", calls.accept_ownership()) == "NotOfferedOwnership"
    town.act("heir", calls.accept_ownership())
    assert reads.owner(town.chain) == heir
    assert town.refusal("steward", calls.appoint_registrar(heir)) == "NotOwner"
    assert town.refusal("heir", calls.accept_ownership()) == "NotOfferedOwnership"


def test_an_offer_of_ownership_can_be_taken_back(town):
    town.act("steward", calls.offer_ownership(town.account("heir")))
    town.act("steward", calls.offer_ownership(reads.NOBODY))
    assert town.refusal("heir", calls.accept_ownership()) == "NotOfferedOwnership"


def test_a_registrar_admits_an_issuer_under_its_scope_and_document(town, issuer):
    state = reads.issuer_state(town.chain, issuer)
    assert state.controller == town.account("provider")
    assert state.registrar == town.account("agency")
    assert state.successor is None
    assert state.admitted
    (terms,) = state.terms
    assert (terms.scope, terms.document) == (digest("scope"), digest("document"))
    assert terms.registrar == town.account("agency")
    assert terms.period.start == town.chain.head()[2]


def test_nobody_but_a_registrar_admits_an_issuer(town):
    call = calls.admit_issuer(OTHER, town.account("provider"), digest("scope"), digest("document"))
    assert town.refusal("provider", call) == "NotRegistrar"
    assert town.refusal("steward", call) == "NotRegistrar"
    assert reads.issuer_state(town.chain, OTHER) is None


@pytest.mark.parametrize("missing", ["issuer", "controller", "scope", "document"])
def test_an_issuer_is_not_admitted_with_a_gap(town, missing):
    values = {
        "issuer": OTHER,
        "controller": town.account("provider"),
        "scope": digest("s"),
        "document": digest("d"),
    }
    values[missing] = reads.NOBODY if missing == "controller" else bytes(32)
    assert town.refusal("agency", calls.admit_issuer(**values)) == "EmptyValue"


def test_a_registrar_cannot_control_an_issuer_it_oversees(town, issuer):
    """Else one account could repudiate alone (threat 16)."""
    agency = town.account("agency")
    assert town.refusal("agency", calls.admit_issuer(OTHER, agency, digest("s"), digest("d"))) == "SameParty"
    assert town.refusal("provider", calls.offer_control(issuer, agency)) == "SameParty"
    assert town.refusal("agency", calls.propose_recovery(issuer, agency)) == "SameParty"


def test_another_registrar_cannot_touch_an_issuer(town, issuer):
    town.act("steward", calls.appoint_registrar(town.account("other agency")))
    again = calls.admit_issuer(issuer, town.account("other agency's puppet"), digest("s"), digest("d"))
    assert town.refusal("other agency", again) == "NotIssuersRegistrar"
    assert town.refusal("other agency", calls.amend_issuer(issuer, digest("s"), digest("d"))) == "NotIssuersRegistrar"
    assert town.refusal("other agency", calls.withdraw_issuer(issuer)) == "NotIssuersRegistrar"
    assert town.refusal("other agency", calls.adopt_issuer(issuer)) == "RegistrarServes"


def test_an_issuer_is_admitted_once_at_a_time(town, issuer):
    again = calls.admit_issuer(issuer, town.account("provider"), digest("scope"), digest("document"))
    assert town.refusal("agency", again) == "AlreadyAdmitted"


def test_terms_change_from_now_on_and_the_old_ones_stay_on_record(town, issuer):
    first = town.chain.head()[2]
    town.wait(days=30)
    town.act("agency", calls.amend_issuer(issuer, digest("scope"), digest("new document")))
    change = town.chain.head()[2]
    old, new = reads.issuer_state(town.chain, issuer).terms
    assert (old.period.start, old.period.until, old.document) == (first, change, digest("document"))
    assert (new.period.start, new.period.until, new.document) == (change, None, digest("new document"))


def test_a_withdrawn_issuer_was_admitted_until_then(town, issuer):
    start = town.seconds()
    town.wait(days=30)
    town.act("agency", calls.withdraw_issuer(issuer))
    end = town.seconds()
    assert not reads.issuer_state(town.chain, issuer).admitted
    assert town.ask("issuers", "isAdmitted", issuer, start - 1) is False
    assert town.ask("issuers", "isAdmitted", issuer, start) is True
    assert town.ask("issuers", "isAdmitted", issuer, end - 1) is True
    assert town.ask("issuers", "isAdmitted", issuer, end) is False
    assert town.refusal("agency", calls.withdraw_issuer(issuer)) == "IssuerNotAdmitted"
    assert town.refusal("agency", calls.amend_issuer(issuer, digest("s"), digest("d"))) == "IssuerNotAdmitted"


def test_a_withdrawn_issuer_registers_nothing_new_but_can_still_revoke(town, issuer, key):
    town.act("agency", calls.withdraw_issuer(issuer))
    assert town.refusal("provider", calls.add_key(issuer, digest("another"))) == "IssuerNotAdmitted"
    assert town.refusal("provider", calls.name_bank(issuer, town.account("bank"))) == "IssuerNotAdmitted"
    town.act("provider", calls.revoke_key(issuer, key))


def test_readmission_keeps_the_gap_and_the_controller(town, issuer):
    town.act("agency", calls.withdraw_issuer(issuer))
    gap = town.seconds()
    town.wait(days=1)
    puppet = town.account("puppet")
    town.act("agency", calls.admit_issuer(issuer, puppet, digest("scope"), digest("document")))
    assert reads.issuer_state(town.chain, issuer).controller == town.account("provider")
    assert town.ask("issuers", "isAdmitted", issuer, gap + 1) is False
    assert town.ask("issuers", "isAdmitted", issuer, town.seconds()) is True


def test_a_dismissed_registrar_can_do_nothing_and_its_issuers_can_be_adopted(town, issuer, key):
    other = town.account("other agency")
    town.act("steward", calls.appoint_registrar(other), calls.dismiss_registrar(town.account("agency")))
    assert town.refusal("agency", calls.withdraw_issuer(issuer)) == "NotIssuersRegistrar"
    assert town.refusal("agency", calls.revoke_key(issuer, key)) == "NotController"
    assert reads.issuer_state(town.chain, issuer).admitted
    assert town.refusal("agency", calls.adopt_issuer(issuer)) == "NotRegistrar"
    assert town.refusal("other agency", calls.adopt_issuer(OTHER)) == "UnknownIssuer"
    town.act("other agency", calls.adopt_issuer(issuer), calls.withdraw_issuer(issuer))
    assert reads.issuer_state(town.chain, issuer).registrar == other


def test_a_controller_who_becomes_a_registrar_cannot_adopt_its_own_issuer(town, issuer):
    provider = town.account("provider")
    town.act("steward", calls.appoint_registrar(provider), calls.dismiss_registrar(town.account("agency")))
    assert town.refusal("provider", calls.adopt_issuer(issuer)) == "SameParty"


def test_an_issuer_names_its_banks_and_drops_them_and_the_periods_stay(town, issuer):
    bank = town.account("bank")
    assert town.refusal("agency", calls.name_bank(issuer, bank)) == "NotController"
    assert town.refusal("provider", calls.name_bank(issuer, reads.NOBODY)) == "EmptyValue"
    assert town.refusal("provider", calls.drop_bank(issuer, bank)) == "BankNotNamed"
    town.act("provider", calls.name_bank(issuer, bank))
    named = town.seconds()
    assert town.refusal("provider", calls.name_bank(issuer, bank)) == "BankAlreadyNamed"
    assert town.refusal("someone", calls.drop_bank(issuer, bank)) == "NotController"
    town.act("provider", calls.drop_bank(issuer, bank))
    dropped = town.seconds()
    town.act("provider", calls.name_bank(issuer, bank))
    periods = reads.issuer_banks(town.chain, issuer)
    assert list(periods) == [bank]
    assert [period.until is None for period in periods[bank]] == [False, True]
    uses = [town.ask("issuers", "usesBank", issuer, bank, at) for at in (named - 1, named, dropped, town.seconds())]
    assert uses == [False, True, False, True]


def test_a_call_that_skips_the_trial_still_reverts_in_its_block(town, issuer):
    """The refusal is the contract's, not the sender's courtesy."""
    transaction = town.chain.build(
        town.account("agency"), calls.withdraw_issuer(issuer), nonce=town.chain.nonce(town.account("thief"))
    )
    raw, name = town.keys.sign_transaction("thief", transaction)
    town.chain.send(raw)
    mined = town.landed(name)
    assert not mined.succeeded
    assert reads.issuer_state(town.chain, issuer).admitted
