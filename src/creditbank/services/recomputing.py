"""An audit that needs nothing of the bank but what it publishes: everything is recomputed and compared with the chain.

Each question is a check of its own. Where a node or the bank does not answer, that check stays open and the others do
not; what was found wrong before it fell silent is told all the same.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from creditbank.anchoring import BrokenEvidence, check_evidence, issuer_id
from creditbank.anchoring.published import ENTRY_BYTES, Anchoring
from creditbank.canonical import Digest, Json, canonical_json, digest_text
from creditbank.errors import BadInput
from creditbank.merkle import RunningRoot
from creditbank.services import reads
from creditbank.services.chain_events import ChainEvent
from creditbank.services.ports import Call, ChainRefused, ChainUnavailable
from creditbank.services.recomputing_records import (
    AuditCheck,
    AuditReport,
    NotPublished,
    Published,
    PublishedBatch,
    PublishedHistory,
    PublisherSilent,
)
from creditbank.services.transparency import PublishedEvent
from creditbank.units import instant_text
from creditbank.verification import Outcome


class AuditedChain(Protocol):
    """What an audit asks of a chain; everything raises `ChainUnavailable` when it does not answer."""

    @property
    def chain_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def test_chain(self) -> bool: ...
    @property
    def contracts(self) -> Mapping[str, str]: ...
    def head(self) -> tuple[int, str, datetime]: ...
    def newest_final(self) -> int: ...
    def block(self, number: int) -> tuple[str, datetime] | None: ...
    def events(self, contract: str, first: int, last: int) -> Sequence[ChainEvent]: ...
    def read(self, call: Call) -> object: ...


Findings = Iterator[str]
Named = tuple[str, Digest, int]
"""A bank's account in lower case, a root, and a size: what an anchor is known by."""
LOTS_ANEW: Final = 2
ISSUER_BYTES: Final = 32


