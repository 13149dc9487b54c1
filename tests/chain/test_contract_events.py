"""Whoever has the logs has the state: every change of a contract is told by an event, so nobody needs an archive node.

The replay below knows the events and block times alone. What it comes to is compared with what the contracts answer.
"""

import hashlib
from collections import defaultdict

from creditbank.services import calls, reads
from creditbank.services.ports import Call

ZERO = reads.NOBODY


def digest(text):
    return hashlib.sha256(text.encode()).digest()


ISSUER, HEIR, KEY, OTHER_KEY = digest("issuer"), digest("heir"), digest("key"), digest("other key")
LOT, SECOND, AWARD, HIGHER = digest("lot"), digest("second lot"), digest("award"), digest("higher award")
ROOT = digest("root")


class Replay:
    """The state of all contracts, told by their events."""

    def __init__(self, chain):
        self.owner = self.offered = ZERO
        self.registrars, self.issuers, self.keys, self.voices, self.banks = set(), {}, {}, {}, defaultdict(list)
        self.admissions, self.overseers, self.anchors, self.statuses = {}, {}, {}, {}
        self.spent, self.total, self.uses = defaultdict(int), {}, defaultdict(int)
        for contract in ("issuers", "anchors", "redemptions"):
            for event in chain.events(contract, 0, chain.head()[0]):
                self.contract, self.number = contract, event.block_number
                self.time = int(chain.block(event.block_number)[1].timestamp())
                getattr(self, event.name)(**event.fields)

    def body(self, issuer):
        empty = {
            "controller": ZERO,
            "registrar": ZERO,
            "successor": bytes(32),
            "terms": [],
            "recovery": (ZERO, 0, False),
        }
        return self.issuers.setdefault(issuer, empty)

    def OwnerChanged(self, owner):
        self.owner, self.offered = owner, ZERO

    def OwnershipOffered(self, to):
        self.offered = to

    def RegistrarAppointed(self, registrar):
        self.registrars.add(registrar)

    def RegistrarDismissed(self, registrar):
        self.registrars.discard(registrar)

    def TermsSet(self, issuer, registrar, scope, document):
        body = self.body(issuer)
        body["registrar"] = registrar
        self._close(body["terms"])
        body["terms"].append([self.time, 0, registrar, scope, document])

    def IssuerWithdrawn(self, issuer, registrar):
        self._close(self.body(issuer)["terms"])

    def IssuerAdopted(self, issuer, registrar):
        self.body(issuer)["registrar"] = registrar

    def ControllerChanged(self, issuer, controller):
        self.body(issuer).update(controller=controller, recovery=(ZERO, 0, False))

    def ControlOffered(self, issuer, to):
        pass  # no function gives it back; accepting shows it

    def RecoveryProposed(self, issuer, to, **notice):
        self.body(issuer)["recovery"] = (to, notice["notBefore"], False)

    def RecoveryConfirmed(self, issuer, to):
        self.body(issuer)["recovery"] = (*self.body(issuer)["recovery"][:2], True)

    def RecoveryCancelled(self, issuer):
        self.body(issuer)["recovery"] = (ZERO, 0, False)

    def SuccessorNamed(self, issuer, successor):
        self.body(issuer)["successor"] = successor

    def KeyAdded(self, issuer, key, **life):
        self.keys[issuer, key] = [life["from"], life["until"], 0, 0]

    def KeyRetired(self, issuer, key, until):
        self.keys[issuer, key][1] = until

    def KeyRevoked(self, issuer, key, by):
        self.keys[issuer, key][2] = self.time

    def SuspicionVoiced(self, issuer, key, by, since):
        self.voices.setdefault((issuer, key), {})[by] = since

    def KeySuspected(self, issuer, key, since):
        self.keys[issuer, key][3] = since

    def BankNamed(self, issuer, bank):
        self.banks[issuer, bank].append([self.time, 0])

    def BankDropped(self, issuer, bank):
        self._close(self.banks[issuer, bank])

    def Admitted(self, account, identity, registrar):
        before = self.admissions.get((self.contract, account), (None, None, []))[2]
        self.admissions[self.contract, account] = (registrar, identity, [*before, [self.time, 0]])
        self.overseers[self.contract, identity] = registrar

    def Withdrawn(self, account, identity, registrar):
        windows = self.admissions[self.contract, account][2]
        self._close(windows)
        self.admissions[self.contract, account] = (registrar, identity, windows)

    def Anchored(self, bank, root, size):
        self.anchors[bank, root, size] = (self.time, self.number)

    def StatusPublished(self, bank, sequence, root):
        self.statuses[bank] = (root, sequence, self.time)

    def Spent(self, lot, awarder, award, amount, total, account):
        self.total[lot] = total
        self.spent[lot] += amount
        self.uses[lot, awarder, award] += amount

    def Moved(self, lot, awarder, amount, account, **awards):
        self.uses[lot, awarder, awards["fromAward"]] -= amount
        self.uses[lot, awarder, awards["toAward"]] += amount

    def Released(self, lot, awarder, award, amount, account):
        self.spent[lot] -= amount
        self.uses[lot, awarder, award] -= amount

    def Refused(self, awarder, award, account, reason):
        self.refused = (awarder, award, account)

    def _close(self, windows):
        if windows and windows[-1][1] == 0:
            windows[-1][1] = self.time


