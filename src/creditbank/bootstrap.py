"""Putting a bank together: settings in, a working `Bank` out.

This is the one place where services meet the adapters that serve them.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from creditbank import __version__
from creditbank.adapters.catalogue import Catalogue, builtin_data
from creditbank.adapters.catalogue.codes import country_alpha_3, language_alpha_3
from creditbank.adapters.chain import ChainSettings, EmbeddedChain, RpcChain, deploy, open_chain
from creditbank.adapters.documents.contexts import bundled_contexts
from creditbank.adapters.documents.rows import read_rows
from creditbank.adapters.keys import DEVELOPMENT_FILE, ChainAccount, FileVault, KeystoreAccount
from creditbank.adapters.papers import paper_printer
from creditbank.adapters.people import Argon2Passwords, FolderMailer, SmtpMailer, open_id_connect, passkey_ceremonies
from creditbank.adapters.resolver import HttpsCourier, HttpsExchange, HttpsResolver, LoopbackExchange
from creditbank.adapters.store import SqlStore, SqlTransaction
from creditbank.adapters.store.archive import (
    Backup,
    copy_sqlite,
    read_backup,
    restore_database,
    restore_files,
    take_backup,
)
from creditbank.adapters.system import SystemClock, SystemEntropy, kill_this_process, machine_id, pause
from creditbank.anchoring import issuer_id
from creditbank.canonical import JsonObject
from creditbank.config import SETTINGS_FILE, BadSettings, Settings
from creditbank.errors import CreditBankError, NotFound
from creditbank.services import calls, reads
from creditbank.services.accepting import Accepting
from creditbank.services.access import Access
from creditbank.services.accrediting import Accrediting
from creditbank.services.anchoring import BANK, Anchoring
from creditbank.services.applying import Applying
from creditbank.services.authorising import Authorising
from creditbank.services.awarding import Awarding
from creditbank.services.bookkeeping import Bookkeeping
from creditbank.services.bulk import ISSUING, REHEARSAL, Bulk
from creditbank.services.carrying import Carrying
from creditbank.services.closing import Closing
from creditbank.services.compromising import Compromising
from creditbank.services.deciding import Deciding
from creditbank.services.delivering import Delivering
from creditbank.services.depositing import Depositing
from creditbank.services.dids import REGISTRAR, DidPublishing
from creditbank.services.discovering import Discovering
from creditbank.services.drafting import Drafting
from creditbank.services.endorsing import Endorsing
from creditbank.services.enrolling import Enrolling
from creditbank.services.erasing import Erasing
from creditbank.services.evaluating import Evaluating
from creditbank.services.failpoints import FAILPOINTS, read_failpoints
from creditbank.services.feeding import Feeding
from creditbank.services.fetching import Fetching
from creditbank.services.flagging import Flagging
from creditbank.services.front_door import FrontDoor
from creditbank.services.granting import Granting
from creditbank.services.halting import REDEMPTION, Halting
from creditbank.services.halting_records import Halt
from creditbank.services.holding import Holding
from creditbank.services.issuing import Issuing
from creditbank.services.jobs import Handler, Jobs, Task
from creditbank.services.keys import Keys
from creditbank.services.kits import Kits
from creditbank.services.leasing import Leasing
from creditbank.services.membership import Membership
from creditbank.services.merging import Merging
from creditbank.services.moving import Moving
from creditbank.services.noticing import Noticing
from creditbank.services.ports import AlreadyRecorded, SigningCaps, SigningPurpose
from creditbank.services.profiling import Profiles
from creditbank.services.proving import Proving
from creditbank.services.rebuilding import Rebuilding
from creditbank.services.reconciling import Reconciling
from creditbank.services.redeeming import Redeeming
from creditbank.services.registering import OPERATOR, Registering
from creditbank.services.reserving import Reserving
from creditbank.services.sending import Replacing, Sender
from creditbank.services.shares import Shares
from creditbank.services.sharing import Sharing
from creditbank.services.signatures import Signatures
from creditbank.services.simulating import Simulating
from creditbank.services.spending import Spending
from creditbank.services.standing import Standing
from creditbank.services.status_roots import StatusRoots
from creditbank.services.surveying import Surveying
from creditbank.services.suspending import Suspending
from creditbank.services.taking_along import Codes, TakingAlong
from creditbank.services.together import Together
from creditbank.services.tokens import Tokens
from creditbank.services.trail import Trail
from creditbank.services.transcripts import Transcripts
from creditbank.services.transparency import Transparency
from creditbank.services.trusting import Trusting
from creditbank.services.undoing import Undoing
from creditbank.services.verifying import Verifying
from creditbank.services.watching import Watching
from creditbank.services.webhooks import Webhooks
from creditbank.signing import ContextLibrary
from creditbank.verification import policy_named
from creditbank.verification.trust import BELOW_NEWEST

if TYPE_CHECKING:
    from creditbank.adapters.chain.exposing import ExposedChain

CHAIN_FILE: Final = "chain.db"
KEYS_FOLDER: Final = "keys"
KEY_ROTATION: Final = "key-rotation"
OUTBOX: Final = "outbox"
ABANDONED: Final = timedelta(minutes=10)
"""After so long without an end nobody is waiting for a redemption, or whoever waits is asking again."""
BANK_DID: Final = "did:web:bank.sample.example"


class NoBankHere(NotFound):
    """There is no bank at this place."""

    slug = "no-bank-here"


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the rooms of a bank stand on: technology first, then the services that others use."""

    settings: Settings
    clock: SystemClock
    store: SqlStore
    chain: EmbeddedChain | RpcChain
    vault: FileVault
    catalogue: Catalogue
    contexts: ContextLibrary
    trail: Trail
    noticing: Noticing
    signatures: Signatures
    sender: Sender
    dids: DidPublishing
    trusting: Trusting
    registering: Registering
    door: FrontDoor
    membership: Membership
    accrediting: Accrediting
    issuing: Issuing
    holding: Holding
    enrolling: Enrolling
    fetching: Fetching | None
    suspending: Suspending
    verifying: Verifying
    deciding: Deciding
    evaluating: Evaluating
    redeeming: Redeeming
    sharing: Sharing
    shares: Shares
    reserving: Reserving
    applying: Applying
    halting: Halting
    watching: Watching
    jobs: Jobs
    access: Access
    undoing: Undoing