@dataclass(slots=True)
class Audit:
    """One audit. `banks` are the accounts whose anchors the published batches must account for; where none is named,
    those that the published batches name themselves.
    """

    chain: AuditedChain
    published: Published
    banks: frozenset[str] = frozenset()
    first: int = 0
    _last: int | None = None
    _batches: list[PublishedBatch] | None = None
    _anchorings: dict[str, Sequence[Anchoring]] = field(default_factory=dict)
    _issuers: set[bytes] = field(default_factory=set)
    _events: dict[str, Sequence[ChainEvent]] = field(default_factory=dict)

    def report(self) -> AuditReport:
        """Ask everything, in an order in which what comes first explains what follows."""
        checks = (
            _answer("batches.recomputed", "Every published batch gives the root and the size it names.", self._roots),
            _answer(
                "batches.anchored",
                "Every batch that the bank calls final stands on the chain, by its events and by its state alike.",
                self._anchored,
            ),
            _answer("events.accounted", "Every anchor of the bank is of a batch that it publishes.", self._accounted),
            _answer(
                "receipts.proven",
                "Header and receipt proof of every final batch lead from the block's hash to its root.",
                self._receipts,
            ),
            _answer("registry.history", "What the bank shows of issuers is what the contracts told.", self._registry),
            _answer(
                "redemptions.sums",
                "No lot is spent beyond its total, and events and state of every lot agree.",
                self._redemptions,
            ),
            _answer(
                "status.roots",
                "Roots over status lists rise in number, are published, and are those of their lists.",
                self._statuses,
            ),
        )
        chain = self.chain
        place = (chain.chain_id, chain.name, chain.test_chain, self.first, self._last)
        return AuditReport(*place, tuple(sorted(self.banks)), checks)

    # -- what is asked once

    def _listed(self) -> list[PublishedBatch]:
        if self._batches is None:
            self._batches = list(self.published.batches())
        return self._batches

    def _until(self) -> int:
        if self._last is None:
            self._last = self.chain.newest_final()
        return self._last

    def _told(self, contract: str) -> Sequence[ChainEvent]:
        if contract not in self._events:
            self._events[contract] = self.chain.events(contract, self.first, self._until())
        return self._events[contract]

    def _standing(self, batch: PublishedBatch) -> Sequence[Anchoring]:
        """Where the bank says that a batch stands on this chain."""
        return [one for one in self._all_of(batch) if one.chain.id == self.chain.chain_id]

    def _all_of(self, batch: PublishedBatch) -> Sequence[Anchoring]:
        if batch.id not in self._anchorings:
            self._anchorings[batch.id] = self.published.anchorings(batch.id)
        return self._anchorings[batch.id]

    def _listed_elsewhere(self, batch: PublishedBatch) -> Anchoring | None:
        """The place on another chain that the list names for a batch; None where it names one on this chain."""
        try:
            places = self._all_of(batch)
        except (NotPublished, BadInput):  # receipts.proven tells of it
            return None
        named = (batch.transaction, batch.block, batch.block_hash)
        others = (one for one in places if one.chain.id != self.chain.chain_id)
        return next((one for one in others if (one.transaction, one.block.number, one.block.hash) == named), None)

    def _other_chains(self) -> dict[int, int]:
        """How many batches stand, by the bank's word, on no chain but another one, by the id of that chain."""
        found: Counter[int] = Counter()
        for batch in self._listed():
            other = self._listed_elsewhere(batch) if batch.final else None
            if other is not None and not self._standing(batch):
                found[other.chain.id] += 1
        return found

    def _here(self) -> Iterator[PublishedBatch]:
        """The batches that the bank calls final and does not place on another chain alone."""
        for batch in self._listed():
            if batch.final and (self._listed_elsewhere(batch) is None or self._standing(batch)):
                yield batch

    def _accounts(self) -> frozenset[str]:
        """The accounts of the bank in lower case."""
        if not self.banks:
            named: set[str] = set()
            for batch in self._listed():
                with suppress(NotPublished, BadInput):  # receipts.proven tells of it
                    named |= {one.bank.lower() for one in self._standing(batch)} if batch.final else set()
            self.banks = frozenset(named)
        if not self.banks and self._anchors():
            raise PublisherSilent(
                "The chain has anchors, and no published batch says which account of it is the bank's.",
                next_step="Name the account with --bank.",
            )
        return self.banks

    def _anchors(self) -> dict[Named, ChainEvent]:
        told = [event for event in self._told("anchors") if event.name == "Anchored"]
        return {(one.address("bank").lower(), Digest(one.octets("root")), one.whole("size")): one for one in told}

    # -- the checks

    def _roots(self) -> Findings:
        yield from _twice("Batch", (batch.id for batch in self._listed()))
        for batch in self._listed():
            running, left, named = RunningRoot(), b"", set()
            try:
                for piece in self.published.entries(batch.id):
                    left += piece
                    whole = len(left) - len(left) % ENTRY_BYTES
                    for at in range(0, whole, ENTRY_BYTES):
                        running.add(left[at : at + ENTRY_BYTES])
                        named.add(left[at : at + ISSUER_BYTES])
                    left = left[whole:]
            except NotPublished:
                yield f"The leaves of batch {batch.id} are not published."
                continue
            if left or running.size != batch.size:
                yield f"Batch {batch.id} names {batch.size} leaves, and {running.size} are published."
            elif running.root != batch.root:
                yield (
                    f"The leaves of batch {batch.id} give the root {digest_text(running.root)}, and it names"
                    f" {digest_text(batch.root)}."
                )
            else:
                self._issuers |= named  # of leaves that are others than were anchored nothing follows

    def _anchored(self) -> Findings:
        events, accounts, late = self._anchors(), self._accounts(), ""
        for batch in self._here():
            found = [event for bank in accounts if (event := events.get((bank, batch.root, batch.size)))]
            if not found and self._too_new(batch):
                late = batch.id
            elif not found:
                yield f"Batch {batch.id} is called final, and no block up to {self._last} anchors its root and size."
            for event in found:
                yield from self._agrees(batch, event)
        if others := self._other_chains():
            counted = " and ".join(f"{count} on chain {id}" for id, count in sorted(others.items()))
            raise PublisherSilent(
                f"By the bank's word batches stand on other chains alone: {counted}. Audit those too."
            )
        if late:
            raise ChainUnavailable(f"Batch {late} names a block after {self._last}, the newest that is final here.")

    def _too_new(self, batch: PublishedBatch) -> bool:
        """Whether it names a block that is not final yet by the rule of this audit, which may be stricter."""
        return isinstance(batch.block, int) and self._until() < batch.block <= self.chain.head()[0]

    def _agrees(self, batch: PublishedBatch, event: ChainEvent) -> Findings:
        state = reads.anchored_at(self.chain, event.address("bank"), batch.root, batch.size)
        block = self.chain.block(event.block_number)
        if state is None or block is None or (state.block_number, state.time) != (event.block_number, block[1]):
            yield f"The contract's state and its event say different things of batch {batch.id}."
        if self._listed_elsewhere(batch) is not None:
            return  # the list names the place on another chain; what proves the one here names its own
        if (batch.transaction, batch.block) != (event.transaction, event.block_number):
            yield (
                f"Batch {batch.id} names block {batch.block} and transaction {batch.transaction}; it was anchored in"
                f" block {event.block_number} by {event.transaction}."
            )
        elif block is not None and (batch.block_hash, batch.block_time) != (block[0], instant_text(block[1])):
            yield f"Batch {batch.id} names another hash or time of block {batch.block} than the chain does."

    def _accounted(self) -> Findings:
        known, accounts = {(batch.root, batch.size) for batch in self._listed()}, self._accounts()
        for (bank, root, size), event in self._anchors().items():
            if bank in accounts and (root, size) not in known:
                yield (
                    f"In block {event.block_number} {event.address('bank')} anchored {digest_text(root)} of {size}"
                    " leaves, which is of no published batch."
                )

    def _receipts(self) -> Findings:
        events = self._anchors()
        for batch in self._here():
            try:
                standing = self._standing(batch)
            except (NotPublished, BadInput) as cause:
                yield f"What proves batch {batch.id} cannot be read. {cause.sentence}"
                continue
            if not standing:
                yield f"Nothing is published that proves batch {batch.id} on this chain."
            yield from _twice("Proof", (f"{one.bank}, batch {batch.id}" for one in standing))
            for one in standing:
                yield from self._proven(batch, one, events)

    def _proven(self, batch: PublishedBatch, one: Anchoring, events: Mapping[Named, ChainEvent]) -> Findings:
        event = events.get((one.bank.lower(), one.root, one.size))
        if (one.root, one.size) != (batch.root, batch.size):
            yield f"What proves batch {batch.id} is of another root or size."
            return
        if (event is None or event.transaction != one.transaction) and not (event is None and self._too_new(batch)):
            yield f"What proves batch {batch.id} names a transaction that did not anchor it."
        if one.chain.test != self.chain.test_chain:
            yield f"What proves batch {batch.id} says that the chain is {_kind(one.chain.test)}."
        if one.evidence is None:
            yield f"Batch {batch.id} comes without header and receipt proof."
            return
        try:
            proven = check_evidence(one.evidence.header, one.evidence.receipt_proof, one.evidence.key)
        except BrokenEvidence as cause:
            yield f"The proof of batch {batch.id} is broken. {cause.sentence}"
            return
        block = self.chain.block(proven.number)
        if (
            block is None
            or block[0] != proven.block_hash
            or (one.block.number, one.block.hash, one.block.time) != (proven.number, proven.block_hash, block[1])
        ):
            yield f"The proof of batch {batch.id} is of a block that the chain does not have."
        contract = self.chain.contracts["anchors"].lower()
        told = {(item.contract.lower(), item.bank.lower(), item.root, item.size) for item in proven.anchored}
        if one.contract.lower() != contract or (contract, one.bank.lower(), batch.root, batch.size) not in told:
            yield f"The transaction that is proven does not anchor batch {batch.id}."

    def _registry(self) -> Findings:
        mine: dict[bytes, list[ChainEvent]] = defaultdict(list)
        for contract in ("issuers", "anchors", "redemptions"):
            for event in self._told(contract):
                name = event.fields.get("issuer" if contract == "issuers" else "identity")
                if isinstance(name, bytes):
                    mine[name].append(event)
        behind, elsewhere, seen = "", "", set()
        for shown in self.published.histories():
            name = bytes(issuer_id(shown.did))
            seen.add(name)
            if shown.chain_id != self.chain.chain_id and self._is_former():
                elsewhere = f"Histories are told of chain {shown.chain_id}, to which the bank went over."
                continue
            if (shown.chain_id, shown.test) != (self.chain.chain_id, self.chain.test_chain):
                yield f"The history of {shown.did} is told of chain {shown.chain_id}, {_kind(shown.test)}."
                continue
            if shown.issuer != f"0x{name.hex()}":
                yield f"The history of {shown.did} names another issuer's id."
            yield from self._compared(shown, mine[name])
            if shown.as_of < self._needed():
                behind = f"The history of {shown.did} is told up to block {shown.as_of} alone."
        yield from self._withheld(seen)
        if elsewhere:
            raise PublisherSilent(elsewhere)
        if behind:
            raise PublisherSilent(f"{behind} Batches that are called final stand in later blocks.")

    def _is_former(self) -> bool:
        """Whether the bank places every batch that it calls final on another chain now."""
        final = [batch for batch in self._listed() if batch.final]
        return bool(final) and all(self._listed_elsewhere(batch) is not None for batch in final)

    def _withheld(self, shown: AbstractSet[bytes]) -> Findings:
        """Issuers whose history is not shown, though leaves or the register say that they issue through this bank.

        A register may serve several banks, so that of an issuer which neither names nothing can be said.
        """
        accounts = self._accounts()
        told = self._told("anchors")
        own = {
            one.octets("identity") for one in told if one.name == "Admitted" and _account_of(one, "account") in accounts
        }
        for name in sorted(self._issuers - shown - own):
            yield f"Leaves name the issuer 0x{name.hex()}, whose history is not shown."
        for event in self._told("issuers"):
            issuer = event.fields.get("issuer")
            if event.name != "BankNamed" or not isinstance(issuer, bytes) or issuer in shown | self._issuers:
                continue
            if _account_of(event, "bank") in accounts:
                yield (
                    f"In block {event.block_number} the issuer 0x{issuer.hex()} named this bank as its own, and its"
                    " history is not shown."
                )

    def _compared(self, shown: PublishedHistory, mine: Sequence[ChainEvent]) -> Findings:
        until = min(self._until(), shown.as_of)
        told = sorted((event for event in mine if event.block_number <= until), key=lambda event: event.at)
        there = {canonical_json(event): event for event in map(self._dressed, told)}
        spelled = [(canonical_json(one), one) for one in shown.events]
        for text, one in spelled:
            if text not in there and self._within(one, until):
                yield f"The history of {shown.did} shows what the contracts did not tell: {_name(one)}."
            elif not self._within(one, max(until, shown.as_of)):
                yield f"The history of {shown.did} is told up to block {shown.as_of}, and shows {_name(one)}."
        here = Counter(text for text, _ in spelled)
        for text, one in there.items():
            if here[text] != 1:
                what = "shows more than once" if here[text] else "leaves out"
                yield f"The history of {shown.did} {what} {_name(one)}."

    def _needed(self) -> int:
        """The newest block in which something stands that the bank calls final."""
        final = [batch for batch in self._listed() if batch.final]
        accounts, events = self._accounts() if final else (), self._anchors()
        stood = [events.get((bank, batch.root, batch.size)) for batch in final for bank in accounts]
        return max((one.block_number for one in stood if one is not None), default=-1)

    def _dressed(self, event: ChainEvent) -> Json:
        block = self.chain.block(event.block_number)
        if block is None:
            raise ChainUnavailable("The node shows an event of a block that it does not have.")
        return PublishedEvent(event, block[1]).to_json()

    def _within(self, shown: Json, until: int) -> bool:
        block = shown.get("block") if isinstance(shown, dict) else None
        return not isinstance(block, int) or self.first <= block <= until

    def _redemptions(self) -> Findings:
        """Replay every spend, move and release; then compare each lot with what the contract has for it.

        What happens while it is looked at is not an error, so a lot that differs is looked at once more.
        """
        differing: list[str] = []
        for _ in range(LOTS_ANEW):
            replay = Replay()
            for event in self.chain.events("redemptions", self.first, self.chain.head()[0]):
                replay.take(event)
            differing = list(self._differing(replay))
            if replay.wrong or not differing:
                break
        yield from replay.wrong
        yield from differing

    def _differing(self, replay: "Replay") -> Findings:
        for lot, (spent, total) in replay.lots().items():
            known = reads.lot_use(self.chain, lot)
            state = (0, 0) if known is None else (known.spent.thousandths, known.total.thousandths)
            if state != (spent, total):
                yield (
                    f"Of lot 0x{lot.hex()} events say that {spent} of {total} thousandths are spent, and the contract"
                    f" says {state[0]} of {state[1]}."
                )

    def _statuses(self) -> Findings:
        accounts = self._accounts()
        newest: dict[str, tuple[int, Digest]] = {}
        told: Counter[tuple[int, Digest]] = Counter()
        for event in self._told("anchors"):
            bank = event.fields.get("bank")
            if event.name != "StatusPublished" or not isinstance(bank, str) or bank.lower() not in accounts:
                continue
            number, root = event.whole("sequence"), Digest(event.octets("root"))
            if number <= newest.get(bank, (0, root))[0]:
                yield f"The status root number {number} of {bank} follows one that is no lower."
            newest[bank] = (number, root)
            told[number, root] += 1
        for bank, (number, root) in newest.items():
            state = reads.status_root(self.chain, bank)
            if state is None or state.sequence < number or (state.sequence == number and state.root != root):
                yield f"The contract's newest status root of {bank} is not the one that its events tell."
        if not newest:
            return
        if self._is_former():
            raise PublisherSilent("The bank shows the status roots of the chain to which it went over.")
        listed = Counter(self.published.status_roots())
        for number, root in sorted(told - listed):
            yield f"The status root {digest_text(root)} (number {number}) stands on the chain and is not published."
        yield from self._made_up(listed, told)
        for number, root in sorted(newest.values()):
            yield from self._lists(number, root)

    def _made_up(self, listed: Counter[tuple[int, Digest]], told: Counter[tuple[int, Digest]]) -> Findings:
        """Roots that the bank lists and nobody published; an account that anchored nothing yet may be the bank's."""
        highest = max(number for number, _ in told)
        anybody = Counter(
            (event.whole("sequence"), Digest(event.octets("root")))
            for event in (*self._told("anchors"), *self._later("anchors"))
            if event.name == "StatusPublished"
        )
        for (number, root), times in sorted(listed.items()):
            if times > max(anybody[number, root], 1):
                yield f"Status root number {number} is published {times} times."
            elif number <= highest and not anybody[number, root]:
                yield f"The status root {digest_text(root)} (number {number}) is published and not on the chain."

    def _later(self, contract: str) -> Sequence[ChainEvent]:
        """What blocks tell that are not final by the rule of this audit, which may be stricter than the bank's."""
        head = self.chain.head()[0]
        return self.chain.events(contract, self._until() + 1, head) if self._until() < head else ()

    def _lists(self, number: int, root: Digest) -> Findings:
        try:
            tree = self.published.status_lists(root)
        except NotPublished:
            yield f"The lists under the newest status root (number {number}) are not published."
            return
        if not tree.leaves or tree.root != root:
            yield f"The lists that are published under status root number {number} give another root."


