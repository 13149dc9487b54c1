"""Adapters for signing in: hashing of passwords, passkeys, OpenID Connect, and mail."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from creditbank.adapters.people.mail import FolderMailer, SmtpMailer
from creditbank.adapters.people.passwords import Argon2Passwords
from creditbank.services.federating import Issuers
from creditbank.services.passkeys import PasskeyCeremonies
from creditbank.services.ports import Clock

if TYPE_CHECKING:
    from creditbank.adapters.people.oidc import Web

__all__ = ["Argon2Passwords", "FolderMailer", "SmtpMailer", "open_id_connect", "passkey_ceremonies"]


@cache
def passkey_ceremonies() -> PasskeyCeremonies:
    """What knows passkeys; its library takes half a second to load, and only passkeys need it."""
    from creditbank.adapters.people.passkeys import WebAuthnCeremonies

    return WebAuthnCeremonies()


def open_id_connect(web: "Web", clock: Clock) -> Callable[[], Issuers]:
    """What speaks OpenID Connect, made when it is first asked for: its libraries take their time to load."""

    @cache
    def made() -> Issuers:
        from creditbank.adapters.people.oidc import OpenIdConnect

        return OpenIdConnect(web, clock)

    return made
