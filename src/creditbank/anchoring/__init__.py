"""Was this document anchored, by which bank, in which block? Salted entries and the receipts that prove them.

`check_evidence` brings the encodings of the chain with it, so it is loaded when it is first asked for.
"""

from typing import TYPE_CHECKING

from creditbank.anchoring.leaf import SALT_BYTES, UnusableSalt, entry, issuer_id
from creditbank.anchoring.receipt import (
    BlockPlace,
    ChainPlace,
    Evidence,
    NotIncluded,
    Receipt,
    UnreadableReceipt,
)

if TYPE_CHECKING:
    from creditbank.anchoring.evidence import AnchoredEvents, BrokenEvidence, check_evidence

__all__ = [
    "SALT_BYTES",
    "AnchoredEvents",
    "BlockPlace",
    "BrokenEvidence",
    "ChainPlace",
    "Evidence",
    "NotIncluded",
    "Receipt",
    "UnreadableReceipt",
    "UnusableSalt",
    "check_evidence",
    "entry",
    "issuer_id",
]


def __getattr__(name: str) -> object:
    if name in ("AnchoredEvents", "BrokenEvidence", "check_evidence"):
        from creditbank.anchoring import evidence

        return getattr(evidence, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