class Replay:
    """The redemptions contract again, from its events."""

    def __init__(self) -> None:
        self.wrong: list[str] = []
        self._uses: dict[bytes, dict[tuple[bytes, bytes], int]] = defaultdict(lambda: defaultdict(int))
        self._totals: dict[bytes, int] = {}

    def take(self, event: ChainEvent) -> None:
        """Take the next event, and note what it breaks."""
        if event.name not in ("Spent", "Moved", "Released"):
            return
        lot, awarder, amount = event.octets("lot"), event.octets("awarder"), event.whole("amount")
        uses = self._uses[lot]
        if event.name == "Spent":
            total = event.whole("total")
            if any(uses.values()) and self._totals.get(lot) != total:
                self._note(event, f"names another total, {total} where {self._totals.get(lot)} stood")
            self._totals[lot] = total
            uses[awarder, event.octets("award")] += amount
            if sum(uses.values()) > total:
                self._note(event, f"makes {sum(uses.values())} spent of {total}")
            return
        source = event.octets("fromAward" if event.name == "Moved" else "award")
        uses[awarder, source] -= amount
        if uses[awarder, source] < 0:
            self._note(event, "takes more than was spent there")
        if event.name == "Moved":
            uses[awarder, event.octets("toAward")] += amount
        elif not any(uses.values()):
            self._totals[lot] = 0

    def lots(self) -> dict[bytes, tuple[int, int]]:
        """How much of each lot is spent now, and of how much."""
        return {lot: (sum(uses.values()), self._totals.get(lot, 0)) for lot, uses in self._uses.items()}

    def _note(self, event: ChainEvent, what: str) -> None:
        lot = event.octets("lot").hex()
        self.wrong.append(f"In block {event.block_number} {event.name} of lot 0x{lot} {what} (thousandths).")