def registry(town):
    """Every function of the registry that changes something, at least once."""
    account, act = town.account, town.act
    for issuer, controller in ((ISSUER, "provider"), (HEIR, "college")):
        act("agency", calls.admit_issuer(issuer, account(controller), digest("scope"), digest("document")))
    act("provider", calls.add_key(ISSUER, KEY), calls.add_key(ISSUER, OTHER_KEY, 0, town.seconds(days=90)))
    act("provider", calls.name_bank(ISSUER, account("bank")), calls.name_bank(ISSUER, account("second bank")))
    act("agency", calls.amend_issuer(ISSUER, digest("scope"), digest("new document")), calls.withdraw_issuer(HEIR))
    town.wait(days=3)
    act("agency", calls.admit_issuer(HEIR, account("college"), digest("scope"), digest("document")))
    act("provider", calls.drop_bank(ISSUER, account("bank")), calls.retire_key(ISSUER, OTHER_KEY, town.seconds(days=9)))
    act("provider", calls.name_bank(ISSUER, account("bank")), calls.offer_control(ISSUER, account("board")))
    act("board", calls.accept_control(ISSUER), calls.revoke_key(ISSUER, KEY), calls.name_successor(ISSUER, HEIR))
    since = town.seconds(days=-1)
    act("college", calls.suspect_key(ISSUER, KEY, since))
    act("agency", calls.suspect_key(ISSUER, KEY, since), calls.propose_recovery(HEIR, account("lost and found")))
    act("steward", calls.confirm_recovery(HEIR, account("lost and found")), calls.cancel_recovery(HEIR))
    act("agency", calls.propose_recovery(HEIR, account("lost and found")))
    act("steward", calls.confirm_recovery(HEIR, account("lost and found")))
    town.wait(days=14)
    act("lost and found", calls.accept_recovery(HEIR))
    act("agency", calls.propose_recovery(HEIR, account("somebody")))
    act("steward", calls.appoint_registrar(account("second agency")), calls.dismiss_registrar(account("agency")))
    act("second agency", calls.adopt_issuer(ISSUER))
    act("steward", calls.offer_ownership(account("board")))
    act("board", calls.accept_ownership(), calls.offer_ownership(account("steward")))


def others(town):
    """And of the other two, with an account that changes its registrar."""
    account, act = town.account, town.act
    act("agency", calls.admit_bank(account("bank"), digest("did:bank")))
    act("agency", calls.admit_awarder(account("north"), digest("did:north")))
    act("bank", calls.anchor(ROOT, 7), calls.anchor(ROOT, 8), calls.anchor(ROOT, 7), calls.publish_status(ROOT, 3))
    act("bank", calls.publish_status(digest("newer"), 9))
    act(
        "north",
        calls.spend(LOT, 2000, 6000, AWARD),
        calls.move(LOT, 500, AWARD, HIGHER),
        calls.release(LOT, 100, AWARD),
    )
    act("north", calls.spend_bundles([(HIGHER, ((SECOND, 10, 20),)), (AWARD, ((SECOND, 11, 20),)), (AWARD, ())]))
    act("agency", calls.withdraw_bank(account("bank")), calls.admit_bank(account("bank"), digest("did:bank")))