@dataclass(frozen=True, slots=True)
class Bank(_Shared):
    """A bank in working order; a context manager that closes what it opened."""

    keys: Keys
    drafting: Drafting
    accepting: Accepting
    depositing: Depositing
    merging: Merging
    delivering: Delivering
    status_roots: StatusRoots
    proving: Proving
    transparency: Transparency
    feeding: Feeding
    compromising: Compromising
    tokens: Tokens
    bookkeeping: Bookkeeping
    flagging: Flagging
    anchoring: Anchoring
    transcripts: Transcripts
    endorsing: Endorsing
    discovering: Discovering
    standing: Standing
    simulating: Simulating
    together: Together
    awarding: Awarding
    kits: Kits
    granting: Granting
    authorising: Authorising
    bulk: Bulk
    webhooks: Webhooks
    profiles: Profiles
    erasing: Erasing
    closing: Closing
    taking_along: TakingAlong
    surveying: Surveying
    moving: Moving
    reconciling: Reconciling
    carrying: Carrying
    rebuilding: Rebuilding
    leasing: Leasing

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the database and the chain."""
        self.store.close()
        self.chain.close()

    def handlers(self, *, sends: bool) -> dict[str, Handler]:
        """How long work of each kind is done; without `sends` only what a process beside the embedded chain can do."""
        known = {
            KEY_ROTATION: Handler(self._rotate, sends=True),
            REHEARSAL: Handler(self.bulk.rehearse_job),
            ISSUING: Handler(self.bulk.act_job),
        }
        return {kind: handler for kind, handler in known.items() if sends or not handler.sends}

    def _rotate(self, task: Task) -> JsonObject:
        organisation, replaced = str(task.job.input["organisation"]), str(task.job.input["replaces"])
        return {"key": self.keys.replace(organisation, replaced).multikey, "replaced": replaced}

    def resume(self) -> None:
        """Finish everything a crash may have left half way: admissions, issues, awards, erasures and the like."""
        self._finish(
            self.sender.reconcile,
            self.registering.resume,
            self.keys.resume,
            self.issuing.resume,
            self.enrolling.resume,
            self.endorsing.resume,
            self.transcripts.resume,
            self.flagging.resume,
            self.redeeming.resume,
            self.awarding.resume,
            self.erasing.finish,
        )

    def go_on(self) -> None:
        """Finish what was begun with credits a while ago, and which no request takes on: its process has died."""
        begun = self.clock.now() - ABANDONED
        self._finish(
            partial(self.flagging.resume, begun),
            partial(self.redeeming.resume, begun),
            partial(self.awarding.resume, begun),
        )

    @staticmethod
    def _finish(*parts: Callable[[], object]) -> None:
        """Each part, whether or not one before it could go on; the first error is raised once all had their turn."""
        stuck: list[CreditBankError] = []
        for part in parts:
            try:
                try:
                    part()
                except AlreadyRecorded:  # another process finishes the same: what it wrote stands, and we go on from it
                    part()
            except CreditBankError as error:
                stuck.append(error)
        if stuck:
            raise stuck[0]


def init_bank(settings: Settings) -> None:
    """Make a bank at `settings.home`: keys, schema, contracts, and the roles it needs on the chain.

    Safe to repeat: what stands already is left as it is, and what a crash cut short is finished.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    file = settings.home / SETTINGS_FILE
    if not file.exists():
        file.write_text(
            f'# Settings of this bank; see docs/settings.md\nbase_url = "{settings.base_url}"\n',
            encoding="utf-8",
        )
    with _assemble(settings, own_chain=True, migrate=True) as bank:
        first = bank.chain.head()[0]
        addresses = deploy(bank.chain, bank.vault, OPERATOR, builtin_data("contracts"), pause=pause)
        _remember_contracts(settings, addresses, first)
        registrar, account = bank.vault.chain_account(REGISTRAR), bank.vault.chain_account(BANK)
        bank.sender.settle("appoint-registrar", OPERATOR, calls.appoint_registrar(registrar))
        admission = reads.bank_admission(bank.chain, account)
        if admission is None or not admission.admitted:  # a new database over a chain that knows this bank
            bank.sender.settle(f"admit-bank:{account}", REGISTRAR, calls.admit_bank(account, issuer_id(BANK_DID)))


