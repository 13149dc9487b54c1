"""Files and folders: everything a person hands in to be verified, and the documents a verifier keeps."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from creditbank.adapters.documents.opening import SIGNED, is_carrier, open_document
from creditbank.adapters.documents.recognition import (
    MAX_LONG_BYTES,
    Container,
    FileKind,
    Recognised,
    TooMuchGiven,
    UnrecognisedFile,
)
from creditbank.anchoring import Receipt
from creditbank.canonical import Json, JsonObject
from creditbank.errors import BadInput, CreditBankError, NotFound, Unavailable
from creditbank.verification import Policy, TrustFacts

if TYPE_CHECKING:
    from creditbank.framework import AnyDocument
    from creditbank.verification import DecisionRevocation, HandedIn, SignedDecision, Submission

Parsed = TypeVar("Parsed")
SUFFIXES: Final = (".json", ".jsonld", ".yaml", ".yml", ".jwt", ".jws", ".png", ".svg", ".pdf", ".zip")
MAX_FILES: Final = 20_000
MAX_PRESENTATIONS: Final = 16
"""Each may show hundreds of credentials, so that a small archive of many would keep a verifier busy for minutes."""
SERVED: Final = (FileKind.DID_DOCUMENT, FileKind.PROFILE, FileKind.STATUS_LIST)
"""What is looked for by its own id."""
EXTRAS: Final = {FileKind.RECEIPT: "credential", FileKind.PROOF: "award"}
"""What lies beside a signed document, with the member that says which document it is of."""


class MissingFile(NotFound):
    """There is no file or folder at this path."""

    slug = "missing-file"


class UnreadableFile(Unavailable):
    """The file is there, and the system does not let us read it."""

    slug = "unreadable-file"


class SameIdTwice(BadInput):
    """Two documents of one folder claim the same id, so it is not clear which one counts."""

    slug = "same-id-twice"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was found in the files given, in the order of their paths.

    `skipped` names files of folders and archives that were passed over: of kinds that say nothing about credentials.
    `unused` names what lay beside and was left alone, because the caller named another file for its place.
    """

    files: tuple[Recognised, ...]
    skipped: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    def of(self, *kinds: FileKind) -> tuple[Recognised, ...]:
        """The files of these kinds."""
        return tuple(file for file in self.files if file.kind in kinds)

    @property
    def signed(self) -> tuple[Recognised, ...]:
        """Everything that can be verified: credentials, awards, presentations."""
        return self.of(*SIGNED)

    @property
    def receipts(self) -> tuple[Receipt, ...]:
        """The receipts; raises `UnreadableReceipt` naming file and JSON pointer."""
        return tuple(_parsed(file, Receipt.parse) for file in self.of(FileKind.RECEIPT))

    def believed(self, trust: TrustFacts | None, policy: Policy) -> TrustFacts | None:
        """What is trusted, with the proofs of contracts' state that came along, as far as they count.

        Where no chain is trusted they are supposed to hold, if the policy requires the check that then stays open, of
        every document. Raises `UnreadableState` and `BrokenEvidence` naming the file.
        """
        found = self.of(FileKind.STATE)
        if not found:
            return trust
        from creditbank.verification.chain_state import StateProof, believed

        suppose = "anchor.on-chain" in policy.required and not policy.accepts_unanchored
        for file in found:
            try:
                trust = believed(trust, [_parsed(file, StateProof.parse)], suppose=suppose)
            except BadInput as cause:
                raise type(cause)(cause.sentence, place=cause.place or file.place, next_step=cause.next_step) from None
        return trust

    @property
    def rules(self) -> "tuple[AnyDocument, ...]":
        """The rule documents that were given."""
        return tuple(file.rules for file in self.files if file.rules is not None)

    @property
    def decisions(self) -> "tuple[SignedDecision, ...]":
        """The signed decisions; raises `NotASignedDecision` naming file and JSON pointer."""
        if not (found := self.of(FileKind.DECISION)):
            return ()
        from creditbank.verification import read_signed_decision

        return tuple(_parsed(file, read_signed_decision) for file in found)

    @property
    def revocations(self) -> "tuple[DecisionRevocation, ...]":
        """The revocations of decisions; raises `NotASignedDecision` naming file and JSON pointer."""
        if not (found := self.of(FileKind.DECISION_REVOCATION)):
            return ()
        from creditbank.verification import read_revocation

        return tuple(_parsed(file, read_revocation) for file in found)

    @property
    def claims(self) -> Mapping[str, bytes]:
        """DID documents, profiles and status lists that came along, by their own id: claims, until one matches them."""
        return {file.id: file.data for file in self.of(*SERVED)}

    @property
    def recognised(self) -> list[Json]:
        """What each document was taken for, and what carried it, as it stands beside the reports."""
        return [
            {
                "place": file.place,
                "kind": str(file.kind),
                "within": None if file.within is None else str(file.within),
                "token": file.token is not None,
                "words": file.words,
            }
            for file in self.files
        ]

    @property
    def submission(self) -> "Submission":
        """What there is to judge; raises `TooMuchGiven` for more presentations than are judged at once."""
        from creditbank.verification import Submission  # loads the rules' engine, which a credential alone spares

        if len(self.of(FileKind.PRESENTATION)) > MAX_PRESENTATIONS:
            raise TooMuchGiven(
                f"More than {MAX_PRESENTATIONS} presentations were given.", next_step="Give fewer at a time."
            )
        return Submission(
            awards=self._handed_in(FileKind.AWARD),
            presentations=self._handed_in(FileKind.PRESENTATION),
            credentials=self._handed_in(FileKind.CREDENTIAL),
            proofs=tuple(file.data for file in self.of(FileKind.PROOF)),
        )

    def _handed_in(self, kind: FileKind) -> "tuple[HandedIn, ...]":
        from creditbank.verification import HandedIn

        return tuple(HandedIn(file.place, file.secured) for file in self.of(kind))


