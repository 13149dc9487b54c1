"""The rule documents that a verifier has at hand; told apart here from what weighs them, which a credential spares."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from creditbank.framework import AnyDocument
    from creditbank.verification.decisions import DecisionRevocation, SignedDecision


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule documents at hand: the verifier's own, and those that came along with an award.

    The latter are claims until a trusted source lists their digest. `signed` are decisions as bodies signed them,
    `revocations` what bodies signed to take one back; both are judged by their signatures. `source` names the
    verifier's own documents in reports.
    """

    own: "tuple[AnyDocument, ...]" = ()
    claims: "tuple[AnyDocument, ...]" = ()
    source: str = "the verifier's own rule documents"
    signed: "tuple[SignedDecision, ...]" = ()
    revocations: "tuple[DecisionRevocation, ...]" = ()

    @property
    def came(self) -> "tuple[AnyDocument, ...]":
        """Everything that came along, also inside signed decisions."""
        return (*self.claims, *(one.decision for one in self.signed))
