"""What contracts held, proven by nodes of the state: the same as the contracts answer, and nothing else is believed."""

from dataclasses import replace
from typing import Any

import pytest
from worlds import World

from creditbank.anchoring import BrokenEvidence, ChainPlace, issuer_id
from creditbank.canonical import load_object, pretty_json
from creditbank.services import calls
from creditbank.services.registering import REGISTRAR
from creditbank.verification import TrustFacts, Verdict, Way, policy_named, verify_credential
from creditbank.verification.chain_state import AskedAwarder, StateProof, UnreadableState, believed


@pytest.fixture
def eventful(world: World) -> World:
    """Anchors, an award, a key revoked, an issuer withdrawn and admitted again, a bank dropped and named again."""
    bank, issuer = world.bank, issuer_id(world.university.did)
    world.fill(10)
    account, back = world.university.account, bank.vault.chain_account("bank")
    record, evaluation = bank.evaluating.evaluate(
        learner=world.learner.id, qualification="in-ncrf-ug-certificate", organisation=world.university.id
    )
    assert evaluation.adds_up
    bank.awarding.award("award", evaluation=record.id, by=world.university.id)
    bank.sender.settle("drop", world.university.id, calls.drop_bank(issuer, back))
    bank.sender.settle("name", world.university.id, calls.name_bank(issuer, back))
    bank.sender.settle("out", REGISTRAR, calls.withdraw_issuer(issuer))
    bank.chain.advance()
    bank.sender.settle("in", REGISTRAR, calls.admit_issuer(issuer, account, b"\x01" * 32, b"\x02" * 32))
    bank.keys.revoke(world.university.id)
    bank.sender.settle("no award", REGISTRAR, calls.withdraw_awarder(world.rival.account))
    return world


def spelt(facts: TrustFacts) -> Any:
    """Facts without the names that no contract keeps, addresses in one spelling."""
    document: Any = facts.to_json()
    for issuer in document["issuers"]:
        del issuer["name"]
        for use in issuer["banks"]:
            if isinstance(use, dict):
                use["bank"] = use.get("bank", use.get("account", "")).lower()
                use.pop("account", None)
    chain = document["chains"][0]
    chain.pop("blocks")
    kept = ("issuers", "awarders", "chains", "spends", "banks")
    return load_object(pretty_json({name: document[name] for name in kept}).lower())


def test_the_state_proves_what_the_contracts_answer(eventful: World) -> None:
    live = eventful.bank.trusting.export()
    proof = eventful.bank.trusting.prove(live)
    assert StateProof.parse(load_object(pretty_json(proof.to_json()))) == proof
    block, facts = proof.read()
    assert (block.number, block.hash) == eventful.bank.chain.head()[:2]
    assert spelt(facts) == spelt(live)
    (university,) = [one for one in facts.issuers if one.did == eventful.university.did]
    assert university.earlier
    revoked = {key.multikey for key in eventful.bank.keys.of(eventful.university.id) if key.state == "revoked"}
    assert revoked
    assert {key.multikey for key in university.keys if key.revoked} == revoked
    assert any(awarder.withdrawn for awarder in facts.awarders)
    assert facts.spends
    assert all(spend.amount for spend in facts.spends)


def test_no_node_can_be_left_out_or_changed(eventful: World) -> None:
    proof = eventful.bank.trusting.prove(eventful.bank.trusting.export())
    for at, node in enumerate(proof.nodes):
        for nodes in ((), (node[:-1] + bytes([node[-1] ^ 1]),)):
            with pytest.raises(BrokenEvidence, match="do not lead"):
                replace(proof, nodes=(*proof.nodes[:at], *nodes, *proof.nodes[at + 1 :])).read()


def test_another_header_is_another_block_and_proves_nothing_with_these_nodes(eventful: World) -> None:
    proof = eventful.bank.trusting.prove(eventful.bank.trusting.export())
    eventful.bank.sender.settle("more", REGISTRAR, calls.withdraw_issuer(issuer_id(eventful.rival.did)))
    later = eventful.bank.trusting.prove(eventful.bank.trusting.export())
    with pytest.raises(BrokenEvidence, match="do not lead"):
        replace(proof, header=later.header).read()
    with pytest.raises(BrokenEvidence):
        replace(proof, header=proof.header[:-1]).read()


