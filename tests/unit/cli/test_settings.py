"""Settings: where they come from, what production refuses, what is shown, and that the page lists them all."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from creditbank.config import KEYS, MASKED, SECRETS, TABLES, BadSettings, Settings, without_secrets

ROOT = Path(__file__).resolve().parents[3]
SAFE = {
    "CREDITBANK_PRODUCTION": "true",
    "CREDITBANK_PASSPHRASE": "a long passphrase of words",
    "CREDITBANK_CHAIN": "rpc",
    "CREDITBANK_CHAIN_URL": "https://node.example.com/v3/key-of-ours",
    "CREDITBANK_CHAIN_ID": "5",
    "CREDITBANK_FEE_CAP": "200000000000",
    "CREDITBANK_DATABASE_URL": "postgresql://bank:secret-of-ours@db.example.com/bank",
    "CREDITBANK_BASE_URL": "https://bank.example.com",
}


def test_the_page_lists_every_setting_and_no_other() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    table = page[page.index("| name | meaning") : page.index("\n\n", page.index("| name | meaning"))]
    listed = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert {name for name in listed if not name.startswith("CREDITBANK_")} == KEYS | SECRETS
    assert {one.name for one in fields(Settings)} == KEYS | SECRETS | {"home"}


def test_a_safe_setting_is_taken(tmp_path: Path) -> None:
    assert Settings.load(SAFE, tmp_path).production


@pytest.mark.parametrize(
    ("name", "value", "named"),
    [
        ("PASSPHRASE", "", "development key"),
        ("CHAIN", "embedded", "embedded chain"),
        ("CHAIN_URL", "http://node.example.com", "not https"),
        ("FEE_CAP", "0", "without a bound"),
        ("FAILPOINTS", "tx.sent=kill", "failpoints"),
        ("DATABASE_URL", "sqlite:////srv/bank/store.db", "SQLite"),
        ("BASE_URL", "https://bank.sample.example", "sample base_url"),
        ("BASE_URL", "https://bank.localhost", "sample base_url"),
        ("BASE_URL", "https://127.0.0.1", "without a name"),
        ("BASE_URL", "https://*.example.com", "sample base_url"),
        ("BASE_URL", "http://bank.example.com", "https://"),
        ("TRUSTED_PROXIES", "10.0.0.7, 0.0.0.0/0", "whole internet"),
        ("LOG_LEVEL", "debug", "log_level debug"),
        ("HOST", "0.0.0.0", "every address"),
        ("DEMO_TOKENS", "true", "demo_tokens"),
        ("OIDC_LOOPBACK", "true", "without TLS"),
    ],
)
def test_production_refuses_what_is_unsafe(tmp_path: Path, name: str, value: str, named: str) -> None:
    """Threat 51: a development key, a chain of our own, a wide open door: each is named, and nothing starts."""
    with pytest.raises(BadSettings, match=re.escape(named)):
        Settings.load(SAFE | {f"CREDITBANK_{name}": value}, tmp_path)


def test_production_takes_a_signer_of_this_machine_or_behind_tls(tmp_path: Path) -> None:
    signer = SAFE | {"CREDITBANK_SENDER": "signer", "CREDITBANK_SENDER_ADDRESS": "0x" + "5" * 40}
    for url in ("https://signer.example.com/key-of-ours", "http://127.0.0.1:8550"):
        assert Settings.load(signer | {"CREDITBANK_SENDER_URL": url}, tmp_path).sender == "signer"
    with pytest.raises(BadSettings, match="sender_url of another machine"):
        Settings.load(signer | {"CREDITBANK_SENDER_URL": "http://signer.example.com"}, tmp_path)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"SENDER": "hand"}, "vault or keystore or signer"),
        ({"SENDER": "keystore"}, "no password"),
        ({"SENDER": "signer"}, "sender_url"),
        ({"SENDER": "signer", "SENDER_URL": "unix:///run/clef", "SENDER_ADDRESS": "0x" + "5" * 40}, "sender_url"),
        ({"SENDER": "signer", "SENDER_URL": "https://signer.example.com", "SENDER_ADDRESS": "0x55"}, "sender_address"),
    ],
)
def test_a_sending_account_is_named_whole_or_refused(tmp_path: Path, given: dict[str, str], named: str) -> None:
    with pytest.raises(BadSettings, match=re.escape(named)):
        Settings.load({f"CREDITBANK_{name}": value for name, value in given.items()}, tmp_path)


def test_all_that_is_unsafe_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as refused:
        Settings.load({"CREDITBANK_PRODUCTION": "true"}, tmp_path)
    for named in ("development key", "embedded chain", "SQLite", "sample base_url"):
        assert named in str(refused.value)


def test_a_secret_may_stand_in_a_file_that_few_may_read(tmp_path: Path) -> None:
    """Threat 51: what everybody may read is no secret."""
    file = tmp_path / "passphrase"
    file.write_text("a long passphrase of words\n")
    file.chmod(0o640)
    env = {"CREDITBANK_PASSPHRASE_FILE": str(file)}
    assert Settings.load(env, tmp_path).passphrase == b"a long passphrase of words"
    with pytest.raises(BadSettings, match="both set"):
        Settings.load(env | {"CREDITBANK_PASSPHRASE": "another"}, tmp_path)
    file.chmod(0o644)
    with pytest.raises(BadSettings, match="Everybody"):
        Settings.load(env, tmp_path)
    with pytest.raises(BadSettings, match="cannot be read"):
        Settings.load({"CREDITBANK_PASSPHRASE_FILE": str(tmp_path / "none")}, tmp_path)
    file.write_text("\n")
    file.chmod(0o600)
    with pytest.raises(BadSettings, match="empty"):
        Settings.load(env, tmp_path)


def test_every_other_setting_may_stand_in_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("postgresql://bank:secret@db/bank")
    file.chmod(0o600)
    assert Settings.load({"CREDITBANK_DATABASE_URL_FILE": str(file)}, tmp_path).database_url.endswith("@db/bank")
    assert {"database_url", "chain_url"} <= KEYS - TABLES


def test_what_is_shown_has_no_secret_in_it(tmp_path: Path) -> None:
    """Threat 46: neither the passphrase, nor the password of the database, nor the key inside a node's address."""
    sender = {"CREDITBANK_SENDER_URL": "https://signer.example.com/key-of-ours"}
    settings = Settings.load(SAFE | sender | {"CREDITBANK_SENDER_PASSWORD": "secret-of-ours"}, tmp_path)
    shown = settings.shown()
    assert shown["sender_password"] == MASKED
    assert shown["sender_url"] == f"https://signer.example.com/{MASKED}"
    assert shown["passphrase"] == MASKED
    assert shown["database_url"] == f"postgresql://bank:{MASKED}@db.example.com/bank"
    assert shown["chain_url"] == f"https://node.example.com/{MASKED}"
    for text in (str(shown), repr(settings)):
        for secret in ("passphrase of words", "secret-of-ours", "key-of-ours"):
            assert secret not in text
    assert without_secrets("sqlite:////srv/bank/store.db") == "sqlite:////srv/bank/store.db"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_PROXIES", "a proxy"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_POOL", "0"),
        ("DATABASE_POOL", "1000"),
        ("RATE_LIMIT", "0"),
        ("STATEMENT_TIMEOUT", "0"),
        ("METRICS_PORT", "-1"),
        ("FINALITY", "soon"),
        ("FEE_KIND", "guess"),
        ("REPLACE_AFTER", "0"),
        ("BATCH_SIZE", "0"),
        ("BATCH_SIZE", "1000001"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSettings):
        Settings.load({f"CREDITBANK_{name}": value}, tmp_path)


