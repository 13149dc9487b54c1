"""How much of this learner's credit is still unspent, and does the record of it add up?

A lot holds one issue's credit; entries move it between buckets and are never edited; balances are sums.
"""

from creditbank.ledger.audit import Fault, audit, balances, verify_chain
from creditbank.ledger.entry import (
    Entry,
    EntryKind,
    chain_start,
    deposit,
    entry_hash,
    expire,
    post,
    release,
    reserve,
    revoke,
)
from creditbank.ledger.errors import (
    CreditsAlreadyRedeemed,
    EmptyEntry,
    EntryReused,
    LotAlreadyOpen,
    LotChanged,
    LotExpired,
    LotRevoked,
    NothingReserved,
    NotYetExpired,
)
from creditbank.ledger.journal import after
from creditbank.ledger.lot import Bucket, Lot, LotState, lot_id

__all__ = [
    "Bucket",
    "CreditsAlreadyRedeemed",
    "EmptyEntry",
    "Entry",
    "EntryKind",
    "EntryReused",
    "Fault",
    "Lot",
    "LotAlreadyOpen",
    "LotChanged",
    "LotExpired",
    "LotRevoked",
    "LotState",
    "NotYetExpired",
    "NothingReserved",
    "after",
    "audit",
    "balances",
    "chain_start",
    "deposit",
    "entry_hash",
    "expire",
    "lot_id",
    "post",
    "release",
    "reserve",
    "revoke",
    "verify_chain",
]
