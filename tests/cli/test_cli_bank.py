"""The verbs of a bank: what they do, what they refuse, and how they say it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from creditbank.config import BadSettings, Settings
from creditbank.services.awarding import Awarding
from creditbank.services.ports import ChainUnavailable

from .conftest import Call, Journey
from .test_cli_verify import SOURCES


def test_a_bank_can_be_set_up_twice(call: Call, journey: Journey) -> None:
    called = call("init", "--home", str(journey.home))
    assert called.code == 0
    assert "is ready" in called.out
    assert "test chain" in called.out


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("CREDITBANK_CHAIN", "moon", "'moon'"),
        ("CREDITBANK_CHAIN", "rpc", "chain_url"),
        ("CREDITBANK_PORT", "eighty", "port"),
        ("CREDITBANK_HOST", "0.0.0.0", "not this machine alone"),
        ("CREDITBANK_BASE_URL", "http://bank.example", "https://"),
        ("CREDITBANK_SMTP_URL", "smtp://user:word@mail.example", "mail server"),
        ("CREDITBANK_PRODUCTION", "true", "development key"),
    ],
)
def test_an_impossible_configuration_is_refused_before_anything_is_made(
    call: Call, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, told: str
) -> None:
    monkeypatch.setenv(setting, value)
    called = call("init", "--home", "made")
    assert called.code == 2
    assert told in called.err
    assert not Path("made").exists()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, None),
        ({"CREDITBANK_DEMO_TOKENS": "true"}, "not this machine alone"),
        ({"CREDITBANK_PRODUCTION": "false"}, "not this machine alone"),
        ({"CREDITBANK_PRODUCTION": "false", "CREDITBANK_DEMO_TOKENS": "false"}, "not this machine alone"),
        ({"CREDITBANK_OIDC_LOOPBACK": "true"}, "without TLS"),
    ],
)
def test_others_reach_a_bank_in_production_without_demo_tokens_only(changed: dict[str, str], told: str | None) -> None:
    """Threat 50: what anybody holds of a sample bank opens nothing for the world."""
    settings = {
        "CREDITBANK_HOST": "192.0.2.7",
        "CREDITBANK_BASE_URL": "https://bank.example.org",
        "CREDITBANK_DATABASE_URL": "postgresql:///creditbank",
        "CREDITBANK_PRODUCTION": "true",
        "CREDITBANK_PASSPHRASE": "words",
        "CREDITBANK_CHAIN": "rpc",
        "CREDITBANK_CHAIN_URL": "http://127.0.0.1:8545",
        "CREDITBANK_CHAIN_ID": "1",
        "CREDITBANK_FEE_CAP": "60000000000",
    }
    if told is None:
        assert not Settings.load(settings).demo_tokens
    else:
        with pytest.raises(BadSettings, match=told):
            Settings.load(settings | changed)


def test_a_settings_file_with_an_unknown_key_is_named(call: Call, tmp_path: Path) -> None:
    home = tmp_path / "bank"
    home.mkdir()
    (home / "bank.toml").write_text('colour = "blue"\n')
    called = call("batch", "list", "--home", str(home))
    assert called.code == 2
    assert "bank.toml" in called.err
    assert "'colour'" in called.err


@pytest.mark.parametrize(
    "words",
    [
        ("serve", "--port", "0"),
        ("batch", "seal"),
        ("anchor", "submit"),
        ("credential", "list", "--learner", "x"),
        ("award", "show", "x"),
        ("organisation", "list"),
        ("learner", "list"),
        ("qualification", "evaluate", "x", "--learner", "y", "--university", "z"),
    ],
)
def test_without_a_bank_every_verb_says_how_to_make_one(call: Call, words: tuple[str, ...]) -> None:
    called = call(*words)
    assert called.code == 2
    assert "creditbank init" in called.err


def test_an_account_shows_credits_by_system_and_their_lots(call: Call, journey: Journey) -> None:
    called = call("learner", "show", journey.learner, "--home", str(journey.home))
    assert called.code == 0
    assert "in-ncrf" in called.out
    assert "Sample unit 1" in called.out


def test_an_unknown_learner_is_bad_input(call: Call, journey: Journey) -> None:
    called = call("learner", "show", "nobody", "--home", str(journey.home), "--json")
    assert called.code == 2
    assert called.json["exitCode"] == 2


def test_a_credential_is_shown_byte_for_byte_as_it_was_signed(call: Call, journey: Journey) -> None:
    signed = {file.read_text() for file in (journey.kit / "credentials").glob("0?.json")}
    shown = {
        call("credential", "show", urn, "--home", str(journey.home)).out.rstrip("\n") for urn in journey.credentials
    }
    assert shown == signed


def test_a_final_credential_has_a_receipt(call: Call, journey: Journey) -> None:
    called = call("credential", "receipt", journey.credentials[0], "--home", str(journey.home))
    assert called.json["document"] == "creditbank/receipt/v1"
    assert called.json["chain"]["test"] is True


def test_a_day_that_does_not_exist_is_bad_input(call: Call, journey: Journey) -> None:
    words = ("--organisation", "o", "--learner", "l", "--achievement", "a", "--version", "1")
    called = call("credential", "issue", *words, "--earned", "2026-02-30", "--home", str(journey.home))
    assert called.code == 2
    assert "--earned" in called.err


def test_asking_for_the_same_award_twice_gives_the_first_answer(call: Call, journey: Journey) -> None:
    words = ("--evaluation", journey.evaluation, "--university", journey.university, "--home", str(journey.home))
    again = call("award", "issue", *words, "--request", "award", "--json")
    assert again.code == 0
    assert again.json["id"] == journey.award


def test_the_same_credits_are_refused_for_a_second_award(call: Call, journey: Journey) -> None:
    words = ("--evaluation", journey.evaluation, "--university", journey.university, "--home", str(journey.home))
    called = call("award", "issue", *words, "--request", "another")
    assert called.code == 1
    assert "count and 0 are reserved for an award" in called.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--name", " ", "--country", "IN"), "a name must be readable"),
        (("--name", "\x1b[2JX", "--country", "IN"), "a name must be readable"),
        (("--name", "X", "--country", "ZZZ"), "no country code"),
        (("--name", "X", "--country", "IN", "--framework", "nope"), "'nope'"),
        (("--name", "X", "--country", "IN", "--did", "did:web:localhost"), "not a domain name"),
    ],
)
def test_an_organisation_that_cannot_be_is_not_registered(
    words: tuple[str, ...], told: str, call: Call, journey: Journey
) -> None:
    before = sorted((journey.home / "keys").rglob("*.json"))
    called = call("organisation", "register", "--role", "provider", *words, "--home", str(journey.home))
    assert called.code == 2
    assert told in called.err
    assert sorted((journey.home / "keys").rglob("*.json")) == before


def test_nothing_is_earned_on_a_day_that_has_not_come(call: Call, journey: Journey) -> None:
    words = ("--organisation", "o", "--learner", journey.learner, "--achievement", "a", "--version", "1")
    called = call("credential", "issue", *words, "--earned", "9999-12-31", "--home", str(journey.home))
    assert called.code == 2
    assert "has not come yet" in called.err


def test_a_setting_of_the_environment_is_named_as_such(
    call: Call, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDITBANK_FINALITY_DEPTH", "-1")
    called = call("batch", "list", "--home", str(journey.home))
    assert called.code == 2
    assert "CREDITBANK_FINALITY_DEPTH: finality_depth must be a whole number" in called.err


def test_an_award_cut_short_is_completed_by_the_same_command(
    call: Call, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an id of the caller's own, the evaluation names the request: it makes one award."""
    asked: list[str] = []

    def remember(self: object, request: str, *, evaluation: str, by: str) -> None:
        asked.append(request)
        raise ChainUnavailable("The chain does not answer.")

    monkeypatch.setattr(Awarding, "award", remember)
    words = ("--evaluation", journey.evaluation, "--university", journey.university, "--home", str(journey.home))
    assert [call("award", "issue", *words).code for _ in range(2)] == [3, 3]
    assert asked[0] == asked[1]