def read_files(paths: Sequence[Path], *, beside: bool = True) -> Bundle:
    """Read files, and folders recursively, and recognise each by content.

    With `beside`, receipts and stacking proofs that lie beside a given credential or award are read too: `<name>` in
    `receipts/` or `proofs/` next to its folder or within it, and `<stem>.receipt.json` or `<stem>.proof.json`; but not
    in the place of one that the caller named, so that what was named is what is judged.

    A file named by the caller must be of a known kind; in folders, other JSON is passed over. Raises `MissingFile`,
    `UnreadableFile`, `TooMuchGiven`, and what `recognise` raises.
    """
    found: dict[Path, tuple[Recognised, ...]] = {}
    skipped: list[str] = []
    chosen: set[Path] = set()
    for path, named in _walk(paths):
        chosen |= {path.resolve()} if named else set()
        if path.resolve() in found:
            continue
        try:
            found[path.resolve()] = _opened(path, named=named)
        except UnrecognisedFile:
            if named:
                raise
            skipped.append(str(path))
        if len(found) > MAX_FILES:
            raise TooMuchGiven(f"More than {MAX_FILES} files were given.", next_step="Give fewer at a time.")
    unused = _read_beside(found, chosen) if beside else ()
    return replace(bundle_of([one for documents in found.values() for one in documents], skipped), unused=unused)


def _read_beside(found: dict[Path, tuple[Recognised, ...]], chosen: set[Path]) -> tuple[str, ...]:
    """Read what lies beside what was found, and name what differs from a file that was named for the same document."""
    signed = {file.id for documents in found.values() for file in documents if file.kind in SIGNED}
    named = {(file.kind, _about(file)): file for path in chosen for file in found[path] if file.kind in EXTRAS}
    astray = {kind for kind, about in named if about not in signed}
    unused: list[str] = []
    for path, documents in list(found.items()):
        for file in [one for one in documents if one.kind in SIGNED and one.within is not Container.ARCHIVE]:
            for extra in [one for one in _beside(path, file.kind) if one.resolve() not in found]:
                read = open_document(read_bytes(extra), str(extra))
                instead = [named.get((one.kind, _about(one))) for one in read]
                if any(instead) or not astray.isdisjoint(one.kind for one in read):
                    same = [None if other is None else other.data for other in instead] == [one.data for one in read]
                    unused += [] if same else [str(extra)]
                else:
                    found[extra.resolve()] = read
    return tuple(unused)


