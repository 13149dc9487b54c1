"""Laws: no change goes unnoticed, and nothing that is given makes the verifier raise."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import (
    DataObject,
    binary,
    booleans,
    data,
    dictionaries,
    integers,
    lists,
    none,
    recursive,
    sampled_from,
    text,
)
from verification_samples import (
    BANK,
    LIST,
    NOW,
    PROVIDER,
    SIGNED,
    make_award_world,
    make_world,
    presentation,
    receipts_for,
    sign,
    unsigned_unit,
)

from creditbank.canonical import canonical_json
from creditbank.credential import StatusList, build_status_list
from creditbank.units import instant_text
from creditbank.verification import (
    ARCHIVAL,
    CREDENTIAL_CHECKS,
    LIVE,
    AnchorFact,
    Policy,
    Verdict,
    verify_award,
    verify_presentation,
)

WORLD = make_world()
AWARDED = make_award_world()
SHOWN = presentation(WORLD.units[:1])
VALUES = recursive(
    none() | booleans() | integers(1 - 2**53, 2**53 - 1) | text(max_size=12),
    lambda inner: lists(inner, max_size=3) | dictionaries(text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def places(value: object, pointer: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if pointer:
        yield pointer
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*pointer, key))
    elif isinstance(value, list):
        for at, item in enumerate(value):
            yield from places(item, (*pointer, at))


def changed(document: Any, pointer: tuple[str | int, ...], value: object) -> Any:
    made = copy.deepcopy(document)
    holder = made
    for step in pointer[:-1]:
        holder = holder[step]
    holder[pointer[-1]] = value
    return made


@SLOW
@given(data())
def test_a_credential_with_any_value_changed_is_not_accepted(choose: DataObject) -> None:
    pointer = choose.draw(sampled_from(list(places(WORLD.unit))))
    forged = changed(WORLD.unit, pointer, choose.draw(VALUES))
    if canonical_json(forged) == canonical_json(WORLD.unit):
        return
    assert WORLD.report(forged).verdict is not Verdict.ACCEPTED


@SLOW
@given(data())
def test_an_award_or_a_proof_with_any_value_changed_is_not_accepted(choose: DataObject) -> None:
    proof = json.loads(AWARDED.proof)
    if choose.draw(booleans()):
        forged = changed(AWARDED.award, choose.draw(sampled_from(list(places(AWARDED.award)))), choose.draw(VALUES))
        report = AWARDED.award_report(award=forged)
        same = canonical_json(forged) == canonical_json(AWARDED.award)
    else:
        edited = canonical_json(changed(proof, choose.draw(sampled_from(list(places(proof)))), choose.draw(VALUES)))
        report = AWARDED.award_report(proof=edited)
        same = edited == AWARDED.proof
    assert same or report.verdict is not Verdict.ACCEPTED


@SLOW
@given(data())
def test_a_presentation_with_any_value_changed_is_not_accepted(choose: DataObject) -> None:
    forged = changed(SHOWN, choose.draw(sampled_from(list(places(SHOWN)))), choose.draw(VALUES))
    report = verify_presentation(forged, WORLD.evidence, policy=WORLD.policy, now=WORLD.now)
    assert canonical_json(forged) == canonical_json(SHOWN) or report.verdict is not Verdict.ACCEPTED


@SLOW
@given(binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_given_is_answered_with_a_report(given_bytes: bytes) -> None:
    assert WORLD.report(given_bytes).verdict is Verdict.REJECTED
    shown = verify_presentation(given_bytes, WORLD.evidence, policy=WORLD.policy, now=WORLD.now)
    assert shown.verdict is Verdict.REJECTED
    award = verify_award(
        given_bytes, given_bytes, [given_bytes], rules_of_nobody(), WORLD.evidence, policy=WORLD.policy, now=WORLD.now
    )
    assert award.verdict is Verdict.REJECTED


@SLOW
@given(data())
def test_documents_that_are_broken_anywhere_are_answered_with_a_report(choose: DataObject) -> None:
    """DID documents and status lists come from strangers too."""
    world = make_world()
    name = choose.draw(sampled_from(sorted(world.documents)))
    document = json.loads(world.documents[name])
    pointer = choose.draw(sampled_from(list(places(document))))
    world.documents[name] = canonical_json(changed(document, pointer, choose.draw(VALUES)))
    assert world.report().checks


@SLOW
@given(sampled_from([2, 4, None]), booleans())
def test_white_space_and_the_order_of_keys_change_nothing(indent: int | None, backwards: bool) -> None:
    unit = dict(reversed(WORLD.unit.items())) if backwards else WORLD.unit
    assert WORLD.report(json.dumps(unit, indent=indent).encode()).verdict is Verdict.ACCEPTED


def rules_of_nobody() -> Any:
    from creditbank.verification import Rules

    return Rules()


EDGES = sampled_from([datetime.min.replace(tzinfo=UTC), SIGNED, NOW, datetime.max.replace(tzinfo=UTC, microsecond=0)])


@SLOW
@given(EDGES, EDGES, EDGES, EDGES, sampled_from([LIVE, ARCHIVAL]))
def test_no_moment_that_exists_makes_the_verifier_raise(
    now: datetime, signed: datetime, listed: datetime, block: datetime, policy: Policy
) -> None:
    """Threat 57: `9999-12-31` is how documents say "never", and there is nothing after it."""
    world = make_world()
    world.units = [sign(unsigned_unit(1) | {"validFrom": instant_text(signed)}, PROVIDER, created=signed)]
    late = build_status_list(
        id=LIST,
        issuer=PROVIDER,
        purpose="revocation",
        status_list=StatusList.empty(),
        valid_from=min(listed, datetime.max.replace(tzinfo=UTC) - timedelta(days=1)),
        valid_until=datetime.max.replace(tzinfo=UTC),
    )
    world.documents[LIST] = canonical_json(sign(late, PROVIDER, created=listed))
    (receipt,) = receipts_for(world.units, proven=False)
    world.receipts = (receipt,)
    world.change_chain(anchored=(AnchorFact(BANK, receipt.root, receipt.size, 7, block),), test=False)
    world.change_key(starts=signed)
    world.policy, world.now = policy, now
    assert {check.name for check in world.report().checks} == {*CREDENTIAL_CHECKS, "anchor.told"}
