"""Who signs? Private keys in encrypted files, used behind an audit row and never handed out."""

from creditbank.adapters.keys.errors import (
    DamagedAudit,
    DamagedKeyFile,
    DevelopmentKey,
    ExposedKeyFile,
    PassphraseNeeded,
    SignerDiffers,
    SignerUnavailable,
    UnstatedPurpose,
    UnusableKeystore,
    UnusableVault,
    WrongPassphrase,
)
from creditbank.adapters.keys.keystores import ChainAccount, KeystoreAccount
from creditbank.adapters.keys.vault import DEVELOPMENT_FILE, FileVault

__all__ = [
    "DEVELOPMENT_FILE",
    "ChainAccount",
    "DamagedAudit",
    "DamagedKeyFile",
    "DevelopmentKey",
    "ExposedKeyFile",
    "FileVault",
    "KeystoreAccount",
    "PassphraseNeeded",
    "SignerDiffers",
    "SignerUnavailable",
    "UnstatedPurpose",
    "UnusableKeystore",
    "UnusableVault",
    "WrongPassphrase",
]
