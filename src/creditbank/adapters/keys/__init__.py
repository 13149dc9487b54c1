"""Who signs? Private keys in encrypted files, used behind an audit row and never handed out."""

from creditbank.adapters.keys.errors import (
    DamagedAudit,
    DamagedKeyFile,
    DevelopmentKey,
    ExposedKeyFile,
    PassphraseNeeded,
    UnstatedPurpose,
    UnusableVault,
    WrongPassphrase,
)
from creditbank.adapters.keys.vault import DEVELOPMENT_FILE, FileVault

__all__ = [
    "DEVELOPMENT_FILE",
    "DamagedAudit",
    "DamagedKeyFile",
    "DevelopmentKey",
    "ExposedKeyFile",
    "FileVault",
    "PassphraseNeeded",
    "UnstatedPurpose",
    "UnusableVault",
    "WrongPassphrase",
]
