"""One credit counts once, also between bodies that do not know each other (threats 35, 37 and 38)."""

import hashlib
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbank.adapters.chain.artifacts import load_artifacts
from creditbank.adapters.chain.codec import Interface
from creditbank.services import calls, reads
from creditbank.services.ports import Call, ChainRefused
from creditbank.units import Credits


def digest(text):
    return hashlib.sha256(text.encode()).digest()


LOT, AWARD, OTHER = digest("lot"), digest("award"), digest("other award")


def use(town):
    found = reads.lot_use(town.chain, LOT)
    return None if found is None else (found.spent.thousandths, found.total.thousandths)


def test_an_awarder_spends_part_of_a_lot(town, awarders):
    town.act("north", calls.spend(LOT, 2500, 6000, AWARD))
    assert use(town) == (2500, 6000)
    assert reads.spent_for(town.chain, LOT, awarders[0], AWARD) == Credits(2500)


def test_two_awarders_share_a_lot_up_to_its_total_and_not_beyond(town, awarders):
    town.act("north", calls.spend(LOT, 4000, 6000, AWARD))
    with pytest.raises(ChainRefused) as refused:
        town.act("south", calls.spend(LOT, 2001, 6000, AWARD))
    assert refused.value.reason == "SpentBeyondTotal"
    assert "only 2000" in str(refused.value)
    town.act("south", calls.spend(LOT, 2000, 6000, AWARD))
    assert use(town) == (6000, 6000)
    assert town.refusal("south", calls.spend(LOT, 1, 6000, OTHER)) == "SpentBeyondTotal"


def test_of_several_bundles_each_counts_wholly_or_not_at_all(town, awarders):
    """Threat 36: one that is refused holds up no other, and the contract tells which counts."""
    second = digest("second lot")
    bundles = [
        (AWARD, ((LOT, 2000, 6000), (second, 1000, 6000))),
        (OTHER, ((second, 1000, 6000), (LOT, 4001, 6000))),
        (digest("third award"), ((LOT, 4000, 6000),)),
    ]
    for _ in range(2):
        town.act("north", calls.spend_bundles(bundles))
        assert reads.bundles_spent(town.chain, awarders[0], bundles) == (True, False, True)
        assert use(town) == (6000, 6000)
        assert reads.spent_for(town.chain, second, awarders[0], OTHER) == Credits(0)
    assert reads.bundles_spent(town.chain, awarders[1], bundles) == (False, False, False)
    town.act("agency", calls.withdraw_awarder(town.account("north")))
    assert town.refusal("north", calls.spend_bundles(bundles)) == "NotAdmitted"


def test_the_first_spend_fixes_the_total(town, awarders):
    town.act("north", calls.spend(LOT, 1, 6000, AWARD))
    assert town.refusal("south", calls.spend(LOT, 1, 6001, AWARD)) == "TotalDiffers"
    assert town.refusal("south", calls.spend(LOT, 1, 5999, AWARD)) == "TotalDiffers"
    assert town.refusal("north", calls.spend(LOT, 1, 6001, AWARD)) == "TotalDiffers"


def test_a_first_spend_above_its_own_total_is_refused(town, awarders):
    assert town.refusal("north", calls.spend(LOT, 2, 1, AWARD)) == "SpentBeyondTotal"
    assert town.refusal("north", calls.spend(LOT, 1, 0, AWARD)) == "SpentBeyondTotal"
    assert use(town) is None


def test_the_largest_amounts_do_not_wrap(town, awarders):
    most = 2**64 - 1
    town.act("north", calls.spend(LOT, most, most, AWARD))
    assert town.refusal("south", calls.spend(LOT, 1, most, AWARD)) == "SpentBeyondTotal"
    assert town.refusal("south", calls.spend(LOT, most, most, AWARD)) == "SpentBeyondTotal"


def test_sending_the_same_use_twice_counts_once(town, awarders):
    town.act("north", calls.spend(LOT, 2500, 6000, AWARD), calls.spend(LOT, 2500, 6000, AWARD))
    assert use(town) == (2500, 6000)
    assert town.refusal("north", calls.spend(LOT, 2501, 6000, AWARD)) == "AlreadySpent"


