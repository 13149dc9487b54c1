"""The proof of a no and its checker: every no of the engine can be confirmed without it, and no forged one is."""

import dataclasses
import random
from datetime import date
from typing import Any

import pytest
from bench.synthetic import MIDDLE, SMALL, TIGHT, instance
from bench.synthetic import setting as synthetic_setting
from exception_samples import exception, with_exceptions
from stacking_samples import (
    LEARNER,
    acbs,
    acbs_learner,
    conversion,
    facts_of,
    recognition,
    rules,
    setting_of,
    ug_certificate,
    unit,
)
from test_documents_behind_rules import acceptance, register
from test_indian_certificate import european, thirty_six
from test_stacking_against_wide_oracle import candidate, random_item, random_world, stated
from test_stacking_proof import SHARED, fields, forgeries, put, resealed
from wide_oracle import fewest_credits as wide_fewest

from creditbank.canonical import canonical_json, load_object
from creditbank.framework import Qualification
from creditbank.stacking import (
    Candidate,
    NothingToProve,
    Setting,
    UnreadableRefutation,
    check_refutation,
    evaluate,
    read_refutation,
    refutation_proof,
)
from creditbank.stacking.certificate import Branching, Ground, Proof, Weights, confirms
from creditbank.stacking.refutation import refute
from creditbank.stacking.refuting import size
from creditbank.stacking.solver import Effort
from creditbank.stacking.weighing import build
from creditbank.units import Credits

TOLD = {("id",), ("engine",), ("evaluation",), ("conflict", "sentence")}
"""What no rule looks at: names, and the words for a person. Whoever hands the document out vouches for them."""


def deny(
    qualification: Qualification, candidates: list[Candidate], setting: Setting, learner: str = LEARNER
) -> dict[str, Any]:
    found = evaluate(qualification, candidates, setting)
    document = refutation_proof(
        found, qualification, candidates, setting, id="urn:uuid:no", learner=learner, engine="creditbank/0.1.0"
    )
    return load_object(canonical_json(document))


def slugs(
    document: dict[str, Any], qualification: Qualification, candidates: list[Candidate], setting: Setting
) -> list[str]:
    """The faults of a document; what it takes the bank's word for is told as well."""
    try:
        proof = read_refutation(document)
    except UnreadableRefutation as refusal:
        return [refusal.slug]
    faults = [fault.slug for fault in check_refutation(proof, qualification, facts_of(candidates), setting)]
    return faults or [f"by word: {one.credential}" for one in proof.by_word]


def one_institution() -> list[Candidate]:
    """141 credits, 108 of them from institution A, of which at most 105 may count."""
    return acbs_learner(36, 11)


def odd() -> Qualification:
    """Exactly seven credits."""
    need = {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "7", "credits_at_most": "7"}
    return rules([need])


LOWER = exception(
    odd(), "change-limit", "root/x", bound="credits_at_least", value="6.5"
)  # six credits are still too few

IN_PARTS = rules(
    [
        {
            "id": "law",
            "title": "Law",
            "kind": "requirement",
            "where": {"achievement": ["urn:achievement:law"]},
            "credits_at_least": "5",
        }
    ],
    bundles=[
        {
            "id": "year",
            "achievement": "urn:achievement:a",
            "parts": [
                {"id": "law", "achievement": "urn:achievement:law", "credits": "4"},
                {"id": "language", "achievement": "urn:achievement:language", "credits": "2"},
            ],
        }
    ],
)  # law counts once, in the bundle or by itself

TWO_OF_THREE = rules(
    [
        {"id": "a", "title": "A", "kind": "requirement", "where": {"category": ["t:a"]}, "credits_at_least": "9"},
        {"id": "b", "title": "B", "kind": "limit", "over": "counted", "per": "provider", "distinct_at_least": 3},
        {
            "id": "c",
            "title": "C",
            "kind": "exclusion",
            "over": "counted",
            "between": [{"category": ["t:a"]}, {"category": ["t:b"]}],
        },
        {"id": "d", "title": "D", "kind": "requirement", "where": {"category": ["t:b"]}, "credits_at_least": "6"},
    ],
    kind="n-of",
    n=3,
)

