"""Documents as files: what somebody hands in, what a verifier keeps in a folder, and the bundled contexts."""

from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.adapters.documents.folder import (
    Bundle,
    DocumentFolder,
    MissingFile,
    SameIdTwice,
    TooMuchGiven,
    UnreadableFile,
    read_files,
)
from creditbank.adapters.documents.recognition import FileKind, Recognised, UnrecognisedFile, kind_of, recognise

__all__ = [
    "Bundle",
    "DocumentFolder",
    "FileKind",
    "MissingFile",
    "Recognised",
    "SameIdTwice",
    "TooMuchGiven",
    "UnreadableFile",
    "UnrecognisedFile",
    "bundled_contexts",
    "kind_of",
    "read_files",
    "recognise",
]
