"""Who signs? Private keys in encrypted files, used behind an audit row and never handed out."""

from creditbank.adapters.keys.errors import (
    DamagedAudit,
    DamagedKeyFile,
    ExposedKeyFile,
    PassphraseNeeded,
    UnstatedPurpose,
    UnusableVault,
    WrongPassphrase,
)
from creditbank.adapters.keys.vault import FileVault

__all__ = [
    "DamagedAudit",
    "DamagedKeyFile",
    "ExposedKeyFile",
    "FileVault",
    "PassphraseNeeded",
    "UnstatedPurpose",
    "UnusableVault",
    "WrongPassphrase",
]
