"""What a vault refuses."""

from creditbank.errors import BadInput, Refused, Unavailable


class WrongPassphrase(Refused):
    """The keys were sealed under another passphrase."""

    slug = "wrong-passphrase"


class PassphraseNeeded(Refused):
    """These keys are sealed under a passphrase, and none was given."""

    slug = "passphrase-needed"


class DevelopmentKey(Refused):
    """These keys are sealed by a key that lies beside them, which protects against nothing."""

    slug = "development-key"


class DamagedKeyFile(Refused):
    """A key file is not what the vault wrote: it was edited, mixed up or cut off."""

    slug = "damaged-key-file"


class ExposedKeyFile(Refused):
    """Other users of this machine can read the keys."""

    slug = "exposed-key-file"


class UnusableVault(Unavailable):
    """The folder of the keys cannot be read or written."""

    slug = "unusable-vault"


class UnstatedPurpose(BadInput):
    """Nothing is signed without saying what for."""

    slug = "unstated-purpose"


class DamagedAudit(Refused):
    """The audit of signatures is not as the vault wrote it: a row was altered or taken out."""

    slug = "damaged-audit"


class UnusableKeystore(Refused):
    """The keystore of the sending account cannot be read, is none, or another password opens it."""

    slug = "unusable-keystore"


class SignerUnavailable(Unavailable):
    """The signer of the sending account did not answer, or would not sign."""

    slug = "signer-unavailable"


class SignerDiffers(Refused):
    """The signer gave back something else than it was asked to sign; nothing is recorded or sent."""

    slug = "signer-differs"