CASES = [
    (acbs(), one_institution(), setting_of()),
    (
        ug_certificate(),
        [*thirty_six()[2:], european()],
        setting_of(conversions=[conversion()], recognitions=[recognition("urn:achievement:europe")]),
    ),
    (
        SHARED,
        [unit("a")],
        dataclasses.replace(setting_of(), register=register(), acceptances=(acceptance(SHARED),)),
    ),
    (odd(), [unit(name, "2") for name in "abcdef"], setting_of()),
    (
        TWO_OF_THREE,
        [unit("a", "9", categories=["t:a"]), unit("b", "6", categories=["t:b"], provider="b")],
        setting_of(),
    ),
    (
        odd(),
        [unit(name, "2") for name in "abc"],
        with_exceptions(exception(odd(), "waive", "root/x", id="of-another", learner="did:key:zSomebodyElse"), LOWER),
    ),
    (
        IN_PARTS,
        [unit("a", "6"), unit("b", "3", achievement="urn:achievement:law")],
        setting_of(),
    ),
]


def test_a_certificate_that_is_dear_to_add_up_is_refused_before_it_is() -> None:
    places = [
        {"id": f"p{n}", "title": f"P{n}", "kind": "requirement", "credits_at_least": "0", "where": {"category": ["c"]}}
        for n in range(100)
    ]
    total = {"id": "t", "title": "T", "kind": "limit", "over": "counted", "credits_at_least": "1000"}
    qualification = rules([*places, total])
    candidates = [unit(f"{n:03d}", categories=["c"]) for n in range(199)]
    proof: Proof = Weights({"root/t[] credits at least": 1})
    for at in range(11):
        proof = Branching("place", (proof, proof), node=f"root/p{at}", unit=at)
    read = read_refutation(deny(qualification, candidates, setting_of()))
    forged = read_refutation(load_object(canonical_json(dataclasses.replace(read, certificate=proof).to_json())))
    faults = check_refutation(forged, qualification, facts_of(candidates), setting_of())
    assert [fault.slug for fault in faults] == ["too-long"]


def test_a_rule_that_asks_the_same_of_each_of_three_attempts_is_refuted_by_the_one_that_breaks_it() -> None:
    order = {"id": "order", "title": "Order", "kind": "prerequisite", "over": "attempted", "where": {}, "needs": {}}
    qualification = rules(
        [
            {"id": "some", "title": "Some", "kind": "requirement", "credits_at_least": "2"},
            {**order, "credits_at_least": "4", "concurrent": True},
        ]
    )
    days = {"a": date(2025, 3, 2), "b": date(2025, 3, 2), "c": date(2025, 9, 2)}
    candidates = [unit(name, size, earned=days[name]) for name, size in (("a", "3"), ("b", "5"), ("c", "2"))]
    document = deny(qualification, candidates, setting_of())
    assert slugs(document, qualification, candidates, setting_of()) == []
    assert document["conflict"]["rules"] == ["root/order"]


