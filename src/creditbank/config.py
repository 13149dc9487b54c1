"""Settings of one bank: where it lives, which database and which chain it uses.

Values come from the environment (`CREDITBANK_…`, or `CREDITBANK_…_FILE`, which names a file that holds the value) over
the file `bank.toml` in the bank's home over the defaults, which are for one machine: SQLite and the embedded chain.
"""

import re
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar
from urllib.parse import quote, urlsplit, urlunsplit

from creditbank.errors import BadInput
from creditbank.services.failpoints import read_failpoints

ChainKind = Literal["embedded", "rpc"]
Finality = Literal["depth", "safe", "finalized"]
FeeKind = Literal["auto", "legacy"]
SenderKind = Literal["vault", "keystore", "signer"]
LogLevel = Literal["debug", "info", "warning", "error"]
Word = TypeVar("Word", bound=str)
Network = IPv4Network | IPv6Network
SETTINGS_FILE: Final = "bank.toml"
LEVELS: Final[tuple[LogLevel, ...]] = ("debug", "info", "warning", "error")
SEE: Final = "Correct it; docs/settings.md says what each setting may be."
LONGEST_DEADLINE: Final = 600
MOST_CONNECTIONS: Final = 64
FINALITIES: Final[tuple[Finality, ...]] = ("depth", "safe", "finalized")
SENDERS: Final[tuple[SenderKind, ...]] = ("vault", "keystore", "signer")
FEE_KINDS: Final[tuple[FeeKind, ...]] = ("auto", "legacy")
LARGEST_BATCH: Final = 1_000_000
KEYS: Final = frozenset(
    {"base_url", "chain", "chain_id", "chain_name", "chain_test", "chain_url", "contracts", "database_url"}
    | {
        "chain_port",
        "chain_first_block",
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
    | {"signing_cap", "signing_caps", "deposit_policy", "paper_fonts"}
    | {"failpoints"}
    | {"status_interval"}
    | {"sender", "sender_address", "sender_keystore", "sender_url"}
    | {"batch_age", "batch_size", "fee_kind", "finality", "replace_after", "replace_limit"}
    | {"database_pool", "log_level", "metrics_port", "rate_limit", "statement_timeout", "trusted_proxies"}
)
SECRETS: Final = frozenset({"passphrase", "smtp_password", "sender_password"})
TABLES: Final = frozenset({"contracts", "signing_caps"})
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
LONGEST_SECRET: Final = 4096
MASKED: Final = "(set)"
SENDER_FILE: Final = "keys/sender.json"
SAMPLE_HOST: Final = "bank.sample.example"


class BadSettings(BadInput):
    """A setting is unknown, unreadable or cannot be combined with another."""

    slug = "bad-settings"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured. `home` holds all durable state of the embedded defaults."""

    home: Path
    database_url: str = field(repr=False)
    chain: ChainKind
    chain_url: str = field(repr=False)
    chain_id: int
    chain_name: str
    chain_test: bool
    finality_depth: int
    fee_cap: int
    contracts: Mapping[str, str]
    base_url: str
    host: str
    port: int
    passphrase: bytes | None = field(repr=False)
    production: bool
    require_accreditation: bool
    fetch_documents: bool
    evaluation_deadline: int
    signing_cap: int
    signing_caps: Mapping[str, int]
    smtp_url: str
    smtp_password: str = field(repr=False)
    mail_from: str
    demo_tokens: bool
    oidc_loopback: bool
    chain_port: int = 0
    chain_first_block: int = 0
    log_level: LogLevel = "info"
    metrics_port: int = 0
    trusted_proxies: tuple[Network, ...] = ()
    rate_limit: int = 1200
    database_pool: int = 32
    statement_timeout: int = 30
    finality: Finality = "depth"
    fee_kind: FeeKind = "auto"
    replace_after: int = 180
    replace_limit: int = 10
    batch_size: int = 100_000
    batch_age: int = 0
    failpoints: str = ""
    deposit_policy: str = "live"
    paper_fonts: tuple[Path, ...] = ()
    status_interval: int = 3600
    sender: SenderKind = "vault"
    sender_keystore: Path = Path()
    sender_password: str = field(default="", repr=False)
    sender_url: str = field(default="", repr=False)
    sender_address: str = ""

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
        for key in KEYS - TABLES:
            if (given := _from_environment(env, key)) is not None:
                values[key], places[key] = given
        settings = cls(
            home=chosen,
            database_url=str(values.get("database_url") or f"sqlite:///{quote(str((chosen / 'store.db').resolve()))}"),
            chain=_choice(values, "chain", ("embedded", "rpc"), places),
            chain_url=str(values.get("chain_url", "")),
            chain_id=_number(values, "chain_id", 0, places),
            chain_name=str(values.get("chain_name", "")),
            chain_test=_truth(values, "chain_test", places),
            chain_port=_number(values, "chain_port", 0, places),
            chain_first_block=_number(values, "chain_first_block", 0, places),
            fee_cap=_number(values, "fee_cap", 0, places),
            finality_depth=_number(values, "finality_depth", 2, places),
            contracts={str(name): str(address) for name, address in dict(values.get("contracts", {})).items()},
            base_url=str(values.get("base_url", "https://bank.sample.example")).rstrip("/"),
            host=str(values.get("host", "127.0.0.1")),
            port=_number(values, "port", 8413, places),
            passphrase=_passphrase(env),
            production=_truth(values, "production", places),
            require_accreditation=_truth(values, "require_accreditation", places),
            fetch_documents=_truth({"fetch_documents": True} | values, "fetch_documents", places),
            evaluation_deadline=_number(values, "evaluation_deadline", 30, places),
            signing_cap=_number(values, "signing_cap", 100_000, places),
            signing_caps=_numbers(values, "signing_caps", places),
            smtp_url=str(values.get("smtp_url", "")),
            smtp_password=(_from_environment(env, "smtp_password") or ("", ""))[0],
            mail_from=str(values.get("mail_from", "")),
            demo_tokens=_truth(
                {"demo_tokens": not _truth(values, "production", places)} | values, "demo_tokens", places
            ),
            oidc_loopback=_truth(values, "oidc_loopback", places),
            log_level=_choice({"log_level": "info"} | values, "log_level", LEVELS, places),
            metrics_port=_number(values, "metrics_port", 0, places),
            trusted_proxies=_networks(values, "trusted_proxies", places),
            rate_limit=_number(values, "rate_limit", 1200, places),
            database_pool=_number(values, "database_pool", 32, places),
            statement_timeout=_number(values, "statement_timeout", 30, places),
            finality=_choice({"finality": "depth"} | values, "finality", FINALITIES, places),
            fee_kind=_choice({"fee_kind": "auto"} | values, "fee_kind", FEE_KINDS, places),
            replace_after=_number(values, "replace_after", 180, places),
            replace_limit=_number(values, "replace_limit", 10, places),
            batch_size=_number(values, "batch_size", 100_000, places),
            batch_age=_number(values, "batch_age", 0, places),
            failpoints=str(values.get("failpoints", "")),
            deposit_policy=str(values.get("deposit_policy", "live")),
            paper_fonts=tuple(
                Path(one.strip()) for one in str(values.get("paper_fonts", "")).split(",") if one.strip()
            ),
            status_interval=_number(values, "status_interval", 3600, places),
            sender=_choice({"sender": "vault"} | values, "sender", SENDERS, places),
            sender_keystore=Path(str(values.get("sender_keystore") or chosen / SENDER_FILE)),
            sender_password=(_from_environment(env, "sender_password") or ("", ""))[0],
            sender_url=str(values.get("sender_url", "")),
            sender_address=str(values.get("sender_address", "")),
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
        if self.chain == "rpc" and self.chain_port:
            raise BadSettings(
                "chain_port shows the embedded chain, and the chain of this bank has a node of its own.",
                place=place,
                next_step="Leave chain_port out; whoever asks goes to the node.",
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
        if not 1 <= self.database_pool <= MOST_CONNECTIONS or self.rate_limit < 1 or self.statement_timeout < 1:
            raise BadSettings(
                f"database_pool is from 1 to {MOST_CONNECTIONS}, rate_limit and statement_timeout are at least 1.",
                place=place,
                next_step=SEE,
            )
        read_failpoints(self.failpoints)
        self._refuse_odd_senders(place)
        if not 1 <= self.batch_size <= LARGEST_BATCH or self.replace_after < 1:
            raise BadSettings(
                f"batch_size is from 1 to {LARGEST_BATCH}, and replace_after is at least 1.",
                place=place,
                next_step=SEE,
            )
        if self.production and (unsafe := [*self._unsafe()]):
            raise BadSettings(
                f"Production refuses {'; '.join(unsafe)}.",
                place=place,
                next_step="Set what is named, or production = false; docs/production.md shows a whole example.",
            )

    def _refuse_odd_senders(self, place: str) -> None:
        reachable = self.sender_url.startswith(("http://", "https://"))
        if self.sender == "signer" and not (reachable and re.fullmatch("0x[0-9a-fA-F]{40}", self.sender_address)):
            raise BadSettings(
                "sender is signer, but sender_url or sender_address is not set.",
                place=place,
                next_step="Set the signer's http(s) address, and the address of the account that it signs for.",
            )
        if self.sender == "keystore" and not self.sender_password:
            raise BadSettings(
                "sender is keystore, and no password was given for it.",
                place=place,
                next_step="Set CREDITBANK_SENDER_PASSWORD_FILE to a file that holds it.",
            )

    def _unsafe(self) -> Iterator[str]:
        """What is fine on a laptop and not where people rely on it."""
        if self.passphrase is None:
            yield "the development key (set CREDITBANK_PASSPHRASE_FILE)"
        yield from self._unsafe_chain()
        if not self.database_url.startswith("postgres"):
            yield "SQLite, which one machine alone can write to (set database_url to a PostgreSQL address)"
        host = urlsplit(self.base_url).hostname or ""
        if host == SAMPLE_HOST or host.endswith((".example", ".test", ".localhost", ".invalid")) or "*" in host:
            yield "the sample base_url (set the address under which the bank is served)"
        elif host in LOOPBACK or _is_address(host):
            yield "a base_url without a name (credentials name it for ever)"
        if any(network.prefixlen == 0 for network in self.trusted_proxies):
            yield "trusted_proxies that name the whole internet"
        if self.host in ("0.0.0.0", "::", "*"):  # noqa: S104 -- refused here
            yield "a host that is every address of the machine (name one, and put the proxy before it)"
        if self.demo_tokens:
            yield "demo_tokens"
        if self.failpoints:
            yield "failpoints, at which the bank is to die"
        if self.log_level == "debug":
            yield "log_level debug"

    def _unsafe_chain(self) -> Iterator[str]:
        if self.chain == "embedded":
            yield 'the embedded chain (set chain = "rpc", chain_url and chain_id)'
        elif urlsplit(self.chain_url).scheme != "https" and urlsplit(self.chain_url).hostname not in LOOPBACK:
            yield "a chain_url of another machine that is not https"
        signer = urlsplit(self.sender_url)
        if self.sender == "signer" and signer.scheme != "https" and signer.hostname not in LOOPBACK:
            yield "a sender_url of another machine that is not https"
        if self.chain == "rpc" and not self.fee_cap:
            yield "fees without a bound (set fee_cap, in wei for a unit of gas)"

    def shown(self) -> dict[str, object]:
        """Every setting by name, as it may be shown: secrets are masked, passwords inside addresses too."""
        rows: dict[str, object] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name in SECRETS:
                value = MASKED if value else None
            elif one.name in ("database_url", "chain_url", "sender_url"):
                value = without_secrets(value)
            elif one.name == "trusted_proxies":
                value = [str(network) for network in value]
            rows[one.name] = value if isinstance(value, bool | int | list | None) else _plain(value)
        return rows


def without_secrets(address: str) -> str:
    """An address without password, and without path and query where a provider of nodes puts its keys."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https", "ws", "wss"):
        where = f"{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}"
        return urlunsplit((parts.scheme, where, f"/{MASKED}" if parts.path.strip("/") else "", "", ""))
    if not parts.netloc:
        return address.partition("?")[0]
    user, at, where = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    hidden = f"{name}:{MASKED}" if ":" in user else name
    return urlunsplit((parts.scheme, f"{hidden}{at}{where}", parts.path, f"{MASKED}" if parts.query else "", ""))


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _from_environment(env: Mapping[str, str], key: str) -> tuple[str, str] | None:
    """A value and its place: the variable itself, or the file that its `_FILE` variable names."""
    name = f"CREDITBANK_{key.upper()}"
    value, file = env.get(name), env.get(f"{name}_FILE")
    if value is not None and file is not None:
        raise BadSettings(f"{name} and {name}_FILE are both set.", place=name, next_step="Unset one of them.")
    if file is None:
        return None if value is None else (value, name)
    return _secret(Path(file), f"{name}_FILE"), f"{name}_FILE"


