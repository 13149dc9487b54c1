"""An evaluation run again, which ones should be, and who is close: by command."""

from .conftest import Call, Journey


def test_an_evaluation_is_run_again_and_says_what_changed(call: Call, journey: Journey) -> None:
    home = ("--home", str(journey.home))
    first = call("qualification", "rerun", journey.evaluation, *home, "--json")
    assert first.code == 1, "an award took the credits"
    assert first.json["difference"]["verdict"] == {"from": "adds-up", "to": "falls-short"}
    again = call("qualification", "rerun", journey.evaluation, *home)
    assert again.code == 1
    assert "the standing one, since nothing it rests on changed" in again.out
    assert "no longer counts. All its credits are reserved for or counted towards another award." in again.out
    same = call("qualification", "rerun", first.json["evaluation"], *home, "--same-version", "--json")
    assert (same.json["stored"], same.json["evaluation"]) == (False, first.json["evaluation"])
    assert same.json["difference"]["sentences"][0].startswith("Nothing has changed since ")


def test_what_is_stale_is_listed_with_the_reason(call: Call, journey: Journey) -> None:
    home = ("--home", str(journey.home))
    called = call("qualification", "stale", *home, "--json")
    assert (called.code, called.json["goOnAfter"]) == (0, None)
    weighed = call("qualification", "stale", "--credential", journey.credentials[0], *home, "--json")
    mine = [one for one in weighed.json["stale"] if one["qualification"] == "in-ncrf-ug-certificate"]
    assert len(mine) == 1, "one standing evaluation of this award; other files may have made some of others"
    table = call("qualification", "stale", "--credential", journey.credentials[0], *home)
    assert journey.evaluation in table.out or "nothing changed" in table.out
    unknown = call("qualification", "stale", "--credential", "urn:uuid:nothing", *home)
    assert unknown.code == 2
    past = call("qualification", "stale", "--after", "urn:uuid:nothing", *home)
    assert past.code == 2


def test_who_is_close_is_told_as_a_table_and_as_json_and_nobody_is_told_of_it(call: Call, journey: Journey) -> None:
    home = ("--home", str(journey.home))
    words = ("qualification", "discover", "--university", journey.university, "--qualification")
    called = call(*words, "in-ncrf-ug-certificate", *home, "--json")
    assert called.code == 0
    (found,) = called.json["found"]
    assert (found["learner"], found["verdict"], found["missing"]["credits"]) == (journey.learner, "falls-short", "40")
    assert (called.json["lookedAt"], called.json["goOnAfter"]) == (1, None)
    table = call(*words, "in-ncrf-ug-certificate", *home)
    assert journey.learner in table.out
    assert "Sample Learner" not in table.out + table.err, "an id, and no name"
    assert "Nothing was stored, and nobody was told." in table.err
    near = call(*words, "in-ncrf-ug-certificate", "--within", "8", *home)
    assert (near.code, near.out.strip()) == (0, "Nobody is close.")


def test_what_cannot_be_looked_for_is_said_so(call: Call, journey: Journey) -> None:
    home = ("--home", str(journey.home))
    words = ("qualification", "discover", "--university", journey.university)
    assert call(*words, "--within", "eight", *home).code == 2
    assert call(*words, "--qualification", "no-such-thing", *home).code == 2
    assert call(*words, "--learners", "0", *home).code == 2
    nobody = call("qualification", "discover", "--university", "urn:uuid:nobody", *home)
    assert nobody.code == 2
