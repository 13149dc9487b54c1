"""What the bank's own chain says, read into the one shape that verification judges by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from creditbank.anchoring import BlockPlace, ChainPlace, Receipt, issuer_id
from creditbank.canonical import Digest, load_object
from creditbank.framework import Framework, Qualification, Register, document_digest
from creditbank.services import reads
from creditbank.services.accrediting import digested_registers
from creditbank.services.calls import award_id, key_id
from creditbank.services.looking import Looks
from creditbank.services.ports import Catalogue, Chain, Store, Transaction
from creditbank.services.reads import IssuerState
from creditbank.services.reads import Period as Span
from creditbank.services.records import AwardRecord, Organisation, Role
from creditbank.services.remembering import AtHead, Remembering
from creditbank.services.status_roots import leaves_under
from creditbank.signing import DidDocument
from creditbank.verification import (
    AnchorFact,
    AsOf,
    AwarderFacts,
    BankUse,
    ChainFacts,
    IssuerFacts,
    KeyFact,
    Period,
    RuleFact,
    SpendFact,
    StatusFact,
    TrustFacts,
    Way,
)

if TYPE_CHECKING:
    from creditbank.verification.chain_state import StateProof

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asking:
    """What the chain is asked about: bodies with the keys in their documents, and awards, each with its body's DID."""

    known: tuple[Organisation, ...]
    keys: Mapping[str, tuple[str, ...]]
    made: tuple[tuple[AwardRecord, str], ...]
    rules: tuple[RuleFact, ...]


