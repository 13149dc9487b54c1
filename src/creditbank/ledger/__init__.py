"""How much of this learner's credit is still unspent, and does the record of it add up?

A lot holds one issue's credit; entries move it between buckets and are never edited; balances are sums.
"""

from creditbank.ledger.audit import Fault, audit, balances, counted, verify_chain
from creditbank.ledger.entry import (
    Entry,
    EntryKind,
    chain_start,
    deposit,
    entry_hash,
    expire,
    give_up,
    post,
    release,
    reserve,
    revoke,
    take_back,
)
from creditbank.ledger.errors import (
    CreditsAlreadyRedeemed,
    EmptyEntry,
    EntryReused,
    LotAlreadyOpen,
    LotChanged,
    LotExpired,
    LotRevoked,
    NotCountedThere,
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
    "NotCountedThere",
    "NotYetExpired",
    "NothingReserved",
    "after",
    "audit",
    "balances",
    "chain_start",
    "counted",
    "deposit",
    "entry_hash",
    "expire",
    "give_up",
    "lot_id",
    "post",
    "release",
    "reserve",
    "revoke",
    "take_back",
    "verify_chain",
]
