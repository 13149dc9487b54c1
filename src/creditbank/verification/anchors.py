"""Was it anchored, when, and was the key good then? The checks `anchor.*` and `dates.signed`.

In which way we know it is a check of its own (`creditbank.verification.ways`); `anchor.on-chain` is what follows.

The time of signing is the time of anchoring: a date inside a document is a claim, the
time of a trusted block is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from creditbank.anchoring import ChainPlace, NotIncluded, Receipt
from creditbank.canonical import Digest, digest_text
from creditbank.units import instant_text
from creditbank.verification.check import Findings
from creditbank.verification.evidence import Evidence
from creditbank.verification.moments import SKEW, allowing
from creditbank.verification.proofs import Signature
from creditbank.verification.trust import BELOW_NEWEST, ChainFacts, IssuerFacts, KeyFact, TrustFacts, Way
from creditbank.verification.ways import Told, Ways, check_ways

LATE: Final = timedelta(minutes=15)
"""How far a signature's own date may lie after the block that anchors it: clocks differ (threat 17)."""

NO_RECEIPT: Final = "We were given no receipt for this document, so we cannot say whether, or when, it was anchored."


@dataclass(frozen=True, slots=True)
class Anchored:
    """A trusted answer to "when at the latest did this exist?", and who vouches for it."""

    chain: ChainPlace
    bank: str
    block: int | None
    time: datetime
    source: str
    how: str


def check_anchor(
    findings: Findings, digest: Digest, issuer: str, evidence: Evidence
) -> tuple[Anchored | None, tuple[ChainPlace, ...]]:
    """Answer `anchor.included`, the ways and `anchor.on-chain`; return the anchoring and the chains receipts speak of.

    A document may have several receipts (on several chains). The earliest that holds is used.
    """
    receipts = evidence.receipts_for(digest)
    if not receipts:
        findings.unchecked("anchor.included", NO_RECEIPT)
        findings.unchecked("anchor.on-chain", NO_RECEIPT)
        return None, ()
    tried: list[tuple[Findings, Anchored | None]] = []
    for receipt in receipts:
        attempt = Findings(findings.now)
        tried.append((attempt, _try_receipt(attempt, receipt, digest, issuer, evidence)))
    held = [(anchored.time, at) for at, (_, anchored) in enumerate(tried) if anchored is not None]
    best, anchored = tried[min(held)[1] if held else 0]
    findings.adopt(best)
    return anchored, tuple(dict.fromkeys(_named(receipt.chain, evidence.trust) for receipt in receipts))


def _named(claimed: ChainPlace, trust: TrustFacts | None) -> ChainPlace:
    """The chain as trusted sources call it, so that a receipt cannot pass a test chain off as a real one."""
    known = [] if trust is None else trust.chains_of(claimed.id)
    if not known:
        return claimed
    return ChainPlace(claimed.id, known[0].name, any(chain.test for chain in known))


def _try_receipt(
    findings: Findings, receipt: Receipt, digest: Digest, issuer: str, evidence: Evidence
) -> Anchored | None:
    compared = f"the path from this document's entry with the root {digest_text(receipt.root)}"
    try:
        receipt.check_inclusion(digest, issuer)
    except NotIncluded as cause:
        findings.failed("anchor.included", cause.sentence, compared=compared)
        findings.unchecked(
            "anchor.on-chain", "The receipt does not belong to this document, so it shows nothing of it."
        )
        return None
    findings.passed(
        "anchor.included",
        f"The receipt leads from this document to the root of a batch of {receipt.size}.",
        compared=compared,
        how=f"Leaf {receipt.index} of {receipt.size}, hashed here (RFC 9162).",
    )
    return _on_chain(findings, receipt, issuer, evidence)


