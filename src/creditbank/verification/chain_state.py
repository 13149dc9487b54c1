"""Trust facts out of the chain itself: what the contracts held at one block, proven by nodes of its state.

A kit can carry such a proof. Whoever trusts the block's hash and the contracts' addresses then needs no register, no
node and no bank to know who was admitted, with which keys, which roots stand, and what is spent, as of that block.
The slots are those of the contracts' storage layout (`contracts/src`); a test compares them with what the contracts
answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple, Self

from eth_hash.auto import keccak

from creditbank.anchoring import BlockPlace, ChainPlace, issuer_id
from creditbank.anchoring.fields import Fields, hex_text
from creditbank.anchoring.state import Slots, open_state
from creditbank.canonical import Digest, Json, JsonObject, digest_text, sha256
from creditbank.errors import BadInput
from creditbank.units import Credits
from creditbank.verification.trust import (
    AnchorFact,
    AwarderFacts,
    BankUse,
    ChainFacts,
    IssuerFacts,
    KeyFact,
    Period,
    SpendFact,
    TrustFacts,
    Way,
)

DOCUMENT: Final = "creditbank/state/v1"
MAX_LISTED: Final = 2_000
_U64: Final = 2**64 - 1
_LATEST: Final = 253_402_300_799

# where each thing stands: numbers of slots in the order of declaration, base contracts first
_ISSUERS: Final = 3
_TERMS, _BANK_LIST, _KEYS, _BANKS = 5, 7, 8, 10  # in an issuer's record
_TERMS_SIZE, _TERMS_DOCUMENT = 4, 3
_ADMISSIONS: Final = 0  # of Anchors and of Redemptions
_IDENTITY, _WINDOWS = 1, 2  # in an admission's record
_ANCHORS: Final = 1
_USES: Final = 2


class UnreadableState(BadInput):
    """This is not a proof of what contracts held; `place` is the JSON pointer of what is wrong."""

    slug = "unreadable-state"


class AskedIssuer(NamedTuple):
    """An issuer, and the keys (Multikey) that are asked for."""

    did: str
    keys: tuple[str, ...]


class AskedAwarder(NamedTuple):
    """An awarding body, and the account that is said to be its."""

    did: str
    account: str


class AskedAnchor(NamedTuple):
    """A root that a bank is said to have anchored."""

    bank: str
    root: Digest
    size: int


class AskedSpend(NamedTuple):
    """A lot (`0x…`) that is said to be spent for an award (URN) of an awarding body (DID)."""

    lot: str
    awarder: str
    award: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the contracts at these addresses."""

    chain: ChainPlace
    issuers_at: str
    anchors_at: str
    redemptions_at: str
    issuers: tuple[AskedIssuer, ...] = ()
    awarders: tuple[AskedAwarder, ...] = ()
    anchors: tuple[AskedAnchor, ...] = ()
    spends: tuple[AskedSpend, ...] = ()

    def facts(self, slots: Slots, block: BlockPlace, source: str) -> TrustFacts:
        """What the storage answers; raises what the reader raises."""
        return TrustFacts(
            source=source,
            test=self.chain.test,
            chains=(
                ChainFacts(
                    self.chain.id,
                    self.chain.name,
                    self.chain.test,
                    self.issuers_at,
                    self.anchors_at,
                    self.redemptions_at,
                    blocks=(block,),
                    anchored=tuple(self._anchored(slots, anchor) for anchor in self.anchors),
                    ways=(Way.STATE,),
                ),
            ),
            issuers=tuple(self._issuer(slots, issuer) for issuer in self.issuers),
            awarders=tuple(self._awarder(slots, awarder) for awarder in self.awarders),
            banks=tuple(
                bank for bank in self._banks() if _windows(slots, self.anchors_at, _admission(bank) + _WINDOWS)
            ),
            spends=tuple(self._spent(slots, spend) for spend in self.spends),
        )

    def _banks(self) -> list[str]:
        return list(dict.fromkeys(anchor.bank for anchor in self.anchors))

    def _issuer(self, slots: Slots, asked: AskedIssuer) -> IssuerFacts:
        at, record = self.issuers_at, _entry(_ISSUERS, issuer_id(asked.did))
        count = _count(slots(at, record + _TERMS))
        first = _elements(record + _TERMS)
        terms = [first + _TERMS_SIZE * number for number in range(count)]
        periods = _joined([_period(slots(at, term)) for term in terms])
        keys = [_key(key, slots(at, _entry(record + _KEYS, sha256(key.encode())))) for key in asked.keys]
        listed = _elements(record + _BANK_LIST)
        banks = [slots(at, listed + number) for number in range(_count(slots(at, record + _BANK_LIST)))]
        uses = [
            BankUse("0x" + bank.to_bytes(32, "big")[12:].hex(), period)
            for bank in banks
            for period in _windows(slots, at, _entry(record + _BANKS, bank.to_bytes(32, "big")))
        ]
        return IssuerFacts(
            asked.did,
            asked.did,
            *_newest(periods),
            documents=tuple(Digest(slots(at, term + _TERMS_DOCUMENT).to_bytes(32, "big")) for term in terms),
            banks=tuple(uses),
            keys=tuple(key for key in keys if key is not None),
            earlier=tuple(periods[:-1]),
            chain=self.chain.id,
        )

    def _awarder(self, slots: Slots, asked: AskedAwarder) -> AwarderFacts:
        at, record = self.redemptions_at, _admission(asked.account)
        own = slots(at, record + _IDENTITY).to_bytes(32, "big") == issuer_id(asked.did)
        periods = _joined(_windows(slots, at, record + _WINDOWS)) if own else []
        return AwarderFacts(asked.did, asked.account, *_newest(periods), earlier=tuple(periods[:-1]))

    def _anchored(self, slots: Slots, asked: AskedAnchor) -> AnchorFact:
        by_bank = _entry(_ANCHORS, _address(asked.bank))
        value = slots(self.anchors_at, _entry(_entry(by_bank, asked.root), asked.size.to_bytes(32, "big")))
        time, number = value & _U64, value >> 64 & _U64
        known = (number, _moment(time)) if time else (None, None)
        return AnchorFact(asked.bank, asked.root, asked.size, *known)

    def _spent(self, slots: Slots, asked: AskedSpend) -> SpendFact:
        by_lot = _entry(_USES, bytes.fromhex(asked.lot[2:]))
        by_awarder = _entry(by_lot, issuer_id(asked.awarder))
        value = slots(self.redemptions_at, _entry(by_awarder, sha256(asked.award.encode())))
        return SpendFact(asked.lot, asked.awarder, asked.award, Credits(value & _U64))


