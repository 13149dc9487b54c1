"""What the bank writes to people by mail: plain text that says who, what, and the next step. No name, no credential."""

from datetime import datetime

from creditbank.services.mailing import Letter
from creditbank.units import instant_text

_FOOT = "\n\nThis is about the credit bank at {at}. We never ask for your password by mail.\n"


def sign_up(address: str, at: str, token: str) -> Letter:
    """The link that opens an account."""
    text = (
        "You, or somebody who typed your address, wants to open an account with the credit bank.\n\n"
        f"Open this address within 30 minutes to go on:\n\n  {at}/mail/sign-up/{token}\n\n"
        "If it was not you, do nothing: there is no account."
    )
    return Letter(address, "Open your account with the credit bank", text + _FOOT.format(at=at))


def known_already(address: str, at: str) -> Letter:
    """To somebody who asks for a second account with one address."""
    text = (
        "You, or somebody who typed your address, wants to open an account with the credit bank.\n\n"
        f"You have one already. Sign in with this address at:\n\n  {at}/sign-in\n\n"
        f"If you do not know the password any more, recover your account at:\n\n  {at}/recover\n\n"
        "If it was not you, do nothing: nothing has changed."
    )
    return Letter(address, "You have an account with the credit bank", text + _FOOT.format(at=at))


def one_more_address(address: str, at: str, token: str) -> Letter:
    """The link that adds an address to an account."""
    text = (
        "Somebody who is signed in to the credit bank wants to sign in with this address too.\n\n"
        f"If it was you, open this address within 30 minutes, in the same browser:\n\n  {at}/mail/address/{token}\n\n"
        "If it was not you, do nothing."
    )
    return Letter(address, "Sign in to the credit bank with this address", text + _FOOT.format(at=at))


def recovery(address: str, at: str, token: str) -> Letter:
    """The link that lets somebody choose a new password."""
    text = (
        "You, or somebody who typed your address, cannot sign in to the credit bank.\n\n"
        f"Open this address within 30 minutes to choose a new password:\n\n  {at}/mail/recovery/{token}\n\n"
        "It works once, and signs every other browser out. If it was not you, do nothing: nothing has changed."
    )
    return Letter(address, "Recover your account with the credit bank", text + _FOOT.format(at=at))


def closed(address: str, at: str, when: datetime) -> Letter:
    """The last letter: that an account was closed, to every address that it had."""
    text = (
        f"Your account was closed at {instant_text(when)}, and what it held was erased. We know this address no longer."
        "\n\nIf it was not you, tell the operator of the bank; nobody can bring the account back."
    )
    return Letter(address, "Your account with the credit bank was closed", text + _FOOT.format(at=at))


def told(address: str, at: str, what: str, when: datetime) -> Letter:
    """What happened to an account, to everybody who may want to object."""
    text = (
        f"{what}\n\nThis was at {instant_text(when)}. If it was you, there is nothing to do.\n\n"
        f"If it was not you, recover your account at once:\n\n  {at}/recover\n\n"
        "and then remove every sign-in that you do not know."
    )
    return Letter(address, "Something changed in your account with the credit bank", text + _FOOT.format(at=at))
