"""Adapters for signing in: hashing of passwords, passkeys, OpenID Connect, and mail."""

from creditbank.adapters.people.mail import FolderMailer, SmtpMailer
from creditbank.adapters.people.passwords import Argon2Passwords

__all__ = ["Argon2Passwords", "FolderMailer", "SmtpMailer"]
