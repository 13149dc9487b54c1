"""The services by which people come in, put together: what belongs to one door stands in one place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from creditbank.services.federating import Federating, Issuers
from creditbank.services.joining import Desk, Joining
from creditbank.services.mailing import Mailer, Mailing
from creditbank.services.passkeys import PasskeyCeremonies, Passkeys
from creditbank.services.passwords import Passwords
from creditbank.services.people import People
from creditbank.services.ports import Clock, Entropy, Safe, Store
from creditbank.services.recovering import Recovering
from creditbank.services.registering import Registering
from creditbank.services.sessions import Sessions
from creditbank.services.signing_in import SigningIn
from creditbank.services.throttling import Throttling
from creditbank.services.trail import Trail


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """Accounts of people, how they sign in, their sessions, and their mail."""

    people: People
    sessions: Sessions
    throttling: Throttling
    signing_in: SigningIn
    joining: Joining
    recovering: Recovering
    mailing: Mailing
    passkeys: Passkeys
    federating: Federating
    desk: Desk
    store: Store
    clock: Clock

    def forget_old(self) -> None:
        """Forget sessions, links and challenges that are over, and counts that no longer hold anybody up."""
        with self.store.transaction() as tx:
            tx.forget_old(self.clock.now())

    @classmethod
    def of(
        cls,
        store: Store,
        registering: Registering,
        *,
        safe: Safe,
        passwords: Passwords,
        mailer: Mailer,
        ceremonies: Callable[[], PasskeyCeremonies],
        issuers: Callable[[], Issuers],
        clock: Clock,
        entropy: Entropy,
    ) -> Self:
        """The services over one store, with what hashes, carries mail, and knows passkeys and issuers when asked."""
        people = People(store, clock, entropy)
        sessions, throttling = Sessions(store, clock, entropy), Throttling(store, clock)
        signing_in = SigningIn(store, sessions, passwords, throttling, clock, entropy)
        mailing = Mailing(store, safe, mailer, clock, entropy)
        desk = Desk(store, people, signing_in, passwords, mailing, throttling, clock, entropy)
        joining, recovering = Joining(desk, registering), Recovering(desk)
        passkeys = Passkeys(desk, joining, sessions, ceremonies)
        federating = Federating(desk, sessions, issuers, safe, Trail(store, clock))
        return cls(
            people,
            sessions,
            throttling,
            signing_in,
            joining,
            recovering,
            mailing,
            passkeys,
            federating,
            desk,
            store,
            clock,
        )
