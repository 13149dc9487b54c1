"""Settings of one bank: where it lives, which database and which chain it uses.

Values come from the environment (`CREDITBANK_…`) over the file `bank.toml` in the bank's home over the defaults, which
are for one machine: SQLite and the embedded chain.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self
from urllib.parse import quote, urlsplit

from creditbank.errors import BadInput

ChainKind = Literal["embedded", "rpc"]
SETTINGS_FILE: Final = "bank.toml"
SEE: Final = "Correct it; docs/settings.md says what each setting may be."
LONGEST_DEADLINE: Final = 600
KEYS: Final = frozenset(
    {"base_url", "chain", "chain_id", "chain_name", "chain_test", "chain_url", "contracts", "database_url"}
    | {
        "evaluation_deadline",
        "fee_cap",
        "fetch_documents",
        "finality_depth",
        "demo_tokens",
        "host",
        "mail_from",
        "oidc_loopback",
        "port",
        "production",
        "require_accreditation",
        "smtp_url",
    }
    | {"signing_cap", "signing_caps"}
)


class BadSettings(BadInput):
    """A setting is unknown, unreadable or cannot be combined with another."""

    slug = "bad-settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured. `home` holds all durable state of the embedded defaults."""

    home: Path
    database_url: str
    chain: ChainKind
    chain_url: str
    chain_id: int
    chain_name: str
    chain_test: bool
    finality_depth: int
    fee_cap: int
    contracts: Mapping[str, str]
    base_url: str
    host: str
    port: int
    passphrase: bytes | None
    production: bool
    require_accreditation: bool
    fetch_documents: bool
    evaluation_deadline: int
    signing_cap: int
    signing_caps: Mapping[str, int]
    smtp_url: str
    smtp_password: str
    mail_from: str
    demo_tokens: bool
    oidc_loopback: bool

    @classmethod
    def load(cls, env: Mapping[str, str], home: Path | None = None) -> Self:
        """Read the settings of the bank at `home`, else at `CREDITBANK_HOME`, else at `creditbank-home` here.

        Raises `BadSettings` naming the place of the first value that cannot be used.
        """
        chosen = home or Path(env.get("CREDITBANK_HOME") or "creditbank-home")
        file = chosen / SETTINGS_FILE
        values = _read(file) if file.exists() else {}
        place = str(file)
        places = dict.fromkeys(KEYS, place)
        for key in KEYS - {"contracts", "signing_caps"}:
            if (text := env.get(f"CREDITBANK_{key.upper()}")) is not None:
                values[key], places[key] = text, f"CREDITBANK_{key.upper()}"
        settings = cls(
            home=chosen,
            database_url=str(values.get("database_url") or f"sqlite:///{quote(str((chosen / 'store.db').resolve()))}"),
            chain=_choice(values, "chain", ("embedded", "rpc"), places),
            chain_url=str(values.get("chain_url", "")),
            chain_id=_number(values, "chain_id", 0, places),
            chain_name=str(values.get("chain_name", "")),
            chain_test=_truth(values, "chain_test", places),
            fee_cap=_number(values, "fee_cap", 0, places),
            finality_depth=_number(values, "finality_depth", 2, places),
            contracts={str(name): str(address) for name, address in dict(values.get("contracts", {})).items()},
            base_url=str(values.get("base_url", "https://bank.sample.example")).rstrip("/"),
            host=str(values.get("host", "127.0.0.1")),
            port=_number(values, "port", 8413, places),
            passphrase=env["CREDITBANK_PASSPHRASE"].encode() if env.get("CREDITBANK_PASSPHRASE") else None,
            production=_truth(values, "production", places),
            require_accreditation=_truth(values, "require_accreditation", places),
            fetch_documents=_truth({"fetch_documents": True} | values, "fetch_documents", places),
            evaluation_deadline=_number(values, "evaluation_deadline", 30, places),
            signing_cap=_number(values, "signing_cap", 100_000, places),
            signing_caps=_numbers(values, "signing_caps", places),
            smtp_url=str(values.get("smtp_url", "")),
            smtp_password=env.get("CREDITBANK_SMTP_PASSWORD", ""),
            mail_from=str(values.get("mail_from", "")),
            demo_tokens=_truth(
                {"demo_tokens": not _truth(values, "production", places)} | values, "demo_tokens", places
            ),
            oidc_loopback=_truth(values, "oidc_loopback", places),
        )
        if not 1 <= settings.evaluation_deadline <= LONGEST_DEADLINE:
            raise BadSettings(
                f"evaluation_deadline must be from 1 to {LONGEST_DEADLINE} seconds, not {settings.evaluation_deadline}:"
                " without one a hostile rule file would hold a request for minutes.",
                place=places["evaluation_deadline"],
                next_step=SEE,
            )
        settings._refuse_the_impossible(place)
        return settings

    def _refuse_the_impossible(self, place: str) -> None:
        if self.chain == "rpc" and not (self.chain_url and self.chain_id):
            raise BadSettings(
                "chain is rpc, but chain_url or chain_id is not set.",
                place=place,
                next_step="Set both, in the file or as CREDITBANK_CHAIN_URL and CREDITBANK_CHAIN_ID.",
            )
        if not self.base_url.startswith("https://"):
            raise BadSettings(f"base_url must start with https://, not {self.base_url!r}.", place=place, next_step=SEE)
        if self.host not in ("127.0.0.1", "::1", "localhost") and (self.demo_tokens or not self.production):
            raise BadSettings(
                f"host {self.host!r} is not this machine alone.",
                place=place,
                next_step="Keep the server on 127.0.0.1, or set production = true and leave demo_tokens false.",
            )
        if self.smtp_url and not _is_mail_server(self.smtp_url):
            raise BadSettings(
                "smtp_url is not the address of a mail server, or holds a password.",
                place=place,
                next_step="Write smtps://user@mail.example.org, and the password as CREDITBANK_SMTP_PASSWORD.",
            )
        if self.production and self.oidc_loopback:
            raise BadSettings(
                "Production takes no word of an issuer that is reached without TLS.",
                place=place,
                next_step="Set oidc_loopback = false; it is for tests.",
            )
        if self.production and (self.passphrase is None or self.chain == "embedded"):
            raise BadSettings(
                "Production refuses the development key and the embedded chain.",
                place=place,
                next_step='Set CREDITBANK_PASSPHRASE, chain = "rpc" and chain_url, or production = false.',
            )


