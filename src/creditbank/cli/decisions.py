"""A university's own decisions, read from files."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final

from creditbank.framework import Acceptance, ConversionPolicy, Recognition, RuleException, load_document
from creditbank.services.deciding import NotADecision, as_decision
from creditbank.verification import Decision

KINDS: Final[Mapping[str, type]] = {
    "conversions": ConversionPolicy,
    "recognitions": Recognition,
    "acceptances": Acceptance,
    "exceptions": RuleException,
}


def decision_in(path: Path) -> Decision:
    """The one decision in a file; raises `DocumentFaults`, and `NotADecision` for a document of another kind."""
    try:
        return as_decision(load_document(path.read_bytes(), str(path)))
    except NotADecision as cause:
        raise NotADecision(cause.sentence, place=str(path), next_step=cause.next_step) from None


def decisions_in(paths: Sequence[Path]) -> tuple[Decision, ...]:
    """Every decision in these files and directories, in their order; raises what `decision_in` does."""
    files = [sorted(filter(Path.is_file, path.rglob("*"))) if path.is_dir() else [path] for path in paths]
    return tuple(decision_in(file) for file in chain.from_iterable(files))


def by_kind(decisions: Sequence[Decision]) -> dict[str, Any]:
    """The decisions under the names by which `Evaluating.evaluate` takes those of each kind."""
    return {name: [one for one in decisions if isinstance(one, kind)] for name, kind in KINDS.items()}