def test_an_evaluation_that_falls_short_is_rejected_with_reasons(call: Call, journey: Journey) -> None:
    words = ("--learner", journey.learner, "--university", journey.university, "--home", str(journey.home))
    called = call("qualification", "evaluate", "in-ncrf-ug-certificate", *words)
    assert called.code == 1
    assert "What is missing" in called.out
    assert "Not counted, and why" in called.out
    assert "certificate/year-one" in called.out


def test_an_evaluation_answers_in_german_and_its_record_stays_english(call: Call, journey: Journey) -> None:
    words = ("--learner", journey.learner, "--university", journey.university, "--home", str(journey.home))
    ask = ("qualification", "evaluate", "in-ncrf-ug-certificate", *words, "--language", "de")
    called = call(*ask)
    assert called.code == 1
    assert "Es reicht noch nicht." in called.out
    assert "It does not add up yet." not in called.out
    assert "✗ noch offen" in called.out
    german = call(*ask, "--json").json
    assert german["result"]["sentence"].startswith("Es reicht noch nicht.")
    assert german["result"]["tree"]["status"] == "needs more"
    english = call(*ask[:-2], "--json").json
    assert english["result"]["sentence"].startswith("It does not add up yet.")
    assert english["allocationDigest"] == german["allocationDigest"]