def _on_chain(findings: Findings, receipt: Receipt, issuer: str, evidence: Evidence) -> Anchored | None:
    """What follows from all ways together: yes when one says so, no when one denies it, and open when all are."""
    trust, silent = evidence.trust, evidence.unanswered.get(receipt.chain.id, "")
    chains = [] if trust is None else [_in_time(chain, receipt) for chain in trust.chains_of(receipt.chain.id)]
    ways = check_ways(findings, receipt, chains, trust, silent)
    if trust is None or not chains:
        findings.unchecked(
            "anchor.on-chain",
            f"We know no trusted block of {receipt.chain} and could not ask it, so we cannot say whether the"
            " root stands there.",
            how=silent or "Give a trust file with block hashes, or the address of a node.",
        )
        return None
    if denials := [one.source for one in ways.told if one.fact.time is None]:
        findings.failed(
            "anchor.on-chain",
            f"The anchors contract on {receipt.chain} was asked and does not know this root.",
            how=f"Told by {denials[0]}.",
        )
        return None
    if ways.broken:
        compared = findings.checks["anchor.receipt-proof"].compared
        findings.failed("anchor.on-chain", ways.broken, compared=compared)
        return None
    anchored = _by_proof(ways, receipt, trust) or _by_word(findings, receipt, ways.told, chains)
    if anchored is None:
        return None
    if not anchored.chain.test and anchored.time > allowing(
        findings.now, LATE
    ):  # a test chain's clock runs with its blocks
        findings.unchecked(
            "anchor.on-chain",
            f"The block that anchors the root is of {instant_text(anchored.time)}, which had not come yet.",
        )
        return None
    if refusal := _bank_refused(anchored, issuer, trust):
        findings.failed("anchor.on-chain", refusal, compared="the bank of the receipt with the registered banks")
        return None
    if not trust.banks:
        findings.unchecked(
            "anchor.on-chain",
            f"No source we trust says which banks are admitted, so {anchored.bank} proves nothing.",
        )
        return None
    if block := next((chain.blocks[0] for chain in chains if chain.supposed), None):
        findings.unchecked(
            "anchor.on-chain",
            f"By the state that came along the root stands on {anchored.chain} since {instant_text(anchored.time)}, but"
            f" nobody we trust knows block {block.number} with the hash {block.hash}. All that the register says here"
            " hangs on that block.",
            compared=f"bank {anchored.bank}, root {digest_text(receipt.root)} and size {receipt.size}",
            how="Compare the hash with a source of your own, and name the block in a trust file.",
        )
        return anchored
    findings.passed(
        "anchor.on-chain",
        f"The root was anchored on {anchored.chain} on {instant_text(anchored.time)}"
        + (f" in block {anchored.block}." if anchored.block is not None else ".")
        + (" A test chain proves nothing to others." if anchored.chain.test else ""),
        compared=f"bank {anchored.bank}, root {digest_text(receipt.root)} and size {receipt.size}",
        how=" ".join(filter(None, (anchored.how, _unanswered(chains)))),
        source=anchored.source,
    )
    return anchored


def _in_time(chain: ChainFacts, receipt: Receipt) -> ChainFacts:
    """The chain without a no that was read in a block shortly before the receipt's own: that no tells nothing of it.

    Only so shortly before as nodes are asked below their newest block: a block further up does not exist yet.
    """
    if Way.TOLD in chain.ways or not chain.blocks:
        return chain
    read, named = chain.blocks[0].number, receipt.block.number
    early = [fact for fact in chain.anchored if fact.time is None and fact.root == receipt.root]
    if not early or not read < named <= read + BELOW_NEWEST:
        return chain
    why = (
        f"The contract was read as of block {read}, and the receipt names block {named}, which is later. Ask again"
        f" when {BELOW_NEWEST} blocks stand on it."
    )
    rest = tuple(fact for fact in chain.anchored if fact not in early)
    return replace(chain, anchored=rest, unanswered=" ".join(filter(None, (chain.unanswered, why))))


def _unanswered(chains: Sequence[ChainFacts]) -> str:
    """Who was asked about these chains and gave no answer, in sentences; or nothing."""
    return " ".join(dict.fromkeys(chain.unanswered for chain in chains if chain.unanswered))


def _by_proof(ways: Ways, receipt: Receipt, trust: TrustFacts) -> Anchored | None:
    """The receipt's own proof against a trusted block hash; None without one: another way may answer."""
    if ways.proven is None:
        return None
    chain, number, block_hash, time = ways.proven
    source = trust.told_by(chain)
    how = f"The receipt's own proof, against block hash {block_hash} from {source}."
    return Anchored(chain.place, receipt.bank, number, time, source, how)


def _by_word(
    findings: Findings, receipt: Receipt, told: Sequence[Told], chains: Sequence[ChainFacts]
) -> Anchored | None:
    """What trusted sources read from the contract itself, if all of them read the same."""
    times = {one.fact.time for one in told if one.fact.time is not None}
    if len(times) != 1:
        why = "its block is not among those we trust" if receipt.evidence is not None else "it carries no proof"
        unknown = f"{why} and nobody we trust told us, so we cannot say whether the root stands there"
        if times:
            unknown = "those we trust tell different times for its root, so we cannot say since when it stands there"
        tried = _unanswered(chains)
        sentence = f"The receipt names {receipt.chain}, but {unknown}."
        findings.unchecked("anchor.on-chain", " ".join(filter(None, (sentence, tried))))
        return None
    chain, fact = told[0].chain, told[0].fact
    source = told[0].source
    (time,) = times
    return Anchored(
        chain.place,
        receipt.bank,
        fact.block,
        time,
        source,
        f"Read from the anchors contract; told by {source}.",
    )