def backup_bank(settings: Settings, file: Path) -> Backup:
    """Take a backup of the bank at `settings.home` while it works; it holds no key in the clear (threat 51).

    The embedded chain goes with it as it stands. Raises `NoBankHere`, and what `take_backup` raises.
    """
    require_bank(settings)
    with TemporaryDirectory() as folder:
        files = {SETTINGS_FILE: settings.home / SETTINGS_FILE, **_wrapped_keys(settings.home)}
        if settings.chain == "embedded":
            files[CHAIN_FILE] = copy_sqlite(settings.home / CHAIN_FILE, Path(folder) / CHAIN_FILE)
        now = SystemClock().now()
        return take_backup(settings.database_url, file, files=files, now=now, version=__version__)


def migrate_bank(settings: Settings) -> str:
    """Bring the tables of the bank at `settings.home` to the newest revision; which that is. Raises `NoBankHere`."""
    require_bank(settings)
    store = SqlStore.open(settings.database_url, migrate=True)
    try:
        return store.revision
    finally:
        store.close()


def restore_files_of(file: Path, home: Path) -> list[str]:
    """Put what is not there yet of a backup's files into a home: settings, wrapped keys, the embedded chain."""
    read_backup(file)
    return restore_files(file, home)


def restore_bank(settings: Settings, file: Path) -> int:
    """Fill the empty database of `settings` from a backup, with redemption fenced from the first moment (threat 61).

    Raises `NotEmpty`, and `UnusableBackup` before anything is written.
    """
    backup, clock, entropy = read_backup(file), SystemClock(), SystemEntropy()
    why = f"restored from a backup of {backup.made}; ledger and chain are to be reconciled"
    fence = Halt(entropy.urn(), REDEMPTION, clock.now(), OPERATOR, why)

    def close(tx: SqlTransaction) -> None:
        if not tx.standing_halts(REDEMPTION):
            tx.add_halt(fence)

    return restore_database(file, settings.database_url, close)