@pytest.mark.parametrize(
    ("qualification", "candidates", "setting"),
    CASES,
    ids=["korea", "india", "shared", "odd", "tree", "excepted", "bundle"],
)
class TestTheProofOfANo:
    def test_is_confirmed_from_signed_facts_alone(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        document = deny(qualification, candidates, setting)
        assert slugs(document, qualification, candidates, setting) == []
        assert read_refutation(document).to_json() == document
        assert deny(qualification, candidates[::-1], setting) == document

    def test_with_one_field_forged_is_refused_even_when_sealed_anew(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        document = deny(qualification, candidates, setting)
        survivors = set()
        for path, value in fields(document):
            if path[0] == "candidates" and path[1] % 6:  # every sixth stands for its like
                continue
            for other in forgeries(value):
                if other == value:
                    continue
                forged = put(document, path, other)
                assert slugs(forged, qualification, candidates, setting) == ["unreadable-refutation"]
                if path != ("seal",) and slugs(resealed(forged), qualification, candidates, setting) == []:
                    survivors.add(path)
        assert {path for path in survivors if path[-1] != "times"} == TOLD
        for path in survivors - TOLD:  # another sum of the same bounds is another proof of the same no
            assert path[:1] == ("certificate",)

    def test_with_a_credential_left_out_or_repeated_is_refused(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        document = deny(qualification, candidates, setting)
        for name in (
            "candidates",
            "frameworks",
            "conversions",
            "recognitions",
            "acceptances",
            "registers",
            "exceptions",
        ):
            for index in range(len(document.get(name, ()))):
                shorter = put(document, (name,), document[name][:index] + document[name][index + 1 :])
                longer = put(document, (name,), [*document[name], document[name][index]])
                assert slugs(resealed(shorter), qualification, candidates, setting)
                assert slugs(resealed(longer), qualification, candidates, setting)

    def test_that_takes_the_banks_word_says_so(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        document = deny(qualification, candidates, setting)
        for more in ({"available": "0"}, {"revoked": True}, {"expired": "2026-05-31"}):
            forged = put(document, ("candidates", 0), {**document["candidates"][0], **more})
            assert slugs(resealed(forged), qualification, candidates, setting)

    def test_without_a_step_of_its_certificate_proves_nothing(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        document = deny(qualification, candidates, setting)
        steps = document["certificate"]
        for index, step in enumerate(steps):
            fewer = put(document, ("certificate",), steps[:index] + steps[index + 1 :])
            assert slugs(resealed(fewer), qualification, candidates, setting)
            for at in range(len(step.get("sum", ()))):
                less = put(document, ("certificate", index, "sum"), step["sum"][:at] + step["sum"][at + 1 :])
                assert slugs(resealed(less), qualification, candidates, setting)

    def test_with_a_field_missing_or_added_cannot_be_read(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        document = deny(qualification, candidates, setting)
        for name in document:
            with pytest.raises(UnreadableRefutation):
                read_refutation({key: value for key, value in document.items() if key != name})
        with pytest.raises(UnreadableRefutation, match="does not belong here"):
            read_refutation({**document, "note": "trust me"})

    def test_does_not_hold_for_changed_facts_or_in_another_setting(
        self, qualification: Qualification, candidates: list[Candidate], setting: Setting
    ) -> None:
        proof = read_refutation(deny(qualification, candidates, setting))
        facts = facts_of(candidates)
        first = next(iter(facts))
        for change in ({"credential": "urn:uuid:other"}, {"subject": "did:key:zSomebodyElse"}):
            changed = {**facts, first: dataclasses.replace(facts[first], **change)}
            assert check_refutation(proof, qualification, changed, setting), change
        assert check_refutation(proof, qualification, {}, setting)
        reworded = qualification.model_copy(update={"summary": "Something else."})
        assert check_refutation(proof, reworded, facts, setting)
        later = dataclasses.replace(setting, date=setting.date.replace(month=7))
        assert "other-date" in [fault.slug for fault in check_refutation(proof, qualification, facts, later)]
        other = dataclasses.replace(setting, awarding="did:web:somebody.example")
        assert "other-body" in [fault.slug for fault in check_refutation(proof, qualification, facts, other)]


def test_a_korean_learner_at_141_credits_learns_why_from_a_document_anybody_can_check() -> None:
    document = deny(acbs(), one_institution(), setting_of())
    assert document["conflict"]["rules"] == ["bachelor/total", "bachelor/one-institution"]
    assert document["conflict"]["sentence"].startswith("You have 141 credits, but at most 105 ")
    assert document["certificate"] == [
        {
            "sum": [
                {"bound": "bachelor/one-institution[did:web:a.example] credits at most", "times": 1},
                {"bound": "bachelor/total[] credits at least", "times": 1},
            ]
        }
    ]
    assert all(set(one) == {"credential", "digest"} for one in document["candidates"]), "nobody's word is taken"


def test_one_unit_more_and_the_same_proof_no_longer_holds() -> None:
    """A learner who has what was not weighed shows it, and the no falls."""
    document = deny(acbs(), one_institution(), setting_of())
    more = unit("more", "3", provider="b", earned=date(2021, 3, 2), categories=["kr-acbs:elective"])
    assert slugs(document, acbs(), [*one_institution(), more], setting_of()) == ["not-weighed"]
    somebody = dataclasses.replace(more, facts=dataclasses.replace(more.facts, subject="did:key:zSomebodyElse"))
    assert slugs(document, acbs(), [*one_institution(), somebody], setting_of()) == []
    later = dataclasses.replace(more, facts=dataclasses.replace(more.facts, earned=date(2026, 6, 2)))
    assert slugs(document, acbs(), [*one_institution(), later], setting_of()) == []


def test_a_decision_that_was_not_weighed_is_missed() -> None:
    setting = setting_of(conversions=[conversion()], recognitions=[recognition("urn:achievement:europe")])
    without = setting_of(conversions=[conversion()])
    candidates = [*thirty_six()[2:], european()]
    document = deny(ug_certificate(), candidates, without)
    assert slugs(document, ug_certificate(), candidates, without) == []
    assert slugs(document, ug_certificate(), candidates, setting) == ["other-recognitions"]
    elsewhere = recognition("urn:achievement:europe", id="of-no-use", framework="uk-fheq", level="4")
    assert (
        slugs(document, ug_certificate(), candidates, setting_of(conversions=[conversion()], recognitions=[elsewhere]))
        == []
    )


def test_the_banks_word_is_taken_only_where_the_no_rests_on_it() -> None:
    need = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "6"}])
    spent = [
        unit("a", "3", available="0"),
        unit("b", "3"),
        unit("c", "2", expires=date(2026, 5, 1)),
        unit("d", "2", revoked=True),
    ]
    document = deny(need, spent, setting_of())
    assert [set(one) - {"credential", "digest"} for one in document["candidates"]] == [
        {"available"},
        set(),
        {"expired"},
        {"revoked"},
    ]
    assert slugs(document, need, spent, setting_of()) == [
        "by word: urn:uuid:a",
        "by word: urn:uuid:c",
        "by word: urn:uuid:d",
    ]
    more = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "11"}])
    document = deny(more, spent, setting_of())
    assert all(set(one) == {"credential", "digest"} for one in document["candidates"])
    assert slugs(document, more, spent, setting_of()) == []


