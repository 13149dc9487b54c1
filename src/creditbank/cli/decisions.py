"""A university's own decisions, read from files."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from creditbank.framework import Acceptance, ConversionPolicy, Recognition, RuleException, load_document
from creditbank.services.deciding import NotADecision, as_decision
from creditbank.verification import Decision


def conversions_in(paths: Sequence[Path]) -> tuple[ConversionPolicy, ...]:
    """Every conversion policy in these files and directories."""
    return tuple(document for document in _decisions(paths) if isinstance(document, ConversionPolicy))


def recognitions_in(paths: Sequence[Path]) -> tuple[Recognition, ...]:
    """Every recognition decision in these files and directories."""
    return tuple(document for document in _decisions(paths) if isinstance(document, Recognition))


def acceptances_in(paths: Sequence[Path]) -> tuple[Acceptance, ...]:
    """Every acceptance of an indicative document in these files and directories."""
    return tuple(document for document in _decisions(paths) if isinstance(document, Acceptance))


def exceptions_in(paths: Sequence[Path]) -> tuple[RuleException, ...]:
    """Every exception for a learner in these files and directories."""
    return tuple(document for document in _decisions(paths) if isinstance(document, RuleException))


def decision_in(path: Path) -> Decision:
    """The one decision in a file; raises `DocumentFaults`, and `NotADecision` for a document of another kind."""
    try:
        return as_decision(load_document(path.read_bytes(), str(path)))
    except NotADecision as cause:
        raise NotADecision(cause.sentence, place=str(path), next_step=cause.next_step) from None


def _decisions(paths: Sequence[Path]) -> Iterator[Decision]:
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            yield decision_in(file)
