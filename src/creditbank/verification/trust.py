"""Trust facts: what a verifier believes about chains, issuers, keys, awarders and rules, and who told it so.

A trust file that a person keeps and answers read live from a chain have this one shape. A fact that is absent
is not known; a fact that says no (`admitted: null`, `time: null`) was asked for and answered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self, TypeAlias, TypeVar

from creditbank.anchoring import BlockPlace, ChainPlace
from creditbank.anchoring.fields import MAX_TEXT, Fields
from creditbank.anchoring.receipt import parse_block
from creditbank.canonical import Digest, Json, JsonObject, digest_text
from creditbank.errors import BadInput
from creditbank.units import Credits, instant_text

DOCUMENT: Final = "creditbank/trust/v1"
MAX_LISTED: Final = 100_000
MAX_SUCCESSORS: Final = 8  # as far as the contract follows them
BELOW_NEWEST: Final = 12
"""How many blocks below the newest one nodes are asked, so that a short reorganisation changes no answer."""
Fact = TypeVar("Fact")


class UnreadableTrust(BadInput):
    """This is not a trust file; `place` is the JSON pointer of what is wrong."""

    slug = "unreadable-trust"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The block whose state the facts describe."""

    chain: int
    block: int
    time: datetime


@dataclass(frozen=True, slots=True)
class AnchorFact:
    """What the anchors contract answered for (bank, root, size); `time` None means "not anchored"."""

    bank: str
    root: Digest
    size: int
    block: int | None
    time: datetime | None
    source: str = ""


class Way(StrEnum):
    """How it came to be known what the contracts hold; each is a check of its own, `anchor.` before its name."""

    STATE = "state-proof"  # nodes of the state that lead to the storage from a block's hash
    NODE = "node"  # one node was asked
    NODES = "nodes-agree"  # several were, of which enough must say the same
    TOLD = "told"  # a trust file lists it


@dataclass(frozen=True, slots=True)
class ChainFacts:
    """A chain whose contracts at these addresses are trusted, with known block hashes and anchors.

    `supposed` marks what only came along: facts proven against a block that nobody vouches for. They are looked at as
    if that block were the chain's, and `anchor.on-chain` then stays open (`creditbank.verification.chain_state`).
    Nothing of the contracts stands before `first_block`.
    `ways` are how `anchored` came to be known, and `unanswered` says why nothing or not all did. Neither they nor
    `supposed` stand in a trust file: what a file says was told.
    """

    id: int
    name: str
    test: bool
    issuers: str
    anchors: str
    redemptions: str
    blocks: tuple[BlockPlace, ...] = ()
    anchored: tuple[AnchorFact, ...] = ()
    source: str = ""
    supposed: bool = False
    unanswered: str = ""
    ways: tuple[Way, ...] = (Way.TOLD,)
    first_block: int = 0

    @property
    def place(self) -> ChainPlace:
        """The chain's own name."""
        return ChainPlace(self.id, self.name, self.test)


