"""Settings of one bank: where it lives, which database and which chain it uses.

Values come from the environment (`CREDITBANK_…`, or `CREDITBANK_…_FILE`, which names a file that holds the value) over
the file `bank.toml` in the bank's home over the defaults, which are for one machine: SQLite and the embedded chain.
"""

import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any, Final, Literal, Self, get_args
from urllib.parse import quote, urlsplit, urlunsplit

from creditbank.errors import BadInput
from creditbank.services.failpoints import read_failpoints

ChainKind = Literal["embedded", "rpc"]
Finality = Literal["depth", "safe", "finalized"]
FeeKind = Literal["auto", "legacy"]
SenderKind = Literal["vault", "keystore", "signer"]
LogLevel = Literal["debug", "info", "warning", "error"]
Network = IPv4Network | IPv6Network
Read = Callable[[str, Any, str], Any]
SETTINGS_FILE: Final = "bank.toml"
SEE: Final = "Correct it; docs/settings.md says what each setting may be."
LONGEST_DEADLINE: Final = 600
MOST_CONNECTIONS: Final = 64
LARGEST_BATCH: Final = 1_000_000
LAST_PORT: Final = 65_535
PUBLIC: Final = re.compile(r"https://[^/?#@\s\\]+(/(?!\.\.?(/|$))[A-Za-z0-9._~-]+)*")
"""A public address: it stands in credentials, in DIDs and in paths of cookies, so that nothing in it is escaped."""
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
LONGEST_SECRET: Final = 4096
MASKED: Final = "(set)"
SENDER_FILE: Final = "keys/sender.json"
SAMPLE_HOST: Final = "bank.sample.example"


class BadSettings(BadInput):
    """A setting is unknown, unreadable or cannot be combined with another."""

    slug = "bad-settings"


# -- how each is read: its name, what was given, and where that stands


def text(key: str, given: Any, place: str) -> str:
    """A text, as it is; in a table of TOML a number or a list is none."""
    if not isinstance(given, str):
        raise BadSettings(f"{key} must be a text in quotes.", place=place, next_step=SEE)  # a password may be in it
    return given


def address(key: str, given: Any, place: str) -> str:
    """An address, without the slash at its end."""
    return text(key, given, place).rstrip("/")


def path(key: str, given: Any, place: str) -> Path:
    """A file or folder."""
    return given if isinstance(given, Path) else Path(text(key, given, place))


def secret(key: str, given: Any, place: str) -> bytes | None:
    """The bytes of a secret; an empty one is none."""
    return str(given).encode() or None


def number(key: str, given: Any, place: str) -> int:
    """A whole number from 0 up."""
    try:
        read = int(str(given))
    except ValueError:
        read = -1
    if not 0 <= read < 2**53:
        raise BadSettings(f"{key} must be a whole number from 0 up, not {given!r}.", place=place, next_step=SEE)
    return read


def numbers(key: str, given: Any, place: str) -> dict[str, int]:
    """A table of whole numbers."""
    if not isinstance(given, dict):
        raise BadSettings(f"{key} must be a table of numbers.", place=place, next_step=SEE)
    return {str(name): number(name, one, place) for name, one in given.items()}


def texts(key: str, given: Any, place: str) -> dict[str, str]:
    """A table of texts."""
    if not isinstance(given, dict):
        raise BadSettings(f"{key} must be a table of texts.", place=place, next_step=SEE)
    return {str(name): str(one) for name, one in given.items()}


def truth(key: str, given: Any, place: str) -> bool:
    """True or false, in either case of letters."""
    word = str(given).lower()
    if word not in ("true", "false"):
        raise BadSettings(f"{key} must be true or false, not {given!r}.", place=place, next_step=SEE)
    return word == "true"


def networks(key: str, given: Any, place: str) -> tuple[Network, ...]:
    """Addresses and networks, in a list or one after another."""
    some = given.replace(",", " ").split() if isinstance(given, str) else given
    try:
        return tuple(ip_network(str(one)) for one in some)
    except (ValueError, TypeError):
        raise BadSettings(
            f"{key} must list addresses of proxies, such as 10.0.0.7 or 10.0.1.0/24.", place=place, next_step=SEE
        ) from None


def files(key: str, given: Any, place: str) -> tuple[Path, ...]:
    """Files, with commas between them."""
    return tuple(Path(one.strip()) for one in text(key, given, place).split(",") if one.strip())


def word_of(kind: Any) -> Read:
    """One of the words that a literal type lists."""

    def word(key: str, given: Any, place: str) -> str:
        if given not in get_args(kind):
            allowed = " or ".join(get_args(kind))
            raise BadSettings(f"{key} is {given!r}, but can be only {allowed}.", place=place, next_step=SEE)
        return str(given)

    return word


