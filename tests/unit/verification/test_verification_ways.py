"""Each way to know of an anchor is a check of its own: it says yes, says no, and is silent alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from verification_samples import BANK, BLOCK_TIME, CHAIN, World, block_of

from creditbank.anchoring import BlockPlace
from creditbank.canonical import Digest
from creditbank.verification import (
    ANCHOR_WAYS,
    ARCHIVAL,
    LIVE,
    UNANCHORED,
    AnchorFact,
    ChainFacts,
    Policy,
    Report,
    Verdict,
    Way,
    verify_credential,
)

DOWN = "Of 1 node asked 0 agreed, and 1 must (node.example: The node did not answer)."
YES = {
    Way.STATE: "The contract's storage, proven as of a block, holds this root, anchored",
    Way.NODE: "A node was asked, and read this root in the anchors contract, anchored",
    Way.NODES: "Several nodes were asked; those that agree read this root",
    Way.TOLD: "A source that we trust lists this root",
}


def outcomes(report: Report) -> dict[str, str]:
    """Of the ways that a report shows, in its order, and of what follows from them."""
    names = (*ANCHOR_WAYS, "anchor.on-chain")
    return {check.name: str(check.outcome) for check in report.checks if check.name in names}


def without_proof(world: World) -> World:
    """The receipt carries no proof, and no block is trusted: whatever is known must come in another way."""
    world.receipts = (replace(world.receipts[0], evidence=None),)
    world.change_chain(blocks=())
    return world


def answering(world: World, *ways: Way, silent: str = "", time: timedelta | None = timedelta()) -> ChainFacts:
    """The chain as these ways tell it: the root anchored this long after its block, not anchored (None), or silence."""
    receipt = world.receipts[0]
    moment = None if time is None else BLOCK_TIME + time
    fact = AnchorFact(BANK, receipt.root, receipt.size, 7, moment, "node.example")
    told = () if silent else (fact,)
    return replace(world.trust.chains[0], blocks=(), anchored=told, unanswered=silent, ways=ways)


def add(world: World, *chains: ChainFacts) -> Report:
    world.trust = replace(world.trust, chains=(*world.trust.chains, *chains))
    return world.report()


def test_the_receipts_own_proof_alone_is_enough(world: World) -> None:
    report = world.report()
    assert report.verdict is Verdict.ACCEPTED
    assert outcomes(report) == {"anchor.receipt-proof": "passed", "anchor.on-chain": "passed"}
    check = report.check("anchor.receipt-proof")
    assert check.sentence.startswith("The receipt itself proves that block 7 of ")
    assert "from the sample trust file" in check.how


def test_a_receipt_whose_proof_leads_elsewhere_fails_in_that_way_and_so_does_the_whole(world: World) -> None:
    world.anchor(world.unit, evidence=block_of(Digest(b"\x01" * 32), 1))
    report = add(world, answering(world, Way.NODE))
    assert outcomes(report) == {
        "anchor.receipt-proof": "failed",
        "anchor.node": "passed",
        "anchor.on-chain": "failed",
    }
    assert report.verdict is Verdict.REJECTED


def test_a_receipts_proof_of_a_block_that_nobody_knows_is_open_alone_where_a_node_answers(world: World) -> None:
    world.change_chain(blocks=())
    report = add(world, answering(world, Way.NODE))
    assert outcomes(report) == {
        "anchor.receipt-proof": "unchecked",
        "anchor.node": "passed",
        "anchor.on-chain": "passed",
    }
    assert "nobody we trust knows the hash of its block, number 7" in report.check("anchor.receipt-proof").sentence
    assert report.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("way", Way)
def test_every_other_way_says_yes_alone(world: World, way: Way) -> None:
    report = add(without_proof(world), answering(world, way))
    assert outcomes(report) == {f"anchor.{way}": "passed", "anchor.on-chain": "passed"}
    assert report.check(f"anchor.{way}").sentence.startswith(YES[way])
    assert "node.example" in report.check(f"anchor.{way}").how
    assert report.verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("way", Way)
def test_every_other_way_says_no_and_then_the_receipts_proof_does_not_help(world: World, way: Way) -> None:
    report = add(world, answering(world, way, time=None))
    assert outcomes(report) == {
        "anchor.receipt-proof": "passed",
        f"anchor.{way}": "failed",
        "anchor.on-chain": "failed",
    }
    assert "this root" in report.check(f"anchor.{way}").sentence
    assert report.verdict is Verdict.REJECTED


@pytest.mark.parametrize("way", [Way.STATE, Way.NODE, Way.NODES])
def test_a_way_that_is_silent_is_open_alone(world: World, way: Way) -> None:
    before = {check.name: check for check in world.report().checks}
    report = add(world, answering(world, way, silent=DOWN))
    assert report.verdict is Verdict.ACCEPTED
    assert report.check(f"anchor.{way}").outcome == "unchecked"
    assert report.check(f"anchor.{way}").sentence == DOWN
    after = {check.name: check for check in report.checks if check.name != f"anchor.{way}"}
    changed = {name for name in before if replace(after[name], how="") != replace(before[name], how="")}
    assert after.keys() == before.keys()
    assert not changed, "only how we know the whole says besides who did not answer"


@pytest.mark.parametrize("way", [Way.STATE, Way.NODE, Way.NODES])
def test_where_every_way_is_silent_the_whole_is_open(world: World, way: Way) -> None:
    report = add(without_proof(world), answering(world, way, silent=DOWN))
    assert outcomes(report) == {f"anchor.{way}": "unchecked", "anchor.on-chain": "unchecked"}
    assert report.verdict is Verdict.INCONCLUSIVE
    assert DOWN in report.check("anchor.on-chain").sentence


def test_what_a_node_proves_is_shown_as_a_proof_and_as_its_word(world: World) -> None:
    report = add(without_proof(world), answering(world, Way.STATE, Way.NODES))
    assert [*outcomes(report)] == ["anchor.state-proof", "anchor.nodes-agree", "anchor.on-chain"]
    assert {*outcomes(report).values()} == {"passed"}


def test_nodes_that_agree_beside_one_that_is_silent_pass_and_name_it(world: World) -> None:
    chain = replace(answering(without_proof(world), Way.NODES), unanswered="Nodes that did not agree: c: down.")
    check = add(world, chain).check("anchor.nodes-agree")
    assert check.outcome == "passed"
    assert "Nodes that did not agree: c: down." in check.how


def test_a_time_that_the_receipts_proof_speaks_against_is_no_yes(world: World) -> None:
    report = add(world, answering(world, Way.NODE, time=timedelta(hours=1)))
    assert report.check("anchor.node").outcome == "unchecked"
    assert "the receipt's own proof leads to a block of" in report.check("anchor.node").sentence


def test_one_way_that_tells_two_times_is_open(world: World) -> None:
    told = [answering(without_proof(world), Way.TOLD, time=timedelta(hours=late)) for late in (0, 1)]
    assert outcomes(add(world, *told)) == {"anchor.told": "unchecked", "anchor.on-chain": "unchecked"}


def test_two_ways_that_tell_different_times_leave_the_whole_open(world: World) -> None:
    told = [
        answering(without_proof(world), way, time=timedelta(hours=late))
        for late, way in enumerate((Way.NODE, Way.TOLD))
    ]
    report = add(world, *told)
    assert outcomes(report) == {
        "anchor.node": "passed",
        "anchor.told": "passed",
        "anchor.on-chain": "unchecked",
    }
    assert report.verdict is Verdict.INCONCLUSIVE


def test_a_supposed_state_is_no_yes_in_its_way_either(world: World) -> None:
    block = BlockPlace(9, "0x" + "99" * 32, BLOCK_TIME)
    supposed = replace(answering(without_proof(world), Way.STATE), supposed=True, blocks=(block,))
    world.trust = replace(world.trust, chains=(supposed,))
    report = world.report()
    assert outcomes(report) == {"anchor.state-proof": "unchecked", "anchor.on-chain": "unchecked"}
    assert "nobody we trust knows that block" in report.check("anchor.state-proof").sentence


def test_a_receipts_proof_in_a_supposed_block_is_no_yes_either(world: World) -> None:
    world.change_chain(supposed=True)
    assert outcomes(world.report()) == {"anchor.receipt-proof": "unchecked", "anchor.on-chain": "unchecked"}


def test_the_verifiers_own_node_that_is_down_is_open_in_its_way(world: World) -> None:
    silent = replace(world.evidence, unanswered={CHAIN.id: "The node gave no answer."})
    report = verify_credential(world.unit, silent, policy=world.policy, now=world.now)
    assert report.verdict is Verdict.ACCEPTED, "the receipt proves itself"
    assert report.check("anchor.node").sentence == "The node gave no answer."
    alone = replace(silent, trust=None)
    report = verify_credential(world.unit, alone, policy=world.policy, now=world.now)
    assert outcomes(report) == {
        "anchor.receipt-proof": "unchecked",
        "anchor.node": "unchecked",
        "anchor.on-chain": "unchecked",
    }
    elsewhere = replace(silent, unanswered={CHAIN.id + 1: "The node gave no answer."})
    assert "anchor.node" not in outcomes(verify_credential(world.unit, elsewhere, policy=world.policy, now=world.now))


def test_a_way_that_nobody_asked_for_is_not_shown(world: World) -> None:
    world.receipts = ()
    assert [*outcomes(world.report())] == ["anchor.on-chain"]


def test_no_standing_policy_requires_a_way_and_a_policy_of_ones_own_may(world: World) -> None:
    for policy in (LIVE, ARCHIVAL, UNANCHORED):
        assert not policy.required.intersection(ANCHOR_WAYS)
    world.policy = Policy.parse(
        replace(ARCHIVAL, name="two ways", required=ARCHIVAL.required | {"anchor.nodes-agree"}).to_json()
    )
    report = world.report()
    assert report.verdict is Verdict.INCONCLUSIVE
    assert report.named(report.check("anchor.nodes-agree").outcome) == ["anchor.nodes-agree"]
    assert report.first_reason == "Nobody gave us what this way needs, so it was not tried."
    assert add(world, answering(world, Way.NODES)).verdict is Verdict.ACCEPTED


def test_a_required_way_is_excused_where_a_policy_takes_what_was_never_anchored(world: World) -> None:
    world.receipts, world.now = (), world.now
    required = ARCHIVAL.required | {"anchor.node"}
    world.policy = replace(ARCHIVAL, name="own", required=required, accepts_unanchored=True)
    assert world.report().verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("way", [Way.STATE, Way.NODE, Way.NODES])
@pytest.mark.parametrize(("later", "outcome"), [(1, "unchecked"), (12, "unchecked"), (13, "failed"), (0, "failed")])
def test_a_no_read_shortly_before_the_receipts_own_block_leaves_that_way_open(
    world: World, way: Way, later: int, outcome: str
) -> None:
    chain = answering(without_proof(world), way, time=None)
    block = world.receipts[0].block
    report = add(world, replace(chain, blocks=(replace(block, number=block.number - later),)))
    assert outcomes(report) == {f"anchor.{way}": outcome, "anchor.on-chain": outcome}
    if outcome == "unchecked":
        assert report.verdict is Verdict.INCONCLUSIVE
        assert "Ask again when 12 blocks stand on it." in report.check("anchor.on-chain").sentence
