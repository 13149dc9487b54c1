"""Anchors are written once, by admitted banks, and never for an empty tree (threats 20, 28, 30 and 31)."""

import hashlib

import pytest

from creditbank.anchoring.evidence import check_evidence
from creditbank.services import calls, reads


def digest(text):
    return hashlib.sha256(text.encode()).digest()


ROOT = digest("root")


def test_an_admitted_bank_anchors_a_root_with_its_size(town, bank):
    mined = town.act("bank", calls.anchor(ROOT, 7))
    anchoring = reads.anchored_at(town.chain, bank, ROOT, 7)
    assert (anchoring.time, anchoring.block_number) == (mined.block_time, mined.block_number)


def test_size_and_bank_belong_to_the_anchor(town, bank):
    """Threats 19 and 20: a size lie and another bank's batch find nothing."""
    town.act("bank", calls.anchor(ROOT, 7))
    assert reads.anchored_at(town.chain, bank, ROOT, 8) is None
    assert reads.anchored_at(town.chain, bank, digest("other"), 7) is None
    assert reads.anchored_at(town.chain, town.account("other bank"), ROOT, 7) is None


def test_nobody_but_an_admitted_bank_anchors(town):
    """Threat 30: a foreign writer is refused by the contract itself."""
    for stranger in ("someone", "agency", "steward"):
        assert town.refusal(stranger, calls.anchor(ROOT, 1)) == "NotAdmitted"
        assert town.refusal(stranger, calls.publish_status(ROOT, 1)) == "NotAdmitted"


@pytest.mark.parametrize(("root", "size"), [(bytes(32), 1), (ROOT, 0)])
def test_an_empty_tree_is_never_anchored(town, bank, root, size):
    assert town.refusal("bank", calls.anchor(root, size)) == "EmptyTree"
    assert reads.anchored_at(town.chain, bank, root, size) is None


def test_sending_twice_anchors_once(town, bank):
    """Threat 30: what stands is never overwritten, so whoever copies a root in flight gains and harms nothing."""
    first = town.act("bank", calls.anchor(ROOT, 7))
    town.wait(days=1)
    again = town.act("bank", calls.anchor(ROOT, 7))
    assert again.block_number > first.block_number
    assert reads.anchored_at(town.chain, bank, ROOT, 7).time == first.block_time
    assert len(check_evidence(*town.chain.evidence(first.transaction)).anchored) == 1
    assert check_evidence(*town.chain.evidence(again.transaction)).anchored == ()


def test_one_root_may_be_anchored_with_two_sizes_and_by_two_banks(town, bank):
    """Nobody can occupy another's root."""
    other = town.account("other bank")
    town.act("agency", calls.admit_bank(other, digest("did:example:other bank")))
    town.act("other bank", calls.anchor(ROOT, 7))
    assert reads.anchored_at(town.chain, bank, ROOT, 7) is None
    town.act("bank", calls.anchor(ROOT, 7), calls.anchor(ROOT, 8))
    assert reads.anchored_at(town.chain, bank, ROOT, 7).time > reads.anchored_at(town.chain, other, ROOT, 7).time


def test_a_withdrawn_bank_anchors_nothing_more_and_its_anchors_stay(town, bank):
    town.act("bank", calls.anchor(ROOT, 7))
    before = town.seconds()
    town.wait(days=1)
    town.act("agency", calls.withdraw_bank(bank))
    after = town.seconds()
    assert town.refusal("bank", calls.anchor(digest("later"), 7)) == "NotAdmitted"
    assert reads.anchored_at(town.chain, bank, ROOT, 7) is not None
    assert town.ask("anchors", "isAdmitted", bank, before) is True
    assert town.ask("anchors", "isAdmitted", bank, after) is False
    assert not reads.bank_admission(town.chain, bank).admitted
    town.act("agency", calls.admit_bank(bank, digest("did:example:bank")))
    town.act("bank", calls.anchor(digest("later"), 7))
    assert len(reads.bank_admission(town.chain, bank).periods) == 2