def test_a_part_is_left_and_rules_take_parts() -> None:
    parts = rules(
        [{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "6"}], admits={"whole_units": False}
    )
    held = [unit("a", "4", available="2.5"), unit("b", "3")]
    document = deny(parts, held, setting_of())
    assert document["candidates"][0]["available"] == "2.5"
    assert slugs(document, parts, held, setting_of()) == ["by word: urn:uuid:a"]
    whole = put(document, ("candidates", 0, "available"), "4")
    assert slugs(resealed(whole), parts, held, setting_of()) == ["wrong-amount"]


def test_only_a_no_can_be_denied() -> None:
    candidates = acbs_learner(35, 12)
    with pytest.raises(NothingToProve, match="does not say no"):
        deny(acbs(), candidates, setting_of())
    with pytest.raises(NothingToProve, match="was not issued to"):
        deny(acbs(), one_institution(), setting_of(), learner="did:key:zSomebodyElse")


def test_a_no_too_hard_to_prove_is_not_handed_out() -> None:
    need, held = odd(), [unit(name, "2") for name in "abcdef"]
    found = evaluate(need, held, setting_of())
    with pytest.raises(NothingToProve, match="No proof was found within 3 steps"):
        refutation_proof(found, need, held, setting_of(), id="x", learner=LEARNER, engine="x", limit=3)


def test_a_learner_with_nothing_can_be_told_so() -> None:
    document = deny(acbs(), [], setting_of())
    assert document["candidates"] == []
    assert slugs(document, acbs(), [], setting_of()) == []
    assert slugs(document, acbs(), one_institution()[:1], setting_of()) == ["not-weighed"]