def _wrapped_keys(home: Path) -> dict[str, Path]:
    """The files of the vault without the one that opens a development vault: that one stays where it is."""
    kept = (path for path in (home / KEYS_FOLDER).rglob("*") if path.is_file())
    return {
        str(path.relative_to(home)): path for path in kept if path.name != DEVELOPMENT_FILE and path.suffix != ".lock"
    }


def require_nobody_at_work(settings: Settings) -> None:
    """Make sure that no other process works on the bank at `settings.home`; raises `ChainBusy` when one does."""
    if (settings.home / CHAIN_FILE).exists():
        _open_chain(settings, SystemClock(), own=True).close()


def open_bank(settings: Settings, *, own_chain: bool = True) -> Bank:
    """Open the bank at `settings.home`.

    With `own_chain` this process makes the embedded chain's blocks; only one may, and a second is refused with
    `ChainBusy`. Without it the chain can be read only. Raises `NoBankHere` where none was made.
    """
    require_bank(settings)
    bank = _assemble(settings, own_chain=own_chain, migrate=False)
    try:
        bank.carrying.look()
    except CreditBankError:
        bank.close()
        raise
    return bank


@contextmanager
def open_chain_alone(settings: Settings, *, own: bool = False) -> Iterator[EmbeddedChain | RpcChain]:
    """The chain of the bank at `settings.home` without its database; raises `NoBankHere`, `ChainBusy`.

    To read from, unless this process is to make the embedded chain's blocks (`own`).
    """
    require_bank(settings)
    chain = _open_chain(settings, SystemClock(), own=own)
    try:
        yield chain
    finally:
        chain.close()


@contextmanager
def chain_exposed(chain: EmbeddedChain) -> "Iterator[ExposedChain]":
    """The embedded chain for other processes of this machine; its owner makes blocks until all in it lies deep."""
    from creditbank.adapters.chain.answering import burying

    shown, depth = chain.shown(), max(BELOW_NEWEST, chain.finality_depth)
    try:
        with burying(partial(chain.bury, depth)):
            yield shown
    finally:
        shown.close()


@contextmanager
def chain_answering(bank: Bank) -> Iterator[str]:
    """JSON-RPC of the embedded chain beside the bank, where `chain_port` wants it; gives its address, or nothing.

    Raises `PortTaken`. A process that does not own the chain has nothing to show: its owner does.
    """
    chain, port = bank.chain, bank.settings.chain_port
    if not port or not isinstance(chain, EmbeddedChain):
        yield ""
        return
    from creditbank.adapters.chain.answering import answering_beside, listen

    with (
        listen("127.0.0.1", port) as listening,
        chain_exposed(chain) as shown,
        answering_beside(shown, listening) as address,
    ):
        yield address


def require_bank(settings: Settings) -> None:
    """Raise `NoBankHere` where none was made."""
    if not (settings.home / SETTINGS_FILE).exists():
        raise NoBankHere(
            f"There is no bank at {settings.home}.",
            next_step=f"Make one with: creditbank init --home {settings.home}",
        )


def _assemble(settings: Settings, *, own_chain: bool, migrate: bool) -> Bank:
    clock, entropy = SystemClock(), SystemEntropy()
    FAILPOINTS.arm(read_failpoints(settings.failpoints), kill_this_process)
    caps = signing_caps(settings)
    folder, own = settings.home / KEYS_FOLDER, {} if (account := sending_account(settings)) is None else {BANK: account}
    vault = FileVault.open(folder, settings.passphrase, clock=clock, make=migrate, caps=caps, accounts=own)
    catalogue = Catalogue.load(builtin_data("frameworks"))
    contexts = bundled_contexts()
    with ExitStack() as opened:
        store = SqlStore.open(
            settings.database_url,
            migrate=migrate,
            connections=settings.database_pool,
            seconds=settings.statement_timeout,
        )
        opened.callback(store.close)
        chain = _open_chain(settings, clock, own=own_chain)
        opened.callback(chain.close)
        _refuse_samples(settings, store)
        if store.on_one_machine:
            Leasing(store, clock).claim_host(machine_id())
        bank = _wire(settings, clock, entropy, store, chain, vault, catalogue, contexts)
        opened.pop_all()
    return bank