def test_nobody_but_an_admitted_awarder_spends_moves_or_releases(town, awarders, bank):
    """Threat 30: a foreign writer is refused by the contract itself."""
    town.act("north", calls.spend(LOT, 10, 10, AWARD))
    for stranger in ("someone", "agency", "bank", "steward"):
        assert town.refusal(stranger, calls.spend(LOT, 1, 10, AWARD)) == "NotAdmitted"
        assert town.refusal(stranger, calls.move(LOT, 1, AWARD, OTHER)) == "NotAdmitted"
        assert town.refusal(stranger, calls.release(LOT, 1, AWARD)) == "NotAdmitted"
    in_its_name = Call("redemptions", "spendBundle", (town.account("north"), (OTHER, ((LOT, 1, 10),))))
    for whoever in ("someone", "south", "north"):  # what the contract does for whoever asked it, nobody else asks of it
        assert town.refusal(whoever, in_its_name) == "NotAdmitted"


def test_a_withdrawn_awarder_does_nothing_more_and_its_uses_stay(town, awarders):
    town.act("north", calls.spend(LOT, 10, 10, AWARD))
    town.act("agency", calls.withdraw_awarder(town.account("north")))
    assert town.refusal("north", calls.release(LOT, 10, AWARD)) == "NotAdmitted"
    assert use(town) == (10, 10)
    assert not reads.awarder_admission(town.chain, town.account("north")).admitted


def test_an_awarder_moves_its_use_up_an_exit_ladder(town, awarders):
    town.act("north", calls.spend(LOT, 4000, 6000, AWARD), calls.move(LOT, 1500, AWARD, OTHER))
    assert use(town) == (4000, 6000)
    assert reads.spent_for(town.chain, LOT, awarders[0], AWARD) == Credits(2500)
    assert reads.spent_for(town.chain, LOT, awarders[0], OTHER) == Credits(1500)
    assert town.refusal("north", calls.move(LOT, 2501, AWARD, OTHER)) == "NotSpentThere"
    assert town.refusal("north", calls.move(LOT, 1, AWARD, AWARD)) == "SameAward"
    assert town.refusal("north", calls.move(LOT, 1, AWARD, bytes(32))) == "EmptyUse"


def test_an_awarder_cannot_move_or_release_what_another_spent(town, awarders):
    """Threat 30: nor does one awarder touch what is another one's."""
    town.act("north", calls.spend(LOT, 4000, 6000, AWARD))
    assert town.refusal("south", calls.move(LOT, 1, AWARD, OTHER)) == "NotSpentThere"
    assert town.refusal("south", calls.release(LOT, 1, AWARD)) == "NotSpentThere"


def test_no_other_registrar_admits_an_account_that_releases_what_a_body_spent(town, awarders):
    """Threat 30: logs name lot, body and award, so an account of that body is all that it would take."""
    town.act("north", calls.spend(LOT, 6000, 6000, AWARD))
    town.act("steward", calls.appoint_registrar(town.account("crooked agency")))
    impostor = calls.admit_awarder(town.account("impostor"), awarders[0])
    assert town.refusal("crooked agency", impostor) == "NotBodysOverseer"
    assert town.refusal("impostor", calls.release(LOT, 6000, AWARD)) == "NotAdmitted"
    town.act("crooked agency", calls.admit_awarder(town.account("impostor"), digest("did:example:its own")))
    assert town.refusal("impostor", calls.release(LOT, 6000, AWARD)) == "NotSpentThere"
    assert use(town) == (6000, 6000)


def test_released_credit_can_be_spent_elsewhere(town, awarders):
    town.act("north", calls.spend(LOT, 6000, 6000, AWARD))
    assert town.refusal("north", calls.release(LOT, 6001, AWARD)) == "NotSpentThere"
    town.act("north", calls.release(LOT, 2000, AWARD))
    assert use(town) == (4000, 6000)
    town.act("south", calls.spend(LOT, 2000, 6000, AWARD))
    assert use(town) == (6000, 6000)


def test_a_total_dies_with_the_last_use(town, awarders):
    """So a first spender who got the total wrong does not block the lot for ever."""
    town.act("north", calls.spend(LOT, 1, 999, AWARD), calls.release(LOT, 1, AWARD))
    assert use(town) is None
    assert town.ask("redemptions", "lotOf", LOT) == (0, 0)
    town.act("south", calls.spend(LOT, 6000, 6000, AWARD))
    assert use(town) == (6000, 6000)


def test_a_body_that_changes_its_account_keeps_its_uses(town, awarders):
    town.act("north", calls.spend(LOT, 10, 10, AWARD))
    town.act("agency", calls.withdraw_awarder(town.account("north")))
    town.act("agency", calls.admit_awarder(town.account("north anew"), awarders[0]))
    town.act("north anew", calls.move(LOT, 4, AWARD, OTHER), calls.release(LOT, 6, AWARD))
    assert use(town) == (4, 10)


