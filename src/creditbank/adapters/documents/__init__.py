"""Documents as files: what somebody hands in, what a verifier keeps in a folder, and the bundled contexts."""

from creditbank.adapters.documents.archive import RefusedArchive
from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.adapters.documents.folder import (
    Bundle,
    DocumentFolder,
    MissingFile,
    SameIdTwice,
    UnreadableFile,
    bundle_of,
    read_bytes,
    read_files,
)
from creditbank.adapters.documents.judging import verify_documents
from creditbank.adapters.documents.kit import packed, packed_kit
from creditbank.adapters.documents.opening import NotOneCredential, follow_links, open_document, open_one
from creditbank.adapters.documents.portable import UnreadablePdf
from creditbank.adapters.documents.recognition import (
    Container,
    FileKind,
    Recognised,
    TooMuchGiven,
    UnrecognisedFile,
    kind_of,
    recognise,
)
from creditbank.adapters.documents.room import Room

__all__ = [
    "Bundle",
    "Container",
    "DocumentFolder",
    "FileKind",
    "MissingFile",
    "NotOneCredential",
    "Recognised",
    "RefusedArchive",
    "Room",
    "SameIdTwice",
    "TooMuchGiven",
    "UnreadableFile",
    "UnreadablePdf",
    "UnrecognisedFile",
    "bundle_of",
    "bundled_contexts",
    "follow_links",
    "kind_of",
    "open_document",
    "open_one",
    "packed",
    "packed_kit",
    "read_bytes",
    "read_files",
    "recognise",
    "verify_documents",
]
