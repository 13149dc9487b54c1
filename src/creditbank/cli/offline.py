"""Verifying from files alone: no bank, no store, no chain, no solver and no network is opened, or even
imported.

What the verifying party trusts comes from its own options (`--documents`, `--trust`) and from the rule
documents that ship with the product; everything among the files themselves is a claim.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from creditbank.adapters.documents import (
    Bundle,
    DocumentFolder,
    FileKind,
    Recognised,
    bundled_contexts,
    read_files,
    recognise,
)
from creditbank.adapters.documents.recognition import MAX_LONG_BYTES
from creditbank.adapters.system import SystemClock
from creditbank.canonical import MAX_BYTES
from creditbank.cli.failures import Usage
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput
from creditbank.units import parse_instant
from creditbank.verification import (
    Bench,
    Evidence,
    Judged,
    Policy,
    Rules,
    TrustFacts,
    policy_named,
    verify_awards,
    verify_submission,
)

if TYPE_CHECKING:
    from creditbank.framework import AnyDocument, Register
    from creditbank.verification import DecisionRevocation, SignedDecision

Parsed = TypeVar("Parsed")


class NothingToVerify(BadInput):
    """None of the files is a credential, a presentation or an award."""

    slug = "nothing-to-verify"


class NotATrustFile(BadInput):
    """The file given as trusted facts is something else."""

    slug = "not-a-trust-file"


class NotAPolicyFile(BadInput):
    """The file given as a policy is something else."""

    slug = "not-a-policy-file"


class NotARegister(BadInput):
    """The file given as a register of accreditation is something else."""

    slug = "not-a-register"


@dataclass(frozen=True, slots=True)
class Own:
    """What the verifying party holds itself: documents by their id, and rule documents."""

    documents: Mapping[str, bytes] = field(default_factory=dict)
    rules: "tuple[AnyDocument, ...]" = ()
    source: str = "your own documents"
    decisions: "tuple[SignedDecision, ...]" = ()
    revocations: "tuple[DecisionRevocation, ...]" = ()
    registers: "tuple[Register, ...]" = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How to judge: by which policy, as of when, and for whom a presentation must have been made."""

    policy: Policy
    now: datetime
    challenge: str | None = None
    domain: str | None = None


def asked(
    policy: str | None,
    default: str,
    now: str | None,
    *,
    challenge: str | None = None,
    domain: str | None = None,
    register: bool = False,
) -> Asked:
    """Read the options that say how to judge; with a `register` at hand what it answers is required too.

    Raises `UnknownPolicy`, `UnreadablePolicy` and `UnreadableInstant`.
    """
    chosen = _policy(policy or default)
    return Asked(chosen.with_register() if register else chosen, _moment(now), challenge, domain)


def files_given(paths: Sequence[Path], terminal: Terminal) -> Bundle:
    """Read the files, and the receipts and proofs that lie beside them; say what was passed over."""
    bundle = read_files(paths)
    if bundle.skipped:
        terminal.hint(f"Passed over {len(bundle.skipped)} files of other kinds, first {bundle.skipped[0]}.")
    for place in bundle.unused:
        terminal.hint(f"{place} lies beside and says something else. You named another file, so that one is judged.")
    for file in bundle.of(FileKind.TRUST):
        terminal.hint(f"{file.place} came along, so it is not trusted. What you trust is given with --trust.")
    return bundle


def require_no_nodes(rpc: Sequence[str] | None, *, offline: bool) -> None:
    """Raise `Usage` where nodes were named that --offline forbids to ask."""
    if offline and rpc:
        raise Usage(
            "--offline asks nobody, and --rpc names nodes to ask.",
            next_step="Leave out one of the two. What a node once said is given with --trust.",
        )


def own_documents(folder: Path | None, registers: Sequence[Path] = ()) -> Own:
    """The documents of a folder, and the registers, that the verifying party names: they are its own trust.

    Raises `NotARegister`.
    """
    named = tuple(register_in(path) for path in registers)
    if folder is None:
        return Own(registers=named)
    found = DocumentFolder(folder)
    source = f"the documents in {folder}"
    held = (*named, *registers_among(found.rules))
    return Own(found.documents, found.rules, source, found.bundle.decisions, found.bundle.revocations, held)


def register_in(path: Path) -> "Register":
    """The register in a file, YAML or JSON; raises `NotARegister`, `DocumentFaults` and `UnreadableJson`."""
    from creditbank.framework import Register, load_document  # loads every kind of rule document

    with path.open("rb") as file:
        document = load_document(file.read(MAX_BYTES + 1), str(path))
    if not isinstance(document, Register):
        raise NotARegister(
            f"This is a {document.document}, not a register of accreditation.",
            place=str(path),
            next_step="A register starts with the document kind creditbank/register/v1.",
        )
    return document


