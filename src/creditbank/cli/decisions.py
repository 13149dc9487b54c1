"""A university's own decisions, read from files: conversion policies and recognitions."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from creditbank.errors import BadInput
from creditbank.framework import AnyDocument, ConversionPolicy, Recognition, load_document


class NotADecision(BadInput):
    """Only conversion policies and recognitions are decisions of a university."""

    slug = "not-a-decision"


def conversions_in(paths: Sequence[Path]) -> tuple[ConversionPolicy, ...]:
    """Every conversion policy in these files and directories."""
    return tuple(document for document in _decisions(paths) if isinstance(document, ConversionPolicy))


def recognitions_in(paths: Sequence[Path]) -> tuple[Recognition, ...]:
    """Every recognition decision in these files and directories."""
    return tuple(document for document in _decisions(paths) if isinstance(document, Recognition))


def _decisions(paths: Sequence[Path]) -> Iterator[AnyDocument]:
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            document = load_document(file.read_bytes(), str(file))
            if not isinstance(document, ConversionPolicy | Recognition):
                raise NotADecision(
                    f"This is a {document.document}, which is no decision of a university.",
                    place=str(file),
                    next_step="Give creditbank/conversion/v1 and creditbank/recognition/v1 files.",
                )
            yield document