def test_a_language_that_nobody_wrote_is_refused_before_anything_is_weighed(call: Call, journey: Journey) -> None:
    words = ("--learner", journey.learner, "--university", journey.university, "--home", str(journey.home))
    called = call("qualification", "evaluate", "in-ncrf-ug-certificate", *words, "--language", "xx")
    assert called.code == 2
    assert "Ask for one of de, en." in called.err


def test_a_rule_document_is_no_decision_of_a_university(call: Call, journey: Journey) -> None:
    rules = Path(__file__).parents[2] / "frameworks/qualifications/in-ncrf/2021/ug-certificate.yaml"
    words = ("--learner", journey.learner, "--university", journey.university, "--home", str(journey.home))
    called = call("qualification", "evaluate", "in-ncrf-ug-certificate", *words, "--decisions", str(rules))
    assert called.code == 2
    assert "no decision of a body" in called.err


def test_a_final_batch_stays_final(call: Call, journey: Journey) -> None:
    assert call("batch", "seal", "--home", str(journey.home)).out == "Nothing waits, so there is no new batch.\n"
    assert call("anchor", "submit", "--home", str(journey.home)).out == "Every batch is final already.\n"
    batches = call("batch", "list", "--home", str(journey.home), "--json").json["batches"]
    assert {batch["state"] for batch in batches} == {"final"}


def test_lists_name_what_was_registered_and_published(call: Call, journey: Journey) -> None:
    home = ("--home", str(journey.home))
    assert "Sample University" in call("organisation", "list", *home).out
    body = call("organisation", "show", journey.university, *home, "--json").json
    assert (body["name"], body["roles"], body["members"]) == ("Sample University", ["provider", "university"], 0)
    assert [key["state"] for key in body["keys"]] == ["current"]
    shown = call("organisation", "show", journey.university, *home).out
    assert all(
        text in shown for text in ("Sample University", body["did"], body["account"], body["keys"][0]["multikey"])
    )
    assert call("organisation", "show", "urn:uuid:none", *home).code == 2
    assert "Sample Learner" in call("learner", "list", *home).out
    assert "urn:sample:unit-2" in call("achievement", "list", *home).out
    assert journey.credentials[0] in call("credential", "list", "--learner", journey.learner, *home).out


def test_a_taken_port_is_one_sentence(call: Call, journey: Journey) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        called = call("serve", "--home", str(journey.home), "--port", str(taken.getsockname()[1]))
    assert called.code == 3
    assert "--port" in called.err


def test_serving_prints_the_address_and_ends_quietly_on_ctrl_c(journey: Journey) -> None:
    environment = {"PATH": "", "PYTHONPATH": f"{SOURCES}:{SOURCES.parent / 'api'}"}
    with subprocess.Popen(
        [sys.executable, "-m", "creditbank", "serve", "--home", str(journey.home), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        # whoever runs the tests in the background may have them ignore Ctrl-C, which is handed down
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        assert "http://127.0.0.1:" in server.stdout.readline()
        server.stderr.readline()
        server.send_signal(signal.SIGINT)
        said = server.stderr.read()
        assert server.wait(timeout=30) == 130
    assert "Traceback" not in said
