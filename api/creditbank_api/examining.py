"""Files that somebody hands in: what each is taken for, and a report on every signed document among them.

Nothing is stored. The bank's own documents and chain are the trusted side; what came along are claims.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from creditbank.anchoring import Receipt
from creditbank.bootstrap import Bank
from creditbank.canonical import JsonObject, load_object
from creditbank.credential import award_facts
from creditbank.errors import BadInput, CreditBankError
from creditbank.framework import AnyDocument, load_document
from creditbank.verification import Report, Rules, policy_named, verify_award

RULES: Final = ("framework", "credit-system", "qualification", "conversion", "recognition", "relation")
WORDS: Final = {
    "receipt": "A receipt: where a credential is anchored",
    "stacking-proof": "A stacking proof: which credential filled which requirement",
    "rules": "A document of rules, taken as a claim until its digest is one this bank knows",
    "trust": "A trust file. It is not used here: this bank asks its own chain",
    "did": "A DID document, taken as a claim",
    "status-list": "A status list, taken as a claim",
    "presentation": "A presentation",
    "award": "An award",
    "credential": "A credential",
}


class NothingGiven(BadInput):
    """There is nothing to verify."""

    slug = "nothing-given"


class UnknownKind(BadInput):
    """A file is readable JSON, but nothing that can be verified or that helps to verify."""

    slug = "unknown-kind"


@dataclass(frozen=True, slots=True)
class File:
    """One file as it was handed in."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file was taken for, in a word and in a sentence."""

    name: str
    kind: str

    @property
    def words(self) -> str:
        """What that is."""
        return WORDS[self.kind]


@dataclass(slots=True)
class Examination:
    """What was given, sorted, and the reports on it. `documents` are the signed ones by id, for showing."""

    recognised: list[Recognised] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    documents: dict[str, JsonObject] = field(default_factory=dict)


@dataclass(slots=True)
class _Sorted:
    receipts: list[Receipt] = field(default_factory=list)
    proofs: dict[str, bytes] = field(default_factory=dict)
    rules: list[AnyDocument] = field(default_factory=list)
    claims: dict[str, bytes] = field(default_factory=dict)
    credentials: list[JsonObject] = field(default_factory=list)
    presentations: list[JsonObject] = field(default_factory=list)
    awards: list[JsonObject] = field(default_factory=list)


def examine(bank: Bank, files: Sequence[File], policy: str) -> Examination:
    """Sort the files and verify every credential, presentation and award among them.

    A credential that an award is built from is reported inside the award's report. Raises `UnreadableJson`,
    `UnknownKind`, `NothingGiven` and the errors of unreadable receipts and rules; a bad credential raises nothing.
    """
    if not files:
        raise NothingGiven("No file and no text was given.", next_step="Choose a file, or paste a credential.")
    found, given = Examination(), _Sorted()
    for file in files:
        document = load_object(file.data, place=file.name)
        kind = _kind(document)
        if kind is None:
            raise UnknownKind(
                "This is JSON, but no credential, presentation, award, receipt or proof.",
                place=file.name,
                next_step="Give the credential itself, as you received it.",
            )
        found.recognised.append(Recognised(file.name, kind))
        _sort(given, kind, file, document)
    _judge(bank, given, found, policy)
    return found


def _kind(document: JsonObject) -> str | None:
    own = document.get("document")
    if isinstance(own, str):
        name = own.removeprefix("creditbank/").partition("/")[0]
        return "rules" if name in RULES else name if name in WORDS else None
    types = document.get("type")
    names = types if isinstance(types, list) else [types]
    if "VerifiablePresentation" in names:
        return "presentation"
    if "BitstringStatusListCredential" in names:
        return "status-list"
    if "VerifiableCredential" in names:
        return "award" if _is_award(document) else "credential"
    return "did" if str(document.get("id", "")).startswith("did:") else None


def _is_award(document: JsonObject) -> bool:
    try:
        award_facts(document)
    except CreditBankError:
        return False
    return True


def _sort(given: _Sorted, kind: str, file: File, document: JsonObject) -> None:
    if kind == "receipt":
        given.receipts.append(Receipt.parse(document))
    elif kind == "stacking-proof":
        given.proofs[str(document.get("award"))] = file.data
    elif kind == "rules":
        given.rules.append(load_document(file.data, file.name))
    elif kind in ("did", "status-list"):
        given.claims[str(document.get("id"))] = file.data
    elif kind == "presentation":
        given.presentations.append(document)
    elif kind == "award":
        given.awards.append(document)
    elif kind == "credential":
        given.credentials.append(document)


def _judge(bank: Bank, given: _Sorted, found: Examination, policy: str) -> None:
    signed = [*given.awards, *given.presentations, *given.credentials]
    chosen, now = policy_named(policy), bank.clock.now()
    evidence = bank.verifying.evidence(signed, receipts=given.receipts, claims=given.claims)
    rules = Rules(own=_own_rules(bank), claims=tuple(given.rules), source="the rule documents of this bank")
    for award in given.awards:
        proof = given.proofs.get(str(award.get("id")))
        found.reports.append(
            verify_award(award, proof, given.credentials, rules, evidence, policy=chosen, now=now)
        )
    inside = {part.id for report in found.reports for part in report.walk()}
    rest = [*given.presentations, *[one for one in given.credentials if one.get("id") not in inside]]
    found.reports += bank.verifying.verify(rest, receipts=given.receipts, claims=given.claims, policy=chosen, now=now)
    for document in [*signed, *[inner for one in given.presentations for inner in _inner(one)]]:
        found.documents.setdefault(str(document.get("id")), document)


def _own_rules(bank: Bank) -> tuple[AnyDocument, ...]:
    return (
        *bank.catalogue.frameworks().values(),
        *bank.catalogue.credit_systems().values(),
        *bank.catalogue.qualifications(),
    )


def _inner(presentation: Mapping[str, Any]) -> list[JsonObject]:
    contained = presentation.get("verifiableCredential")
    members = contained if isinstance(contained, list) else [contained]
    return [member for member in members if isinstance(member, dict)]
