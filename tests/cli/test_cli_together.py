"""Several awards at once, by command."""

import pytest

from .conftest import Call, Journey

PAIR = ("in-ncrf-ug-certificate", "in-ncrf-ug-diploma")


def weigh(call: Call, journey: Journey, *more: str):
    words = ("--learner", journey.learner, "--university", journey.university, "--home", str(journey.home))
    return call("qualification", "together", *PAIR, *words, *more)


def test_what_cannot_be_had_together_says_what_can_be_had_alone(call: Call, journey: Journey) -> None:
    called = weigh(call, journey)
    assert called.code == 1
    assert "They cannot be had together." in called.out
    assert "(by itself)" in called.out
    assert all(name in called.out for name in PAIR)


def test_the_answer_is_kept_with_what_was_weighed(call: Call, journey: Journey) -> None:
    called = weigh(
        call, journey, "--shared", "sample-double,in-ncrf-ug-diploma,in-ncrf-ug-certificate,40 in-ncrf", "--json"
    )
    assert called.code == 1
    assert [one["qualification"]["id"] for one in called.json["awards"]] == [*PAIR]
    assert called.json["shared"][0]["creditsAtMost"] == "40"
    assert (called.json["parts"], called.json["result"]["verdict"]) == ([], "falls-short")


def test_it_answers_in_german(call: Call, journey: Journey) -> None:
    assert "Zusammen sind die Abschlüsse nicht erreichbar." in weigh(call, journey, "--language", "de").out


@pytest.mark.parametrize(
    "shared", ["name,a,b", "name,a,3 units", "name,a,b,x units", "name,a,b,1.2345 kr", "name,a,a,1 units"]
)
def test_a_permission_that_cannot_be_read_is_refused(call: Call, journey: Journey, shared: str) -> None:
    assert weigh(call, journey, "--shared", shared).code == 2


def test_one_qualification_alone_is_refused(call: Call, journey: Journey) -> None:
    words = ("--learner", journey.learner, "--university", journey.university, "--home", str(journey.home))
    assert call("qualification", "together", PAIR[0], *words).code == 2
