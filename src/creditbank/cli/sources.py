"""What a verification takes from elsewhere: published lists of issuers, documents from their own addresses, and what
this verifier remembers of status lists.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from creditbank.adapters.documents import Bundle, FileKind, bundle_of, follow_links
from creditbank.canonical import load_object
from creditbank.errors import BadInput, CreditBankError
from creditbank.verification import Evidence, IssuerList, Judged, StatusFact, TrustFacts

if TYPE_CHECKING:
    from creditbank.adapters.resolver import SeenLists
    from creditbank.verification.chain_state import AskedSpend

FETCH_VARIABLE = "CREDITBANK_FETCH_DOCUMENTS"
MAX_LIST_BYTES = 16 * 1024 * 1024
Issuers = Annotated[
    list[Path] | None,
    typer.Option(
        "--issuers",
        help="A registry of known issuers that you trust, as the DCC publishes them. Give it again for another.",
    ),
]
Nodes = Annotated[
    list[str] | None,
    typer.Option(
        "--rpc",
        help="A node of the chain (http or https) to ask about the contracts that --trust names. Again for another.",
    ),
]
Agree = Annotated[
    int | None, typer.Option("--agree", help="How many of the nodes must say the same; left out, all of them.")
]
Remember = Annotated[
    Path | None,
    typer.Option("--remember", help="A file that remembers the newest status lists, so that an old one is told."),
]


def with_issuer_lists(trust: TrustFacts | None, files: Sequence[Path]) -> TrustFacts | None:
    """The trusted facts and these registries of issuers beside them; raises `UnreadableTrust`, `UnreadableJson`."""
    for file in files:
        try:
            with file.open("rb") as opened:
                value = load_object(opened.read(MAX_LIST_BYTES + 1), place=str(file), max_bytes=MAX_LIST_BYTES)
            listed = IssuerList.read(file.name, value)
        except BadInput as cause:
            cause.place = f"{file}#{cause.place}" if cause.place.startswith("/registry") else cause.place or str(file)
            raise
        facts = TrustFacts(f"the registry of issuers {file}", issuer_lists=(listed,))
        trust = facts if trust is None else trust.merge(facts)
    return trust


class NoTrustedContracts(BadInput):
    """A node is asked, but nobody says at which addresses the contracts are the right ones."""

    slug = "no-trusted-contracts"


def with_nodes(evidence: Evidence, urls: Sequence[str], agree: int | None, given: Bundle | None = None) -> Evidence:
    """The evidence, and beside what is trusted what these nodes agree on; raises `NoTrustedContracts`, `TooFewNodes`.

    Asked is about the receipts' roots and blocks, about their issuers with the keys of their documents, and about what
    the awards that were `given` spent of each credential that their sums count.
    """
    if not urls:
        return evidence
    from creditbank.adapters.catalogue import builtin_data
    from creditbank.adapters.chain.witnesses import ask_nodes, question_of
    from creditbank.verification.chain_state import Asked, AskedAnchor, AskedAwarder, AskedIssuer

    trust = evidence.trust
    chains = {} if trust is None else {chain.id: chain for chain in trust.chains if not chain.supposed}
    if trust is None or not chains:
        raise NoTrustedContracts(
            "A node can be asked only about contracts whose addresses you trust.",
            next_step="Name a trust file that holds the chain with --trust.",
        )
    dids = sorted({receipt.issuer for receipt in evidence.receipts})
    issuers = tuple(AskedIssuer(did, _keys(evidence, did)) for did in dids)
    spends = () if given is None else tuple(_spends(given))
    bodies = {spend.awarder for spend in spends}
    awarders = tuple(AskedAwarder(one.did, one.account) for one in trust.awarders if one.did in bodies)
    for chain in chains.values():
        own = [receipt for receipt in evidence.receipts if receipt.chain.id == chain.id]
        anchors = {(receipt.bank, receipt.root, receipt.size): receipt for receipt in own}
        asked = Asked(
            chain.place,
            "",
            "",
            "",
            issuers=issuers,
            awarders=awarders,
            anchors=tuple(AskedAnchor(*named) for named in sorted(anchors)),
            spends=spends,
        )
        question = question_of(chain, asked, [receipt.block.number for receipt in own])
        trust = trust.merge(
            ask_nodes(urls, len(set(urls)) if agree is None else agree, question, builtin_data("contracts"))
        )
    return replace(evidence, trust=trust)


def _spends(given: Bundle) -> "Iterator[AskedSpend]":
    """What each award says it was built from: lot, awarding body, award. What cannot be read asks nothing."""
    from creditbank.credential import unit_facts
    from creditbank.ledger import lot_id
    from creditbank.stacking.proof import read_proof
    from creditbank.verification.chain_state import AskedSpend

    lots: dict[bytes, str] = {}
    for one in given.submission.credentials:
        with suppress(CreditBankError):
            facts = unit_facts(one.value)
            lots[bytes(one.secured.digest)] = "0x" + lot_id(facts.issuer, facts.first_issue).hex()
    for content in given.submission.proofs:
        with suppress(CreditBankError):
            proof = read_proof(load_object(content, max_bytes=MAX_LIST_BYTES))
            for lot in sorted({lots[bytes(use.digest)] for use in proof.uses if bytes(use.digest) in lots}):
                yield AskedSpend(lot, proof.awarding, proof.award)


def _keys(evidence: Evidence, did: str) -> tuple[str, ...]:
    """The keys that an issuer's document names, wherever it came from: the chain says which of them are its."""
    from creditbank.signing import DidDocument

    content = evidence.documents.get(did) or evidence.claims.get(did)
    if content is None:
        return ()
    try:
        parsed = DidDocument.parse(load_object(content))
    except BadInput:
        return ()
    return tuple(sorted({key.multikey for key in parsed.assertion_keys.values()}))


def may_fetch() -> bool:
    """Whether documents are fetched where no bank's settings say so: unless the environment says otherwise."""
    return os.environ.get(FETCH_VARIABLE, "true").lower() != "false"


def with_links_followed(given: Bundle) -> Bundle:
    """What was given, each link among it followed to its address by the rules of the resolver; once, and no further."""
    if not given.of(FileKind.LINK):
        return given
    from creditbank.adapters.resolver import HttpsResolver

    return bundle_of(follow_links(given.files, HttpsResolver().fetch), given.skipped)


def with_fetched(evidence: Evidence, given: Bundle) -> Evidence:
    """The evidence and, beside it, what the given documents name and their own addresses serve."""
    from creditbank.adapters.resolver import HttpsResolver
    from creditbank.adapters.system import SystemClock
    from creditbank.services.fetching import Fetching

    fetching = Fetching(HttpsResolver(), SystemClock())
    found = fetching.gather([file.value for file in given.signed], evidence.documents)
    return replace(evidence, fetched=found.fetched, unfetched=found.unfetched)


def memory_at(file: Path | None) -> "SeenLists | None":
    """The memory of status lists, where one was asked for; raises `UnusableMemory`."""
    if file is None:
        return None
    from creditbank.adapters.resolver import SeenLists

    return SeenLists(file)


def lists_read(judged: Iterable[Judged]) -> list[StatusFact]:
    """Every status list that proved to be its issuer's word, anywhere in these reports."""
    return [fact for one in judged for report in one.report.walk() for fact in report.lists]