def _is_mail_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("smtp", "smtps") and parts.port != 0
    except ValueError:
        return False
    return known and bool(parts.hostname) and parts.password is None


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else str(cause)
        raise BadSettings(f"The settings cannot be read: {why}.", place=str(file), next_step=SEE) from None
    unknown = sorted(set(values) - KEYS)
    if unknown:
        raise BadSettings(
            f"Unknown setting {unknown[0]!r}.",
            place=str(file),
            next_step=f"Known are: {', '.join(sorted(KEYS))}.",
        )
    return values


def _choice(
    values: Mapping[str, Any], key: str, allowed: tuple[ChainKind, ...], places: Mapping[str, str]
) -> ChainKind:
    given = str(values.get(key, allowed[0]))
    for name in allowed:
        if given == name:
            return name
    raise BadSettings(f"{key} is {given!r}, but can be only {' or '.join(allowed)}.", place=places[key], next_step=SEE)


def _number(values: Mapping[str, Any], key: str, default: int, places: Mapping[str, str]) -> int:
    try:
        number = int(str(values.get(key, default)))
    except ValueError:
        number = -1
    if not 0 <= number < 2**53:
        raise BadSettings(
            f"{key} must be a whole number from 0 up, not {values.get(key)!r}.", place=places[key], next_step=SEE
        )
    return number


def _numbers(values: Mapping[str, Any], key: str, places: Mapping[str, str]) -> dict[str, int]:
    table = values.get(key, {})
    if not isinstance(table, dict):
        raise BadSettings(f"{key} must be a table of numbers.", place=places[key], next_step=SEE)
    return {str(name): _number(table, name, 0, dict.fromkeys(table, places[key])) for name in table}


def _truth(values: Mapping[str, Any], key: str, places: Mapping[str, str]) -> bool:
    text = str(values.get(key, "false")).lower()
    if text not in ("true", "false"):
        raise BadSettings(f"{key} must be true or false, not {values.get(key)!r}.", place=places[key], next_step=SEE)
    return text == "true"