def _bank_refused(anchored: Anchored, issuer: str, trust: TrustFacts) -> str:
    """Why this bank's anchor does not count for this issuer, or an empty text."""
    bank = anchored.bank.lower()
    if trust.banks and bank not in {account.lower() for account in trust.banks}:
        return f"The account {anchored.bank} that anchored the root is not an admitted bank."
    for facts in trust.issuer(issuer, anchored.chain.id):
        if facts.banks and not any(use.covers(bank, anchored.time) for use in facts.banks):
            return f"The issuer did not issue through the bank {anchored.bank} at that time."
    return ""


def check_keys(
    findings: Findings,
    issuer: str,
    signatures: Sequence[Signature],
    anchored: Anchored | None,
    trust: TrustFacts | None,
    *,
    has_receipt: bool,
) -> None:
    """Answer `anchor.key-valid`: each key was the issuer's, in force and above suspicion when anchored.

    `has_receipt`: something claims an anchor, though it may not be confirmed.
    """
    if not signatures:
        findings.unchecked("anchor.key-valid", "No signature holds, so there is no key to look up.")
        return
    facts = [] if trust is None else trust.issuer(issuer, anchored.chain.id if anchored else None)
    if trust is None or not any(fact.keys for fact in facts):
        findings.unchecked(
            "anchor.key-valid",
            f"No source we trust lists the keys of {issuer[:200]}, so we cannot say when they held.",
        )
        return
    if anchored is None:
        _keys_unanchored(findings, signatures, facts, has_receipt=has_receipt)
        return
    for signature in signatures:
        if reason := _key_refused(signature, facts, anchored.time):
            findings.failed("anchor.key-valid", reason, compared=f"the key {signature.key.multikey} with the register")
            return
    source = "; ".join(dict.fromkeys(trust.told_by(fact) for fact in facts))
    findings.passed(
        "anchor.key-valid",
        f"The key was the issuer's and in force when this was anchored, {instant_text(anchored.time)}.",
        compared="the key's registered window with the time of the block",
        how=f"Told by {source}.",
        source=source,
    )


def _keys_unanchored(
    findings: Findings, signatures: Sequence[Signature], facts: Sequence[IssuerFacts], *, has_receipt: bool
) -> None:
    """What a register says of keys whose signatures no block dates: a revoked or suspected key has lost them.

    What was anchored before a revocation stands and the rest falls (threat 16). Where a receipt claims an anchor that
    could not be confirmed, the question stays open. A key that the register does not list is not the issuer's, whenever
    it signed, and one that was retired cannot have signed later than that by the signature's own word.
    """
    for signature in signatures:
        if reason := _refused_unanchored(signature, facts, has_receipt=has_receipt):
            findings.failed(
                "anchor.key-valid",
                reason,
                compared=f"the key {signature.key.multikey} with the register",
                how="If there is a receipt of an anchor, give it too.",
            )
            return
    findings.unchecked(
        "anchor.key-valid",
        "Without a confirmed anchor we cannot say when this was signed, nor if the key was good then.",
    )


def _refused_unanchored(signature: Signature, facts: Sequence[IssuerFacts], *, has_receipt: bool) -> str:
    """Why a key does not count for a signature that no block dates; or an empty text."""
    entries = [key for fact in facts for key in fact.keys if key.multikey == signature.key.multikey]
    if not entries:
        return "The register does not list this key for the issuer."
    for key in [] if has_receipt else entries:
        lost = [moment for moment in (key.revoked, key.suspect) if moment is not None]
        if lost:
            return (
                f"The key is not good since {instant_text(min(lost))}, and nothing shows that this was anchored before:"
                " the date in a signature is no evidence of time."
            )
        if key.until is not None and signature.created is not None and key.until <= signature.created:
            return f"The signature is dated {instant_text(signature.created)}, but the key {_outside(key, key.until)}."
    return ""


def check_signed(
    findings: Findings,
    signatures: Sequence[Signature],
    valid_from: datetime | None,
    issuer: str,
    anchored: Anchored | None,
    trust: TrustFacts | None,
) -> None:
    """Answer `dates.signed`: what the document says of its own time fits the block that anchors it and its keys.

    The dates of the signatures and of `validFrom` are claims. One that lies later than the block, or earlier than the
    key, is not true (threat 17).
    """
    if not signatures:
        findings.unchecked("dates.signed", "No signature holds, so there is no date of signing to look at.")
        return
    facts = [] if trust is None else trust.issuer(issuer, anchored.chain.id if anchored else None)
    claims = [
        ("The signature is dated", one.created, _starts(facts, one.key.multikey))
        for one in signatures
        if one.created is not None
    ]
    if valid_from is not None:
        claims.append(("The document claims to be valid from", valid_from, _first_start(facts)))
    for words, moment, start in claims:
        if reason := _claim_refused(moment, start, anchored, findings.now):
            findings.failed("dates.signed", f"{words} {instant_text(moment)}, {reason}.", compared=_DATES)
            return
    if anchored is None:
        findings.unchecked(
            "dates.signed",
            "No confirmed block says when this was signed; its own dates are a claim that nobody bears out.",
            compared=_DATES,
        )
        return
    findings.passed(
        "dates.signed",
        f"Its own dates fit the block that anchors it, {instant_text(anchored.time)}." if claims else _UNDATED,
        compared=_DATES,
        how=f"Up to {LATE.seconds // 60} minutes after the block, and not before the key, as clocks differ.",
    )


