"""Conditions that no credential can show stay with a person, and no verdict pretends otherwise."""

from stacking_samples import rules, setting_of, unit

from creditbank.stacking import Status, evaluate

NEED = {"id": "need", "title": "Three credits", "kind": "requirement", "credits_at_least": "3"}
CHECKS = [{"id": "oath", "text": "The oath was taken."}, {"id": "fee", "text": "The fee was paid."}]


def test_a_yes_says_how_many_conditions_remain_for_a_person() -> None:
    found = evaluate(rules([NEED], checked_by_people=CHECKS), [unit("a")], setting_of())
    assert found.adds_up
    assert found.sentence.endswith(". 2 conditions remain for a person to check.")
    one = evaluate(rules([NEED], checked_by_people=CHECKS[:1]), [unit("a")], setting_of())
    assert one.sentence.endswith(". 1 condition remains for a person to check.")
    none = evaluate(rules([NEED]), [unit("a")], setting_of())
    assert "a person" not in none.sentence


def test_the_tree_and_the_document_show_them_as_left_to_a_person_and_never_as_met() -> None:
    for units in ([], [unit("a")]):
        found = evaluate(rules([NEED], checked_by_people=CHECKS), units, setting_of())
        last = found.tree.children[-2:]
        assert [(node.id, node.status) for node in last] == [
            ("oath", Status.LEFT_TO_A_PERSON),
            ("fee", Status.LEFT_TO_A_PERSON),
        ]
        assert found.tree.have in ("0 of 1", "1 of 1")
        assert found.to_json()["leftToPeople"] == [
            {"id": "oath", "text": "The oath was taken."},
            {"id": "fee", "text": "The fee was paid."},
        ]


def test_an_evaluation_without_such_conditions_does_not_mention_them() -> None:
    assert "leftToPeople" not in evaluate(rules([NEED]), [unit("a")], setting_of()).to_json()
