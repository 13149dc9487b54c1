"""What the ledger refuses, each error named for the rule it protects."""

from creditbank.errors import Conflict, Refused, Unavailable
from creditbank.units import Credits


class CreditsAlreadyRedeemed(Conflict):
    """These credits already count towards, or are reserved for, another award.

    `lot` is whose credits were asked for, `free` how much of it could still be had at that moment (None where only the
    chain can tell), `award` the award that has them, named only to whom it belongs.
    """

    slug = "credits-already-redeemed"

    def __init__(
        self, credential: str, award: str = "", *, lot: str = "", free: Credits | None = None, detail: str = ""
    ) -> None:
        self.credential, self.award = credential, award
        self.lot, self.free, self.detail = lot, free, detail
        towards = f"award {award}" if award else "another award"
        super().__init__(
            f"The credits of {credential} already count towards {towards}" + (f": {detail}." if detail else "."),
            next_step="Evaluate again; it counts only what is still free.",
        )


class LotAlreadyOpen(Conflict):
    """One issue of a credential is one lot, in whatever format and account it is deposited again."""

    slug = "lot-already-open"


class LotRevoked(Conflict):
    """The issuer took the credential back, so what was still free of it cannot be used."""

    slug = "lot-revoked"


class LotExpired(Conflict):
    """The credits can no longer be used: their shelf life ended."""

    slug = "lot-expired"


class NothingReserved(Conflict):
    """An award can post or release only what was reserved for that same award."""

    slug = "nothing-reserved"


class NotCountedThere(Conflict):
    """An award gives up only what counts for it."""

    slug = "not-counted-there"


class EntryReused(Conflict):
    """The id of an entry belongs to another entry already written: what happened is never edited."""

    slug = "entry-reused"


class LotChanged(Unavailable):
    """The lot moved between the look and the act; looking again gives the true answer."""

    slug = "lot-changed"


class LotReserved(Conflict):
    """A lot does not change hands while an award is on its way that reserved credits of it."""

    slug = "lot-reserved"


class NotYetExpired(Refused):
    """Credits lapse when their shelf life ends, not before."""

    slug = "not-yet-expired"


class EmptyEntry(Refused):
    """An entry moves more than nothing."""

    slug = "empty-entry"