def test_what_is_no_table_is_refused_where_one_is_needed(tmp_path: Path) -> None:
    (tmp_path / "bank.toml").write_text('contracts = "0x1"\n', encoding="utf-8")
    with pytest.raises(BadSettings, match="contracts must be a table of texts"):
        Settings.load({}, tmp_path)


def test_the_place_of_what_cannot_be_is_where_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "bank.toml").write_text("batch_size = 5\n", encoding="utf-8")
    with pytest.raises(BadSettings) as found:
        Settings.load({"CREDITBANK_BATCH_SIZE": "0"}, tmp_path)
    assert found.value.place == "CREDITBANK_BATCH_SIZE"


def test_what_is_false_in_the_file_is_false(tmp_path: Path) -> None:
    """The plain tokens of the sample bank are taken unless somebody said no, also by a word of TOML."""
    for said in ("false", '"false"'):
        (tmp_path / "bank.toml").write_text(f"demo_tokens = {said}\n")
        assert not Settings.load({}, tmp_path).demo_tokens
    (tmp_path / "bank.toml").write_text("")
    assert Settings.load({}, tmp_path).demo_tokens


@pytest.mark.parametrize("key", ["base_url", "database_url", "chain_url", "sender_url"])
@pytest.mark.parametrize("url", ["https://[x", "https://host.example:99999", "https://host.example:0/"])
def test_an_address_that_cannot_be_read_is_told_with_its_place(tmp_path: Path, key: str, url: str) -> None:
    name = f"CREDITBANK_{key.upper()}"
    with pytest.raises(BadSettings, match=key) as told:
        Settings.load({name: url}, tmp_path)
    assert told.value.place == name