def _refuse_samples(settings: Settings, store: SqlStore) -> None:
    """Keep production from a database in which a demonstration left people whose tokens lie about in a file."""
    if not settings.production:
        return
    with store.transaction() as tx:
        sample = [body.id for body in tx.organisations() if body.sample]
    if sample:
        raise BadSettings(
            "Production refuses a database with sample people: their tokens were written down for everybody.",
            next_step="Begin with a database of its own; a demonstration stays one.",
        )


def signing_caps(settings: Settings) -> SigningCaps:
    """The caps on signatures as the settings say them; raises `BadSettings` for a cap of no purpose."""
    for name in settings.signing_caps:
        if name.rpartition(" ")[2] not in set(SigningPurpose):
            raise BadSettings(
                f"signing_caps has a number for {name!r}, which is no purpose of a signature.",
                place=str(settings.home / SETTINGS_FILE),
                next_step=f"Purposes are: {', '.join(SigningPurpose)}.",
            )
    return SigningCaps(settings.signing_cap, settings.signing_caps)


def sending_account(settings: Settings) -> ChainAccount | None:
    """The account that anchors, where its key is not the vault's."""
    if settings.sender == "keystore":
        return KeystoreAccount(settings.sender_keystore, settings.sender_password)
    if settings.sender == "signer":
        from creditbank.adapters.keys.signers import RemoteAccount

        return RemoteAccount(settings.sender_url, settings.sender_address)
    return None


def _open_chain(settings: Settings, clock: SystemClock, *, own: bool) -> EmbeddedChain | RpcChain:
    wanted = ChainSettings(
        kind=settings.chain,
        path=settings.home / CHAIN_FILE,
        url=settings.chain_url,
        chain_id=settings.chain_id,
        name=settings.chain_name,
        contracts=settings.contracts,
        finality=settings.finality,
        finality_depth=settings.finality_depth,
        fee_kind=settings.fee_kind,
        fee_cap=settings.fee_cap or None,
        test=settings.chain_test,
    )
    return open_chain(wanted, own=own, clock=clock.now, artifacts=builtin_data("contracts"))


def _remember_contracts(settings: Settings, addresses: Mapping[str, str], first: int) -> None:
    """A chain behind a node cannot be asked where this bank's contracts are, nor since when, so the settings say it."""
    if settings.chain == "rpc" and not settings.contracts:
        file = settings.home / SETTINGS_FILE
        lines = [f'{name} = "{address}"' for name, address in sorted(addresses.items())]
        known = file.read_text(encoding="utf-8")
        # behind another table it would be a key of that table
        began = [] if settings.chain_first_block or "[" in known else [f"chain_first_block = {first}"]
        with file.open("a", encoding="utf-8") as opened:
            opened.write("\n".join(["", *began, "[contracts]", *lines, ""]))


def _wire(
    settings: Settings,
    clock: SystemClock,
    entropy: SystemEntropy,
    store: SqlStore,
    chain: EmbeddedChain | RpcChain,
    vault: FileVault,
    catalogue: Catalogue,
    contexts: ContextLibrary,
) -> Bank:
    """Build every service once, room by room; each room is handed what stands below it."""
    shared = _wire_shared(settings, clock, entropy, store, chain, vault, catalogue, contexts)
    return Bank(
        **{one.name: getattr(shared, one.name) for one in fields(shared)},
        **_wire_issuers(shared, entropy),
        **_wire_learners(shared, entropy),
        **_wire_awarders(shared, entropy),
        **_wire_operator(shared, entropy),
    )


