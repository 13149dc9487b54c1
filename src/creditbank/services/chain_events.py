"""What contracts told of what they did: the events in a chain's blocks, as typed facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """One event of one of the product's contracts, and where it stands.

    `fields` are the event's own: bytes, checksummed addresses, and whole numbers. `place` counts the events of a block,
    so that events of one block have an order.
    """

    contract: str
    name: str
    fields: Mapping[str, object]
    block_number: int
    block_hash: str
    transaction: str
    place: int

    @property
    def at(self) -> tuple[int, int]:
        """Where it stands in the order of all events."""
        return self.block_number, self.place

    def octets(self, name: str) -> bytes:
        """A field of fixed bytes."""
        return cast(bytes, self.fields[name])

    def address(self, name: str) -> str:
        """A field that is an account."""
        return cast(str, self.fields[name])

    def whole(self, name: str) -> int:
        """A field that is a number."""
        return cast(int, self.fields[name])