def test_banks_are_admitted_by_registrars_and_withdrawn_by_the_same(town, bank):
    identity = digest("did:example:new")
    new = town.account("new")
    assert town.refusal("someone", calls.admit_bank(new, identity)) == "NotOverseer"
    assert town.refusal("steward", calls.admit_bank(new, identity)) == "NotOverseer"
    town.act("steward", calls.appoint_registrar(town.account("other agency")))
    assert town.refusal("other agency", calls.withdraw_bank(bank)) == "NotOverseer"
    town.act("steward", calls.dismiss_registrar(town.account("agency")))
    assert town.refusal("agency", calls.withdraw_bank(bank)) == "NotOverseer"
    town.act("other agency", calls.withdraw_bank(bank))
    assert reads.bank_admission(town.chain, bank).registrar == town.account("other agency")


def test_a_body_gets_further_accounts_from_the_registrar_that_first_admitted_one_for_it(town, bank):
    identity, new = digest("did:example:bank"), town.account("new")
    assert town.ask("anchors", "overseerOf", identity) == town.account("agency")
    town.act("steward", calls.appoint_registrar(town.account("other agency")))
    assert town.refusal("other agency", calls.admit_bank(new, identity)) == "NotBodysOverseer"
    town.act("agency", calls.withdraw_bank(bank))
    assert town.refusal("other agency", calls.admit_bank(new, identity)) == "NotBodysOverseer"
    town.act("steward", calls.dismiss_registrar(town.account("agency")))
    town.act("other agency", calls.admit_bank(new, identity))
    assert town.ask("anchors", "overseerOf", identity) == town.account("other agency")
    town.act("steward", calls.appoint_registrar(town.account("agency")))
    assert town.refusal("agency", calls.admit_bank(bank, identity)) == "NotBodysOverseer"


def test_an_account_is_admitted_for_one_body_and_once_at_a_time(town, bank):
    assert town.refusal("agency", calls.admit_bank(bank, digest("did:example:bank"))) == "AccountAlreadyAdmitted"
    town.act("agency", calls.withdraw_bank(bank))
    assert town.refusal("agency", calls.withdraw_bank(bank)) == "NotAdmitted"
    assert town.refusal("agency", calls.admit_bank(bank, digest("did:example:impostor"))) == "IdentityDiffers"
    assert town.refusal("agency", calls.admit_bank(reads.NOBODY, digest("x"))) == "EmptyAdmission"
    assert town.refusal("agency", calls.admit_bank(town.account("x"), bytes(32))) == "EmptyAdmission"


def test_status_roots_rise(town, bank):
    """Threat 31: a reader can tell an old list from the newest."""
    assert reads.status_root(town.chain, bank) is None
    mined = town.act("bank", calls.publish_status(digest("first"), 1))
    assert reads.status_root(town.chain, bank) == reads.StatusRoot(digest("first"), 1, mined.block_time)
    town.act("bank", calls.publish_status(digest("second"), 5))
    assert town.refusal("bank", calls.publish_status(digest("third"), 5)) == "SequenceNotRising"
    assert town.refusal("bank", calls.publish_status(digest("first"), 1)) == "SequenceNotRising"
    assert reads.status_root(town.chain, bank).root == digest("second")


def test_publishing_the_newest_status_again_changes_nothing(town, bank):
    first = town.act("bank", calls.publish_status(digest("first"), 1))
    town.wait(days=1)
    town.act("bank", calls.publish_status(digest("first"), 1))
    assert reads.status_root(town.chain, bank).time == first.block_time


def test_an_empty_status_root_is_refused(town, bank):
    assert town.refusal("bank", calls.publish_status(bytes(32), 1)) == "EmptyTree"
    assert town.refusal("bank", calls.publish_status(ROOT, 0)) == "EmptyTree"


def test_status_roots_of_two_banks_do_not_mix(town, bank):
    town.act("bank", calls.publish_status(ROOT, 9))
    assert reads.status_root(town.chain, town.account("other bank")) is None
