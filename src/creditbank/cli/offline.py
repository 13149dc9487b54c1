"""Verifying from files alone: no bank, no store, no chain, no solver and no network is opened, or even
imported.

What the verifying party trusts comes from its own options (`--documents`, `--trust`) and from the rule
documents that ship with the product; everything among the files themselves is a claim.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.adapters.system import SystemClock
from creditbank.canonical import Digest, load_object, sha256
from creditbank.cli.given import Given, NothingToVerify, Signed, gather
from creditbank.cli.reports import Judged
from creditbank.cli.terminal import Terminal
from creditbank.credential import award_facts
from creditbank.errors import BadInput
from creditbank.framework import AnyDocument
from creditbank.units import parse_instant
from creditbank.verification import (
    Evidence,
    Policy,
    Report,
    Rules,
    TrustFacts,
    policy_named,
    verify_award,
    verify_credential,
    verify_presentation,
)


@dataclass(frozen=True, slots=True)
class Own:
    """What the verifying party holds itself: documents by their id, and rule documents."""

    documents: dict[str, bytes] = field(default_factory=dict)
    rules: tuple[AnyDocument, ...] = ()
    source: str = "your own documents"


@dataclass(frozen=True, slots=True)
class Asked:
    """How to judge: by which policy, as of when, and for whom a presentation must have been made."""

    policy: Policy
    now: datetime
    challenge: str | None = None
    domain: str | None = None


def asked(
    policy: str | None, default: str, now: str | None, *, challenge: str | None = None, domain: str | None = None
) -> Asked:
    """Read the options that say how to judge.

    Raises `UnknownPolicy`, `UnreadablePolicy` and `UnreadableInstant`.
    """
    moment = SystemClock().now() if now is None else parse_instant(now)
    return Asked(_policy(policy or default), moment, challenge, domain)


def own_documents(folder: Path | None, terminal: Terminal) -> Own:
    """The documents of a folder that the verifying party names: it is its own trust."""
    if folder is None:
        return Own()
    found = gather([folder], terminal)
    return Own(dict(found.claims), tuple(found.rules), f"the documents in {folder}")


def trusted_facts(file: Path | None) -> TrustFacts | None:
    """The block hashes and registry facts of a trust file; raises `UnreadableTrust`."""
    if file is None:
        return None
    document = load_object(file.read_bytes(), place=str(file))
    try:
        return TrustFacts.parse(document)
    except BadInput as cause:
        cause.place = f"{file}{cause.place}"
        raise


def file_evidence(given: Given, own: Own, trust: TrustFacts | None) -> Evidence:
    """What files alone can say."""
    return Evidence(
        contexts=bundled_contexts(),
        trust=trust,
        documents=own.documents,
        claims=given.claims,
        receipts=tuple(given.receipts),
        source=own.source,
    )


def built_in_rules() -> tuple[AnyDocument, ...]:
    """Every framework, credit system and qualification that ships with the product."""
    catalogue = Catalogue.load(builtin_data("frameworks"))
    return tuple(document for versions in catalogue.documents.values() for document in versions)


def judge(given: Given, evidence: Evidence, rules: Rules, asked: Asked) -> list[Judged]:
    """Report on every signed document; a credential that an award rests on is reported inside the award's
    report.

    Raises `NothingToVerify` when there is none.
    """
    if not given.signed:
        raise NothingToVerify(
            "None of these files is a credential, a presentation or an award.",
            next_step="Name the signed document itself; receipts and proofs lie beside it.",
        )
    judged = judge_awards(given, evidence, rules, asked)
    inside = {part.id for item in judged for part in item.report.parts}
    judged += [Judged(one.place, _presentation(one, evidence, asked)) for one in given.presentations]
    judged += [
        Judged(one.place, verify_credential(one.document, evidence, policy=asked.policy, now=asked.now))
        for one in given.credentials
        if one.document.get("id") not in inside
    ]
    return judged


def judge_awards(given: Given, evidence: Evidence, rules: Rules, asked: Asked) -> list[Judged]:
    """Report on every award: as a credential, every credential it was built from, and the sum."""
    proofs = {sha256(data): data for data in given.proofs}
    credentials = [one.document for one in given.credentials]
    return [
        Judged(
            one.place,
            verify_award(
                one.document,
                _proof_of(one, proofs, given.proofs),
                credentials,
                rules,
                evidence,
                policy=asked.policy,
                now=asked.now,
            ),
        )
        for one in given.awards
    ]


def _proof_of(award: Signed, by_digest: dict[Digest, bytes], proofs: Sequence[bytes]) -> bytes | None:
    """The proof that was signed into the award, else the one that says it is this award's, else none."""
    facts = award_facts(award.document)
    if facts.proof_digest in by_digest:
        return by_digest[facts.proof_digest]
    return next((data for data in proofs if load_object(data).get("award") == facts.credential), None)


def _presentation(one: Signed, evidence: Evidence, asked: Asked) -> Report:
    return verify_presentation(
        one.document,
        evidence,
        policy=asked.policy,
        now=asked.now,
        challenge=asked.challenge,
        domain=asked.domain,
    )


def _policy(name: str) -> Policy:
    path = Path(name)
    if path.suffix == ".json" or path.is_file():
        try:
            return Policy.parse(load_object(path.read_bytes(), place=name))
        except BadInput as cause:
            cause.place = cause.place if cause.place.startswith(name) else f"{name}{cause.place}"
            raise
    return policy_named(name)