def test_several_servers_of_a_database_are_an_address(tmp_path: Path) -> None:
    url = "postgresql+psycopg://bank@one.example:5432,two.example:5433/bank"
    assert Settings.load({"CREDITBANK_DATABASE_URL": url}, tmp_path).database_url == url


@pytest.mark.parametrize(
    "url",
    ["https:///", "https://h.example/?q=1", "https://u:p@h.example", "https://h.example/a b", "https://h.example#x"],
)
def test_a_public_address_is_a_host_and_a_plain_path(tmp_path: Path, url: str) -> None:
    with pytest.raises(BadSettings, match=r"plain path|must start with") as told:
        Settings.load({"CREDITBANK_BASE_URL": url}, tmp_path)
    assert "u:p" not in str(told.value)
    for dots in ("/a/../b", "/..", "/./a", "//a", "/a%2fb", '/"x'):
        with pytest.raises(BadSettings, match="plain path"):
            Settings.load({"CREDITBANK_BASE_URL": f"https://h.example{dots}"}, tmp_path)


@pytest.mark.parametrize("url", ["https://h.example", "https://h.example:8443/credit/bank-2.0", "https://[::1]/x..y"])
def test_a_public_address_with_or_without_a_path_is_taken(tmp_path: Path, url: str) -> None:
    assert Settings.load({"CREDITBANK_BASE_URL": f"{url}/"}, tmp_path).base_url == url


@pytest.mark.parametrize("key", ["database_url", "base_url", "mail_from", "paper_fonts", "sender_keystore"])
@pytest.mark.parametrize("value", ["5", "true", "[1]", "{a = 1}", "1.5", "2020-01-01"])
def test_what_is_no_text_in_the_file_is_told(tmp_path: Path, key: str, value: str) -> None:
    (tmp_path / "bank.toml").write_text(f"{key} = {value}\n")
    with pytest.raises(BadSettings, match=f"{key} must be a text") as told:
        Settings.load({}, tmp_path)
    assert told.value.place == str(tmp_path / "bank.toml")


def test_a_password_in_an_address_is_not_told_with_it(tmp_path: Path) -> None:
    (tmp_path / "bank.toml").write_text('database_url = ["postgresql://bank:secret-of-ours@db/bank"]\n')
    with pytest.raises(BadSettings, match="must be a text") as told:
        Settings.load({}, tmp_path)
    assert "secret" not in str(told.value)
    (tmp_path / "bank.toml").write_text('base_url = "http://bank:secret-of-ours@host.example"\n')
    with pytest.raises(BadSettings, match="https://") as told:
        Settings.load({}, tmp_path)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("key", ["port", "chain_port", "metrics_port"])
def test_a_port_that_there_is_not_is_told(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadSettings, match="at most 65535"):
        Settings.load({f"CREDITBANK_{key.upper()}": "65536"}, tmp_path)
