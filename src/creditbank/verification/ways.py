"""In which ways a root can be shown to stand on a chain: the checks `anchor.receipt-proof` to `anchor.told`.

Each way is a check of its own, there only where it was tried or could have been. One that is silent leaves itself open
and no other; what any of them denies `anchor.on-chain` denies too (`creditbank.verification.anchors`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from creditbank.anchoring import Receipt
from creditbank.canonical import digest_text
from creditbank.units import instant_text
from creditbank.verification.check import Findings
from creditbank.verification.trust import AnchorFact, ChainFacts, TrustFacts, Way

NOT_TRIED: Final = "Nobody gave us what this way needs, so it was not tried."

_HELD: Final = {
    Way.STATE: "The contract's storage, proven as of a block, holds this root, anchored {time}.",
    Way.NODE: "A node was asked, and read this root in the anchors contract, anchored {time}.",
    Way.NODES: "Several nodes were asked; those that agree read this root in the anchors contract, anchored {time}.",
    Way.TOLD: "A source that we trust lists this root among those that were anchored, {time}.",
}
_DENIED: Final = {
    Way.STATE: "The contract's storage, proven as of a block, does not hold this root.",
    Way.NODE: "A node was asked, and the anchors contract does not know this root.",
    Way.NODES: "Several nodes were asked; those that agree say that the anchors contract does not know this root.",
    Way.TOLD: "A source that we trust says that the anchors contract does not know this root.",
}


class Proven(NamedTuple):
    """The block that the receipt's own proof leads to, and the trusted chain that names its hash."""

    chain: ChainFacts
    block: int
    hash: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What a trusted source read from the anchors contract about a receipt's root."""

    chain: ChainFacts
    fact: AnchorFact
    source: str


@dataclass(frozen=True, slots=True)
class Ways:
    """What came of every way: a proven block, a reason why the receipt's proof is none, and what sources told."""

    proven: Proven | None
    broken: str
    told: tuple[Told, ...]


def check_ways(
    findings: Findings, receipt: Receipt, chains: Sequence[ChainFacts], trust: TrustFacts | None, silent: str
) -> Ways:
    """Answer the check of each way that was tried. `silent` says why the verifier's own node gave no answer."""
    proven, broken = _receipt_proof(findings, receipt, chains, trust)
    told = tuple(_told(receipt, chains, "" if trust is None else trust.source))
    for way in Way:
        mine = [one for one in told if way in one.chain.ways]
        unanswered = [chain.unanswered for chain in chains if chain.unanswered and way in chain.ways]
        if way is Way.NODE and silent:
            unanswered.append(silent)
        _check_way(findings, way, mine, " ".join(dict.fromkeys(unanswered)), receipt, proven)
    return Ways(proven, broken, told)


def _told(receipt: Receipt, chains: Sequence[ChainFacts], whole: str) -> list[Told]:
    wanted = (receipt.bank.lower(), receipt.root, receipt.size)
    return [
        Told(chain, fact, fact.source or chain.source or whole)
        for chain in chains
        for fact in chain.anchored
        if (fact.bank.lower(), fact.root, fact.size) == wanted
    ]


def _check_way(
    findings: Findings, way: Way, told: Sequence[Told], unanswered: str, receipt: Receipt, proven: Proven | None
) -> None:
    name = f"anchor.{way}"
    if not told:
        if unanswered:
            findings.unchecked(name, unanswered, how="What this way leaves open another may close.")
        return
    compared = f"bank {receipt.bank}, root {digest_text(receipt.root)} and size {receipt.size}"
    sources = "; ".join(dict.fromkeys(one.source for one in told))
    how = " ".join(filter(None, (f"Told by {sources}.", unanswered)))
    if any(one.fact.time is None for one in told):
        findings.failed(name, _DENIED[way], compared=compared, how=how)
        return
    times = {one.fact.time for one in told if one.fact.time is not None}
    time = instant_text(min(times))
    if supposed := next((one.chain.blocks[0] for one in told if one.chain.supposed), None):
        findings.unchecked(
            name,
            f"The proof leads from block {supposed.number} to this root, anchored {time}, but nobody we trust knows"
            f" that block with the hash {supposed.hash}.",
            compared=compared,
            how=how,
        )
    elif len(times) > 1:
        findings.unchecked(name, "Different times are told for this root, so we cannot say which.", how=how)
    elif proven is not None and times != {proven.time}:
        findings.unchecked(
            name,
            f"For this root {time} is told, but the receipt's own proof leads to a block of"
            f" {instant_text(proven.time)}.",
            compared=compared,
            how=how,
        )
    else:
        findings.passed(name, _HELD[way].format(time=time), compared=compared, how=how)


def _receipt_proof(
    findings: Findings, receipt: Receipt, chains: Sequence[ChainFacts], trust: TrustFacts | None
) -> tuple[Proven | None, str]:
    """The receipt's own proof against a trusted block hash, or why it is none; neither where nobody knows the block."""
    if receipt.evidence is None:
        return None, ""
    name, unknown = (
        "anchor.receipt-proof",
        "The receipt carries a proof, but nobody we trust knows the hash of its block",
    )
    if trust is None or not chains:
        findings.unchecked(name, f"{unknown}, nor its chain.", how=_NEEDS)
        return None, ""
    from creditbank.anchoring import BrokenEvidence, check_evidence

    try:
        proven = check_evidence(receipt.evidence.header, receipt.evidence.receipt_proof, receipt.evidence.key)
    except BrokenEvidence as cause:
        broken = f"The receipt's proof from the chain is broken. {cause.sentence}"
        findings.failed(name, broken)
        return None, broken
    known = f"The header of block {proven.number} has the hash {proven.block_hash}"
    trusting = [chain for chain in chains if proven.block_hash in {block.hash for block in chain.blocks}]
    if not trusting:
        findings.unchecked(
            name, f"{unknown}, number {proven.number}.", compared=f"{known}, and no trusted one.", how=_NEEDS
        )
        return None, ""
    chain = trusting[0]
    wanted = (chain.anchors.lower(), receipt.bank.lower(), receipt.root, receipt.size)
    events = [(event.contract.lower(), event.bank.lower(), event.root, event.size) for event in proven.anchored]
    compared = f"the proven events with contract {chain.anchors}, bank {receipt.bank}, root and size"
    if wanted not in events:
        broken = (
            "The transaction that the receipt proves does not anchor this root: contract, bank, root or size differ."
        )
        findings.failed(name, broken, compared=compared)
        return None, broken
    found = Proven(chain, proven.number, proven.block_hash, proven.time)
    if chain.supposed:
        findings.unchecked(name, f"{unknown}; it only came along.", compared=compared, how=_NEEDS)
        return found, ""
    findings.passed(
        name,
        f"The receipt itself proves that block {proven.number} of {instant_text(proven.time)} anchored this root.",
        compared=compared,
        how=f"Against block hash {proven.block_hash} from {trust.told_by(chain)}.",
    )
    return found, ""


_NEEDS: Final = "Name the block in a trust file, or nodes that know it."