@pytest.mark.parametrize("chunk", range(5))
def test_every_no_of_random_rules_can_be_handed_out(chunk: int) -> None:
    for seed in range(70_000 + chunk * 20, 70_000 + chunk * 20 + 20):
        world, items, _ = random_world(seed)
        if wide_fewest(world, items) is not None:
            continue
        qualification, candidates = stated(world), [candidate(item) for item in items]
        subjects = {item.facts.subject for item in candidates} or {LEARNER}
        document = deny(qualification, candidates, setting_of(), learner=subjects.pop())
        assert [
            slug for slug in slugs(document, qualification, candidates, setting_of()) if "by word" not in slug
        ] == []


@pytest.mark.parametrize("kind", [SMALL, MIDDLE, TIGHT], ids=lambda kind: kind.name)
def test_a_synthetic_no_is_one_sum(kind: Any) -> None:
    one, where = instance(kind, 1), synthetic_setting()
    found = evaluate(one.qualification, one.candidates, where)
    document = refutation_proof(
        found, one.qualification, one.candidates, where, id="x", learner=one.candidates[0].facts.subject, engine="x"
    )
    proof = read_refutation(load_object(canonical_json(document)))
    assert size(proof.certificate) == 1
    assert proof.rules in one.pools
    assert check_refutation(proof, one.qualification, facts_of(one.candidates), where) == ()


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (("candidates", 0, "digest"), "sha256:zz", "/candidates/0/digest"),
        (("certificate",), [], "/certificate"),
        (("certificate", 0), {"about": "luck", "ways": 2}, "/certificate/0/about"),
        (("certificate", 0), {"about": "rule", "node": "bachelor", "ways": 2}, "/certificate/0/ways"),
        (("certificate", 0, "sum", 1, "bound"), "a", "/certificate/0/sum/1/bound"),
        (("certificate", 0, "sum", 0, "times"), 0, "/certificate/0/sum/0/times"),
        (("certificate", 0, "sum", 0, "times"), True, "/certificate/0/sum/0/times"),
        (("conflict", "rules"), "bachelor", "/conflict/rules"),
        (("date",), "1 June", "/date"),
        (("document",), "creditbank/stacking-proof/v1", "/document"),
    ],
)
def test_the_place_of_what_is_unreadable_is_a_json_pointer(path: tuple[Any, ...], value: Any, place: str) -> None:
    document = put(deny(acbs(), one_institution(), setting_of()), path, value)
    with pytest.raises(UnreadableRefutation) as refusal:
        read_refutation(document)
    assert refusal.value.place == place


def test_a_certificate_that_is_too_deep_or_too_long_is_refused_and_not_followed() -> None:
    document = deny(acbs(), one_institution(), setting_of())
    deep: list[Any] = []
    for _ in range(300):
        deep += [{"about": "rule", "node": "bachelor/total", "ways": 2}, {"sum": []}]
    forged = put(document, ("certificate",), [*deep, {"sum": []}])
    with pytest.raises(UnreadableRefutation, match="more than 200 branchings"):
        read_refutation(resealed(forged))
    held = [unit(f"{number:04d}") for number in range(1_500)]
    long = deny(
        rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "9999"}]), held, setting_of()
    )
    wide = [{"about": "rule", "node": "root/x", "ways": 1_500}, *({"sum": []} for _ in range(1_500))]
    forged = resealed(put(long, ("certificate",), wide))
    need = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "9999"}])
    assert slugs(forged, need, held, setting_of()) == ["too-long"]


def test_amounts_are_spelled_one_way() -> None:
    held = [unit("a", "3", available="1"), unit("b", "3")]
    need = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "6"}])
    document = deny(need, held, setting_of())
    assert Credits.parse(document["candidates"][0]["available"]) == Credits(1_000)
    with pytest.raises(UnreadableRefutation, match="is spelled"):
        read_refutation(put(document, ("candidates", 0, "available"), "1.0"))