def _answer(name: str, passed: str, look: Callable[[], Findings]) -> AuditCheck:
    found: list[str] = []
    silent = ""
    try:
        found.extend(look())
    except (ChainUnavailable, ChainRefused, PublisherSilent) as cause:
        silent = f"{cause.sentence} {cause.next_step}".rstrip()
    except (NotPublished, BadInput) as cause:
        found.append(f"{cause.place}: {cause.sentence}" if cause.place else cause.sentence)
    if found:
        counted = "One thing is" if len(found) == 1 else f"{len(found)} things are"
        return AuditCheck(name, Outcome.FAILED, f"{counted} wrong. {silent}".rstrip(), tuple(found))
    if silent:
        return AuditCheck(name, Outcome.UNCHECKED, f"This could not be looked at to the end. {silent}")
    return AuditCheck(name, Outcome.PASSED, passed)


def _twice(what: str, names: Iterable[str]) -> Findings:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{what} {name} is published {times} times."


def _account_of(event: ChainEvent, field: str) -> str:
    account = event.fields.get(field)
    return account.lower() if isinstance(account, str) else ""


def _kind(test: bool) -> str:
    return "a test chain" if test else "no test chain"


def _name(shown: Json) -> str:
    if not isinstance(shown, dict):
        return "what is no event"
    return f"{shown.get('event')} in block {shown.get('block')}"
