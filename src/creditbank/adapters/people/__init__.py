"""Adapters for signing in: hashing of passwords, passkeys, OpenID Connect, and mail."""

from functools import cache

from creditbank.adapters.people.mail import FolderMailer, SmtpMailer
from creditbank.adapters.people.passwords import Argon2Passwords
from creditbank.services.passkeys import PasskeyCeremonies

__all__ = ["Argon2Passwords", "FolderMailer", "SmtpMailer", "passkey_ceremonies"]


@cache
def passkey_ceremonies() -> PasskeyCeremonies:
    """What knows passkeys; its library takes half a second to load, and only passkeys need it."""
    from creditbank.adapters.people.passkeys import WebAuthnCeremonies

    return WebAuthnCeremonies()
