"""A front door of its own for a test: a real store and vault, a clock that the test moves, mail that can be read."""

import atexit
import re
import shutil
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, cast

from creditbank.adapters.keys import FileVault
from creditbank.adapters.people import Argon2Passwords, passkey_ceremonies
from creditbank.adapters.people.oidc import OpenIdConnect
from creditbank.adapters.store import SqlStore
from creditbank.adapters.system import SystemEntropy
from creditbank.services.front_door import FrontDoor
from creditbank.services.mailing import Letter, MailUnavailable
from creditbank.services.people import NewSignIn
from creditbank.services.people_records import Person, SignInKind
from creditbank.services.registering import Registering
from creditbank.services.signing_in import Asking

AT = "https://bank.sample.example"
GOOD = "violet kettle runs sideways"
BETTER = "seven green umbrellas hum"
HERE = Asking("192.0.2.1", agent="Browser")


class TestClock:
    """A clock that stands still until it is moved."""

    __test__ = False

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def pass_by(self, **much: float) -> None:
        self.time += timedelta(**much)


@dataclass
class Postbox:
    """Mail that arrived. While it is `shut` nothing can be handed over."""

    letters: list[Letter] = field(default_factory=list)
    shut: bool = False

    def send(self, id: str, letter: Letter) -> None:
        if self.shut:
            raise MailUnavailable("The mail server is away.")
        self.letters.append(letter)

    @property
    def token(self) -> str:
        """The token of the newest letter that has one."""
        found = [match[1] for each in self.letters if (match := re.search(r"/mail/[a-z-]+/(\S+)", each.text))]
        return found[-1]


@dataclass
class Entrance:
    """The door with all that a test looks at."""

    door: FrontDoor
    store: SqlStore
    clock: TestClock
    post: Postbox
    passwords: Argon2Passwords

    def mail(self) -> list[Letter]:
        """Deliver what waits; what arrived since the last look."""
        before = len(self.post.letters)
        self.door.mailing.deliver()
        return self.post.letters[before:]

    def person(self, name: str = "one", password: str = GOOD) -> Person:
        """Somebody with an account and an e-mail address."""
        address = f"{name}@sample.example"
        secret = self.passwords.hash(password)
        way = NewSignIn(SignInKind.PASSWORD, address, secret, label=address, contact=address)
        with self.store.transaction() as tx:
            return self.door.joining.open(tx, f"Person {name}", way)


@cache
def _founded() -> tuple[Path, FileVault]:
    """An empty store to copy, and a vault that all tests of a run share, because making either takes its time."""
    folder = Path(tempfile.mkdtemp(prefix="creditbank-door-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    SqlStore.open(f"sqlite:///{folder}/store.db", migrate=True).close()
    return folder / "store.db", FileVault.open(folder / "keys", None)


def build_entrance(folder: Path, web: Any = None) -> Entrance:
    """A door over an empty store; `web` answers for the issuers of organisations."""
    template, vault = _founded()
    shutil.copy(template, folder / "store.db")
    clock, post, entropy = TestClock(), Postbox(), SystemEntropy()
    store = SqlStore.open(f"sqlite:///{folder}/store.db")
    nothing = cast(Any, None)
    registering = Registering(store, nothing, vault, nothing, clock, entropy)
    passwords = Argon2Passwords(memory_kib=64, rounds=1)
    door = FrontDoor.of(
        store,
        registering,
        safe=vault,
        passwords=passwords,
        mailer=post,
        ceremonies=passkey_ceremonies,
        issuers=lambda: OpenIdConnect(web, clock),
        clock=clock,
        entropy=entropy,
    )
    return Entrance(door, store, clock, post, passwords)