def _wire_shared(
    settings: Settings,
    clock: SystemClock,
    entropy: SystemEntropy,
    store: SqlStore,
    chain: EmbeddedChain | RpcChain,
    vault: FileVault,
    catalogue: Catalogue,
    contexts: ContextLibrary,
) -> _Shared:
    trail, noticing = Trail(store, clock), Noticing(store, clock, entropy)
    signatures = Signatures(store, vault, contexts)
    replacing = Replacing(timedelta(seconds=settings.replace_after), settings.replace_limit)
    sender = Sender(store, chain, vault, clock, pause, replacing=replacing)
    trusting = Trusting(store, chain, catalogue, settings.chain_first_block)
    registering = Registering(store, chain, vault, sender, clock, entropy)
    accrediting = Accrediting(store, clock, required=settings.require_accreditation)
    issuing = Issuing(store, vault, signatures, clock, entropy, settings.base_url, accrediting)
    fetching = Fetching(HttpsResolver(), clock) if settings.fetch_documents else None
    suspending = Suspending(store, signatures, clock, settings.base_url)
    verifying = Verifying(store, trusting, issuing, contexts, clock, fetching, suspending)
    deciding = Deciding(store, catalogue, signatures, clock)
    deadline = timedelta(seconds=settings.evaluation_deadline)
    spending = Spending(store, chain, sender, clock, entropy, pause)
    redeeming = Redeeming(store, chain, sender, spending, clock)
    sharing = Sharing(store, signatures, clock, entropy)
    membership = Membership(store, trail, clock, entropy)
    return _Shared(
        settings=settings,
        clock=clock,
        store=store,
        chain=chain,
        vault=vault,
        catalogue=catalogue,
        contexts=contexts,
        trail=trail,
        noticing=noticing,
        signatures=signatures,
        sender=sender,
        dids=DidPublishing(store, chain, sender, clock, settings.base_url),
        trusting=trusting,
        registering=registering,
        door=_front_door(settings, store, registering, vault, clock, entropy),
        membership=membership,
        accrediting=accrediting,
        issuing=issuing,
        holding=Holding(store, vault, trail, clock, entropy, settings.base_url),
        enrolling=Enrolling(store, issuing, trail, noticing, clock, entropy),
        fetching=fetching,
        suspending=suspending,
        verifying=verifying,
        deciding=deciding,
        evaluating=Evaluating(store, catalogue, verifying, deciding, clock, entropy, deadline),
        redeeming=redeeming,
        sharing=sharing,
        shares=Shares(store, noticing, Argon2Passwords(), clock, entropy),
        reserving=Reserving(store, redeeming, noticing, clock),
        applying=Applying(store, sharing, verifying, noticing, clock, entropy),
        halting=Halting(store, clock, entropy, trail),
        watching=Watching(store, clock),
        jobs=Jobs(store, clock, entropy, noticing),
        access=Access(store, trail, clock, entropy),
        undoing=Undoing(store, membership, trail, clock),
    )


def _wire_issuers(on: _Shared, entropy: SystemEntropy) -> dict[str, Any]:
    """Bodies that issue: their members, keys, units, credentials, and where those stand on the chain."""
    store, clock, base_url = on.store, on.clock, on.settings.base_url
    granting = Granting(store, on.access, on.trail, clock, entropy)
    keys = Keys(store, on.vault, on.sender, on.dids, clock, base_url)
    return {
        "granting": granting,
        "authorising": Authorising(granting, base_url),
        "profiles": Profiles(store, on.trail, clock),
        "keys": keys,
        "compromising": Compromising(store, on.chain, on.sender, keys, on.issuing, clock),
        "drafting": Drafting(store, on.catalogue, clock),
        "delivering": Delivering(store, on.issuing, on.accrediting, on.contexts, clock, entropy, base_url),
        "bulk": Bulk(store, on.issuing, on.enrolling, on.jobs, on.trail, clock, entropy, read_rows),
        "endorsing": Endorsing(store, on.signatures, on.issuing, clock, entropy),
        "transcripts": Transcripts(store, on.signatures, on.sharing, on.issuing, on.contexts, clock, entropy, base_url),
        "anchoring": Anchoring(store, on.chain, on.vault, on.sender, clock, entropy, on.noticing),
        "status_roots": StatusRoots(store, on.chain, on.sender, on.vault, clock),
        "proving": Proving(store),
        "feeding": Feeding(store, on.vault, on.signatures, clock),
        "transparency": Transparency(store, on.chain, on.vault, on.settings.chain_first_block),
    }


