"""A lot: one issue's credit in a learner's account, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from eth_hash.auto import keccak

from creditbank.anchoring import issuer_id
from creditbank.canonical import Digest, json_digest
from creditbank.units import NONE, CreditAmount, Credits, instant_text

LOT_DOMAIN: Final = keccak(b"creditbank/lot/v1")


class Bucket(StrEnum):
    """Where an amount of a lot stands. Every entry takes from one bucket and gives to another."""

    ISSUED = "issued"  # the other side of every deposit: what issuers gave, counted below zero
    AVAILABLE = "available"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    REVOKED = "revoked"
    HELD = "held"  # the lot as a whole, in the account that an entry stands in
    ELSEWHERE = "elsewhere"  # the lot as a whole, in another account


class LotState(StrEnum):
    """One word for a lot as a whole."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    REVOKED = "revoked"


def lot_id(issuer_did: str, first_issue: str) -> Digest:
    """Name the lot of one issue as the Redemptions contract does: 32 bytes, keccak-256.

    The preimage is keccak256("creditbank/lot/v1") ‖ the issuer's id ‖ keccak256(id of the first issue). Issue
    ids are random, so nobody who does not hold the credential can guess the lot.
    """
    return Digest(keccak(LOT_DOMAIN + issuer_id(issuer_did) + keccak(first_issue.encode())))


@dataclass(frozen=True, slots=True)
class Lot:
    """The credit of one issue (a correction shares its first issue's lot), kept in its own credit system.

    `id` is `lot_id` as 0x-hex, `account` the learner's id, `issuer` a DID, `first_issue` the id of the first
    credential of this issue. `reserved`, `redeemed` and `lapsed` (expired or revoked) are sums of entries,
    kept beside them so that a database constraint can hold `reserved + redeemed + lapsed <= amount`.
    """

    id: str
    account: str
    credential: str
    issuer: str
    first_issue: str
    amount: CreditAmount
    opened: datetime
    expires: datetime | None = None
    reserved: Credits = NONE
    redeemed: Credits = NONE
    lapsed: Credits = NONE
    revoked: bool = False

    @classmethod
    def of(
        cls,
        *,
        account: str,
        credential: str,
        issuer: str,
        first_issue: str,
        amount: CreditAmount,
        opened: datetime,
        expires: datetime | None = None,
    ) -> Self:
        """A lot not yet used, under the id that its issuer and first issue give it."""
        name = "0x" + lot_id(issuer, first_issue).hex()
        return cls(name, account, credential, issuer, first_issue, amount, opened, expires)

    @property
    def available(self) -> Credits:
        """What can still be reserved."""
        return self.amount.credits - self.reserved - self.redeemed - self.lapsed

    @property
    def state(self) -> LotState:
        """One word: revoked outranks all; else what is still free, then held, then used decides."""
        if self.revoked:
            return LotState.REVOKED
        if self.available:
            return LotState.AVAILABLE
        if self.reserved:
            return LotState.RESERVED
        return LotState.REDEEMED if self.redeemed else LotState.EXPIRED

    def facts(self, opened_in: str = "") -> Digest:
        """The digest of what never changes about the lot; the deposit carries it, so that an edit shows.

        `opened_in` is the account in which it was opened, where it has changed hands since.
        """
        return json_digest(
            {
                "document": "creditbank/lot/v1",
                "id": self.id,
                "account": opened_in or self.account,
                "credential": self.credential,
                "issuer": self.issuer,
                "firstIssue": self.first_issue,
                "credits": str(self.amount.credits),
                "creditSystem": self.amount.system,
                "opened": instant_text(self.opened),
                "expires": None if self.expires is None else instant_text(self.expires),
            }
        )
