"""What the contracts say now, as typed facts. Nothing here changes anything; everything raises what
`Chain.read` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, cast

from creditbank.services.calls import Bundle
from creditbank.services.ports import Call
from creditbank.units import Credits

NOBODY = "0x0000000000000000000000000000000000000000"


class Reader(Protocol):
    """Whatever answers questions to the contracts: a chain, or what is remembered of one."""

    def read(self, call: Call) -> object:
        """The contract's answer."""
        ...


@dataclass(frozen=True, slots=True)
class Period:
    """`start <= moment < until`; None while it lasts."""

    start: datetime
    until: datetime | None

    def covers(self, moment: datetime) -> bool:
        """Whether the moment lies in the period."""
        return self.start <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class Terms:
    """One period of an issuer's admission under unchanged terms."""

    period: Period
    registrar: str
    scope: bytes
    document: bytes


@dataclass(frozen=True, slots=True)
class IssuerState:
    """An issuer as the registry knows it. `successor` is the 32-byte id of another issuer, or None."""

    controller: str
    registrar: str
    successor: bytes | None
    terms: tuple[Terms, ...]

    @property
    def admitted(self) -> bool:
        """Whether it is admitted now."""
        return bool(self.terms) and self.terms[-1].period.until is None


@dataclass(frozen=True, slots=True)
class KeyState:
    """The life of a key: what was anchored at a moment counts when the key was `good` then."""

    start: datetime
    until: datetime | None
    revoked: datetime | None
    suspect_since: datetime | None

    def good(self, moment: datetime) -> bool:
        """The rule of the contract's `keyGood`, as far as is known now."""
        ends = (self.until, self.revoked, self.suspect_since)
        return self.start <= moment and all(end is None or moment < end for end in ends)


@dataclass(frozen=True, slots=True)
class Admission:
    """An account that registrars admit to a task, for the body `identity` (SHA-256 of its DID)."""

    registrar: str
    identity: bytes
    periods: tuple[Period, ...]

    @property
    def admitted(self) -> bool:
        """Whether it is admitted now."""
        return bool(self.periods) and self.periods[-1].until is None


@dataclass(frozen=True, slots=True)
class Anchoring:
    """When, and in which block, a root was anchored."""

    time: datetime
    block_number: int


@dataclass(frozen=True, slots=True)
class StatusRoot:
    """The newest root over a bank's status lists."""

    root: bytes
    sequence: int
    time: datetime


@dataclass(frozen=True, slots=True)
class LotUse:
    """How much of a lot is spent, of how much."""

    spent: Credits
    total: Credits


def is_registrar(chain: Reader, account: str) -> bool:
    """Whether the account is an appointed registrar."""
    return bool(chain.read(Call("issuers", "isRegistrar", (account,))))


def owner(chain: Reader) -> str:
    """Who owns the registry."""
    return str(chain.read(Call("issuers", "owner", ())))


def predecessor(chain: Reader, contract: str) -> str | None:
    """The address of the contract that this one succeeds, or None for the first of its kind."""
    named = cast(str, chain.read(Call(contract, "predecessor", ())))
    return None if named == NOBODY else named


def issuer_state(chain: Reader, issuer: bytes) -> IssuerState | None:
    """An issuer, or None when it was never admitted."""
    controller, registrar, successor = _values(chain, "issuers", "issuerOf", issuer)
    if controller == NOBODY:
        return None
    terms = cast(tuple[Any, ...], chain.read(Call("issuers", "termsOf", (issuer,))))
    return IssuerState(
        controller,
        registrar,
        successor if any(successor) else None,
        tuple(Terms(_period(start, until), by, scope, document) for start, until, by, scope, document in terms),
    )


def issuer_keys(chain: Reader, issuer: bytes) -> tuple[bytes, ...]:
    """Every key the issuer ever registered (32-byte ids), oldest first."""
    return cast(tuple[bytes, ...], chain.read(Call("issuers", "keysOf", (issuer,))))


def key_state(chain: Reader, issuer: bytes, key: bytes) -> KeyState | None:
    """The life of a key, or None when the issuer never had it."""
    start, until, revoked, suspect = cast(tuple[int, ...], chain.read(Call("issuers", "keyOf", (issuer, key))))
    if start == 0:
        return None
    return KeyState(_moment(start), _moment_or_none(until), _moment_or_none(revoked), _moment_or_none(suspect))


def issuer_banks(chain: Reader, issuer: bytes) -> dict[str, tuple[Period, ...]]:
    """Every bank the issuer ever named, and when it issued through it."""
    banks = cast(tuple[str, ...], chain.read(Call("issuers", "banksOf", (issuer,))))
    return {bank: _periods(chain.read(Call("issuers", "bankWindows", (issuer, bank)))) for bank in banks}


def bank_admission(chain: Reader, bank: str) -> Admission | None:
    """When a bank's account was admitted, or None when it never was."""
    return _admission(chain, "anchors", bank)


def awarder_admission(chain: Reader, awarder: str) -> Admission | None:
    """When an awarding body's account was admitted, or None when it never was."""
    return _admission(chain, "redemptions", awarder)


def anchored_at(chain: Reader, bank: str, root: bytes, size: int) -> Anchoring | None:
    """When the bank anchored this root with this size, or None when it never did."""
    time, number = _values(chain, "anchors", "anchoredAt", bank, root, size)
    return Anchoring(_moment(time), number) if time else None


def status_root(chain: Reader, bank: str) -> StatusRoot | None:
    """The bank's newest status root, or None when it never published one."""
    root, sequence, time = _values(chain, "anchors", "statusOf", bank)
    return StatusRoot(root, sequence, _moment(time)) if sequence else None


def lot_use(chain: Reader, lot: bytes) -> LotUse | None:
    """How much of a lot is spent, or None when nobody uses it."""
    spent, total = _values(chain, "redemptions", "lotOf", lot)
    return LotUse(Credits(spent), Credits(total)) if spent else None


def spent_for(chain: Reader, lot: bytes, awarder: bytes, award: bytes) -> Credits:
    """How much of a lot an award of an awarding body (SHA-256 of its DID) uses."""
    return Credits(cast(int, chain.read(Call("redemptions", "spentFor", (lot, awarder, award)))))


def bundles_spent(chain: Reader, awarder: bytes, bundles: Sequence[Bundle]) -> tuple[bool, ...]:
    """For each bundle, whether an awarding body (SHA-256 of its DID) uses exactly this for its award."""
    return cast(tuple[bool, ...], chain.read(Call("redemptions", "bundlesSpent", (awarder, tuple(bundles)))))


def _values(chain: Reader, contract: str, function: str, *arguments: object) -> tuple[Any, ...]:
    return cast(tuple[Any, ...], chain.read(Call(contract, function, arguments)))


def _admission(chain: Reader, contract: str, account: str) -> Admission | None:
    registrar, identity, windows = _values(chain, contract, "admissionOf", account)
    return None if registrar == NOBODY else Admission(registrar, identity, _periods(windows))


def _periods(windows: object) -> tuple[Period, ...]:
    return tuple(_period(start, until) for start, until in cast(tuple[tuple[int, int], ...], windows))


def _period(start: int, until: int) -> Period:
    return Period(_moment(start), _moment_or_none(until))


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, 253_402_300_799), UTC)


def _moment_or_none(seconds: int) -> datetime | None:
    return _moment(seconds) if seconds else None
