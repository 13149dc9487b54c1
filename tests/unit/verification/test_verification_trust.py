"""Trust facts: one shape for a file and for a chain's answers, and whoever told a fact stays known."""

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from verification_samples import BANK, BLOCK_TIME, START, World, make_world, outcomes, qualification, rule_fact

from creditbank.canonical import load_object, pretty_json, sha256
from creditbank.verification import AnchorFact, AsOf, KeyFact, TrustFacts, UnreadableTrust, Verdict


def full_facts() -> TrustFacts:
    """Facts in which every field says something."""
    trust = make_world().trust
    key = trust.issuers[0].keys[0]
    later = BLOCK_TIME + timedelta(days=1)
    keys = (key, KeyFact(key.multikey, START, until=later, revoked=later, suspect=BLOCK_TIME))
    anchored = (
        AnchorFact(BANK, sha256(b"root"), 3, 7, BLOCK_TIME),
        AnchorFact(BANK, sha256(b"other"), 3, None, None, source="a node"),
    )
    return replace(
        trust,
        as_of=AsOf(trust.chains[0].id, 9, later),
        chains=(replace(trust.chains[0], anchored=anchored, source="the chain itself"),),
        issuers=(replace(trust.issuers[0], keys=keys, withdrawn=later), *trust.issuers[1:]),
        awarders=(replace(trust.awarders[0], withdrawn=later),),
        rules=(rule_fact(qualification()),),
    )


FACTS = full_facts()


def test_trust_facts_read_back_as_they_were_written() -> None:
    assert TrustFacts.parse(load_object(pretty_json(FACTS.to_json()))) == FACTS


def places(value: object, pointer: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if pointer:
        yield pointer
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*pointer, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from places(item, (*pointer, at))


@pytest.mark.parametrize("pointer", list(places(FACTS.to_json())), ids=lambda path: "/".join(map(str, path)))
@pytest.mark.parametrize("odd", [-1, 1.5, {"odd": 1}], ids=repr)
def test_an_odd_value_is_refused_with_its_place(pointer: tuple[str | int, ...], odd: object) -> None:
    document: Any = copy.deepcopy(FACTS.to_json())
    holder = document
    for step in pointer[:-1]:
        holder = holder[step]
    holder[pointer[-1]] = odd
    with pytest.raises(UnreadableTrust) as refused:
        TrustFacts.parse(document)
    assert refused.value.place.startswith(f"/{pointer[0]}")


def test_an_unknown_field_is_refused_wherever_it_stands() -> None:
    """A field that is skipped could be the one that withdraws an issuer."""
    for part in ("chains", "issuers", "awarders", "rules"):
        document: Any = copy.deepcopy(FACTS.to_json())
        document[part][0]["revokedAt"] = "2026-01-01T00:00:00Z"
        with pytest.raises(UnreadableTrust, match="no field"):
            TrustFacts.parse(document)


def test_merged_facts_keep_the_name_of_their_source(world: World) -> None:
    other = replace(world.trust, source="another source", chains=(), issuers=world.trust.issuers[:1])
    merged = world.trust.merge(other)
    assert [merged.told_by(fact) for fact in merged.issuer(world.trust.issuers[0].did)] == [
        "the sample trust file",
        "another source",
    ]
    assert TrustFacts.parse(load_object(pretty_json(merged.to_json()))) == merged


def test_a_newer_source_that_knows_of_a_revocation_outweighs_an_older_one(world: World) -> None:
    facts = world.trust.issuers[0]
    revoked = replace(facts, keys=(replace(facts.keys[0], revoked=BLOCK_TIME),))
    for first, second in ((facts, revoked), (revoked, facts)):
        merged = replace(world.trust, issuers=(first,)).merge(replace(world.trust, source="b", issuers=(second,)))
        world.trust = merged
        report = world.report()
        assert outcomes(report)["anchor.key-valid"] == "failed"
        assert report.verdict is Verdict.REJECTED
        world.trust = make_world().trust
        world.trust_blocks()


def test_a_source_that_says_less_does_not_take_away(world: World) -> None:
    world.trust = world.trust.merge(TrustFacts(source="an empty file"))
    assert world.report().verdict is Verdict.ACCEPTED
