"""Passwords: what may be one (NIST SP 800-63B-4, 3.1.1), and the e-mail addresses beside which they stand."""

import re
import unicodedata
from itertools import pairwise
from typing import Final, Protocol

from creditbank.errors import BadInput

SHORTEST: Final = 12
LONGEST: Final = 256
LONGEST_ADDRESS: Final = 254
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""
LONGEST_LOCAL: Final = 64
_DOMAIN: Final = re.compile(
    r"(?=.{3,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])"
)
_WALKS: Final = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
)
_COMMON_WORDS: Final = """
    password passwort motdepasse contrasena passw0rd pssword pssw0rd pass word qwerty azerty letmein welcome
    iloveyou admin administrator root user test guest login master secret dragon monkey football baseball
    sunshine princess superman batman trustno one abc changeme default summer winter spring autumn creditbank
    credit bank correct horse battery staple university student learner provider registrar
"""
"""Words that guessers try first; a password of nothing but these, digits and signs is common."""


class UnusablePassword(BadInput):
    """The password is too short, or among the first that anybody would guess."""

    slug = "unusable-password"


class UnusableAddress(BadInput):
    """The text is no e-mail address that mail can be sent to."""

    slug = "unusable-address"


class Passwords(Protocol):
    """Hashes passwords slowly, with memory (Argon2id, RFC 9106)."""

    def hash(self, password: str) -> str:
        """The hash to keep, with its own salt and parameters in it."""
        ...

    def check(self, password: str, hash: str) -> tuple[bool, str]:
        """Whether it is this password, and a hash to keep instead where the parameters have risen, else empty."""
        ...

    def waste(self, password: str) -> None:
        """Take as long as `check` does, for an account that is not there."""
        ...


def normal_password(text: str) -> str:
    """A password in the one form in which it is hashed, so that every keyboard writes the same (there, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", text)


def require_usable(text: str, *, address: str = "", name: str = "") -> str:
    """The password in its normal form; raises `UnusablePassword`. Any characters will do: length is what counts."""
    password = normal_password(text)
    if len(password) < SHORTEST:
        raise UnusablePassword(
            f"A password has at least {SHORTEST} characters; this one has {len(password)}.",
            next_step="Join several words that have nothing to do with each other.",
        )
    if len(password) > LONGEST:
        raise UnusablePassword(
            f"A password has at most {LONGEST} characters.", next_step="Shorten it; a few words are enough."
        )
    if any(unicodedata.category(each) in ("Cc", "Cs") for each in password):
        raise UnusablePassword("The password holds a control character.", next_step="Type it instead of pasting it.")
    if (why := _guessable(password, address, name)) is not None:
        raise UnusablePassword(
            f"This password {why}, so that it would be among the first guesses.",
            next_step="Join several words that have nothing to do with you or with each other.",
        )
    return password


def _guessable(password: str, address: str, name: str) -> str | None:
    plain = _plain(password)
    own = [_plain(each) for each in (address, *re.split(r"[@.+_-]", address), *name.split())]
    if _plain(address) and plain in (_plain(address), _plain(address)[::-1]):
        return "is your e-mail address"
    if len(set(password.casefold())) < 5:
        return "has fewer than five different characters"
    if any((plain[:size] * len(plain)).startswith(plain) for size in range(1, len(plain) // 2 + 1)):
        return "repeats one piece"
    if _walks(plain):
        return "follows the order of the keyboard or the alphabet"
    rest = plain
    for word in sorted({*own, *_COMMON_WORDS.split()}, key=len, reverse=True):
        if len(word) >= 3:
            rest = rest.replace(word, " ")
    letters = re.sub(r"[\d ]", "", rest)
    return "is made of your own name or of the commonest words" if rest != plain and len(letters) < 4 else None


def _plain(text: str) -> str:
    """The letters and digits of a text, without case or marks."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in folded if each.isalnum())


def _walks(plain: str) -> bool:
    """Whether all but a few steps go one key or letter further."""
    steps = [any(a + b in walk or b + a in walk for walk in _WALKS) or a == b for a, b in pairwise(plain)]
    return len(steps) > 4 and sum(steps) * 4 >= len(steps) * 3


def normal_address(text: str) -> str:
    """An e-mail address in the one form in which it is kept and written to; raises `UnusableAddress`.

    Case is folded also before the @: no provider that people use tells it apart, and people do not either. Mail goes to
    this form and to no other, so that two spellings which fold to one cannot be played against each other.
    """
    address = unicodedata.normalize("NFKC", text.strip()).casefold()
    local, at, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode() if domain else ""
    except UnicodeError:
        domain = ""
    address = f"{local}@{domain}"
    fits = 0 < len(local) <= LONGEST_LOCAL and len(address) <= LONGEST_ADDRESS
    readable = local.isprintable() and not re.search(r"[\s\"(),:;<>@\[\\\]]", local) and ".." not in local
    if not (at and fits and readable and _DOMAIN.fullmatch(domain)) or local[0] == "." or local[-1] == ".":
        raise UnusableAddress(
            "This is no e-mail address that mail can be sent to.", next_step="Write it like name@example.org."
        )
    return address