def _about(file: Recognised) -> object:
    """The id of the credential that a receipt is of, or of the award that a stacking proof is of."""
    return file.value.get(EXTRAS[file.kind]) if file.kind in EXTRAS else None


def bundle_of(documents: Iterable[Recognised], skipped: Sequence[str] = ()) -> Bundle:
    """What was recognised, with what was passed over beside it."""
    everything = tuple(documents)
    other = [one.place for one in everything if one.kind is FileKind.OTHER]
    return Bundle(tuple(one for one in everything if one.kind is not FileKind.OTHER), (*skipped, *other))


def _opened(path: Path, *, named: bool) -> tuple[Recognised, ...]:
    """The documents in a file; a picture or PDF that merely lies in a folder need not be readable."""
    data = read_bytes(path)
    try:
        return open_document(data, str(path))
    except BadInput as cause:
        if named or not is_carrier(data):
            raise
        raise UnrecognisedFile(cause.sentence, place=cause.place, next_step=cause.next_step) from None


class DocumentFolder:
    """The verifying party's own documents, each found under its own id; its files need no other voucher."""

    def __init__(self, path: Path) -> None:
        """Read the folder; raises `MissingFile`, `SameIdTwice`, and what `recognise` raises for broken files."""
        if not path.is_dir():
            raise MissingFile(
                "There is no such folder.", place=str(path), next_step="Name the folder that holds the documents."
            )
        self.path = path
        self.bundle = read_files([path], beside=False)
        self.documents: dict[str, bytes] = {}
        for file in self.bundle.of(*SERVED):
            if self.documents.get(file.id, file.data) != file.data:
                raise SameIdTwice(
                    f"Another document of this folder has the id {file.id[:200]} too.",
                    place=file.place,
                    next_step="Keep the one that you trust.",
                )
            self.documents[file.id] = file.data

    @property
    def rules(self) -> "tuple[AnyDocument, ...]":
        """The rule documents in the folder."""
        return self.bundle.rules

    def find(self, id: str) -> bytes | None:
        """The bytes of the document with this id, or None."""
        return self.documents.get(id)


def _walk(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Every file to read, and whether the caller named it."""
    for path in paths:
        if path.is_dir():
            inside = sorted(item for item in path.rglob("*") if item.suffix in SUFFIXES and item.is_file())
            yield from ((item, False) for item in inside if not _hidden(item.relative_to(path)))
        elif path.exists():
            yield path, True
        else:
            raise MissingFile(
                "There is no such file or folder.", place=str(path), next_step="Check the spelling of the path."
            )


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def read_bytes(path: Path) -> bytes:
    """A file of at most what is read in one go; raises `UnreadableFile` and `TooMuchGiven`."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_LONG_BYTES + 1)  # never by its size on disk: a device states none and has no end
    except OSError as cause:
        reason = cause.strerror or "the system gives no reason"
        raise UnreadableFile(
            f"The file cannot be read: {reason}.",
            place=str(path),
            next_step="Check who may read it, and that it is a file.",
        ) from None
    if len(data) > MAX_LONG_BYTES:
        raise TooMuchGiven(
            f"The file is larger than {MAX_LONG_BYTES // 1024 // 1024} MiB, which no document here is.",
            place=str(path),
            next_step="Give the documents themselves, a few at a time.",
        )
    return data


def _beside(path: Path, kind: FileKind) -> list[Path]:
    """Receipts, and for an award the stacking proof, that lie where they are expected to."""
    wanted = [("receipts", "receipt")]
    if kind is FileKind.AWARD:
        wanted.append(("proofs", "proof"))
    candidates = [
        place
        for folder, ending in wanted
        for place in (
            path.parent / folder / path.name,
            path.parent.parent / folder / path.name,
            path.parent / f"{path.stem}.{ending}.json",
        )
    ]
    return [place for place in candidates if place.is_file()]


def _parsed(file: Recognised, parse: Callable[[JsonObject], Parsed]) -> Parsed:
    try:
        return parse(file.value)
    except CreditBankError as cause:
        raise type(cause)(cause.sentence, place=f"{file.place}#{cause.place}", next_step=cause.next_step) from None
