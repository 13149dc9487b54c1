"""The files that a command was given: what each is, told from its content, and what lies beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from creditbank.anchoring import Receipt
from creditbank.canonical import JsonObject, load_object
from creditbank.cli.terminal import Terminal
from creditbank.credential import NotAnAward, award_facts
from creditbank.errors import BadInput
from creditbank.framework import DOCUMENT_KINDS, AnyDocument, load_document

MAX_FILES: Final = 20_000
MAX_PROOF: Final = 16 * 1024 * 1024
RULE_SUFFIXES: Final = frozenset({".yaml", ".yml"})


class UnknownKind(BadInput):
    """A file is readable, but is nothing that can be verified or that helps to verify."""

    slug = "unknown-file-kind"


class NothingToVerify(BadInput):
    """None of the files is a credential, a presentation or an award."""

    slug = "nothing-to-verify"


class TooManyFiles(BadInput):
    """A directory holds more files than are read at once."""

    slug = "too-many-files"


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed document, and the file it came from."""

    place: str
    document: JsonObject


@dataclass(slots=True)
class Given:
    """Everything the files hold, by kind. `claims` and `rules` came along: they count once a trusted source
    lists them.

    `skipped` are files of a directory that help nothing, each with the reason.
    """

    credentials: list[Signed] = field(default_factory=list)
    presentations: list[Signed] = field(default_factory=list)
    awards: list[Signed] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    proofs: list[bytes] = field(default_factory=list)
    rules: list[AnyDocument] = field(default_factory=list)
    claims: dict[str, bytes] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)

    @property
    def signed(self) -> list[Signed]:
        """Everything that gets a report of its own: awards first, then presentations, then credentials."""
        return [*self.awards, *self.presentations, *self.credentials]


def gather(paths: Sequence[Path], terminal: Terminal) -> Given:
    """Read the files, and the receipts and proofs that lie beside them.

    Raises `UnreadableJson` for what is no JSON, `UnknownKind` for a named file that is nothing known, the
    error of a receipt or rule document that cannot be read, and `OSError` for a missing file. Only a bad
    credential is no error.
    """
    given = Given()
    for path, named in _files(paths):
        try:
            _take(given, path.read_bytes(), str(path))
        except UnknownKind:
            if named:
                raise
            given.skipped.append(str(path))
    if given.skipped:
        terminal.hint(f"Skipped {len(given.skipped)} files that are no documents of ours, first {given.skipped[0]}.")
    return given


def _files(paths: Sequence[Path]) -> Iterator[tuple[Path, bool]]:
    """Each file once: those named, those in a named directory, and those that lie beside a named file."""
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = [(file, False) for file in sorted(path.rglob("*")) if file.suffix in {".json", *RULE_SUFFIXES}]
        else:
            inside = [(path, True)]
        for file, named in inside:
            beside = [(other, False) for other in _beside(file) if other.is_file()]
            for found, by_name in [(file, named), *beside]:
                if found.resolve() not in seen and (by_name or found.is_file()):
                    seen.add(found.resolve())
                    yield found, by_name
        if len(seen) > MAX_FILES:
            raise TooManyFiles(
                f"More than {MAX_FILES} files are here.", place=str(path), next_step="Name the files that matter."
            )


def _beside(file: Path) -> list[Path]:
    """Where the receipt and the stacking proof of a file are looked for."""
    stem, folder = file.name.removesuffix(".json"), file.parent
    return [
        folder / f"{stem}.receipt.json",
        folder / f"{stem}.stacking-proof.json",
        folder / "receipts" / file.name,
        folder / "proofs" / file.name,
        folder.parent / "receipts" / file.name,
        folder.parent / "proofs" / file.name,
    ]


def _take(given: Given, data: bytes, place: str) -> None:
    if Path(place).suffix in RULE_SUFFIXES:
        given.rules.append(load_document(data, place))
        return
    document = load_object(data, place=place, max_bytes=MAX_PROOF)
    name = document.get("document")
    if isinstance(name, str):
        _take_own(given, name, document, data, place)
        return
    types = document.get("type")
    named = types if isinstance(types, list) else [types]
    if "VerifiablePresentation" in named:
        given.presentations.append(Signed(place, document))
    elif "BitstringStatusListCredential" in named:
        given.claims[str(document.get("id"))] = data
    elif "VerifiableCredential" in named:
        (given.awards if _is_award(document) else given.credentials).append(Signed(place, document))
    elif str(document.get("id", "")).startswith("did:"):
        given.claims[str(document["id"])] = data
    else:
        raise UnknownKind(
            "This is JSON, but no credential, presentation, award, receipt, proof, rule or DID document.",
            place=place,
            next_step="Give the credential itself, as you received it.",
        )


def _take_own(given: Given, name: str, document: JsonObject, data: bytes, place: str) -> None:
    if name == "creditbank/receipt/v1":
        given.receipts.append(_receipt(document, place))
    elif name == "creditbank/stacking-proof/v1":
        given.proofs.append(data)
    elif name in DOCUMENT_KINDS:
        given.rules.append(load_document(data, place))
    else:
        advice = "What you trust is given with --trust." if name == "creditbank/trust/v1" else ""
        raise UnknownKind(f"A {name} is nothing that can be verified.", place=place, next_step=advice)


def _receipt(document: JsonObject, place: str) -> Receipt:
    try:
        return Receipt.parse(document)
    except BadInput as cause:
        cause.place = f"{place}{cause.place}"
        raise


def _is_award(document: JsonObject) -> bool:
    try:
        award_facts(document)
    except NotAnAward:
        return False
    return True