def test_an_exception_that_holds_for_the_learner_and_was_not_weighed_is_missed() -> None:
    need, held = odd(), [unit(name, "2") for name in "abc"]
    document = deny(need, held, setting_of())
    assert slugs(document, need, held, setting_of()) == []
    assert slugs(document, need, held, with_exceptions(LOWER)) == ["other-exceptions"]
    with_it = deny(need, held, with_exceptions(LOWER))
    assert [one["id"] for one in with_it["exceptions"]] == [LOWER.id]
    assert slugs(with_it, need, held, setting_of()) == ["other-exceptions"]


def mean_of_all() -> Qualification:
    """A mean of three over everything attempted."""
    rule = {
        "id": "mean",
        "title": "Mean",
        "kind": "limit",
        "over": "attempted",
        "grading": "scale",
        "mean_at_least": "3",
    }
    need = {"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "3"}
    return rules([need, rule], grading={"scale": {"numbers": ["0", "4"]}})


def graded(id: str, grade: str, **more: Any) -> Candidate:
    return unit(id, "3", about={"grades": (("scale", grade),)}, **more)


def test_what_was_attempted_and_revoked_is_never_taken_for_an_attempt() -> None:
    need, held = mean_of_all(), [graded("a", "3"), graded("b", "2", available="0"), graded("c", "4", revoked=True)]
    document = deny(need, held, setting_of())
    assert [set(one) - {"credential", "digest"} for one in document["candidates"]] == [set(), set(), {"revoked"}]
    assert document["conflict"]["rules"] == ["root/mean"]
    assert slugs(document, need, held, setting_of()) == ["by word: urn:uuid:c"]
    with pytest.raises(NothingToProve, match="does not say no"):
        deny(need, [held[0], graded("b", "2", revoked=True)], setting_of())


def test_a_revoked_correction_gives_way_to_what_it_corrected() -> None:
    need = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "6"}])
    first = unit("a", "5")
    corrected = unit("b", "3", first_issue="urn:uuid:a", revoked=True)
    document = deny(need, [first, corrected], setting_of())
    assert slugs(document, need, [first, corrected], setting_of()) == ["by word: urn:uuid:b"]
    four = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "4"}])
    with pytest.raises(NothingToProve, match="does not say no"):
        deny(four, [first, corrected], setting_of())
    standing = dataclasses.replace(corrected, revoked=False)
    document = deny(four, [first, standing], setting_of())
    assert slugs(document, four, [first, standing], setting_of()) == []


def test_ends_that_say_which_of_an_issue_stands_are_not_proven_with() -> None:
    need = rules([{"id": "x", "title": "X", "kind": "requirement", "credits_at_least": "6"}])
    held = [unit("a", "5"), unit("b", "3", first_issue="urn:uuid:a", expires=date(2027, 1, 1))]
    with pytest.raises(NothingToProve, match="end on different days"):
        deny(need, held, setting_of())


@pytest.mark.parametrize("chunk", range(3))
def test_no_certificate_survives_where_there_is_an_answer(chunk: int) -> None:
    """The certificate of one learner's no is held at others, with units more or fewer, who have an answer."""
    for seed in range(90_000 + chunk * 15, 90_000 + chunk * 15 + 15):
        world, items, _ = random_world(seed)
        if wide_fewest(world, items) is not None:
            continue
        problem, _ = build(stated(world), [candidate(item) for item in items], setting_of())
        certificate = refute(problem, Effort(20_000))
        assert certificate is not None
        chance = random.Random(seed)
        for turn in range(6):
            more = [random_item(chance, f"x{turn}{each}", whole=world.whole) for each in range(chance.randint(1, 3))]
            held = [*(item for item in items if chance.random() < 0.8), *more]
            other = dataclasses.replace(world, given=tuple(held)) if world.given else world
            if wide_fewest(other, held) is not None:
                wider, _ = build(stated(other), [candidate(item) for item in held], setting_of())
                assert not confirms(Ground(wider), certificate.proof), seed
