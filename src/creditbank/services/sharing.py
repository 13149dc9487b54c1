"""What a learner sees of their account, and what they hand to others."""

from collections.abc import Sequence
from dataclasses import dataclass

from creditbank.canonical import JsonObject
from creditbank.credential import UnitFacts, build_presentation, enveloped, read_credential, unit_facts
from creditbank.errors import NotFound, Refused
from creditbank.ledger import Entry, Lot
from creditbank.services.correcting import standing_credential
from creditbank.services.ports import Clock, Entropy, Store, Transaction
from creditbank.services.records import BatchState, IssuedCredential, Learner
from creditbank.services.signatures import Signatures
from creditbank.units import NONE, Credits


class NotInThisAccount(NotFound):
    """The account holds no such credential."""

    slug = "not-in-this-account"


class SeveralHolders(Refused):
    """One presentation is signed by one holder, and each credential in it names that one."""

    slug = "several-holders"


@dataclass(frozen=True, slots=True)
class LotView:
    """One lot of credit with the unit it came from. `anchor` is the state of its batch, None while it waits for one.

    What the learner `brought` was not issued here, and is anchored elsewhere or nowhere.
    """

    lot: Lot
    facts: UnitFacts
    provider: str
    anchor: BatchState | None
    brought: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """A learner's credits in one credit system; systems are never added together."""

    system: str
    total: Credits
    available: Credits
    reserved: Credits
    redeemed: Credits
    lapsed: Credits


@dataclass(frozen=True, slots=True)
class AccountView:
    """Everything a learner's account shows, newest lot first."""

    learner: Learner
    lots: tuple[LotView, ...]
    balances: tuple[Balance, ...]
    entries: tuple[Entry, ...]


class Sharing:
    """Shows accounts and makes signed presentations."""

    def __init__(self, store: Store, signatures: Signatures, clock: Clock, entropy: Entropy) -> None:
        self._store, self._signatures, self._clock, self._entropy = store, signatures, clock, entropy

    def account(self, learner: str) -> AccountView:
        """The account as it stands; raises `UnknownRecord` for a learner the bank does not know."""
        with self._store.transaction() as tx:
            person = tx.get_learner(learner)
            lots = tuple(self._view(tx, lot) for lot in tx.lots_of(learner))
            entries = tuple(tx.entries_of(learner))
        newest_first = tuple(sorted(lots, key=lambda view: (view.lot.opened, view.lot.id), reverse=True))
        return AccountView(person, newest_first, _balances([view.lot for view in lots]), entries)

    def present(self, learner: str, credentials: Sequence[str], *, challenge: str, domain: str) -> bytes:
        """Sign a presentation of chosen credentials for one reader (`domain`) and one occasion (`challenge`).

        It is signed by the DID that they name their holder by. Raises `NotInThisAccount` for a credential that the
        learner does not hold, `SeveralHolders` where they name several of the account's DIDs, and `WalletSigns` where
        the bank does not keep the key.
        """
        with self._store.transaction() as tx:
            person = tx.get_learner(learner)
            held = {credential.id: credential for credential in tx.credentials_of(learner)}
        missing = [id for id in credentials if id not in held]
        if missing:
            raise NotInThisAccount(f"The account does not hold {missing[0]}.")
        holder = holder_named([held[id] for id in credentials], person.did)
        unsigned = build_presentation([_shown(held[id]) for id in credentials], id=self._entropy.urn(), holder=holder)
        return self._signatures.sign_presentation(
            unsigned, person.id, holder, self._clock.now(), challenge=challenge, domain=domain
        )

    def _view(self, tx: Transaction, lot: Lot) -> LotView:
        issued = standing_credential(tx, lot)
        leaf = tx.leaf_of(issued.id)
        state = tx.get_batch(leaf.batch).state if leaf and leaf.batch else None
        brought = tx.find_deposited(issued.id)
        provider = tx.get_organisation(issued.organisation).name if brought is None else brought.issuer_name
        return LotView(lot, unit_facts(issued.document), provider, state, brought is not None)


def holder_named(shown: Sequence[IssuedCredential], today: str) -> str:
    """The one DID by which all these credentials name their holder; raises `SeveralHolders`."""
    names = {read_credential(one.document).subject or today for one in shown} or {today}
    if len(names) > 1:
        raise SeveralHolders(
            f"These credentials name their holder by {len(names)} identifiers of the account.",
            next_step="Present those of one identifier at a time, or ask their providers to reissue the older ones.",
        )
    return names.pop()


def _shown(issued: IssuedCredential) -> JsonObject:
    """A credential as a presentation holds it."""
    return enveloped(issued.token) if issued.token else issued.document


def _balances(lots: Sequence[Lot]) -> tuple[Balance, ...]:
    by_system: dict[str, list[Lot]] = {}
    for lot in lots:
        by_system.setdefault(lot.amount.system, []).append(lot)
    return tuple(_balance(system, by_system[system]) for system in sorted(by_system))


def _balance(system: str, lots: Sequence[Lot]) -> Balance:
    def total(amounts: Sequence[Credits]) -> Credits:
        return sum(amounts, start=NONE)

    return Balance(
        system,
        total([lot.amount.credits for lot in lots]),
        total([lot.available for lot in lots]),
        total([lot.reserved for lot in lots]),
        total([lot.redeemed for lot in lots]),
        total([lot.lapsed for lot in lots]),
    )