class Trusting:
    """Reads trust facts from the chain, for one verification or for a file that others may keep."""

    def __init__(self, store: Store, chain: Chain, catalogue: Catalogue, first_block: int = 0) -> None:
        self._store, self._chain, self._catalogue, self._first_block = store, chain, catalogue, first_block
        self._remembering = Remembering(chain)
        self._published: tuple[RuleFact, ...] | None = None

    @property
    def chain_id(self) -> int:
        """The id of the chain that is asked."""
        return self._chain.chain_id

    def live(self, receipts: Sequence[Receipt], dids: Iterable[str], awards: Iterable[str] = ()) -> TrustFacts:
        """What the chain says now about these receipts' roots, these issuers, and what these awards spent.

        Receipts of other chains are left out: nothing is known about them here. Raises `ChainUnavailable`.
        """
        with self._store.glancing() as tx:
            asking = self.asking(Looks(tx), dids, awards, digested_registers(tx))
        return self.answered(asking, receipts)

    def asking(
        self, looks: Looks, dids: Iterable[str], awards: Iterable[str], held: Iterable[tuple[Register, Digest]]
    ) -> "Asking":
        """What this bank knows of these issuers and awards, about which its chain is asked next.

        `held` are the registers that it holds, by digest.
        """
        known = [one for did in sorted(set(dids)) if (one := looks.body_by_did(did)) is not None]
        keys = {one.did: _keys(looks.document(one.did)) for one in known}
        made = _made(looks.tx, looks.tx.awards_named(sorted(set(awards))))
        return Asking(tuple(known), keys, tuple(made), self._rules(held))

    def answered(self, asking: "Asking", receipts: Sequence[Receipt]) -> TrustFacts:
        """What the chain says of what is asked, and of these receipts' roots; raises `ChainUnavailable`."""
        return _from_node(self._facts(asking.known, asking.keys, receipts, asking.made, asking.rules))

    def of_strangers(self, documents: Mapping[str, bytes], receipts: Sequence[Receipt]) -> TrustFacts:
        """What the chain says of issuers that this bank does not know, by their DID documents, and of these receipts.

        The documents are claims: whoever judges compares them with the digests that the chain names. Raises
        `ChainUnavailable`.
        """
        known: list[Organisation] = []
        keys: dict[str, tuple[str, ...]] = {}
        for did, content in sorted(documents.items()):
            keys[did] = _keys_in(content)
            known.append(Organisation(did, did, did, frozenset(), (), "", False, "", EPOCH))
        return _from_node(self._facts(known, keys, receipts, (), ()))

    def export(self) -> TrustFacts:
        """Everything this bank's chain says about its issuers, awarders and final receipts."""
        with self._store.transaction() as tx:
            organisations = tx.organisations()
            keys = {organisation.did: _keys(tx.find_document(organisation.did)) for organisation in organisations}
            leaves = [leaf for batch in tx.batches() for leaf in tx.leaves_of(batch.id)]
            stored = [tx.find_receipt(leaf.credential) for leaf in leaves]
            made = _made(tx, [award for learner in tx.learners() for award in tx.awards_of(learner.id)])
            rules = self._rules(digested_registers(tx))
        receipts = [Receipt.parse(item.document) for item in stored if item is not None and item.final]
        return self._facts(organisations, keys, receipts, made, rules)

    def prove(self, facts: TrustFacts) -> "StateProof":
        """The same questions that `facts` answer, answered by the state of the newest block, and provably so.

        Raises `ChainUnavailable`.
        """
        from creditbank.verification.chain_state import (
            Asked,
            AskedAnchor,
            AskedAwarder,
            AskedIssuer,
            AskedSpend,
            StateProof,
        )

        chain = self._chain
        anchored = [fact for known in facts.chains if known.id == chain.chain_id for fact in known.anchored]
        asked = Asked(
            ChainPlace(chain.chain_id, chain.name, chain.test_chain),
            chain.contracts["issuers"],
            chain.contracts["anchors"],
            chain.contracts["redemptions"],
            tuple(AskedIssuer(one.did, tuple(key.multikey for key in one.keys)) for one in facts.issuers),
            tuple(AskedAwarder(one.did, one.account) for one in facts.awarders),
            tuple(AskedAnchor(one.bank, one.root, one.size) for one in anchored),
            tuple(AskedSpend(one.lot, one.awarder, one.award) for one in facts.spends),
        )
        number, hash, time = chain.head()
        header, nodes = chain.witness(lambda slots: asked.facts(slots, BlockPlace(number, hash, time), chain.name))
        return StateProof(asked, header, nodes)

    def _facts(
        self,
        organisations: Sequence[Organisation],
        keys: Mapping[str, tuple[str, ...]],
        receipts: Sequence[Receipt],
        awards: Sequence[tuple[AwardRecord, str]],
        rules: tuple[RuleFact, ...],
    ) -> TrustFacts:
        chain, newest = self._chain, self._remembering.at_head()
        mine = [receipt for receipt in receipts if receipt.chain.id == chain.chain_id]
        states = {one.did: reads.issuer_state(newest, issuer_id(one.did)) for one in organisations}
        names = self._names() if any(state and state.successor for state in states.values()) else {}
        issuers = tuple(_issuer(newest, one, states[one.did], keys[one.did], names) for one in organisations)
        awarders = tuple(
            _awarder(newest, organisation) for organisation in organisations if Role.UNIVERSITY in organisation.roles
        )
        # The contract takes anchors from admitted banks only, so one that was ever admitted was so when it anchored.
        banks = sorted({receipt.bank for receipt in mine if reads.bank_admission(newest, receipt.bank)})
        return TrustFacts(
            source=f"the contracts on {chain.name}, read at block {newest.number}",
            test=chain.test_chain,
            as_of=AsOf(chain.chain_id, newest.number, newest.time),
            chains=(
                ChainFacts(
                    chain.chain_id,
                    chain.name,
                    chain.test_chain,
                    chain.contracts["issuers"],
                    chain.contracts["anchors"],
                    chain.contracts["redemptions"],
                    self._blocks(newest, mine),
                    _anchored(newest, mine),
                    first_block=self._first_block,
                ),
            ),
            issuers=issuers,
            awarders=awarders,
            banks=tuple(banks),
            rules=rules,
            spends=tuple(_spends(newest, awards)),
            statuses=tuple(self._statuses(newest, banks, {organisation.did for organisation in organisations})),
        )

    def _names(self) -> dict[bytes, str]:
        """The bodies that this bank knows, by their ids on the chain, where a successor stands as such an id."""
        with self._store.glancing() as tx:
            return {bytes(issuer_id(one.did)): one.did for one in tx.organisations()}

    def _statuses(self, newest: AtHead, banks: Sequence[str], dids: set[str]) -> Iterator[StatusFact]:
        """The newest status lists that these banks' roots on the chain name, where their leaves are at hand."""
        for bank in banks:
            root = reads.status_root(newest, bank)
            if root is None:
                continue
            with self._store.glancing() as tx:
                leaves = leaves_under(tx, root.root)
            for leaf in leaves:
                if leaf.issuer in dids:
                    yield StatusFact(leaf.issuer, leaf.list, leaf.digest, leaf.sequence)

    def _blocks(self, newest: AtHead, receipts: Sequence[Receipt]) -> tuple[BlockPlace, ...]:
        """The canonical blocks of the receipts' transactions, as the chain itself numbers them."""
        found: dict[int, BlockPlace] = {}
        for transaction in sorted({receipt.transaction for receipt in receipts}):
            mined = newest.mined(transaction)
            if mined is not None and mined.final:
                found[mined.block_number] = BlockPlace(mined.block_number, mined.block_hash, mined.block_time)
        return tuple(found[number] for number in sorted(found))

    def _rules(self, registers: Iterable[tuple[Register, Digest]]) -> tuple[RuleFact, ...]:
        """The rule documents this bank works by, and the registers it holds."""
        if self._published is None:
            frameworks = [one for _, editions in sorted(self._catalogue.all_editions().items()) for one in editions]
            qualifications = self._catalogue.qualifications()
            self._published = (*(_rule(one) for one in qualifications), *(_rule(one) for one in frameworks))
        held = (RuleFact(one.id, one.version, digest) for one, digest in registers)
        return (*self._published, *held)