def setting(read: Read, default: Any = "", *, shown: bool = True, environment_only: bool = False) -> Any:
    """A field that can be configured; its default may follow from the home and from the settings before it."""
    metadata = {"read": read, "default": default, "environment_only": environment_only}
    return field(repr=shown and not environment_only, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be configured. `home` holds all durable state of the embedded defaults."""

    home: Path
    database_url: str = setting(text, lambda home, _: _store_of(home), shown=False)
    chain: ChainKind = setting(word_of(ChainKind), "embedded")
    chain_url: str = setting(text, shown=False)
    chain_id: int = setting(number, 0)
    chain_name: str = setting(text)
    chain_test: bool = setting(truth, False)
    chain_port: int = setting(number, 0)
    chain_first_block: int = setting(number, 0)
    contracts: Mapping[str, str] = setting(texts, {})
    fee_cap: int = setting(number, 0)
    fee_kind: FeeKind = setting(word_of(FeeKind), "auto")
    finality: Finality = setting(word_of(Finality), "depth")
    finality_depth: int = setting(number, 2)
    replace_after: int = setting(number, 180)
    replace_limit: int = setting(number, 10)
    batch_size: int = setting(number, 100_000)
    batch_age: int = setting(number, 0)
    status_interval: int = setting(number, 3600)
    sender: SenderKind = setting(word_of(SenderKind), "vault")
    sender_keystore: Path = setting(path, lambda home, _: home / SENDER_FILE)
    sender_password: str = setting(text, environment_only=True)
    sender_url: str = setting(text, shown=False)
    sender_address: str = setting(text)
    base_url: str = setting(address, f"https://{SAMPLE_HOST}")
    host: str = setting(text, "127.0.0.1")
    port: int = setting(number, 8413)
    passphrase: bytes | None = setting(secret, environment_only=True)
    production: bool = setting(truth, False)
    demo_tokens: bool = setting(truth, lambda _, before: not before["production"])
    require_accreditation: bool = setting(truth, False)
    deposit_policy: str = setting(text, "live")
    fetch_documents: bool = setting(truth, True)
    evaluation_deadline: int = setting(number, 30)
    signing_cap: int = setting(number, 100_000)
    signing_caps: Mapping[str, int] = setting(numbers, {})
    smtp_url: str = setting(text)
    smtp_password: str = setting(text, environment_only=True)
    mail_from: str = setting(text)
    oidc_loopback: bool = setting(truth, False)
    log_level: LogLevel = setting(word_of(LogLevel), "info")
    metrics_port: int = setting(number, 0)
    trusted_proxies: tuple[Network, ...] = setting(networks, ())
    rate_limit: int = setting(number, 1200)
    database_pool: int = setting(number, 32)
    statement_timeout: int = setting(number, 30)
    failpoints: str = setting(text)
    paper_fonts: tuple[Path, ...] = setting(files)

    @classmethod
    def load(cls, env: Mapping[str, str], home: Path | None = None) -> Self:
        """Read the settings of the bank at `home`, else at `CREDITBANK_HOME`, else at `creditbank-home` here.

        Raises `BadSettings` naming the place of the first value that cannot be used.
        """
        chosen = home or Path(env.get("CREDITBANK_HOME") or "creditbank-home")
        file = chosen / SETTINGS_FILE
        given = {name: (value, str(file)) for name, value in _read(file).items()} if file.exists() else {}
        values: dict[str, Any] = {}
        for one in _configured():
            if one.name not in TABLES and (found := _from_environment(env, one.name)) is not None:
                given[one.name] = found
            value, place = given.get(one.name, (None, str(file)))
            default = one.metadata["default"]
            if callable(default) and value in (None, ""):  # what is false was said
                value = default(chosen, values)
            values[one.name] = one.metadata["read"](one.name, default if value is None else value, place)
        settings = cls(home=chosen, **values)
        for key, why, next_step in settings._impossible():
            raise BadSettings(why, place=given.get(key, ("", str(file)))[1], next_step=next_step)
        read_failpoints(settings.failpoints)
        if settings.production and (unsafe := [*settings._unsafe()]):
            raise BadSettings(
                f"Production refuses {'; '.join(unsafe)}.",
                place=str(file),
                next_step="Set what is named, or production = false; docs/production.md shows a whole example.",
            )
        return settings

    def _impossible(self) -> Iterator[tuple[str, str, str]]:
        """What cannot be, alone or beside another setting: the key, why, and what to do."""
        if not 1 <= self.evaluation_deadline <= LONGEST_DEADLINE:
            yield (
                "evaluation_deadline",
                f"evaluation_deadline is from 1 to {LONGEST_DEADLINE} seconds; hostile rules hold a request so long.",
                SEE,
            )
        yield from self._impossible_addresses()
        yield from self._impossible_chain()
        if not self.base_url.startswith("https://"):
            yield "base_url", f"base_url must start with https://, not {without_secrets(self.base_url)!r}.", SEE
        if self.host not in LOOPBACK and (self.demo_tokens or not self.production):
            yield (
                "host",
                f"host {self.host!r} is not this machine alone.",
                "Keep the server on 127.0.0.1, or set production = true and leave demo_tokens false.",
            )
        if self.smtp_url and not _is_mail_server(self.smtp_url):
            yield (
                "smtp_url",
                "smtp_url is not the address of a mail server, or holds a password.",
                "Write smtps://user@mail.example.org, and the password as CREDITBANK_SMTP_PASSWORD.",
            )
        if self.production and self.oidc_loopback:
            yield (
                "oidc_loopback",
                "Production takes no word of an issuer that is reached without TLS.",
                "Set oidc_loopback = false; it is for tests.",
            )
        if not 1 <= self.database_pool <= MOST_CONNECTIONS:
            yield "database_pool", f"database_pool is from 1 to {MOST_CONNECTIONS}, not {self.database_pool}.", SEE
        if not 1 <= self.batch_size <= LARGEST_BATCH:
            yield "batch_size", f"batch_size is from 1 to {LARGEST_BATCH}, not {self.batch_size}.", SEE
        for key in ("rate_limit", "statement_timeout", "replace_after"):
            if getattr(self, key) < 1:
                yield key, f"{key} is at least 1.", SEE

    def _impossible_addresses(self) -> Iterator[tuple[str, str, str]]:
        for key in ("base_url", "database_url", "chain_url", "sender_url"):
            if not _can_be_read(getattr(self, key)):
                yield key, f"{key} is not an address that can be read.", SEE
        if self.base_url.startswith("https://") and not PUBLIC.fullmatch(self.base_url):
            yield (
                "base_url",
                "base_url is a host and, if need be, a plain path, and this one is not.",
                "Write it like https://bank.example.org or https://example.org/credit, without user, query or dots.",
            )
        for key in ("port", "chain_port", "metrics_port"):
            if getattr(self, key) > LAST_PORT:
                yield key, f"{key} is at most {LAST_PORT}.", SEE

    def _impossible_chain(self) -> Iterator[tuple[str, str, str]]:
        if self.chain == "rpc" and not (self.chain_url and self.chain_id):
            yield (
                "chain",
                "chain is rpc, but chain_url or chain_id is not set.",
                "Set both, in the file or as CREDITBANK_CHAIN_URL and CREDITBANK_CHAIN_ID.",
            )
        if self.chain == "rpc" and self.chain_port:
            yield (
                "chain_port",
                "chain_port shows the embedded chain, and the chain of this bank has a node of its own.",
                "Leave chain_port out; whoever asks goes to the node.",
            )
        reachable = self.sender_url.startswith(("http://", "https://"))
        if self.sender == "signer" and not (reachable and re.fullmatch("0x[0-9a-fA-F]{40}", self.sender_address)):
            yield (
                "sender",
                "sender is signer, but sender_url or sender_address is not set.",
                "Set the signer's http(s) address, and the address of the account that it signs for.",
            )
        if self.sender == "keystore" and not self.sender_password:
            yield (
                "sender",
                "sender is keystore, and no password was given for it.",
                "Set CREDITBANK_SENDER_PASSWORD_FILE to a file that holds it.",
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


def _configured() -> tuple[Field[Any], ...]:
    """The fields that can be set: all but the home, which is where the settings are."""
    return tuple(one for one in fields(Settings) if "read" in one.metadata)


SECRETS: Final = frozenset(one.name for one in _configured() if one.metadata["environment_only"])
KEYS: Final = frozenset(one.name for one in _configured()) - SECRETS
TABLES: Final = frozenset(one.name for one in _configured() if one.metadata["read"] in (numbers, texts))


def _store_of(home: Path) -> str:
    """The address of the SQLite database in a bank's home."""
    return f"sqlite:///{quote(str((home / 'store.db').resolve()))}"


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


def _can_be_read(address: str) -> bool:
    """Whether an address has the form of one; several servers of a database have ports of their own."""
    try:
        parts = urlsplit(address)
        return parts.scheme not in ("http", "https", "ws", "wss") or parts.port != 0
    except ValueError:
        return False


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
