"""Shares, reservations and flags on the command line."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from creditbank.canonical import canonical_json

from .conftest import Call, Called, Journey, sample_unit


@pytest.fixture
def at(call: Call, journey: Journey, tmp_path: Path) -> Callable[..., Called]:
    """Run a command at a copy of the bank that the journey went through."""
    home = tmp_path / "copy"
    shutil.copytree(journey.home, home)
    return lambda *words: call(*words, "--home", str(home))


def test_a_share_is_made_listed_looked_up_and_withdrawn(at: Callable[..., Called], journey: Journey) -> None:
    own, (first, *_) = ("--learner", journey.learner), journey.credentials
    Path("pin.txt").write_text("4711\n")
    wanted = (
        "share",
        "make",
        first,
        *own,
        "--for",
        "An employer",
        "--why",
        "A post",
        "--pin-file",
        "pin.txt",
        "--json",
    )
    made = at(*wanted).json
    assert (made["state"], made["pin"], made["credentials"]) == ("open", True, [first])
    assert made["link"].rpartition("/")[0].endswith("/s")
    assert at(*wanted).json["link"] == "", "it is shown once"
    assert [one["id"] for one in at("share", "list", *own, "--json").json["shares"]] == [made["id"]]
    assert at("share", "views", made["id"], *own).out == "Nobody opened it.\n"
    shown = at("share", "show", made["id"], *own, "--json").json
    assert (shown["id"], shown["state"], shown["views"], shown["wrongPins"]) == (made["id"], "open", 0, 0)
    said = at("share", "show", made["id"], *own).out
    assert all(text in said for text in ("An employer  open", "A post", first, "0 of 10 wrong ones"))
    assert at("share", "withdraw", made["id"], *own).out == f"The share {made['id']} is withdrawn.\n"
    assert "withdrawn" in at("share", "list", *own).out
    for verb in ("show", "views", "withdraw"):
        assert at("share", verb, made["id"], "--learner", journey.university).code == 2, "it is another's, or nobody's"
    assert at("share", "make", "urn:uuid:none", *own, "--for", "x", "--why", "y").code == 2


def test_credits_are_held_and_given_back(at: Callable[..., Called], journey: Journey) -> None:
    unit, by = sample_unit(9, "4", "online"), ("--by", journey.university)
    Path("unit.json").write_bytes(canonical_json(unit.to_json()))
    at("achievement", "publish", "unit.json", "--organisation", journey.university)
    wanted = ("--organisation", journey.university, "--learner", journey.learner, "--achievement", unit.id)
    at("credential", "issue", *wanted, "--version", "1", "--earned", "2026-01-30", "--request", "unit-9")
    lots: list[dict[str, Any]] = at("learner", "show", journey.learner, "--json").json["lots"]
    lot = next(one["lot"] for one in lots if one["title"] == unit.name)
    wanted = ("reservation", "make", "hold-1", "--lot", lot, "--amount", "1.5", "--award", "urn:own:award", *by)
    made = at(*wanted, "--json").json
    assert (made["state"], made["amount"], made["lot"]) == ("held", "1.5", lot)
    assert at(*wanted, "--json").json == made, "asking twice gives the first answer"
    assert at("reservation", "show", "hold-1", "--by", journey.learner).code == 2
    assert "is released" in at("reservation", "release", "hold-1", *by).out
    assert at("reservation", "show", "hold-1", *by, "--json").json["state"] == "released"
    listed = at("reservation", "list", "--json").json
    assert ([one["id"] for one in listed["reservations"]], listed["more"]) == (["hold-1"], False)
    assert "hold-1" in at("reservation", "list", *by).out
    assert at("reservation", "list", "--by", journey.learner).out == "Nothing is held, and nothing was.\n"
    over = ("reservation", "make", "hold-2", "--lot", lot, "--amount", "999", "--award", "urn:own:award", *by)
    assert at(*over).code == 1


def test_a_flag_is_listed_answered_and_decided(at: Callable[..., Called], journey: Journey) -> None:
    of, by = ("--of", journey.learner), ("--by", journey.university)
    assert at("flag", "list", *of).out == "No award is flagged.\n"
    assert at("flag", "policy", journey.university).out == "The policy is review.\n"
    assert at("flag", "policy", journey.university, "--set", "revoke-after-review", "--json").json["policy"] == (
        "revoke-after-review"
    )
    first = journey.credentials[0]
    assert at("credential", "revoke", first, "--by", journey.university, "--reason", "a mistake").code == 0
    (flag,) = at("flag", "list", *of, "--json").json["flags"]
    assert (flag["award"], flag["credential"], flag["state"]) == (journey.award, first, "open")
    assert at("flag", "list", "--json").json == {"flags": [flag], "more": False}, "the operator sees everybody's"
    assert at("flag", "list", "--of", "urn:uuid:nobody", "--json").json["flags"] == []
    assert at("flag", "show", flag["id"], "--json").json == flag
    assert first in at("flag", "show", flag["id"]).out
    unknown = at("flag", "show", "urn:uuid:none")
    assert unknown.code == 2
    assert "creditbank flag list" in unknown.err
    assert at("flag", "decide", flag["id"], "perhaps", *by, "--reason", "x").code == 2
    assert at("flag", "decide", flag["id"], "revoked", *by, "--reason", "x").code == 1, "the learner was not heard"
    assert at("flag", "state", flag["id"], *by, "--statement", "x").code == 2, "it is the learner's to state"
    said = at("flag", "state", flag["id"], "--by", journey.learner, "--statement", "I sat it again.")
    assert said.out == f"Flag {flag['id']} is open; the learner has stated the case.\n"
    done = at("flag", "decide", flag["id"], "stands", *by, "--reason", "It was examined anew.", "--json").json
    assert (done["state"], done["decision"]) == ("stands", "It was examined anew.")
    assert at("flag", "decide", flag["id"], "revoked", *by, "--reason", "x").code == 1, "it was decided"


def test_awards_and_batches_are_listed_and_shown(at: Callable[..., Called], journey: Journey) -> None:
    for of in (("--of", journey.learner), ("--of", journey.university), ()):
        ids = [one["id"] for one in at("award", "list", *of, "--json").json["awards"]]
        assert journey.award in ids
    assert journey.award in at("award", "list").out
    assert at("award", "list", "--of", "urn:uuid:nobody").out == "There is no award yet.\n"
    cut = at("award", "list", "--limit", str(len(ids)))
    assert "there are more" not in cut.err, "these are all there are"
    (batch, *_) = at("batch", "list", "--json").json["batches"]
    assert at("batch", "show", batch["id"], "--json").json == {"batch": batch}
    assert batch["root"] in at("batch", "show", batch["id"]).out
    assert "creditbank batch list" in at("batch", "show", "urn:uuid:none").err
