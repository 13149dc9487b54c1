"""Passwords by Argon2id (RFC 9106), through pwdlib."""

import threading
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from creditbank.services.passwords import normal_password

MEMORY_KIB: Final = 32 * 1024
ROUNDS: Final = 3
LANES: Final = 1
AT_ONCE: Final = 2


class Argon2Passwords:
    """Implements `services.passwords.Passwords`: 32 MiB and three passes for each guess, above OWASP's least (19, two).

    No more than two are hashed at once in one process, so that a flood of sign-ins does not take the memory away.
    """

    def __init__(self, *, memory_kib: int = MEMORY_KIB, rounds: int = ROUNDS) -> None:
        self._hashes = PasswordHash((Argon2Hasher(time_cost=rounds, memory_cost=memory_kib, parallelism=LANES),))
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        # A digest that no password has, with the parameters that cost the time.
        self._nobodys = f"$argon2id$v=19$m={memory_kib},t={rounds},p={LANES}${'A' * 22}${'A' * 43}"

    def hash(self, password: str) -> str:
        """The hash to keep, with its own salt and parameters in it."""
        with self._turns:
            return self._hashes.hash(normal_password(password))

    def check(self, password: str, hash: str) -> tuple[bool, str]:
        """Whether it is this password, and a hash to keep instead where the parameters have risen, else empty."""
        with self._turns:
            try:
                right, better = self._hashes.verify_and_update(normal_password(password), hash)
            except UnknownHashError:
                return False, ""
        return right, better or ""

    def waste(self, password: str) -> None:
        """Take as long as `check` does, for an account that is not there."""
        self.check(password, self._nobodys)
