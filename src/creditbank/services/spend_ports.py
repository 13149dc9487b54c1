"""What the store keeps of spends on the chain. Part of `ports.Transaction`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from creditbank.services.spend_records import ChainSpend, Convoy, ConvoyState


class SpendTables(Protocol):
    """Spends that wait and convoys; guarded changes say whether they were made."""

    def add_spend(self, spend: ChainSpend) -> bool:
        """Write down what is to be spent; False when the claim's was written down before."""
        ...

    def find_spend(self, key: str) -> ChainSpend | None: ...
    def spends_for(self, award: str) -> list[ChainSpend]:
        """What was spent on a chain for an award of this name, by anybody."""
        ...

    def give_spend_up(self, key: str) -> bool:
        """Let a spend that waits never be sent; False when it goes already, or is decided."""
        ...

    def gather(self, convoy: Convoy, *, most: int) -> bool:
        """Make a convoy of the spends of its body that wait, the oldest first, at most so many uses and at least one
        spend; False, and nothing is made, when none waits or the body has a convoy on its way into a block.
        """
        ...

    def sending_convoy(self, organisation: str) -> Convoy | None: ...
    def get_convoy(self, id: str) -> Convoy: ...
    def spends_in(self, convoy: str) -> list[ChainSpend]:
        """What goes in a convoy, in the order of writing."""
        ...

    def take_convoy(self, convoy: Convoy, carrier: str, until: datetime) -> bool:
        """See to a convoy from now on; False when somebody else did just before."""
        ...

    def move_convoy(self, id: str, state: ConvoyState, *, since: ConvoyState) -> bool:
        """Take a convoy on; False when it stands elsewhere."""
        ...

    def decide_spends(self, convoy: str, decided: Sequence[ChainSpend]) -> None:
        """Write down what became of the spends of a convoy; one that waits again leaves it."""
        ...