def _passphrase(env: Mapping[str, str]) -> bytes | None:
    given = _from_environment(env, "passphrase")
    if given is None or not given[0]:
        return None
    return given[0].encode()


def _secret(file: Path, place: str) -> str:
    """The text of a file that nobody but its owner and group may read, without the line end."""
    try:
        if file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH):
            raise BadSettings("Everybody on this machine may read the file.", place=place, next_step="chmod o-rw it.")
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        why = cause.strerror if isinstance(cause, OSError) else "it is no text"
        raise BadSettings(f"The file cannot be read: {why}.", place=place, next_step=SEE) from None
    if len(text) > LONGEST_SECRET or not text.strip():
        raise BadSettings("The file is empty, or too long for a setting.", place=place, next_step=SEE)
    return text.removesuffix("\n").removesuffix("\r")


def _networks(values: Mapping[str, Any], key: str, places: Mapping[str, str]) -> tuple[Network, ...]:
    given = values.get(key, [])
    texts = given.replace(",", " ").split() if isinstance(given, str) else given
    try:
        return tuple(ip_network(str(text)) for text in texts)
    except (ValueError, TypeError):
        raise BadSettings(
            f"{key} must list addresses of proxies, such as 10.0.0.7 or 10.0.1.0/24.", place=places[key], next_step=SEE
        ) from None


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


def _choice(values: Mapping[str, Any], key: str, allowed: tuple[Word, ...], places: Mapping[str, str]) -> Word:
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
