"""A small world of samples: a provider, a university, a bank, a chain, a learner, two units and an award."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import rlp
from eth_hash.auto import keccak
from trie import HexaryTrie

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.anchoring import BlockPlace, ChainPlace, Receipt, check_evidence, entry
from creditbank.anchoring import Evidence as ChainEvidence
from creditbank.canonical import Digest, JsonObject, canonical_json, digest_text, json_digest, sha256
from creditbank.credential import (
    Achievement,
    IssuerProfile,
    Level,
    Outcome,
    StatusEntry,
    StatusList,
    build_award,
    build_credential,
    build_endorsement,
    build_presentation,
    build_status_list,
    build_transcript,
    unit_facts,
)
from creditbank.framework import (
    Acceptance,
    ConversionPolicy,
    Framework,
    Qualification,
    Register,
    RuleException,
    document_digest,
)
from creditbank.ledger import lot_id
from creditbank.merkle import MerkleTree
from creditbank.signing import PrivateKey, TokenProfile, add_proof, did_key, did_web_document, sign_jwt
from creditbank.stacking.checker import recount
from creditbank.stacking.excepting import under_exceptions
from creditbank.stacking.proof import DocumentRef, StackingProof, Use
from creditbank.stacking.setting import Setting
from creditbank.units import CreditAmount, Credits
from creditbank.verification import (
    ARCHIVAL,
    AwarderFacts,
    BankUse,
    ChainFacts,
    Decision,
    DecisionRevocation,
    Evidence,
    Fetched,
    Given,
    IssuerFacts,
    KeyFact,
    Policy,
    Report,
    RuleFact,
    Rules,
    SignedDecision,
    SpendFact,
    StatusFact,
    TrustFacts,
    read_revocation,
    read_secured,
    read_signed_decision,
    unsigned_decision,
    unsigned_revocation,
    verify_award,
    verify_credential,
)

NOW = datetime(2026, 6, 1, 14, 2, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
SIGNED = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
BLOCK_TIME = datetime(2026, 5, 1, 9, 5, tzinfo=UTC)

PROVIDER = "did:web:provider.example"
UNIVERSITY = "did:web:university.example"
LIST = "https://provider.example/status/1"
KEYS = {PROVIDER: PrivateKey.from_seed(b"p" * 32), UNIVERSITY: PrivateKey.from_seed(b"u" * 32)}
LEARNER_KEY = PrivateKey.from_seed(b"l" * 32)
LEARNER = did_key(LEARNER_KEY.public)
CHAIN = ChainPlace(61_337, "sample-chain", test=True)
ANCHORS = "0x" + "a1" * 20
BANK = "0x" + "b2" * 20


def sign(
    document: JsonObject,
    did: str,
    *,
    key: PrivateKey | None = None,
    created: datetime = SIGNED,
    purpose: str = "assertionMethod",
    suite: str = "eddsa-rdfc-2022",
    **more: Any,
) -> JsonObject:
    key = key or KEYS.get(did) or LEARNER_KEY
    return add_proof(
        document,
        suite=suite,  # type: ignore[arg-type]
        verification_method=more.pop("method", f"{did}#{key.public.multikey}"),
        created=created,
        purpose=purpose,
        sign=key.sign,
        contexts=bundled_contexts(),
        **more,
    )


def achievement(number: int, credits: str = "20") -> Achievement:
    return Achievement(
        id=f"urn:uuid:00000000-0000-4000-8000-00000000000{number}",
        version="1",
        name=f"Sample unit {number}",
        description="A sample.",
        criteria="Pass the sample examination.",
        credits=CreditAmount("sample-credits", Credits.parse(credits)),
        level=Level("sample", "5"),
        workload="PT600H",
        categories=("sample:core",),
        source_type="accredited-course",
        mode="online",
        outcomes=(Outcome("Adds up.", "skills"),),
        assessment="written examination",
        quality_assurance="a sample agency",
        supervision="",
        content=f"sample-content-{number}",
        language="en",
        country="IN",
    )


def unsigned_unit(number: int, **more: Any) -> JsonObject:
    return build_credential(
        achievement(number),
        id=f"urn:uuid:10000000-0000-4000-8000-00000000000{number}",
        issuer=IssuerProfile(PROVIDER, "Sample Provider", None, "IN"),
        subject=more.pop("subject", LEARNER),
        earned=date(2026, 4, 1),
        valid_from=SIGNED,
        status=StatusEntry(LIST, number),
        **more,
    )


def unsigned_transcript(*inside: JsonObject | str, **more: Any) -> JsonObject:
    """The university's transcript of what the provider issued."""
    return build_transcript(
        inside,
        id="urn:uuid:30000000-0000-4000-8000-000000000001",
        issuer=IssuerProfile(UNIVERSITY, "Sample University", None, "IN"),
        subject=more.pop("subject", LEARNER),
        name="Sample transcript",
        valid_from=SIGNED,
        **more,
    )