@dataclass(frozen=True, slots=True)
class StateProof:
    """Questions to the contracts of a chain, and the nodes of one block's state that answer them."""

    asked: Asked
    header: bytes
    nodes: tuple[bytes, ...]

    def block(self) -> BlockPlace:
        """The block whose header this is, its hash computed; raises `BrokenEvidence`."""
        return open_state(self.header, self.nodes)[0]

    def read(self, place: ChainPlace | None = None) -> tuple[BlockPlace, TrustFacts]:
        """The block, and what was so as of it; raises `BrokenEvidence`.

        `place` is the chain as a trusted source calls it: what the proof says of it, and whether it is a test chain,
        is a claim.
        """
        asked = self.asked if place is None else replace(self.asked, chain=place)
        block, slots = open_state(self.header, self.nodes)
        source = f"the contracts on {asked.chain}, proven as of block {block.number}"
        return block, asked.facts(slots, block, source)

    def to_json(self) -> JsonObject:
        """The proof as a document."""
        asked = self.asked
        chain: JsonObject = {"id": asked.chain.id, "name": asked.chain.name, "test": asked.chain.test}
        issuers: list[Json] = [{"did": one.did, "keys": [*one.keys]} for one in asked.issuers]
        anchors: list[Json] = [{"bank": a.bank, "root": digest_text(a.root), "size": a.size} for a in asked.anchors]
        return {
            "document": DOCUMENT,
            "chain": chain,
            "issuersAt": asked.issuers_at,
            "anchorsAt": asked.anchors_at,
            "redemptionsAt": asked.redemptions_at,
            "issuers": issuers,
            "awarders": [{"did": one.did, "account": one.account} for one in asked.awarders],
            "anchors": anchors,
            "spends": [{"lot": s.lot, "awarder": s.awarder, "award": s.award} for s in asked.spends],
            "header": hex_text(self.header),
            "nodes": [hex_text(node) for node in self.nodes],
        }

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read a proof strictly; raise `UnreadableState` with the JSON pointer of what is wrong."""
        fields = Fields.of(value, UnreadableState, "proof of contracts' state", DOCUMENT)
        chain = fields.object("chain")
        asked = Asked(
            ChainPlace(chain.whole("id", least=1), chain.text("name"), chain.truth("test")),
            fields.address("issuersAt"),
            fields.address("anchorsAt"),
            fields.address("redemptionsAt"),
            issuers=tuple(
                AskedIssuer(one.text("did"), one.texts("keys", most=MAX_LISTED)) for one in _each(fields, "issuers")
            ),
            awarders=tuple(AskedAwarder(one.text("did"), one.address("account")) for one in _each(fields, "awarders")),
            anchors=tuple(
                AskedAnchor(one.address("bank"), one.digest("root"), one.whole("size", least=1))
                for one in _each(fields, "anchors")
            ),
            spends=tuple(
                AskedSpend(one.hash("lot"), one.text("awarder"), one.text("award")) for one in _each(fields, "spends")
            ),
        )
        proof = cls(asked, fields.octets("header"), fields.octets_list("nodes", most=20_000))
        fields.close()
        return proof


def believed(trust: TrustFacts | None, proofs: Sequence[StateProof], *, suppose: bool) -> TrustFacts | None:
    """What is known with proofs of state that came along; raises `BrokenEvidence` for one that does not hold together.

    A proof counts when its block's hash and its contracts' addresses are trusted. Where no chain at all is trusted it
    is only *supposed*, if at all: then its facts are looked at, `anchor.on-chain` stays open, and whoever judges must
    require that check of every document. Beside a trusted chain nothing is supposed: its anchors would answer that
    check, and a chain made up in a kit would name the issuers.
    """
    for proof in proofs:
        block = proof.block()
        known = [] if trust is None else trust.chains_of(proof.asked.chain.id)
        vouching = next((chain for chain in known if _vouched(chain, proof.asked, block)), None)
        _, facts = proof.read(None if vouching is None else vouching.place)
        if vouching is not None and trust is not None:
            trust = trust.merge(facts)
        elif suppose and (trust is None or all(chain.supposed for chain in trust.chains)) and not known:
            source = f"{facts.source}, which came along and which nobody vouches for yet"
            chains = tuple(replace(chain, supposed=True) for chain in facts.chains)
            supposed = replace(facts, source=source, chains=chains)
            trust = supposed if trust is None else trust.merge(supposed)
        elif trust is not None and (trusted := [one for one in known if not one.supposed]):
            trust = replace(trust, chains=(*trust.chains, _unvouched(trusted[0], block)))
    return trust


def _unvouched(chain: ChainFacts, block: BlockPlace) -> ChainFacts:
    """That a proof came along which counts for nothing: no word of it, and the trusted chain's own addresses."""
    unanswered = (
        f"A proof of the contracts' state came along, but nobody we trust knows these contracts with its block"
        f" {block.number}, hash {block.hash}."
    )
    return replace(chain, blocks=(), anchored=(), unanswered=unanswered, ways=(Way.STATE,))


