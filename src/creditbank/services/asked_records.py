"""Who asked for what in an organisation's name: a row for every request that may change something.

The trail tells of rights, keys and the like, in a chain; what is asked a hundred times a second (issue, redeem, revoke)
is noted here, in the transaction that claims the request, before anything is done. It outlives the answer, which may be
forgotten, and says nothing of whoever it was about.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from creditbank.services.listing_ports import Listed, Page


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: `request` is the name under which services do its work once, `actor` who asked, as the trail has it.

    `what` is its method and path. Who asks again, where nothing was answered yet, is noted again.
    """

    request: str
    organisation: str
    actor: str
    what: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CameOf:
    """A request and what came of it: the id of the credential, the redemption or the award; None where none did, where
    it is still being done, and where the path says what it was about.
    """

    asked: Asked
    made: str | None


class AskedTable(Protocol):
    """The part of a transaction that notes who asked for what."""

    def note_asked(self, asked: Asked) -> None:
        """Note a request."""
        ...

    def list_asked(
        self, page: Page, organisation: str, actors: Collection[str] | None = None, since: datetime | None = None
    ) -> Listed[CameOf]:
        """What was asked for in an organisation's name, newest first: by these, where any are named, since then."""
        ...