def endorsement(endorsed: str, **more: Any) -> JsonObject:
    """The university's signed word for something of this id."""
    return sign(
        build_endorsement(
            id=more.pop("id", "urn:uuid:40000000-0000-4000-8000-000000000001"),
            issuer=IssuerProfile(UNIVERSITY, "Sample University", None, "IN"),
            endorsed=endorsed,
            comment="Taught and assessed as described.",
            name="Sample endorsement",
            valid_from=SIGNED,
        ),
        UNIVERSITY,
        **more,
    )


def issue_token(
    document: JsonObject,
    did: str = PROVIDER,
    *,
    profile: TokenProfile = TokenProfile.VC_JOSE,
    sign: Callable[[bytes], bytes] | None = None,
    algorithm: str = "EdDSA",
    method: str = "",
    **more: Any,
) -> str:
    """The document as a token that `did` signed."""
    key = KEYS.get(did) or LEARNER_KEY
    return sign_jwt(
        document,
        profile=profile,
        key_id=method or f"{did}#{key.public.multikey}",
        algorithm=algorithm,
        sign=sign or key.sign,
        **more,
    )


def did_document(did: str) -> bytes:
    return canonical_json(did_web_document(did, [KEYS[did].public]))


def status_list(
    *revoked: int,
    signed: datetime = NOW - timedelta(minutes=10),
    issuer: str = PROVIDER,
    sequence: int | None = None,
    lasts: timedelta = timedelta(hours=1),
) -> bytes:
    listed = build_status_list(
        id=LIST,
        issuer=issuer,
        purpose="revocation",
        status_list=StatusList.empty().with_set(revoked),
        valid_from=signed,
        valid_until=signed + lasts,
        sequence=sequence,
    )
    return canonical_json(sign(listed, issuer, created=signed))


def block_of(
    root: Digest, size: int, *, contract: str = ANCHORS, bank: str = BANK, time: datetime = BLOCK_TIME
) -> ChainEvidence:
    """A block with one transaction that anchored `root`, encoded as the chain does."""
    event = keccak(b"Anchored(address,bytes32,uint64)")
    log = [bytes.fromhex(contract[2:]), [event, bytes(12) + bytes.fromhex(bank[2:]), root], size.to_bytes(32, "big")]
    receipt = b"\x02" + rlp.encode([b"\x01", b"\x52\x08", bytes(256), [log]])
    key = rlp.encode(0)
    trie = HexaryTrie({})
    trie[key] = receipt
    fields = [bytes(32)] * 5 + [trie.root_hash, bytes(256), b"", b"\x07", b"\x01", b"\x01"]
    fields += [int(time.timestamp()).to_bytes(4, "big"), b"", bytes(32), bytes(8), b"\x01"]
    return ChainEvidence(rlp.encode(fields), tuple(rlp.encode(node) for node in trie.get_proof(key)), key)


def receipts_for(
    credentials: Sequence[Given], *, evidence: ChainEvidence | None = None, proven: bool = True
) -> tuple[Receipt, ...]:
    given = [read_secured(item) for item in credentials]
    digests = [item.digest for item in given]
    owners = [item.document["issuer"]["id"] for item in given]  # type: ignore[index,call-overload]
    salts = [sha256(b"salt" + digest)[:16] for digest in digests]
    tree = MerkleTree.of([entry(*leaf) for leaf in zip(owners, salts, digests, strict=True)])
    evidence = evidence or (block_of(tree.root, tree.size) if proven else None)
    found = check_evidence(evidence.header, evidence.receipt_proof, evidence.key) if evidence else None
    made = []
    for index, digest in enumerate(digests):
        proof = tree.prove(index)
        made.append(
            Receipt(
                credential=str(given[index].document["id"]),
                digest=digest,
                issuer=owners[index],
                salt=salts[index],
                index=index,
                size=tree.size,
                path=proof.path,
                root=tree.root,
                chain=CHAIN,
                contract=ANCHORS,
                bank=BANK,
                transaction="0x" + "77" * 32,
                block=BlockPlace(7, found.block_hash if found else "0x" + "00" * 32, BLOCK_TIME),
                final=True,
                evidence=evidence,
            )
        )
    return tuple(made)