def _vouched(chain: ChainFacts, asked: Asked, block: BlockPlace) -> bool:
    mine = (chain.issuers.lower(), chain.anchors.lower(), chain.redemptions.lower())
    theirs = (asked.issuers_at.lower(), asked.anchors_at.lower(), asked.redemptions_at.lower())
    return mine == theirs and block.hash in {known.hash for known in chain.blocks} and not chain.supposed


def _each(fields: Fields, name: str) -> list[Fields]:
    return fields.objects(name, most=MAX_LISTED)


def _entry(slot: int, key: bytes) -> int:
    """The slot of a mapping's entry (Solidity, layout of state variables in storage)."""
    return int.from_bytes(keccak(key + slot.to_bytes(32, "big")), "big")


def _elements(slot: int) -> int:
    """The slot of a dynamic array's first element."""
    return int.from_bytes(keccak(slot.to_bytes(32, "big")), "big")


def _address(account: str) -> bytes:
    return bytes(12) + bytes.fromhex(account[2:])


def _admission(account: str) -> int:
    return _entry(_ADMISSIONS, _address(account))


def _count(value: int) -> int:
    if value > MAX_LISTED:
        raise UnreadableState(f"A list of the contracts has more than {MAX_LISTED} entries.")
    return value


def _windows(slots: Slots, contract: str, slot: int) -> list[Period]:
    first = _elements(slot)
    return [_period(slots(contract, first + number)) for number in range(_count(slots(contract, slot)))]


def _period(value: int) -> Period:
    """Two moments packed into one slot, the first in the low bytes."""
    until = value >> 64 & _U64
    return Period(_moment(value & _U64), _moment(until) if until else None)


def _key(multikey: str, value: int) -> KeyFact | None:
    start, *ends = [value >> 64 * at & _U64 for at in range(4)]
    if not start:
        return None
    until, revoked, suspect = [_moment(end) if end else None for end in ends]
    return KeyFact(multikey, _moment(start), until, revoked, suspect)


def _joined(periods: Sequence[Period]) -> list[Period]:
    """Periods in rising order, those that meet made one; gaps stay gaps."""
    whole: list[Period] = []
    for period in periods:
        if whole and whole[-1].ends == period.starts:
            whole[-1] = Period(whole[-1].starts, period.ends)
        else:
            whole.append(period)
    return whole


def _newest(periods: Sequence[Period]) -> tuple[datetime | None, datetime | None]:
    return (periods[-1].starts, periods[-1].ends) if periods else (None, None)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC)