def _from_node(facts: TrustFacts) -> TrustFacts:
    """The same, as the answers of the node that was asked just now, and not of a file."""
    return replace(facts, chains=tuple(replace(chain, ways=(Way.NODE,)) for chain in facts.chains))


def _keys(document: object) -> tuple[str, ...]:
    content = getattr(document, "content", None)
    if content is None:
        return ()
    return _keys_in(content)


def _keys_in(content: bytes) -> tuple[str, ...]:
    parsed = DidDocument.parse(load_object(content))
    return tuple(sorted({key.multikey for key in parsed.assertion_keys.values()}))


def joined(spans: Sequence[Span]) -> list[Span]:
    """Spans in rising order, those that meet made one; gaps stay gaps."""
    whole: list[Span] = []
    for span in spans:
        if whole and whole[-1].until == span.start:
            whole[-1] = Span(whole[-1].start, span.until)
        else:
            whole.append(span)
    return whole


def _newest(admissions: Sequence[Span]) -> tuple[datetime | None, datetime | None]:
    return (admissions[-1].start, admissions[-1].until) if admissions else (None, None)


def _period(span: Span) -> Period:
    return Period(span.start, span.until)


def _anchored(newest: AtHead, receipts: Sequence[Receipt]) -> tuple[AnchorFact, ...]:
    facts = []
    for bank, root, size in sorted({(receipt.bank, receipt.root, receipt.size) for receipt in receipts}):
        found = reads.anchored_at(newest, bank, root, size)
        block, time = (found.block_number, found.time) if found else (None, None)
        facts.append(AnchorFact(bank, root, size, block, time))
    return tuple(facts)


def _issuer(
    newest: AtHead,
    organisation: Organisation,
    state: IssuerState | None,
    multikeys: Sequence[str],
    names: Mapping[bytes, str],
) -> IssuerFacts:
    issuer = issuer_id(organisation.did)
    terms = state.terms if state else ()
    admissions = joined([term.period for term in terms])
    banks = reads.issuer_banks(newest, issuer)
    return IssuerFacts(
        organisation.did,
        organisation.name,
        *_newest(admissions),
        tuple(Digest(term.document) for term in terms),
        tuple(BankUse(bank, _period(span)) for bank, spans in sorted(banks.items()) for span in spans),
        tuple(fact for multikey in multikeys if (fact := _key(newest, issuer, multikey))),
        tuple(_period(span) for span in admissions[:-1]),
        successor=names.get(state.successor) if state and state.successor else None,
        chain=newest.chain.chain_id,
    )


def _key(newest: AtHead, issuer: Digest, multikey: str) -> KeyFact | None:
    state = reads.key_state(newest, issuer, key_id(multikey))
    if state is None:
        return None
    return KeyFact(multikey, state.start, state.until, state.revoked, state.suspect_since)


def _awarder(newest: AtHead, organisation: Organisation) -> AwarderFacts:
    admission = reads.awarder_admission(newest, organisation.account)
    own = admission is not None and admission.identity == issuer_id(organisation.did)
    admissions = joined(admission.periods) if admission is not None and own else []
    return AwarderFacts(
        organisation.did,
        organisation.account,
        *_newest(admissions),
        tuple(_period(span) for span in admissions[:-1]),
    )


def _rule(document: Qualification | Framework) -> RuleFact:
    return RuleFact(document.id, document.version, document_digest(document))


def _made(tx: Transaction, awards: Sequence[AwardRecord]) -> list[tuple[AwardRecord, str]]:
    """Each award with the DID of the body that made it."""
    return [(award, tx.get_organisation(award.organisation).did) for award in awards]


def _spends(newest: AtHead, awards: Sequence[tuple[AwardRecord, str]]) -> Iterator[SpendFact]:
    """What the redemptions contract has for each lot of these awards, which may be nothing."""
    for award, did in awards:
        for lot, _ in award.uses:
            spent = reads.spent_for(newest, bytes.fromhex(lot[2:]), issuer_id(did), award_id(award.id))
            yield SpendFact(lot, did, award.id, spent)