@dataclass
class World:
    """Everything a verifier has in the good case; tests take it and break one thing."""

    units: list[JsonObject]
    receipts: tuple[Receipt, ...]
    trust: TrustFacts
    documents: dict[str, bytes]
    claims: dict[str, bytes] = field(default_factory=dict)
    policy: Policy = ARCHIVAL
    now: datetime = NOW
    registers: tuple[Register, ...] = ()
    register_claims: tuple[Register, ...] = ()
    fetched: dict[str, Fetched] = field(default_factory=dict)
    unfetched: dict[str, str] = field(default_factory=dict)
    seen: tuple[StatusFact, ...] = ()

    @property
    def evidence(self) -> Evidence:
        return Evidence(
            contexts=bundled_contexts(),
            trust=self.trust,
            documents=self.documents,
            claims=self.claims,
            receipts=self.receipts,
            registers=self.registers,
            register_claims=self.register_claims,
            fetched=self.fetched,
            unfetched=self.unfetched,
            seen=self.seen,
        )

    @property
    def unit(self) -> JsonObject:
        return self.units[0]

    def anchor(self, *credentials: Given, **more: Any) -> None:
        """Give these credentials (instead of the first unit) receipts, with a trusted block."""
        self.receipts = receipts_for(list(credentials), **more)
        self.trust_blocks()

    def trust_blocks(self) -> None:
        blocks = tuple(dict.fromkeys(receipt.block for receipt in self.receipts))
        self.trust = replace(self.trust, chains=(replace(self.trust.chains[0], blocks=blocks),))

    def change_issuer(self, did: str = PROVIDER, **changes: Any) -> None:
        self.trust = replace(
            self.trust,
            issuers=tuple(replace(item, **changes) if item.did == did else item for item in self.trust.issuers),
        )

    def change_key(self, **changes: Any) -> None:
        self.change_issuer(keys=(replace(self.trust.issuers[0].keys[0], **changes),))

    def change_chain(self, **changes: Any) -> None:
        self.trust = replace(self.trust, chains=(replace(self.trust.chains[0], **changes),))

    def report(self, credential: Given | None = None) -> Report:
        return verify_credential(
            self.unit if credential is None else credential, self.evidence, policy=self.policy, now=self.now
        )


def issuer_facts(did: str, name: str) -> IssuerFacts:
    return IssuerFacts(
        did=did,
        name=name,
        admitted=START,
        documents=(json_digest(did_web_document(did, [KEYS[did].public])),),
        banks=(BankUse(BANK),),
        keys=(KeyFact(KEYS[did].public.multikey, START),),
    )


def make_world() -> World:
    units = [sign(unsigned_unit(number), PROVIDER) for number in (1, 2)]
    chain = ChainFacts(CHAIN.id, CHAIN.name, CHAIN.test, "0x" + "a0" * 20, ANCHORS, "0x" + "a2" * 20)
    trust = TrustFacts(
        source="the sample trust file",
        test=True,
        chains=(chain,),
        issuers=(issuer_facts(PROVIDER, "Sample Provider"), issuer_facts(UNIVERSITY, "Sample University")),
        awarders=(AwarderFacts(UNIVERSITY, "0x" + "c3" * 20, START),),
        banks=(BANK,),
    )
    documents = {did: did_document(did) for did in (PROVIDER, UNIVERSITY)} | {LIST: status_list()}
    world = World(units, receipts_for(units), trust, documents)
    world.trust_blocks()
    return world


FRAMEWORK = Framework.model_validate(
    {
        "document": "creditbank/framework/v1",
        "id": "sample",
        "name": "Sample framework",
        "owner": "nobody",
        "kind": "national",
        "version": "1",
        "valid_from": "2020-01-01",
        "confidence": "M",
        "summary": "A sample.",
        "levels": [{"code": "4"}, {"code": "5"}],
        "credit_system": "sample-credits",
        "sources": [{"name": "made for a test"}],
    }
)