def test_the_events_alone_give_the_state_of_the_registry(town):
    registry(town)
    told, ask = Replay(town.chain), town.ask
    assert (ask("issuers", "owner"), ask("issuers", "offeredOwner")) == (told.owner, told.offered)
    assert told.owner == town.account("board")
    for name in ("agency", "second agency", "provider"):
        assert reads.is_registrar(town.chain, town.account(name)) == (town.account(name) in told.registrars)
    for issuer, body in told.issuers.items():
        assert ask("issuers", "issuerOf", issuer) == (body["controller"], body["registrar"], body["successor"])
        assert [list(one) for one in ask("issuers", "termsOf", issuer)] == body["terms"]
        assert tuple(ask("issuers", "recoveryOf", issuer)) == body["recovery"]
        assert list(ask("issuers", "keysOf", issuer)) == [key for owner, key in told.keys if owner == issuer]
        assert list(ask("issuers", "banksOf", issuer)) == [bank for owner, bank in told.banks if owner == issuer]
    for (issuer, key), life in told.keys.items():
        assert list(ask("issuers", "keyOf", issuer, key)) == life
    for (issuer, bank), windows in told.banks.items():
        assert [list(one) for one in ask("issuers", "bankWindows", issuer, bank)] == windows
    assert told.keys[ISSUER, KEY][3] == told.voices[ISSUER, KEY][town.account("college")] > 0
    assert told.issuers[HEIR]["recovery"][0] == town.account("somebody")


def test_the_events_alone_give_the_state_of_anchors_and_redemptions(town):
    others(town)
    town.act("steward", calls.appoint_registrar(town.account("second agency")))
    town.act("steward", calls.dismiss_registrar(town.account("agency")))
    town.act("second agency", calls.withdraw_awarder(town.account("north")))
    told, ask = Replay(town.chain), town.ask
    assert len(told.admissions) == 2
    for (contract, account), (registrar, identity, windows) in told.admissions.items():
        found = ask(contract, "admissionOf", account)
        assert (found[0], found[1], [list(one) for one in found[2]]) == (registrar, identity, windows)
        assert ask(contract, "overseerOf", identity) == told.overseers[contract, identity]
    assert len(told.anchors) == 2
    for place, when in told.anchors.items():
        assert tuple(ask("anchors", "anchoredAt", *place)) == when
    assert {bank: tuple(ask("anchors", "statusOf", bank)) for bank in told.statuses} == told.statuses
    assert dict(told.spent) == {LOT: 1900, SECOND: 10}
    for lot, spent in told.spent.items():
        assert tuple(ask("redemptions", "lotOf", lot)) == (spent, told.total[lot])
    for use, amount in told.uses.items():
        assert ask("redemptions", "spentFor", *use) == amount
    assert told.refused == (digest("did:north"), AWARD, town.account("north"))


def test_nobody_spends_for_an_account_by_calling_what_the_contract_calls_on_itself(town, awarders):
    bundle = Call("redemptions", "spendBundle", (town.account("north"), (AWARD, ((LOT, 1, 6000),))))
    for name in ("north", "someone", "agency"):
        assert town.refusal(name, bundle) == "NotAdmitted"


def test_a_row_of_successors_is_followed_eight_far(town):
    row = [digest(f"body {number}") for number in range(10)]
    for number, body in enumerate(row):
        town.act("agency", calls.admit_issuer(body, town.account(f"c{number}"), digest("s"), digest("d")))
    for number in range(9):
        town.act(f"c{number}", calls.name_successor(row[number], row[number + 1]))
    last = town.account("c9")
    assert [town.ask("issuers", "speaksFor", last, body) for body in row] == [False] + [True] * 9
