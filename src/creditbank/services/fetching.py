"""What a verification needs from elsewhere, and asking for it there: DID documents of did:web, and status lists.

Only what signed documents name is asked for, each address once, and never more than a few; what did not come is told
with the reason, and the checks that needed it stay open.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from creditbank.canonical import Json, JsonObject
from creditbank.errors import CreditBankError
from creditbank.services.ports import Clock, Resolver
from creditbank.signing import did_web_url
from creditbank.verification import Fetched

DOCUMENT_BYTES: Final = 256 * 1024
LIST_BYTES: Final = 2 * 1024 * 1024
"""A list of 131,072 random bits has 22 kB in base64; one of ten million entries still fits (record 0026)."""
MOST: Final = 12
"""How many addresses one verification asks at most: who hands in documents must not make us a tool against others."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What came, by the id under which it is looked for, and why the rest did not."""

    fetched: Mapping[str, Fetched] = field(default_factory=dict)
    unfetched: Mapping[str, str] = field(default_factory=dict)


class Fetching:
    """Asks the addresses that signed documents name."""

    def __init__(self, resolver: Resolver, clock: Clock) -> None:
        self._resolver, self._clock = resolver, clock

    def open(self, address: str) -> bytes:
        """What is served at an address that a person gave; raises what `Resolver.fetch` does."""
        return self._resolver.fetch(address, max_bytes=DOCUMENT_BYTES)

    def gather(self, documents: Iterable[JsonObject], held: Iterable[str] = ()) -> Gathered:
        """Fetch what these documents need and nobody holds: `held` are ids at hand. Never raises."""
        wanted: dict[str, tuple[str, int] | str] = {}
        for document in documents:
            _want(document, wanted)
        at_hand = set(held)
        fetched: dict[str, Fetched] = {}
        unfetched: dict[str, str] = {}
        for count, id in enumerate(name for name in wanted if name not in at_hand):
            address = wanted[id]
            if isinstance(address, str):
                unfetched[id] = address
            elif count >= MOST:
                unfetched[id] = f"More than {MOST} addresses are not asked for one verification."
            else:
                try:
                    data = self._resolver.fetch(address[0], max_bytes=address[1])
                    fetched[id] = Fetched(data, address[0], self._clock.now())
                except CreditBankError as cause:
                    unfetched[id] = cause.sentence
        return Gathered(fetched, unfetched)


def _want(value: Json, wanted: dict[str, tuple[str, int] | str]) -> None:
    """Collect, wherever they stand, the issuers and holders that are a did:web, and the addresses of status lists."""
    pending: list[Json] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, list):
            pending.extend(reversed(one))
        elif isinstance(one, dict):
            for name in ("issuer", "holder"):
                party = one.get(name)
                did = party.get("id") if isinstance(party, dict) else party
                if isinstance(did, str) and did.startswith("did:web:"):
                    wanted.setdefault(did, _did_address(did))
            for name in ("credentialStatus", "suspensionStatus"):
                entries = one.get(name)
                for entry in entries if isinstance(entries, list) else [entries]:
                    if isinstance(entry, dict) and (address := _list_address(entry)):
                        wanted.setdefault(address, (address, LIST_BYTES))
            pending.extend(one.values())


def _did_address(did: str) -> tuple[str, int] | str:
    try:
        return did_web_url(did), DOCUMENT_BYTES
    except CreditBankError as cause:
        return cause.sentence


def _list_address(entry: JsonObject) -> str:
    kind = entry.get("type")
    name = "id" if kind in ("1EdTechRevocationList", ["1EdTechRevocationList"]) else "statusListCredential"
    address = entry.get(name)
    return address if isinstance(address, str) else ""
