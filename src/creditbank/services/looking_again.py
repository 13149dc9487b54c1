"""Acts that rest on a look at lots: where a lot moved between the look and the act, both are done again."""

from collections.abc import Callable
from typing import Final, TypeVar

from creditbank.ledger import LotChanged

Made = TypeVar("Made")
TRIES: Final = 5


def looking_again(act: Callable[[], Made]) -> Made:
    """What `act` makes. It looks and acts in one transaction, of which `LotChanged` leaves nothing.

    A lot moves when somebody redeems or revokes it, or its account is merged into another, each once; so a few looks
    are enough. Raises `LotChanged` where they are not, and the caller's caller asks again.
    """
    for _ in range(TRIES - 1):
        try:
            return act()
        except LotChanged:  # it was redeemed, revoked or changed hands meanwhile
            continue
    return act()