def qualification(**changes: Any) -> Qualification:
    document: dict[str, Any] = {
        "document": "creditbank/qualification/v1",
        "id": "sample-certificate",
        "version": "1",
        "title": "Sample certificate",
        "framework": "sample",
        "level": "5",
        "credit_system": "sample-credits",
        "valid_from": "2020-01-01",
        "confidence": "M",
        "summary": "Forty credits at level 5.",
        "sources": [{"name": "made for a test"}],
        "admits": {"frameworks": ["sample"], "level_at_least": "5"},
        "requires": {
            "kind": "all",
            "id": "award",
            "title": "The award",
            "of": [{"kind": "requirement", "id": "core", "title": "Forty credits", "credits_at_least": "40"}],
        },
    }
    return Qualification.model_validate(document | changes)


def conversion(issuer: str = UNIVERSITY, **changes: Any) -> ConversionPolicy:
    return ConversionPolicy.model_validate(
        {
            "document": "creditbank/conversion/v1",
            "id": "sample-conversion",
            "version": "1",
            "from_system": "sample-credits",
            "to_system": "half-credits",
            "ratio": "2/1",
            "basis": "agreement",
            "issuer": issuer,
            "source": "made for a test",
            "valid_from": "2020-01-01",
            "sample": True,
        }
        | changes
    )


def adopted(decision: Decision, by: str = UNIVERSITY, on: date = date(2026, 2, 1), **how: Any) -> SignedDecision:
    """The decision as a body signed it."""
    how = {"created": START + timedelta(days=31), "suite": "eddsa-jcs-2022"} | how
    return read_signed_decision(sign(unsigned_decision(decision, by, on), how.pop("signer", by), **how))


def revoked(
    decision: Decision,
    by: str = UNIVERSITY,
    *,
    since: date = date(2026, 4, 1),
    stated: date = date(2026, 3, 1),
    **how: Any,
) -> DecisionRevocation:
    """A body's word that it takes the decision back."""
    digest = document_digest(decision)
    how = {"created": START + timedelta(days=60), "suite": "eddsa-jcs-2022"} | how
    unsigned = unsigned_revocation(digest, by, since=since, stated=stated, reason="The board reconsidered.")
    return read_revocation(sign(unsigned, how.pop("signer", by), **how))


@dataclass
class AwardWorld(World):
    """The world with an award over both units."""

    rules: Qualification = field(default_factory=qualification)
    conversions: tuple[ConversionPolicy, ...] = ()
    acceptances: tuple[Acceptance, ...] = ()
    exceptions: tuple[RuleException, ...] = ()
    own_rules: tuple[Any, ...] = ()
    claimed_rules: tuple[Any, ...] = ()
    signed: tuple[SignedDecision, ...] = ()
    revocations: tuple[DecisionRevocation, ...] = ()
    award: JsonObject = field(default_factory=dict)
    proof: bytes = b""

    def make_award(self, *, edit: Any = None, **changes: Any) -> None:
        """Build, sign and anchor the award; `edit` changes the stacking proof, `changes` the award."""
        setting = Setting(
            date(2026, 5, 1), UNIVERSITY, {"sample": FRAMEWORK}, {}, self.conversions, exceptions=self.exceptions
        )
        facts = {one.digest: unit_facts(one.document) for one in map(read_secured, self.units)}
        uses = tuple(
            Use(
                credential=item.credential,
                digest=digest,
                amount=item.credits.credits,
                system=item.credits.system,
                counted=Credits(item.credits.credits.thousandths * (2 if self.conversions else 1)),
                node="award/core",
                conversion=self.conversions[0].id if self.conversions else None,
            )
            for digest, item in facts.items()
        )
        total = recount(under_exceptions(self.rules, setting, LEARNER), uses, facts, setting)
        proof = StackingProof(
            id="urn:uuid:20000000-0000-4000-8000-000000000001#stacking-proof",
            award="urn:uuid:20000000-0000-4000-8000-000000000001",
            learner=LEARNER,
            awarding=UNIVERSITY,
            date=setting.date,
            engine="test",
            evaluation=sha256(b"evaluation"),
            qualification=DocumentRef.of(self.rules),
            counted=total.counted,
            uses=uses,
            totals=total.totals,
            frameworks=(DocumentRef.of(FRAMEWORK),),
            conversions=tuple(DocumentRef.of(item) for item in self.conversions),
            acceptances=tuple(DocumentRef.of(item) for item in self.acceptances),
            exceptions=tuple(DocumentRef.of(item) for item in self.exceptions),
        )
        proof = edit(proof) if edit else proof
        self.proof = canonical_json(proof.to_json())
        stated: dict[str, Any] = {
            "id": "urn:uuid:20000000-0000-4000-8000-000000000001",
            "issuer": IssuerProfile(UNIVERSITY, "Sample University", None, "IN"),
            "subject": LEARNER,
            "qualification_id": self.rules.id,
            "version": self.rules.version,
            "title": self.rules.title,
            "framework": self.rules.framework,
            "level": self.rules.level,
            "criteria": self.rules.summary,
            "valid_from": SIGNED,
            "status": None,
            "proof_id": "urn:uuid:20000000-0000-4000-8000-000000000001#stacking-proof",
            "proof_digest": sha256(self.proof),
        }
        signer = changes.pop("signer", UNIVERSITY)
        self.award = sign(build_award(**(stated | changes)), signer)
        self.receipts = receipts_for([*self.units, self.award])
        spends = tuple(
            SpendFact("0x" + lot_id(item.issuer, item.first_issue).hex(), UNIVERSITY, proof.award, item.credits.credits)
            for item in facts.values()
        )
        self.trust = replace(self.trust, spends=spends)
        self.trust_blocks()

    def award_report(self, **changes: Any) -> Report:
        given: dict[str, Any] = {
            "award": self.award,
            "proof": self.proof,
            "credentials": self.units,
            "rules": Rules(self.own_rules, self.claimed_rules, signed=self.signed, revocations=self.revocations),
        } | changes
        return verify_award(
            given["award"],
            given["proof"],
            given["credentials"],
            given["rules"],
            self.evidence,
            policy=self.policy,
            now=self.now,
        )