def test_whoever_is_not_there_is_proven_not_to_be(eventful: World) -> None:
    live = eventful.bank.trusting.export()
    stranger = replace(live.issuers[0], did="did:web:stranger.example")
    proof = eventful.bank.trusting.prove(replace(live, issuers=(stranger,), spends=()))
    claimed = replace(proof.asked, awarders=(AskedAwarder("did:web:stranger.example", eventful.university.account),))
    _, facts = replace(proof, asked=claimed).read()
    assert facts.issuers[0].admitted is None
    assert facts.issuers[0].keys == ()
    assert facts.awarders[0].admitted is None, "the account is another body's"


def test_a_proof_counts_by_its_block_and_its_contracts_alone(eventful: World) -> None:
    proof = eventful.bank.trusting.prove(eventful.bank.trusting.export())
    block, facts = proof.read()
    chain = replace(facts.chains[0], anchored=())
    mine = TrustFacts("mine", chains=(chain,))
    known = believed(mine, [proof], suppose=True)
    assert known is not None
    assert known.issuers
    dressed_up = replace(proof, asked=replace(proof.asked, chain=replace(proof.asked.chain, name="main", test=False)))
    named = believed(mine, [dressed_up], suppose=True)
    assert named is not None
    assert all((one.name, one.test) == (chain.name, True) for one in named.chains), "a proof cannot rename its chain"
    for other in (
        replace(chain, blocks=(replace(block, hash="0x" + "11" * 32),)),
        replace(chain, blocks=()),
        replace(chain, issuers="0x" + "22" * 20),
        replace(chain, redemptions="0x" + "22" * 20),
    ):
        left = believed(replace(mine, chains=(other,)), [proof], suppose=True)
        assert left is not None
        first, told = left.chains
        assert replace(left, chains=(first,)) == replace(mine, chains=(other,))
        assert told == replace(other, blocks=(), ways=(Way.STATE,), unanswered=told.unanswered), "it says nothing else"
        assert "nobody we trust knows these contracts with its block" in told.unanswered
    assert believed(None, [proof], suppose=False) is None
    supposed = believed(None, [proof], suppose=True)
    assert supposed is not None
    assert supposed.chains[0].supposed
    assert "nobody vouches" in supposed.source


def test_beside_a_trusted_chain_nothing_is_supposed(eventful: World) -> None:
    """Else the trusted chain would answer for the anchor, and the one that was made up for the issuer."""
    proof = eventful.bank.trusting.prove(eventful.bank.trusting.export())
    _, facts = proof.read()
    made_up = replace(proof, asked=replace(proof.asked, chain=ChainPlace(999, "made up", test=False)))
    mine = TrustFacts("mine", chains=(facts.chains[0],), banks=facts.banks)
    assert believed(mine, [made_up], suppose=True) == mine
    both = believed(None, [proof, made_up], suppose=True)
    assert both is not None
    assert [chain.supposed for chain in both.chains] == [True, True]


def test_a_supposed_state_never_leads_to_a_yes(world: World) -> None:
    (issued,) = world.fill(1)
    evidence = world.bank.verifying.evidence([load_object(issued.signed)])
    assert evidence.trust is not None
    proof = world.bank.trusting.prove(evidence.trust)
    policy, now = policy_named("archival"), world.bank.clock.now()
    came = replace(evidence, documents={}, claims=evidence.documents)
    supposed = replace(came, trust=believed(None, [proof], suppose=True))
    report = verify_credential(issued.signed, supposed, policy=policy, now=now)
    assert report.verdict is Verdict.INCONCLUSIVE
    assert [one.name for one in report.checks if one.outcome == "unchecked" and one.name in report.required] == [
        "anchor.on-chain"
    ]
    _, facts = proof.read()
    mine = TrustFacts("mine", chains=(replace(facts.chains[0], anchored=()),))
    told = replace(came, trust=believed(mine, [proof], suppose=True))
    assert verify_credential(issued.signed, told, policy=policy, now=now).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize(
    "change", [{"header": "0x1"}, {"nodes": [1]}, {"more": 1}, {"issuers": [{"did": 1}]}, {"document": "x"}], ids=str
)
def test_a_proof_of_another_form_is_refused(world: World, change: dict[str, Any]) -> None:
    whole = world.bank.trusting.prove(world.bank.trusting.export()).to_json()
    with pytest.raises(UnreadableState):
        StateProof.parse(whole | change)
