"""Signing in by password, and what every way of signing in ends with: a new session.

Whoever asks learns nothing but yes or no. For an address that nobody has, the same counts are kept and the same work is
done (threat 44); guesses are counted for each account and for each network address (threat 54). A browser that has
signed in before has a count of its own, so that a stranger who guesses at an account does not shut its owner out.
"""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from creditbank.errors import Refused
from creditbank.services import passwords as rules
from creditbank.services.passwords import Passwords, UnusableAddress, normal_address
from creditbank.services.people_records import SignIn, SignInKind
from creditbank.services.ports import Clock, Entropy, Store, Transaction
from creditbank.services.sessions import Opened, Sessions, hash_of, new_secret
from creditbank.services.throttling import Pace, Throttling, Try

ACCOUNT: Final = Pace(10, timedelta(minutes=5))
"""Guesses at one account from browsers nobody knows: ten, and one more each five minutes (288 a day)."""
DEVICE: Final = Pace(10, timedelta(minutes=1))
"""Guesses from a browser in which the account's owner has signed in before."""
ADDRESS: Final = Pace(30, timedelta(seconds=10))
"""Guesses from one network address, at whatever accounts (8,640 a day)."""
DEVICE_PREFIX: Final = "cbd_"


class WrongSignIn(Refused):
    """Address and password do not belong together, or nobody has the address: both read the same."""

    slug = "wrong-sign-in"

    def __init__(self) -> None:
        super().__init__(
            "This address and password do not sign anybody in.",
            next_step="Check both, sign in another way, or recover your account.",
        )


@dataclass(frozen=True, slots=True)
class Asking:
    """The browser that asks: its network address, what it calls itself, and what it holds from before, if anything."""

    address: str
    agent: str = ""
    device: str = ""
    session: str = ""

    def try_from_here(self, kind: str, pace: Pace = ADDRESS) -> Try:
        """One try from this network address."""
        return Try(f"{kind} from", network_of(self.address), pace)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that began, and the secret by which the browser is known from now on."""

    opened: Opened
    device: str


class SigningIn:
    """Checks passwords and begins sessions."""

    def __init__(
        self,
        store: Store,
        sessions: Sessions,
        passwords: Passwords,
        throttling: Throttling,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._store, self._sessions, self._passwords = store, sessions, passwords
        self._throttling, self._clock, self._entropy = throttling, clock, entropy

    def with_password(self, address: str, password: str, asking: Asking) -> SignedIn:
        """Sign in; raises `WrongSignIn`, alike whatever is wrong, and `TooManyTries`."""
        sign_in = self._checked(address, password, asking)
        with self._store.transaction() as tx:
            return self.begin(tx, sign_in, asking)

    def confirm(self, person: str, address: str, password: str, asking: Asking) -> Opened:
        """Show once more who it is, in a session of one's own, which goes on under a new id.

        Raises `WrongSignIn`, also for somebody else's password, `TooManyTries` and `UnknownSession`.
        """
        sign_in = self._checked(address, password, asking)
        if sign_in.person != person:
            raise WrongSignIn
        return self._sessions.renew(asking.session, fresh=True)

    def begin(
        self, tx: Transaction, sign_in: SignIn, asking: Asking, *, counter: int = 0, fresh: bool = True
    ) -> SignedIn:
        """Begin a session after a sign-in of whatever kind; raises `WrongSignIn` when its counter does not rise.

        One that is not `fresh` must show once more who it is before it does what is sensitive.
        """
        now = self._clock.now()
        if not tx.use_sign_in(sign_in.id, when=now, counter=counter):
            raise WrongSignIn
        return self.begin_for(tx, sign_in.person, asking, fresh=fresh)

    def begin_for(self, tx: Transaction, person: str, asking: Asking, *, fresh: bool = True) -> SignedIn:
        """Begin a session for somebody who has shown who they are."""
        learners = tx.learners_of(person)
        acting = learners[0].id if learners else ""
        opened = self._sessions.begin(
            tx, person, agent=asking.agent, acting=acting, instead_of=asking.session, fresh=fresh
        )
        known = asking.device if tx.find_device(hash_of(asking.device)) == person else ""
        device = known or new_secret(self._entropy, DEVICE_PREFIX)
        tx.add_device(hash_of(device), person, self._clock.now())
        return SignedIn(opened, device)

    def _checked(self, address: str, password: str, asking: Asking) -> SignIn:
        try:
            handle = normal_address(address)
        except UnusableAddress:
            handle = ""
        with self._store.transaction() as tx:
            sign_in = tx.find_sign_in(SignInKind.PASSWORD, handle)
            owner = tx.find_device(hash_of(asking.device))
        known = sign_in is not None and owner == sign_in.person
        guess = Try("device", asking.device, DEVICE) if known else Try("account", handle, ACCOUNT)
        tries = (guess, asking.try_from_here("sign in"))
        self._throttling.count(*tries)
        given = password[: rules.LONGEST + 1]
        if sign_in is None:
            self._passwords.waste(given)
            raise WrongSignIn
        right, better = self._passwords.check(given, sign_in.secret)
        if not right:
            raise WrongSignIn
        self._throttling.forgive(*tries)
        if better:
            with self._store.transaction() as tx:
                tx.change_secret(sign_in.id, better, before=sign_in.secret)
        return sign_in


def network_of(address: str) -> str:
    """What counts as one network address: of IPv6 the first 64 bits, which is the least that anybody is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