@pytest.mark.parametrize(
    "call",
    [
        calls.spend(bytes(32), 1, 1, AWARD),
        calls.spend(LOT, 0, 1, AWARD),
        calls.spend(LOT, 1, 1, bytes(32)),
        calls.move(LOT, 0, AWARD, OTHER),
        calls.release(LOT, 0, AWARD),
    ],
)
def test_an_empty_use_is_refused(town, awarders, call):
    assert town.refusal("north", call) == "EmptyUse"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["spend", "move", "release"]),
        st.sampled_from(["north", "south"]),
        st.integers(1, 7),
        st.sampled_from([6, 6, 6, 9]),
        st.sampled_from([AWARD, OTHER]),
    ),
    max_size=10,
)


class Model:
    """The rules of DESIGN, in ten lines of arithmetic."""

    def __init__(self):
        self.uses, self.total = {}, 0

    def step(self, kind, who, amount, total, award):
        """Apply, or return False."""
        known = self.uses.get((who, award), 0)
        spent = sum(self.uses.values())
        if kind == "spend":
            if spent and total != self.total:
                return False
            if known == amount:
                return True
            if known or spent + amount > total:
                return False
            self.total = total
            self.uses[who, award] = amount
            return True
        if amount > known:
            return False
        self.uses[who, award] = known - amount
        if kind == "move":
            other = OTHER if award == AWARD else AWARD
            self.uses[who, other] = self.uses.get((who, other), 0) + amount
        return True


@settings(max_examples=12, deadline=None)
@given(steps=STEPS)
def test_whatever_is_tried_the_contract_keeps_the_books_of_the_model(request, steps):
    town_class = type(request.getfixturevalue("town"))
    source = request.getfixturevalue("town_file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chain.db"
        shutil.copyfile(source, path)
        town = town_class(path)
        try:
            _replay(town, steps)
        finally:
            town.chain.close()


def _replay(town, steps):
    for name in ("north", "south"):
        town.act("agency", calls.admit_awarder(town.account(name), digest(name)))
    model = Model()
    for kind, who, amount, total, award in steps:
        call = {
            "spend": calls.spend(LOT, amount, total, award),
            "move": calls.move(LOT, amount, award, OTHER if award == AWARD else AWARD),
            "release": calls.release(LOT, amount, award),
        }[kind]
        try:
            town.act(who, call)
            happened = True
        except ChainRefused:
            happened = False
        assert happened == model.step(kind, who, amount, total, award)
        spent = sum(model.uses.values())
        assert use(town) == ((spent, model.total) if spent else None)
        assert spent <= model.total
        for (body, name), amount_used in model.uses.items():
            assert reads.spent_for(town.chain, LOT, digest(body), name) == Credits(amount_used)


def test_every_error_of_the_contracts_has_a_sentence(artifacts_folder):
    from creditbank.adapters.chain.refusals import SENTENCES

    for artifact in load_artifacts(artifacts_folder).values():
        errors = [item for item in artifact.abi if item["type"] == "error"]
        assert errors
        for error in errors:
            assert error["name"] in SENTENCES
            names = {field["name"]: "x" for field in error["inputs"]}
            assert SENTENCES[error["name"]].format_map(names).endswith(".")


def test_every_changing_function_of_the_contracts_has_a_call(artifacts_folder):
    spelled = set()
    for name in vars(calls):
        function = getattr(calls, name)
        if callable(function) and getattr(function, "__module__", "") == calls.__name__ and not name.endswith("_id"):
            code = function.__code__
            call = function(*([b"\x01" * 32] * (code.co_argcount - len(function.__defaults__ or ()))))
            spelled.add((call.contract, call.function))
    for contract, artifact in load_artifacts(artifacts_folder).items():
        for item in artifact.abi:
            ours = (contract, item.get("name")) != ("redemptions", "spendBundle")  # it calls that on itself alone
            if item["type"] == "function" and item["stateMutability"] != "view" and ours:
                assert (contract, item["name"]) in spelled
                assert item["stateMutability"] == "nonpayable"
        assert Interface(artifact).encode  # an overloaded name would have hidden another
        names = [item["name"] for item in artifact.abi if item["type"] == "function"]
        assert len(names) == len(set(names))


def test_the_contracts_take_no_ether(artifacts_folder):
    for artifact in load_artifacts(artifacts_folder).values():
        assert not [item for item in artifact.abi if item["type"] in ("receive", "fallback")]
        assert all(item.get("stateMutability") != "payable" for item in artifact.abi if item["type"] != "event")