_DATES: Final = "the dates of signing and of validity with the time of the block and the start of the key"
_UNDATED: Final = "It states no date of its own that could contradict the block that anchors it."


def _starts(facts: Sequence[IssuerFacts], multikey: str) -> datetime | None:
    """Since when a key is registered, by the source that says the latest; None when nobody lists it."""
    return max((key.starts for fact in facts for key in fact.keys if key.multikey == multikey), default=None)


def _first_start(facts: Sequence[IssuerFacts]) -> datetime | None:
    """Since when the issuer has had any key: a correction may be valid since before the key that signs it."""
    return min((key.starts for fact in facts for key in fact.keys), default=None)


def _claim_refused(moment: datetime, start: datetime | None, anchored: Anchored | None, now: datetime) -> str:
    """Why a date that a document claims for itself cannot be true, or an empty text."""
    if anchored is not None and moment > allowing(anchored.time, LATE):
        return f"after the block that anchors it ({instant_text(anchored.time)}): one of the two is not true"
    if anchored is None and moment > allowing(now, LATE):
        return "which has not come yet"
    if start is not None and allowing(moment, SKEW) < start:
        return f"before its key was registered ({instant_text(start)})"
    return ""


def _key_refused(signature: Signature, facts: Sequence[IssuerFacts], moment: datetime) -> str:
    """Why the key does not count for what was anchored at this moment, by any source that lists it; or nothing."""
    entries = [key for fact in facts for key in fact.keys if key.multikey == signature.key.multikey]
    if not entries:
        return "The register does not list this key for the issuer."
    for key in entries:
        if reason := _outside(key, moment):
            return f"The document was anchored {instant_text(moment)}, but the key {reason}."
    return ""


def _outside(key: KeyFact, moment: datetime) -> str:
    """How the moment falls out of the key's window, or an empty text."""
    if moment < key.starts:
        return f"is registered only from {instant_text(key.starts)}"
    if key.revoked is not None and key.revoked <= moment:
        return f"had been revoked {instant_text(key.revoked)}"
    if key.suspect is not None and key.suspect <= moment:
        return f"is under suspicion from {instant_text(key.suspect)} on"
    if key.until is not None and key.until <= moment:
        return f"was retired {instant_text(key.until)}"
    return ""


def unfit(signatures: Sequence[Signature], issuer: str, anchored: Anchored | None, trust: TrustFacts | None) -> str:
    """Why signatures of `issuer` do not count by a register that lists its keys; or an empty text.

    `anchored` is the anchor of something that binds the signed document by digest: the keys must have been good then.
    Without one nothing shows when it was signed, and they must be good by their own date and never revoked.
    """
    chain = anchored.chain.id if anchored else None
    facts = [fact for fact in ([] if trust is None else trust.issuer(issuer, chain)) if fact.keys]
    for signature in signatures:
        if anchored is not None:
            reason = _unfit_then(signature, facts, anchored) if facts else ""
        elif facts and all(key.multikey != signature.key.multikey for fact in facts for key in fact.keys):
            reason = "The register does not list this key for the body."
        elif signature.created is None:
            reason = "The signature has no date."
        else:
            known = disowned([signature], issuer, signature.created, trust)
            reason = f"The key {known}." if known else ""
        if reason:
            return reason
    return ""


def _unfit_then(signature: Signature, facts: Sequence[IssuerFacts], anchored: Anchored) -> str:
    if reason := _key_refused(signature, facts, anchored.time):
        return reason
    if signature.created is None:
        return ""
    start = _starts(facts, signature.key.multikey)
    refused = _claim_refused(signature.created, start, anchored, anchored.time)
    return f"The signature is dated {instant_text(signature.created)}, {refused}." if refused else ""


def disowned(signatures: Sequence[Signature], issuer: str, signed: datetime, trust: TrustFacts | None) -> str:
    """Why a signature that nobody anchored, dated `signed`, does not count by a register; or an empty text.

    Nothing shows its real time, so a key that was ever revoked or suspected cannot vouch for it.
    """
    for fact in [] if trust is None else trust.issuer(issuer):
        for signature in signatures:
            for key in fact.keys:
                if key.multikey != signature.key.multikey:
                    continue
                if key.revoked is not None or key.suspect is not None:
                    return "was revoked"
                if reason := _outside(key, allowing(signed, SKEW)):
                    return reason
    return ""