def registers_among(documents: "Sequence[AnyDocument]") -> "tuple[Register, ...]":
    """The registers of accreditation among rule documents."""
    if not documents:
        return ()
    from creditbank.framework import Register

    return tuple(one for one in documents if isinstance(one, Register))


def trusted_facts(file: Path | None) -> TrustFacts | None:
    """The block hashes and registry facts of a trust file; raises `NotATrustFile` and `UnreadableTrust`."""
    if file is None:
        return None
    read = _option_file(file)
    if read.kind is not FileKind.TRUST:
        raise NotATrustFile(
            f"This is a {read.kind}, not a trust file.",
            place=str(file),
            next_step="A trust file starts with the document kind creditbank/trust/v1.",
        )
    return _placed(read, TrustFacts.parse)


def file_evidence(given: Bundle, own: Own, trust: TrustFacts | None, policy: Policy) -> Evidence:
    """What files alone can say."""
    return Evidence(
        contexts=bundled_contexts(),
        trust=given.believed(trust, policy),
        documents=own.documents,
        claims=given.claims,
        receipts=given.receipts,
        source=own.source,
        registers=own.registers,
        register_claims=registers_among(given.rules),
    )


def built_in_rules() -> "tuple[AnyDocument, ...]":
    """Every framework, credit system and qualification that ships with the product."""
    from creditbank.adapters.catalogue import Catalogue, builtin_data

    catalogue = Catalogue.load(builtin_data("frameworks"))
    return tuple(document for versions in catalogue.documents.values() for document in versions)


def rules_of(known: "Sequence[AnyDocument]", own: Own, given: Bundle) -> Rules:
    """What an award is judged by: documents known here, one's own, those that came along, and what bodies signed.

    A signed decision is judged by its signature wherever it lies.
    """
    return Rules(
        own=(*known, *own.rules),
        claims=given.rules,
        source="the rule documents at hand",
        signed=(*given.decisions, *own.decisions),
        revocations=(*given.revocations, *own.revocations),
    )


def judge(given: Bundle, evidence: Evidence, rules: Rules, asked: Asked) -> list[Judged]:
    """Report on every signed document: awards first, then presentations, then credentials.

    A credential that an award rests on is reported inside the award's report. Raises `NothingToVerify` when
    there is nothing signed.
    """
    if not given.signed:
        known = given.of(FileKind.EARLIER, FileKind.LINK)
        what = "".join(f" {one.place} is {one.words}." for one in known[:3])
        raise NothingToVerify(
            f"None of these files is a credential, a presentation or an award.{what}",
            next_step="Name the signed document itself; its receipt is found beside it.",
        )
    return verify_submission(given.submission, _bench(evidence, rules, asked))


def judge_awards(given: Bundle, evidence: Evidence, rules: Rules, asked: Asked) -> list[Judged]:
    """Report on every award: as a credential, every credential it was built from, and the sum.

    Makes no report where no award was given.
    """
    return verify_awards(given.submission, _bench(evidence, rules, asked))


def _bench(evidence: Evidence, rules: Rules, asked: Asked) -> Bench:
    return Bench(rules, evidence, asked.policy, asked.now, asked.challenge, asked.domain)


def _moment(now: str | None) -> datetime:
    if now is None:
        return SystemClock().now()
    try:
        return parse_instant(now)
    except BadInput as cause:
        cause.place = "--now"
        raise


def _policy(name: str) -> Policy:
    path = Path(name)
    if path.suffix != ".json" and not path.is_file():
        return policy_named(name)
    read = _option_file(path)
    if read.kind is not FileKind.POLICY:
        raise NotAPolicyFile(
            f"This is a {read.kind}, not a policy.",
            place=name,
            next_step="A policy starts with the document kind creditbank/policy/v1.",
        )
    return _placed(read, Policy.parse)


def _option_file(path: Path) -> Recognised:
    with path.open("rb") as file:
        return recognise(file.read(MAX_LONG_BYTES + 1), str(path))


def _placed(file: Recognised, parse: Callable[[object], Parsed]) -> Parsed:
    """Parse a document, and put its file before the JSON pointer of whatever is wrong in it."""
    try:
        return parse(file.value)
    except BadInput as cause:
        cause.place = f"{file.place}#{cause.place}"
        raise
