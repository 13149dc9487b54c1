"""Putting a bank together: settings in, a working `Bank` out.

This is the one place where services meet the adapters that serve them.
"""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.adapters.chain import EmbeddedChain, RpcChain, deploy_contracts
from creditbank.adapters.documents import bundled_contexts
from creditbank.adapters.keys import FileVault
from creditbank.adapters.store import SqlStore
from creditbank.adapters.system import SystemClock, SystemEntropy, pause
from creditbank.config import SETTINGS_FILE, Settings
from creditbank.errors import NotFound
from creditbank.services import calls
from creditbank.services.anchoring import BANK, Anchoring
from creditbank.services.awarding import Awarding
from creditbank.services.drafting import Drafting
from creditbank.services.evaluating import Evaluating
from creditbank.services.issuing import Issuing
from creditbank.services.ports import Chain
from creditbank.services.redeeming import Redeeming
from creditbank.services.registering import OPERATOR, REGISTRAR, Registering
from creditbank.services.sending import Sender
from creditbank.services.sharing import Sharing
from creditbank.services.signatures import Signatures
from creditbank.services.trusting import Trusting
from creditbank.services.verifying import Verifying
from creditbank.signing import ContextLibrary

BANK_DID: Final = "did:web:bank.sample.example"


class NoBankHere(NotFound):
    """There is no bank at this place."""

    slug = "no-bank-here"


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank in working order; a context manager that closes what it opened."""

    settings: Settings
    clock: SystemClock
    store: SqlStore
    chain: EmbeddedChain | RpcChain
    vault: FileVault
    catalogue: Catalogue
    contexts: ContextLibrary
    signatures: Signatures
    sender: Sender
    trusting: Trusting
    registering: Registering
    drafting: Drafting
    issuing: Issuing
    anchoring: Anchoring
    sharing: Sharing
    verifying: Verifying
    evaluating: Evaluating
    redeeming: Redeeming
    awarding: Awarding

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the database and the chain."""
        self.store.close()
        self.chain.close()

    def resume(self) -> None:
        """Finish everything a crash may have left half way: admissions, issues, awards."""
        self.registering.resume()
        self.issuing.resume()
        self.awarding.resume()