@dataclass(frozen=True, slots=True)
class KeyFact:
    """One key of an issuer (Multikey) and its window in block time, end excluded. None means "not so far".

    What was anchored from `suspect` on falls even though the key was revoked only later.
    """

    multikey: str
    starts: datetime
    until: datetime | None = None
    revoked: datetime | None = None
    suspect: datetime | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts` up to, not including, `ends`; None means "not so far"."""

    starts: datetime
    ends: datetime | None

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies in it."""
        return self.starts <= moment and (self.ends is None or moment < self.ends)


@dataclass(frozen=True, slots=True)
class BankUse:
    """An account through which an issuer's credentials are anchored, for as long as `period` says; None: always."""

    account: str
    period: Period | None = None

    def covers(self, account: str, moment: datetime) -> bool:
        """Whether an anchor by this account at this moment speaks for the issuer."""
        return account.lower() == self.account.lower() and (self.period is None or self.period.holds(moment))


def admitted_at(facts: "IssuerFacts | AwarderFacts", moment: datetime) -> bool:
    """Whether the register had this body admitted at a moment, now or in an earlier period."""
    if any(period.holds(moment) for period in facts.earlier):
        return True
    return (
        facts.admitted is not None
        and facts.admitted <= moment
        and (facts.withdrawn is None or moment < facts.withdrawn)
    )


@dataclass(frozen=True, slots=True)
class IssuerFacts:
    """What a register says about an issuer. `admitted` None: the register was asked and does not know it.

    `documents` are digests (of canonical JSON) of its DID documents, `banks` the accounts it issues through,
    `keys` all its keys. `admitted` and `withdrawn` are the newest admission, `earlier` those before it.
    `successor` is the DID of the body that answers for its keys and status lists since it closed or merged. `chain` is
    the chain on which the register stands; its times are that chain's, and say nothing of anchors elsewhere.
    """

    did: str
    name: str
    admitted: datetime | None
    withdrawn: datetime | None = None
    documents: tuple[Digest, ...] = ()
    banks: tuple[BankUse, ...] = ()
    keys: tuple[KeyFact, ...] = ()
    earlier: tuple[Period, ...] = ()
    source: str = ""
    successor: str | None = None
    chain: int | None = None


@dataclass(frozen=True, slots=True)
class PinnedIssuer:
    """An issuer that the verifying party itself decided on: `accepted` or refused.

    With `documents` (digests of DID documents) or `keys` (Multikeys), only what is named there is the issuer's.
    """

    did: str
    name: str
    accepted: bool
    documents: tuple[Digest, ...] = ()
    keys: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class IssuerList:
    """A registry of known issuers that somebody publishes (DID to name), as the DCC's `registry.json`.

    `complete`: the verifying party takes whoever is not on it for refused. Such files do not say so themselves.
    """

    name: str
    issuers: Mapping[str, str]
    complete: bool = False
    source: str = ""

    @classmethod
    def read(cls, name: str, value: object, *, complete: bool = False) -> Self:
        """Read a registry in the DCC's format: `{"meta": …, "registry": {DID: {"name": …, …}}}`.

        Raises `UnreadableTrust`. What else such a file says of an issuer (its place, its home page) is passed over.
        """
        entries = value.get("registry") if isinstance(value, dict) else None
        if not isinstance(entries, dict) or len(entries) > MAX_LISTED:
            raise UnreadableTrust(
                "This is no registry of issuers: it has no object `registry` from DIDs to their names.",
                place="/registry",
                next_step="Give a file in the form that the Digital Credentials Consortium publishes.",
            )
        issuers: dict[str, str] = {}
        for did, entry in entries.items():
            named = entry.get("name") if isinstance(entry, dict) else None
            if not did.startswith("did:") or not isinstance(named, str) or not 0 < len(named) <= MAX_TEXT:
                raise UnreadableTrust("An issuer is listed by its DID, with a name.", place=f"/registry/{did[:200]}")
            issuers[did] = named
        return cls(name, issuers, complete)


@dataclass(frozen=True, slots=True)
class StatusFact:
    """A status list that is known to exist: of this issuer, under this address, with this number and digest.

    Told by the chain's status root, or remembered from an earlier verification. `signed` is the date in the list.
    """

    issuer: str
    list: str
    digest: Digest
    sequence: int | None = None
    signed: datetime | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class AwarderFacts:
    """A body that may award and spend credits, and its chain account."""

    did: str
    account: str
    admitted: datetime | None
    withdrawn: datetime | None = None
    earlier: tuple[Period, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class RuleFact:
    """A rule document the verifier trusts: a qualification, framework, conversion policy or recognition."""

    id: str
    version: str
    digest: Digest
    source: str = ""


@dataclass(frozen=True, slots=True)
class SpendFact:
    """What the redemptions contract has for a lot (`0x…`) and an award (URN) of an awarding body (DID).

    `amount` is in the lot's own credit system; zero says that it was asked and nothing is spent.
    """

    lot: str
    awarder: str
    award: str
    amount: Credits
    source: str = ""


@dataclass(frozen=True, slots=True)
class TrustFacts:
    """What one source says, or several merged. `banks` are the admitted accounts; none means not known."""

    source: str
    test: bool = False
    as_of: AsOf | None = None
    chains: tuple[ChainFacts, ...] = ()
    issuers: tuple[IssuerFacts, ...] = ()
    awarders: tuple[AwarderFacts, ...] = ()
    banks: tuple[str, ...] = ()
    rules: tuple[RuleFact, ...] = ()
    spends: tuple[SpendFact, ...] = ()
    pinned: tuple[PinnedIssuer, ...] = ()
    issuer_lists: tuple[IssuerList, ...] = ()
    statuses: tuple[StatusFact, ...] = ()

    def named(self) -> Self:
        """The same facts, each with the name of its source, which it keeps when sources are merged."""
        return replace(
            self,
            chains=tuple(
                replace(
                    chain,
                    source=chain.source or self.source,
                    anchored=tuple(replace(fact, source=fact.source or self.source) for fact in chain.anchored),
                )
                for chain in self.chains
            ),
            issuers=tuple(replace(fact, source=fact.source or self.source) for fact in self.issuers),
            awarders=tuple(replace(fact, source=fact.source or self.source) for fact in self.awarders),
            rules=tuple(replace(fact, source=fact.source or self.source) for fact in self.rules),
            spends=tuple(replace(fact, source=fact.source or self.source) for fact in self.spends),
            pinned=tuple(replace(fact, source=fact.source or self.source) for fact in self.pinned),
            issuer_lists=tuple(replace(fact, source=fact.source or self.source) for fact in self.issuer_lists),
            statuses=tuple(replace(fact, source=fact.source or self.source) for fact in self.statuses),
        )

    def merge(self, other: "TrustFacts") -> "TrustFacts":
        """Both sources' facts. Where they disagree both stand, and a check passes only if neither says no."""
        mine, theirs = self.named(), other.named()
        return TrustFacts(
            source=f"{mine.source}; {theirs.source}",
            test=mine.test or theirs.test,
            as_of=None,
            chains=mine.chains + theirs.chains,
            issuers=mine.issuers + theirs.issuers,
            awarders=mine.awarders + theirs.awarders,
            banks=tuple(dict.fromkeys(mine.banks + theirs.banks)),
            rules=mine.rules + theirs.rules,
            spends=mine.spends + theirs.spends,
            pinned=mine.pinned + theirs.pinned,
            issuer_lists=mine.issuer_lists + theirs.issuer_lists,
            statuses=mine.statuses + theirs.statuses,
        )

    def told_by(self, fact: "AnyFact") -> str:
        """Who told a fact."""
        return fact.source or self.source

    def chains_of(self, chain_id: int) -> list[ChainFacts]:
        """What the sources say about one chain."""
        return [chain for chain in self.chains if chain.id == chain_id]

    def issuer(self, did: str, chain: int | None = None) -> list[IssuerFacts]:
        """What the sources say about one issuer; of what was anchored on a chain, by that chain's register if one is
        known.
        """
        found = [issuer for issuer in self.issuers if issuer.did == did]
        there = [issuer for issuer in found if chain is None or issuer.chain in (None, chain)]
        return there or found

    def pins(self, did: str) -> list[PinnedIssuer]:
        """What the verifying party decided about one issuer."""
        return [pin for pin in self.pinned if pin.did == did]

    def successors(self, did: str) -> dict[str, str]:
        """The bodies that answer for an issuer that closed, each with who names it; the nearest first.

        Where sources name different successors nobody is taken for one.
        """
        found: dict[str, str] = {}
        while len(found) < MAX_SUCCESSORS:
            named = [fact for fact in self.issuer(did) if fact.successor is not None]
            if len({fact.successor for fact in named}) != 1:
                break
            did = named[0].successor or ""
            if did in found:
                break
            found[did] = self.told_by(named[0])
        return found

    def statuses_of(self, issuer: str, list_id: str) -> list[StatusFact]:
        """The status lists of one issuer and address that the sources know of."""
        found = [fact for fact in self.statuses if (fact.issuer, fact.list) == (issuer, list_id)]
        return [replace(fact, source=fact.source or self.source) for fact in found]

    def awarder(self, did: str) -> list[AwarderFacts]:
        """What the sources say about one awarding body."""
        return [awarder for awarder in self.awarders if awarder.did == did]

    def rule(self, rule_id: str, version: str) -> list[RuleFact]:
        """What the sources say about one version of a rule document."""
        return [rule for rule in self.rules if (rule.id, rule.version) == (rule_id, version)]

    def spends_of(self, lot: str) -> list[SpendFact]:
        """What the sources say about one lot."""
        return [replace(spend, source=spend.source or self.source) for spend in self.spends if spend.lot == lot]

    def to_json(self) -> JsonObject:
        """The facts as a trust file."""
        as_of = self.as_of
        value: JsonObject = {
            "document": DOCUMENT,
            "source": self.source,
            "test": self.test,
            "asOf": None
            if as_of is None
            else {"chain": as_of.chain, "block": as_of.block, "time": instant_text(as_of.time)},
            "chains": [_chain_json(chain, self.source) for chain in self.chains],
            "issuers": [_issuer_json(issuer, self.source) for issuer in self.issuers],
            "awarders": [_awarder_json(awarder, self.source) for awarder in self.awarders],
            "banks": list(self.banks),
            "rules": [
                _with_source(
                    {"id": rule.id, "version": rule.version, "digest": digest_text(rule.digest)},
                    rule.source,
                    self.source,
                )
                for rule in self.rules
            ],
            "spends": [_spend_json(spend, self.source) for spend in self.spends],
        }
        # Left out where they say nothing: verifiers of before these fields refuse what they do not know.
        later: JsonObject = {
            "pinned": [_pinned_json(pin, self.source) for pin in self.pinned],
            "issuerLists": [_issuer_list_json(one, self.source) for one in self.issuer_lists],
            "statuses": [_status_json(fact, self.source) for fact in self.statuses],
        }
        return {**value, **{name: facts for name, facts in later.items() if facts}}

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read a trust file strictly; raise `UnreadableTrust` with the JSON pointer of what is wrong."""
        fields = Fields.of(value, UnreadableTrust, "trust file", DOCUMENT)
        facts = cls(
            source=fields.text("source"),
            test=fields.truth("test"),
            as_of=fields.optional("asOf", lambda name: _parse_as_of(fields.object(name))),
            chains=tuple(_parse_chain(item) for item in fields.objects("chains")),
            issuers=tuple(_parse_issuer(item) for item in fields.objects("issuers")),
            awarders=tuple(_parse_awarder(item) for item in fields.objects("awarders")),
            banks=fields.addresses("banks"),
            rules=tuple(_parse_rule(item) for item in fields.objects("rules")),
            spends=tuple(_parse_spend(item) for item in fields.optional("spends", fields.objects) or ()),
            pinned=tuple(_parse_pinned(item) for item in fields.optional("pinned", fields.objects) or ()),
            issuer_lists=tuple(
                _parse_issuer_list(item) for item in fields.optional("issuerLists", fields.objects) or ()
            ),
            statuses=tuple(_parse_status(item) for item in fields.optional("statuses", fields.objects) or ()),
        )
        fields.close()
        return facts


AnyFact: TypeAlias = (
    AnchorFact | ChainFacts | IssuerFacts | AwarderFacts | RuleFact | SpendFact | PinnedIssuer | IssuerList | StatusFact
)


def _moment(value: datetime | None) -> str | None:
    return None if value is None else instant_text(value)


def _with_source(value: JsonObject, source: str, whole: str) -> JsonObject:
    """Name the source of one fact when it is not that of the whole file."""
    return {**value, "source": source} if source and source != whole else value


def _chain_json(chain: ChainFacts, whole: str) -> JsonObject:
    value: JsonObject = {
        "id": chain.id,
        "name": chain.name,
        "test": chain.test,
        "issuers": chain.issuers,
        "anchors": chain.anchors,
        "redemptions": chain.redemptions,
        "blocks": [
            {"number": block.number, "hash": block.hash, "time": instant_text(block.time)} for block in chain.blocks
        ],
        "anchored": [
            _with_source(
                {
                    "bank": fact.bank,
                    "root": digest_text(fact.root),
                    "size": fact.size,
                    "block": fact.block,
                    "time": _moment(fact.time),
                },
                fact.source,
                whole,
            )
            for fact in chain.anchored
        ],
    }
    if chain.first_block:  # left out where it says nothing, as in the files of before
        value["firstBlock"] = chain.first_block
    return _with_source(value, chain.source, whole)


def _issuer_json(issuer: IssuerFacts, whole: str) -> JsonObject:
    value: JsonObject = {
        "did": issuer.did,
        "name": issuer.name,
        "admitted": _moment(issuer.admitted),
        "withdrawn": _moment(issuer.withdrawn),
        "earlier": _periods_json(issuer.earlier),
        "documents": [digest_text(digest) for digest in issuer.documents],
        "banks": [_bank_json(use) for use in issuer.banks],
        "keys": [
            {
                "multikey": key.multikey,
                "from": instant_text(key.starts),
                "until": _moment(key.until),
                "revoked": _moment(key.revoked),
                "suspect": _moment(key.suspect),
            }
            for key in issuer.keys
        ],
    }
    if issuer.successor is not None:
        value["successor"] = issuer.successor
    if issuer.chain is not None:
        value["chain"] = issuer.chain
    return _with_source(value, issuer.source, whole)


def _pinned_json(pin: PinnedIssuer, whole: str) -> JsonObject:
    value: JsonObject = {
        "did": pin.did,
        "name": pin.name,
        "accepted": pin.accepted,
        "documents": [digest_text(digest) for digest in pin.documents],
        "keys": list(pin.keys),
    }
    return _with_source(value, pin.source, whole)


def _issuer_list_json(listed: IssuerList, whole: str) -> JsonObject:
    registry: JsonObject = {did: {"name": name} for did, name in listed.issuers.items()}
    value: JsonObject = {"name": listed.name, "complete": listed.complete, "registry": registry}
    return _with_source(value, listed.source, whole)


def _status_json(fact: StatusFact, whole: str) -> JsonObject:
    value: JsonObject = {
        "issuer": fact.issuer,
        "list": fact.list,
        "sequence": fact.sequence,
        "digest": digest_text(fact.digest),
        "signed": _moment(fact.signed),
    }
    return _with_source(value, fact.source, whole)


def _awarder_json(awarder: AwarderFacts, whole: str) -> JsonObject:
    value: JsonObject = {
        "did": awarder.did,
        "account": awarder.account,
        "admitted": _moment(awarder.admitted),
        "withdrawn": _moment(awarder.withdrawn),
        "earlier": _periods_json(awarder.earlier),
    }
    return _with_source(value, awarder.source, whole)


def _periods_json(periods: Sequence[Period]) -> list[Json]:
    return [{"from": instant_text(period.starts), "until": _moment(period.ends)} for period in periods]


def _parse_period(fields: Fields) -> Period:
    return _closed(fields, lambda it: Period(it.instant("from"), it.instant("until")))


def _bank_json(use: BankUse) -> JsonObject:
    if use.period is None:
        return {"account": use.account}
    return {"account": use.account, "from": instant_text(use.period.starts), "until": _moment(use.period.ends)}


def _parse_bank(fields: Fields) -> BankUse:
    def build(it: Fields) -> BankUse:
        account, starts = it.address("account"), it.optional("from", it.instant)
        ends = it.optional("until", it.instant)
        return BankUse(account, None if starts is None else Period(starts, ends))

    return _closed(fields, build)


def _closed(fields: Fields, build: Callable[[Fields], Fact]) -> Fact:
    """Build one fact from its object, and refuse fields it does not have."""
    fact = build(fields)
    fields.close()
    return fact


def _told(fields: Fields) -> str:
    return fields.optional("source", fields.text) or ""


def _parse_as_of(fields: Fields) -> AsOf:
    return _closed(fields, lambda it: AsOf(it.whole("chain", least=1), it.whole("block"), it.instant("time")))


def _parse_chain(fields: Fields) -> ChainFacts:
    return _closed(
        fields,
        lambda it: ChainFacts(
            id=it.whole("id", least=1),
            name=it.text("name"),
            test=it.truth("test"),
            issuers=it.address("issuers"),
            anchors=it.address("anchors"),
            redemptions=it.address("redemptions"),
            blocks=tuple(parse_block(block) for block in it.objects("blocks")),
            anchored=tuple(_parse_anchor(fact) for fact in it.objects("anchored")),
            first_block=it.optional("firstBlock", it.whole) or 0,
            source=_told(it),
        ),
    )


def _parse_anchor(fields: Fields) -> AnchorFact:
    return _closed(
        fields,
        lambda it: AnchorFact(
            bank=it.address("bank"),
            root=it.digest("root"),
            size=it.whole("size", least=1),
            block=it.optional("block", it.whole),
            time=it.optional("time", it.instant),
            source=_told(it),
        ),
    )


def _parse_issuer(fields: Fields) -> IssuerFacts:
    return _closed(
        fields,
        lambda it: IssuerFacts(
            did=it.text("did"),
            name=it.text("name"),
            admitted=it.optional("admitted", it.instant),
            withdrawn=it.optional("withdrawn", it.instant),
            earlier=tuple(_parse_period(period) for period in it.optional("earlier", it.objects) or ()),
            documents=it.digests("documents"),
            banks=tuple(_parse_bank(use) for use in it.objects("banks")),
            keys=tuple(_parse_key(key) for key in it.objects("keys")),
            source=_told(it),
            successor=it.optional("successor", it.text),
            chain=it.optional("chain", it.whole),
        ),
    )


def _parse_pinned(fields: Fields) -> PinnedIssuer:
    return _closed(
        fields,
        lambda it: PinnedIssuer(
            did=it.text("did"),
            name=it.text("name"),
            accepted=it.truth("accepted"),
            documents=it.digests("documents"),
            keys=it.texts("keys"),
            source=_told(it),
        ),
    )


def _parse_issuer_list(fields: Fields) -> IssuerList:
    def build(it: Fields) -> IssuerList:
        name, complete = it.text("name"), it.optional("complete", it.truth) or False
        try:
            listed = IssuerList.read(name, {"registry": it.get("registry")}, complete=complete)
        except UnreadableTrust as cause:
            cause.place = f"{it.pointer}{cause.place}"
            raise
        return replace(listed, source=_told(it))

    return _closed(fields, build)


def _parse_status(fields: Fields) -> StatusFact:
    return _closed(
        fields,
        lambda it: StatusFact(
            issuer=it.text("issuer"),
            list=it.text("list"),
            digest=it.digest("digest"),
            sequence=it.optional("sequence", it.whole),
            signed=it.optional("signed", it.instant),
            source=_told(it),
        ),
    )


def _parse_key(fields: Fields) -> KeyFact:
    return _closed(
        fields,
        lambda it: KeyFact(
            multikey=it.text("multikey"),
            starts=it.instant("from"),
            until=it.optional("until", it.instant),
            revoked=it.optional("revoked", it.instant),
            suspect=it.optional("suspect", it.instant),
        ),
    )


def _parse_awarder(fields: Fields) -> AwarderFacts:
    return _closed(
        fields,
        lambda it: AwarderFacts(
            did=it.text("did"),
            account=it.address("account"),
            admitted=it.optional("admitted", it.instant),
            withdrawn=it.optional("withdrawn", it.instant),
            earlier=tuple(_parse_period(period) for period in it.optional("earlier", it.objects) or ()),
            source=_told(it),
        ),
    )


def _parse_rule(fields: Fields) -> RuleFact:
    return _closed(fields, lambda it: RuleFact(it.text("id"), it.text("version"), it.digest("digest"), _told(it)))


def _spend_json(spend: SpendFact, whole: str) -> JsonObject:
    value: JsonObject = {
        "lot": spend.lot,
        "awarder": spend.awarder,
        "award": spend.award,
        "amount": str(spend.amount),
    }
    return _with_source(value, spend.source, whole)


def _parse_spend(fields: Fields) -> SpendFact:
    return _closed(
        fields,
        lambda it: SpendFact(it.hash("lot"), it.text("awarder"), it.text("award"), it.credits("amount"), _told(it)),
    )