def _wire_learners(on: _Shared, entropy: SystemEntropy) -> dict[str, Any]:
    """Learners and their accounts: what comes in, what goes along, and how one leaves."""
    store, clock, settings = on.store, on.clock, on.settings
    policy = policy_named(settings.deposit_policy)
    erasing = Erasing(store, on.vault, on.trail, clock)
    return {
        "accepting": Accepting(store, on.noticing, clock, entropy),
        "depositing": Depositing(store, on.verifying, on.holding, on.chain, clock, settings.base_url, policy),
        "merging": Merging(store, on.trail, on.noticing, clock, entropy),
        "erasing": erasing,
        "closing": Closing(on.door.desk, erasing, on.membership, on.trail),
        "taking_along": TakingAlong(
            store,
            on.chain,
            on.sharing,
            on.shares,
            on.verifying,
            clock,
            paper_printer(settings.paper_fonts),
            Codes(country_alpha_3, language_alpha_3),
            settings.base_url,
        ),
        "tokens": Tokens(store, on.signatures, clock, entropy),
    }


def _wire_awarders(on: _Shared, entropy: SystemEntropy) -> dict[str, Any]:
    """Bodies that award: weighing, awards, and what happens to them afterwards."""
    store, clock = on.store, on.clock
    deadline = timedelta(seconds=on.settings.evaluation_deadline)
    return {
        "discovering": Discovering(store, on.catalogue, on.evaluating, clock),
        "standing": Standing(store, on.catalogue, on.evaluating, clock),
        "simulating": Simulating(store, on.catalogue, on.evaluating),
        "together": Together(store, on.evaluating, clock, entropy, deadline),
        "awarding": Awarding(
            store,
            on.evaluating,
            on.deciding,
            on.redeeming,
            on.issuing,
            on.signatures,
            clock,
            entropy,
            on.settings.base_url,
            on.accrediting,
            on.applying,
        ),
        "flagging": Flagging(store, on.chain, on.sender, on.issuing, on.noticing, clock, entropy),
        "kits": Kits(store, on.chain, on.catalogue, on.trusting, on.verifying, on.deciding, on.accrediting),
    }


def _wire_operator(on: _Shared, entropy: SystemEntropy) -> dict[str, Any]:
    """What keeps the bank itself in order."""
    store, chain, vault, clock = on.store, on.chain, on.vault, on.clock
    return {
        "bookkeeping": Bookkeeping(store, chain, vault, on.noticing, on.reserving, clock, entropy, BANK_DID),
        "webhooks": Webhooks(store, vault, HttpsCourier(), on.trail, clock, entropy),
        "moving": Moving(store, chain),
        "surveying": Surveying(store, chain, vault, clock),
        "reconciling": (reconciling := Reconciling(store, chain, clock, on.halting, on.watching)),
        "carrying": Carrying(store, chain, on.sender, on.halting, reconciling),
        "rebuilding": Rebuilding(
            store, chain, vault, on.verifying, on.trusting, on.halting, clock, entropy, on.settings.base_url
        ),
        "leasing": Leasing(store, clock),
    }


def _front_door(
    settings: Settings,
    store: SqlStore,
    registering: Registering,
    vault: FileVault,
    clock: SystemClock,
    entropy: SystemEntropy,
) -> FrontDoor:
    sender = settings.mail_from or f"creditbank@{urlsplit(settings.base_url).hostname}"
    mailer = (
        SmtpMailer(settings.smtp_url, sender, settings.smtp_password)
        if settings.smtp_url
        else FolderMailer(settings.home / OUTBOX, sender)
    )
    return FrontDoor.of(
        store,
        registering,
        safe=vault,
        passwords=Argon2Passwords(),
        mailer=mailer,
        ceremonies=passkey_ceremonies,
        issuers=open_id_connect(LoopbackExchange() if settings.oidc_loopback else HttpsExchange(), clock),
        clock=clock,
        entropy=entropy,
    )