def acceptance(document: Any, by: str = UNIVERSITY, **changes: Any) -> Acceptance:
    """A body's decision to use the whole of an indicative qualification."""
    return Acceptance.model_validate(
        {
            "document": "creditbank/acceptance/v1",
            "id": "sample-acceptance",
            "by": by,
            "accepts": {
                "kind": "qualification",
                "id": document.id,
                "version": document.version,
                "digest": digest_text(document_digest(document)),
            },
            "decided": "2026-01-15",
            "decided_by": "examination board",
            "reason": "made for a test",
            "sample": True,
        }
        | changes
    )


def exception(document: Any, by: str = UNIVERSITY, **changes: Any) -> RuleException:
    """A body's decision to let the learner go without the thesis that these rules ask for."""
    return RuleException.model_validate(
        {
            "document": "creditbank/exception/v1",
            "id": "sample-exception",
            "by": by,
            "learner": LEARNER,
            "rules": {
                "id": document.id,
                "version": document.version,
                "digest": digest_text(document_digest(document)),
            },
            "node": "award/thesis",
            "kind": "waive",
            "decided": "2026-01-15",
            "decided_by": "examination board",
            "reason": "made for a test",
            "sample": True,
        }
        | changes
    )


def with_thesis(**changes: Any) -> Qualification:
    """Rules that ask for a thesis too, which no learner of these tests has."""
    rules = qualification()
    thesis = {
        "kind": "requirement",
        "id": "thesis",
        "title": "A thesis",
        "units_at_least": 1,
        "where": {"category": ["thesis"]},
    }
    root = rules.requires.model_dump()
    return qualification(requires={**root, "of": [*root["of"], thesis]}, **changes)


def rule_fact(document: Any) -> RuleFact:
    return RuleFact(document.id, document.version, document_digest(document))


def make_award_world() -> AwardWorld:
    base = make_world()
    world = AwardWorld(base.units, base.receipts, base.trust, base.documents)
    world.own_rules = (world.rules, FRAMEWORK)
    world.make_award()
    return world


def presentation(
    units: list[JsonObject], *, holder: str = LEARNER, key: PrivateKey | None = None, **more: Any
) -> JsonObject:
    shown = build_presentation(units, id="urn:uuid:30000000-0000-4000-8000-000000000001", holder=holder)
    signer = key or LEARNER_KEY
    return sign(shown, holder, key=signer, purpose=more.pop("purpose", "authentication"), **more)


def outcomes(report: Report) -> Mapping[str, str]:
    return {check.name: str(check.outcome) for check in report.checks}
