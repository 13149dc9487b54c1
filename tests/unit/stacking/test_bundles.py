"""A credential that stands for several units: weighed as its parts, each once, and never more than the credential."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from stacking_samples import conversion, recognition, rules, setting_of, unit
from test_stacking_proof import fields, forgeries, prove, put, resealed, slugs

from creditbank.credential import Level
from creditbank.framework import Qualification
from creditbank.stacking import Candidate, Evaluation, RuleNotWeighed, evaluate, evaluate_jointly

BUNDLE = {
    "id": "certificate",
    "achievement": "urn:certificate",
    "parts": [
        {"id": "law", "achievement": "urn:law", "credits": "10", "categories": ["sample:law"], "title": "Law"},
        {"id": "data", "achievement": "urn:data", "credits": "10", "categories": ["sample:data"], "fields": ["0612"]},
        {"id": "rest", "achievement": "urn:rest", "credits": "10"},
    ],
}


def need(name: str, category: str = "", **more: Any) -> dict[str, Any]:
    where = {"where": {"category": [f"sample:{category}"]}} if category else {}
    asked = more or {"credits_at_least": "10"}
    return {"id": name, "title": f"Need {name}", "kind": "requirement", **where, **asked}


def certificate(name: str = "c", **more: Any) -> Candidate:
    return unit(name, more.pop("credits", "30"), achievement="urn:certificate", **more)


def found(of: list[dict[str, Any]], *units: Candidate, **changes: Any) -> Evaluation:
    setting = changes.pop("setting", None) or setting_of()
    return evaluate(rules(of, bundles=[BUNDLE], **changes), list(units), setting)


def test_each_part_fills_a_place_of_its_own() -> None:
    answer = found([need("law", "law"), need("data", "data")], certificate())
    assert answer.adds_up
    assert [(use.part, use.node, str(use.amount)) for use in answer.uses] == [
        ("data", "root/data", "10"),
        ("law", "root/law", "10"),
    ]
    whole = evaluate(rules([need("law", "law"), need("data", "data")]), [certificate()], setting_of())
    assert not whole.adds_up  # without the bundle it is one unit, of no such category


def test_all_parts_together_are_no_more_than_the_credential() -> None:
    total = {"id": "all", "title": "All", "kind": "limit", "over": "counted"}
    assert found([need("law", "law"), {**total, "credits_at_least": "30"}], certificate()).adds_up
    assert not found([need("law", "law"), {**total, "credits_at_least": "30.1"}], certificate()).adds_up


def test_a_part_counts_whole_or_not_at_all_unless_parts_of_units_count() -> None:
    cap = {"id": "cap", "title": "Cap", "kind": "limit", "over": "counted", "credits_at_most": "9"}
    some = need("law", "law", credits_at_least="5")
    assert not found([some, cap], certificate()).adds_up
    assert found([some, cap], certificate(), admits={"whole_units": False}).adds_up


def test_parts_are_units_where_units_are_counted() -> None:
    assert found([need("three", units_at_least=3)], certificate()).adds_up
    assert not found([need("four", units_at_least=4)], certificate()).adds_up


def test_a_part_and_the_same_unit_earned_by_itself_count_once() -> None:
    twice = need("law", credits_at_least="20", where={"achievement": ["urn:law"]})
    alone = unit("alone", "10", achievement="urn:law")
    other = unit("other", "10", achievement="urn:other-law")
    assert not found([twice], certificate(), alone).adds_up
    assert not found([twice], certificate(), certificate("d")).adds_up
    alike = [{"id": "law", "achievements": ["urn:law", "urn:other-law"]}]
    assert not found([twice], certificate(), other, equivalents=alike).adds_up
    instead = [{"id": "law", "instead_of": "urn:law", "accepted": ["urn:other-law"]}]
    assert found([twice], certificate(), other, substitutes=instead).adds_up  # a substitute is another unit


def test_what_is_not_needed_is_told_part_by_part() -> None:
    answer = found([need("law", "law")], certificate(), unit("alone", "10", achievement="urn:law"))
    told = {(item.credential, item.part): item.slug for item in answer.not_counted}
    assert told == {
        ("urn:uuid:alone", ""): "same-achievement",
        ("urn:uuid:c", "data"): "not-needed",
        ("urn:uuid:c", "rest"): "not-needed",
    }


def test_a_credential_of_fewer_credits_than_its_parts_is_not_taken_apart() -> None:
    answer = found([need("law", "law")], certificate(credits="29"))
    assert [item.slug for item in answer.not_counted] == ["bundle-differs"]
    assert found([need("law", "law")], certificate(credits="31")).adds_up


def test_of_a_partly_spent_bundle_nothing_counts_where_only_whole_units_do() -> None:
    answer = found([need("law", "law")], certificate(available="20"))
    assert [item.slug for item in answer.not_counted] == ["partly-used"]
    assert "which of its parts" in answer.not_counted[0].sentence


def test_of_a_partly_spent_bundle_no_more_counts_than_is_left() -> None:
    both = [need("law", "law"), need("data", "data")]
    part = {"admits": {"whole_units": False}}
    assert found(both, certificate(available="20"), **part).adds_up
    assert not found(both, certificate(available="19.9"), **part).adds_up
    assert not found([need("one", units_at_least=1)], certificate(available="20"), **part).adds_up


def test_a_correction_is_taken_apart_in_the_place_of_what_it_corrects() -> None:
    both = [need("law", "law"), need("data", "data")]
    answer = found(both, certificate(), certificate("d", first_issue="urn:uuid:c"))
    assert {use.credential for use in answer.uses} == {"urn:uuid:d"}
    assert [item.slug for item in answer.not_counted if item.credential == "urn:uuid:c"] == ["corrected"]


def test_of_bundles_with_the_same_content_one_counts_and_its_parts_beside_each_other() -> None:
    both = [need("law", "law"), need("data", "data")]
    assert found(both, certificate(content="k"), certificate("d", content="k")).adds_up
    whole = unit("w", "10", content="k", categories=["sample:more"])
    assert not found([*both, need("more", "more")], certificate(content="k"), whole).adds_up


def test_a_part_has_the_level_that_the_rules_state_and_else_what_the_credential_says() -> None:
    parts = [{**BUNDLE["parts"][0], "level": "6"}, BUNDLE["parts"][1]]  # type: ignore[index]
    framed = {"framework": "uk-fheq", "admits": {"frameworks": ["uk-fheq"]}}
    bundle = {"bundles": [{**BUNDLE, "parts": parts}]}
    high = [need("high", credits_at_least="20", where={"level_at_least": "5"})]
    for code, holds in (("5", True), ("4", False)):
        given = certificate(level=Level("uk-fheq", code))
        assert evaluate(rules(high, **framed, **bundle), [given], setting_of()).adds_up is holds


def test_a_bundle_of_another_framework_is_recognised_and_converted_as_one_credential() -> None:
    policy = conversion(to_system="kr", ratio="1/3", rounding_unit="1", rounding="half-up", basis="agreement")
    decided = recognition("urn:certificate", framework="kr-acbs", level=None)
    foreign = certificate(system="eu-ects", level=Level("eu-eqf", "6"))
    setting = setting_of(conversions=[policy], recognitions=[decided])
    of = [need("law", "law", credits_at_least="3"), need("data", "data", credits_at_least="3")]
    answer = found(of, foreign, setting=setting)
    assert answer.adds_up
    assert {str(use.counted) for use in answer.uses} == {"3"}  # a part rounds down, so parts never pass the whole
    assert not found([need("law", "law", credits_at_least="4")], foreign, setting=setting).adds_up
    assert not found(of, foreign, setting=setting_of(conversions=[policy])).adds_up


def test_parts_are_attempted_each() -> None:
    tries = {"id": "tries", "title": "Tries", "kind": "limit", "over": "attempted"}
    for most, holds in ((3, True), (2, False)):
        answer = found([need("law", "law"), {**tries, "units_at_most": most}], certificate())
        assert answer.adds_up is holds
    assert len(answer.attempted) == 1


def test_two_awards_at_once_say_that_they_do_not_take_credentials_apart() -> None:
    one = rules([need("law", "law")], bundles=[BUNDLE])
    other = one.model_copy(update={"id": "other"})
    with pytest.raises(RuleNotWeighed) as refusal:
        evaluate_jointly([(one, setting_of()), (other, setting_of())], [certificate()])
    assert refusal.value.next_step
    assert evaluate_jointly([(one, setting_of()), (other, setting_of())], [unit("a")]).verdict


def test_a_bundle_of_the_catalogue_is_no_step_of_a_path() -> None:
    whole = rules([need("law", "law")], bundles=[BUNDLE])
    answer = evaluate(whole, [], setting_of(), catalogue=[certificate()])
    assert answer.path is None
    assert answer.no_path is not None


def test_what_counts_does_not_depend_on_the_order_of_parts_or_credentials() -> None:
    of = [need("law", "law"), need("data", "data"), need("more", credits_at_least="10")]
    units = [certificate(), certificate("d"), unit("alone", "10", achievement="urn:law", categories=["sample:law"])]
    turned = {**BUNDLE, "parts": list(reversed(BUNDLE["parts"]))}  # type: ignore[call-overload]
    first = evaluate(rules(of, bundles=[BUNDLE]), units, setting_of()).uses
    assert evaluate(rules(of, bundles=[BUNDLE]), units[::-1], setting_of()).uses == first
    assert evaluate(rules(of, bundles=[turned]), units, setting_of()).uses == first


class TestTheProof:
    RULES = rules([need("law", "law"), need("data", "data"), need("more", credits_at_least="3")], bundles=[BUNDLE])
    UNITS = (certificate(), unit("more", "3", earned=date(2026, 3, 2)))

    def proof(self) -> dict[str, Any]:
        return prove(self.RULES, list(self.UNITS), setting_of())

    def said(self, proof: dict[str, Any]) -> list[str]:
        return slugs(resealed(proof), self.RULES, list(self.UNITS), setting_of())

    def test_names_the_parts_and_is_confirmed(self) -> None:
        proof = self.proof()
        assert [use.get("part") for use in proof["uses"]] == ["data", "law", None]
        assert self.said(proof) == []

    def test_with_one_field_of_a_use_forged_is_refused(self) -> None:
        proof = self.proof()
        for path, value in fields(proof):
            if path[0] == "uses":
                for forgery in forgeries(value):
                    assert self.said(put(proof, path, forgery)), (path, forgery)

    @pytest.mark.parametrize(
        ("index", "part", "slug"),
        [(0, "law", "credential-twice"), (0, "none", "no-such-part"), (2, "law", "no-such-part")],
    )
    def test_with_another_part_is_refused(self, index: int, part: str, slug: str) -> None:
        proof = self.proof()
        proof["uses"][index]["part"] = part
        assert slug in self.said(proof)

    def test_that_counts_the_credential_whole_is_refused(self) -> None:
        proof = self.proof()
        del proof["uses"][0]["part"]
        assert "no-such-part" in self.said(proof)
        proof["uses"][0] |= {"part": "data", "amount": "30", "counted": "30"}
        assert "wrong-amount" in self.said(proof)


def wrong(**changes: Any) -> list[str]:
    with pytest.raises(ValidationError) as refusal:
        rules([need("law", "law")], **({"bundles": [BUNDLE]} | changes))
    return [str(error["msg"]) for error in refusal.value.errors()]


def test_documents_that_take_apart_what_they_cannot_are_refused() -> None:
    parts: list[dict[str, Any]] = BUNDLE["parts"]  # type: ignore[assignment]
    assert wrong(bundles=[{**BUNDLE, "parts": [parts[0]]}])
    assert wrong(bundles=[BUNDLE, {**BUNDLE, "id": "again"}])
    assert wrong(bundles=[{**BUNDLE, "parts": [parts[0], {**parts[1], "id": "law"}]}])
    assert wrong(bundles=[{**BUNDLE, "parts": [parts[0], {**parts[1], "achievement": "urn:law"}]}])
    assert wrong(bundles=[{**BUNDLE, "parts": [parts[0], {**parts[1], "achievement": "urn:certificate"}]}])
    assert wrong(equivalents=[{"id": "same", "achievements": ["urn:law", "urn:data"]}])
    assert wrong(equivalents=[{"id": "same", "achievements": ["urn:certificate", "urn:x"]}])
    assert wrong(substitutes=[{"id": "same", "instead_of": "urn:certificate", "accepted": ["urn:x"]}])
    assert wrong(substitutes=[{"id": "same", "instead_of": "urn:x", "accepted": ["urn:certificate"]}])
    assert wrong(admits={"where": {"excluding": {"achievement": ["urn:certificate"]}}})


def test_rules_without_bundles_keep_their_digest() -> None:
    plain = rules([need("law", "law")])
    assert "bundles" not in plain.model_dump(exclude_defaults=True)
    assert isinstance(plain, Qualification)
