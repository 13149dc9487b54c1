"""A credit bank: signed small credentials, anchored, added up exactly, and re-checkable by anyone.

The package is its own library. What stands in `__all__` is its public face; each name is imported when it is first
asked for, so that `import creditbank` costs nothing. `docs/library.md` shows it at work.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from creditbank.adapters.documents import verify_documents as verify
    from creditbank.credential import credential_digest, unit_facts
    from creditbank.framework import load_document
    from creditbank.stacking import (
        Candidate,
        Evaluation,
        Offer,
        Pace,
        Setting,
        Standing,
        Term,
        Verdict,
        WhatIf,
        check,
        evaluate,
        read_proof,
        stacking_proof,
    )
    from creditbank.units import Credits

__version__ = "0.1.0"

__all__ = [
    "Candidate",
    "Credits",
    "Evaluation",
    "Offer",
    "Pace",
    "Setting",
    "Standing",
    "Term",
    "Verdict",
    "WhatIf",
    "check",
    "credential_digest",
    "evaluate",
    "load_document",
    "read_proof",
    "stacking_proof",
    "unit_facts",
    "verify",
]

_ELSEWHERE: Final = {
    "Credits": "creditbank.units",
    "credential_digest": "creditbank.credential",
    "unit_facts": "creditbank.credential",
    "load_document": "creditbank.framework",
    "verify": "creditbank.adapters.documents:verify_documents",
}
"""Where a public name lives that is not of the stacking room, and what it is called there."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, own = _ELSEWHERE.get(name, "creditbank.stacking").partition(":")
    value = getattr(import_module(module), own or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
