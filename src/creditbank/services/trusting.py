"""What the bank's own chain says, read into the one shape that verification judges by."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from creditbank.anchoring import BlockPlace, Receipt, issuer_id
from creditbank.canonical import Digest, load_object
from creditbank.framework import document_digest
from creditbank.services.calls import key_id
from creditbank.services.ports import Call, Catalogue, Chain, Store
from creditbank.services.records import Organisation, Role
from creditbank.signing import DidDocument
from creditbank.verification import (
    AnchorFact,
    AsOf,
    AwarderFacts,
    ChainFacts,
    IssuerFacts,
    KeyFact,
    Period,
    RuleFact,
    TrustFacts,
)


class Trusting:
    """Reads trust facts from the chain, for one verification or for a file that others may keep."""

    def __init__(self, store: Store, chain: Chain, catalogue: Catalogue) -> None:
        self._store, self._chain, self._catalogue = store, chain, catalogue

    def live(self, receipts: Sequence[Receipt], dids: Iterable[str]) -> TrustFacts:
        """What the chain says now about these receipts' roots and these issuers.

        Receipts of other chains are left out: nothing is known about them here. Raises `ChainUnavailable`.
        """
        with self._store.transaction() as tx:
            known = [tx.find_organisation_by_did(did) for did in sorted(set(dids))]
            keys = {
                organisation.did: _keys(tx.find_document(organisation.did))
                for organisation in known
                if organisation is not None
            }
        return self._facts([organisation for organisation in known if organisation], keys, receipts)

    def export(self) -> TrustFacts:
        """Everything this bank's chain says about its issuers, awarders and final receipts."""
        with self._store.transaction() as tx:
            organisations = tx.organisations()
            keys = {organisation.did: _keys(tx.find_document(organisation.did)) for organisation in organisations}
            leaves = [leaf for batch in tx.batches() for leaf in tx.leaves_of(batch.id)]
            stored = [tx.find_receipt(leaf.credential) for leaf in leaves]
        receipts = [Receipt.parse(item.document) for item in stored if item is not None and item.final]
        return self._facts(organisations, keys, receipts)

    def _facts(
        self,
        organisations: Sequence[Organisation],
        keys: dict[str, tuple[str, ...]],
        receipts: Sequence[Receipt],
    ) -> TrustFacts:
        number, _, time = self._chain.head()
        chain = self._chain
        mine = [receipt for receipt in receipts if receipt.chain.id == chain.chain_id]
        issuers = tuple(self._issuer(organisation, keys[organisation.did]) for organisation in organisations)
        awarders = tuple(
            self._awarder(organisation) for organisation in organisations if Role.UNIVERSITY in organisation.roles
        )
        banks = sorted({receipt.bank for receipt in mine if self._is_bank(receipt.bank)})
        return TrustFacts(
            source=f"the contracts on {chain.name}, read at block {number}",
            test=chain.test_chain,
            as_of=AsOf(chain.chain_id, number, time),
            chains=(
                ChainFacts(
                    chain.chain_id,
                    chain.name,
                    chain.test_chain,
                    chain.contracts["issuers"],
                    chain.contracts["anchors"],
                    chain.contracts["redemptions"],
                    self._blocks(mine),
                    self._anchored(mine),
                ),
            ),
            issuers=issuers,
            awarders=awarders,
            banks=tuple(banks),
            rules=self._rules(),
        )

    def _blocks(self, receipts: Sequence[Receipt]) -> tuple[BlockPlace, ...]:
        """The canonical blocks of the receipts' transactions, as the chain itself numbers them."""
        found: dict[int, BlockPlace] = {}
        for transaction in sorted({receipt.transaction for receipt in receipts}):
            mined = self._chain.mined(transaction)
            if mined is not None and mined.depth >= self._chain.finality_depth:
                found[mined.block_number] = BlockPlace(mined.block_number, mined.block_hash, mined.block_time)
        return tuple(found[number] for number in sorted(found))

    def _anchored(self, receipts: Sequence[Receipt]) -> tuple[AnchorFact, ...]:
        asked = sorted({(receipt.bank, receipt.root, receipt.size) for receipt in receipts})
        return tuple(self._anchor_fact(bank, root, size) for bank, root, size in asked)

    def _anchor_fact(self, bank: str, root: Digest, size: int) -> AnchorFact:
        answer: Any = self._chain.read(Call("anchors", "anchoredAt", (bank, root, size)))
        time, block = answer
        return AnchorFact(bank, root, size, block if time else None, _moment(time))

    def _is_bank(self, account: str) -> bool:
        answer: Any = self._chain.read(Call("anchors", "admissionOf", (account,)))
        windows = answer[2]
        return bool(windows)

    def _issuer(self, organisation: Organisation, multikeys: Sequence[str]) -> IssuerFacts:
        issuer = issuer_id(organisation.did)
        terms: Any = self._chain.read(Call("issuers", "termsOf", (issuer,)))
        banks: Any = self._chain.read(Call("issuers", "banksOf", (issuer,)))
        admissions = joined([(term[0], term[1]) for term in terms])
        keys = [fact for fact in (self._key(issuer, multikey) for multikey in multikeys) if fact]
        return IssuerFacts(
            organisation.did,
            organisation.name,
            *_newest(admissions),
            tuple(Digest(bytes(term[4])) for term in terms),
            tuple(banks),
            tuple(keys),
            _earlier(admissions),
        )

    def _key(self, issuer: Digest, multikey: str) -> KeyFact | None:
        answer: Any = self._chain.read(Call("issuers", "keyOf", (issuer, key_id(multikey))))
        starts, until, revoked, suspect = answer
        since = _moment(starts)
        return KeyFact(multikey, since, _moment(until), _moment(revoked), _moment(suspect)) if since else None

    def _awarder(self, organisation: Organisation) -> AwarderFacts:
        answer: Any = self._chain.read(Call("redemptions", "admissionOf", (organisation.account,)))
        windows = answer[2] if bytes(answer[1]) == issuer_id(organisation.did) else []
        admissions = joined([(window[0], window[1]) for window in windows])
        return AwarderFacts(
            organisation.did,
            organisation.account,
            *_newest(admissions),
            _earlier(admissions),
        )

    def _rules(self) -> tuple[RuleFact, ...]:
        """The rule documents this bank works by."""
        qualifications = [
            RuleFact(rules.id, rules.version, document_digest(rules)) for rules in self._catalogue.qualifications()
        ]
        frameworks = [
            RuleFact(framework.id, framework.version, document_digest(framework))
            for _, framework in sorted(self._catalogue.frameworks().items())
        ]
        return tuple(qualifications + frameworks)


def _keys(document: object) -> tuple[str, ...]:
    content = getattr(document, "content", None)
    if content is None:
        return ()
    parsed = DidDocument.parse(load_object(content))
    return tuple(sorted({key.multikey for key in parsed.assertion_keys.values()}))


def _moment(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def joined(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of block time (an end of 0 is open) in rising order, those that meet made one; gaps stay gaps."""
    whole: list[tuple[int, int]] = []
    for starts, ends in spans:
        if whole and whole[-1][1] == starts:
            whole[-1] = (whole[-1][0], ends)
        else:
            whole.append((starts, ends))
    return whole


def _newest(admissions: Sequence[tuple[int, int]]) -> tuple[datetime | None, datetime | None]:
    return (_moment(admissions[-1][0]), _moment(admissions[-1][1])) if admissions else (None, None)


def _earlier(admissions: Sequence[tuple[int, int]]) -> tuple[Period, ...]:
    return tuple(
        Period(datetime.fromtimestamp(starts, UTC), datetime.fromtimestamp(ends, UTC))
        for starts, ends in admissions[:-1]
    )
