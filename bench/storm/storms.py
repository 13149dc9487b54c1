"""The storms themselves.

Each returns what it counted and the sentences of what went wrong; where there are none the promise held.
"""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from bench.storm.cast import CREDITS, Answer, Cast, Client
from bench.storm.fleet import Fleet, machine
from bench.storm.offering import Told, Wanted, offered, pulled
from creditbank.ledger import audit, balances
from creditbank.services.ports import Call

SPENT: Final = "credits-already-redeemed"
SERVER_ERROR: Final = 500
WORST: Final = 500  # milliseconds
HEALTHY: Final = 10  # seconds
LOADERS: Final = 6
PATIENCE: Final = 600
LEARNERS: Final = 64  # whose credits are redeemed under load
OF_EACH: Final = 64  # different credentials that are verified in turn


@dataclass
class Outcome:
    """What a storm counted, how long its requests took, what went wrong, and what was right and too slow."""

    name: str
    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def line(self) -> str:
        """One line of the report."""
        counted = ", ".join(f"{number} {name}" for name, number in sorted(self.counts.items()))
        times = f"; p50 {_rank(self.seconds, 50):.0f} ms, p99 {_rank(self.seconds, 99):.0f} ms" if self.seconds else ""
        noted = "".join(f"; {note}" for note in self.notes)
        verdict = "held"
        if found := self.wrong or self.slow:
            verdict = f"{'BROKEN' if self.wrong else 'TOO SLOW'}: {found[0]}" + f" (and {len(found) - 1} more)" * (
                len(found) > 1
            )
        return f"{self.name}: {counted}{times}{noted}; {verdict}"


def _rank(seconds: list[float], percent: int) -> float:
    ordered = sorted(seconds)
    return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def one_credit(fleet: Fleet, cast: Cast, *, rounds: int, contenders: int) -> Outcome:
    """So many requests at once for one whole credit, through every process and by every university in turn.

    Exactly one wins, the others are told 409 `credits-already-redeemed`, and each gets its first answer again.
    """
    outcome, client = Outcome(f"{fleet.kind}: one credit, {contenders} at once"), Client()
    with ThreadPoolExecutor(contenders) as pool:
        for _ in range(rounds):
            lot, barrier = cast.issue(fleet), threading.Barrier(contenders)
            asks = [_redemption(fleet, cast, client, number, [lot], barrier) for number in range(contenders)]
            answers = list(pool.map(lambda ask: _timed(outcome, ask), asks))
            outcome.counts.update(_word(answer) for answer in answers)
            winners = [number for number, answer in enumerate(answers) if answer.status == 201]
            if len(winners) != 1:
                outcome.wrong.append(f"{len(winners)} requests won one credit")
            if odd := [answer for answer in answers if answer.status != 201 and answer.slug != SPENT]:
                outcome.wrong.append(f"a loser was told {odd[0].status} {odd[0].slug}")
            barrier = threading.Barrier(1)
            for number in [*winners[:1], (winners[0] + 1) % contenders if winners else 0]:
                again = asks[number]()
                if (again.status, again.slug) != (answers[number].status, answers[number].slug):
                    outcome.wrong.append(f"asked again, {answers[number].status} became {again.status}")
            outcome.counts["rounds"] += 1
    outcome.wrong += books(fleet, cast)
    return outcome


def bundles(fleet: Fleet, cast: Cast, *, rounds: int, contenders: int, lots: int = 6) -> Outcome:
    """Requests for overlapping bundles of credits, in any order: each gets all of its bundle or none of it."""
    outcome, client, chance = Outcome(f"{fleet.kind}: overlapping bundles"), Client(), random.Random(6)
    with ThreadPoolExecutor(contenders) as pool:
        for _ in range(rounds):
            held, barrier = [cast.issue(fleet) for _ in range(lots)], threading.Barrier(contenders)
            chosen = [chance.sample(held, chance.randint(2, lots)) for _ in range(contenders)]
            asks = [_redemption(fleet, cast, client, number, bundle, barrier) for number, bundle in enumerate(chosen)]
            answers = list(pool.map(lambda ask: _timed(outcome, ask), asks))
            outcome.counts.update(_word(answer) for answer in answers)
            used = Counter(
                lot for bundle, answer in zip(chosen, answers, strict=True) if answer.status == 201 for lot in bundle
            )
            with fleet.bank.store.transaction() as tx:
                standing = {lot: tx.get_lot(lot) for lot in held}
            for name, lot in standing.items():
                whole = lot.amount.credits if used[name] else lot.amount.credits - lot.amount.credits
                if used[name] > 1 or lot.redeemed != whole or lot.reserved:
                    outcome.wrong.append(
                        f"a lot that {used[name]} bundles won has {lot.redeemed} redeemed, {lot.reserved} reserved"
                    )
            if odd := [answer for answer in answers if answer.status != 201 and answer.slug != SPENT]:
                outcome.wrong.append(f"a loser was told {odd[0].status} {odd[0].slug}")
            outcome.counts["rounds"] += 1
    outcome.wrong += books(fleet, cast)
    return outcome


def _redemption(
    fleet: Fleet, cast: Cast, client: Client, number: int, lots: list[str], barrier: threading.Barrier
) -> Callable[[], Answer]:
    """A request that can be made again, under the same key; the first time it waits for all the others."""
    university = cast.universities[number % len(cast.universities)]
    server, key = fleet.servers[number % len(fleet.servers)], str(uuid.uuid4())
    award, first = f"urn:uuid:{uuid.uuid4()}", [True]
    body: dict[str, object] = (
        {"lot": lots[0], "amount": str(CREDITS), "award": award}
        if len(lots) == 1
        else {"uses": [{"lot": lot, "amount": str(CREDITS)} for lot in lots], "award": award}
    )

    def ask() -> Answer:
        if first.pop() if first else False:
            barrier.wait()
        return client.post(server.url, "/v1/redemptions", body, token=university.token, key=key)

    return ask


def _timed(outcome: Outcome, ask: Callable[[], Answer]) -> Answer:
    began = time.monotonic()
    answer = ask()
    outcome.seconds.append(time.monotonic() - began)
    if answer.status == 0 or answer.status >= SERVER_ERROR:
        outcome.wrong.append(f"a request was answered {answer.status} {answer.slug}")
    return answer


def _word(answer: Answer) -> str:
    return "won" if answer.status == 201 else f"told {answer.status} {answer.slug}".rstrip()


def books(fleet: Fleet, cast: Cast) -> list[str]:
    """What the ledger and the chain say differently, or the ledger of itself; nothing when all agree."""
    with fleet.bank.store.transaction() as tx:
        lots, entries = tx.lots_of(cast.learner.id), tx.entries_of(cast.learner.id)
    wrong = [str(finding) for finding in audit(lots, entries)]
    for lot in lots:
        answer = fleet.bank.chain.read(Call("redemptions", "lotOf", (bytes.fromhex(lot.id[2:]),)))
        assert isinstance(answer, (tuple, list))
        if answer[0] != lot.redeemed.thousandths:
            wrong.append(f"the chain counts {answer[0]} thousandths of a lot, the ledger {lot.redeemed.thousandths}")
    if sum(balances(entries).values()):
        wrong.append("the entries of the account do not add up to zero")
    return wrong


def killing(fleet: Fleet, cast: Cast, *, kills: int) -> Outcome:
    """Issue and redeem without pause while processes die by kill -9 at random; then ask every question again.

    Nothing is lost or doubled, and each process answers again within ten seconds.
    """
    outcome, chance = Outcome(f"{fleet.kind}: kill -9 at random"), random.Random(9)
    tasks, ending = [_Task(fleet, cast, number) for number in range(LOADERS)], threading.Event()
    threads = [threading.Thread(target=task.run, args=(ending,)) for task in tasks]
    for thread in threads:
        thread.start()
    slowest = 0.0
    for _ in range(kills):
        time.sleep(chance.uniform(0.05, 1.5))
        server = chance.choice(fleet.servers)
        server.kill()
        slowest = max(slowest, server.start())
        outcome.counts["kills"] += 1
    ending.set()
    for thread in threads:
        thread.join()
    outcome.notes.append(f"slowest ready again after {slowest:.1f} s")
    if slowest > HEALTHY:
        outcome.slow.append(f"a process was ready only after {slowest:.1f} s")
    for task in tasks:
        outcome.counts["issued"] += len(task.issued)
        outcome.counts["redeemed"] += task.redeemed
        outcome.counts["answers that never came, asked again"] += task.lost
        outcome.wrong += task.wrong
    issued = [id for task in tasks for id in task.issued]
    with fleet.bank.store.transaction() as tx:
        lots = [lot.credential for lot in tx.lots_of(cast.learner.id)]
    before = set(cast.before)
    if sorted(issued) != sorted(id for id in lots if id not in before):
        outcome.wrong.append(f"{len(issued)} credentials were issued, and there are {len(set(lots) - before)} lots")
    outcome.wrong += books(fleet, cast)
    outcome.wrong += _anchored(fleet, issued)
    return outcome


class _Task:
    """One client that issues a credential and redeems it, and repeats each request until it is answered."""

    def __init__(self, fleet: Fleet, cast: Cast, number: int) -> None:
        self._fleet, self._cast, self._client = fleet, cast, Client()
        self._chance = random.Random(number)
        self.issued: list[str] = []
        self.redeemed = self.lost = 0
        self.wrong: list[str] = []

    def run(self, ending: threading.Event) -> None:
        """Until `ending`, and then to the end of what was begun."""
        while not ending.is_set():
            made = self._until_answered("/v1/credentials", self._cast.wanted(), self._cast.provider.token)
            if made.status != 201:
                self.wrong.append(f"issuing was answered {made.status} {made.slug}")
                continue
            self.issued.append(str(made.body["id"]))
            with self._fleet.bank.store.transaction() as tx:
                (lot,) = [lot for lot in tx.lots_of(self._cast.learner.id) if lot.credential == made.body["id"]]
            body = {"lot": lot.id, "amount": str(CREDITS), "award": f"urn:uuid:{uuid.uuid4()}"}
            university = self._chance.choice(self._cast.universities)
            spent = self._until_answered("/v1/redemptions", body, university.token)
            if spent.status == 201:
                self.redeemed += 1
            else:
                self.wrong.append(f"redeeming was answered {spent.status} {spent.slug}")

    def _until_answered(self, path: str, body: object, token: str) -> Answer:
        key = str(uuid.uuid4())
        for _ in range(PATIENCE):
            server = self._chance.choice(self._fleet.servers)
            answer = self._client.post(server.url, path, body, token=token, key=key)
            if answer.status not in (0, 409, 503) or answer.slug == SPENT:
                return answer
            self.lost += answer.status == 0
            time.sleep(0.1)
        return answer


def _anchored(fleet: Fleet, issued: list[str]) -> list[str]:
    """Every credential has one leaf, and its receipt in the end."""
    fleet.bank.anchoring.seal()
    fleet.bank.anchoring.settle()
    with fleet.bank.store.transaction() as tx:
        missing = [id for id in issued if tx.find_receipt(id) is None]
    return [f"{len(missing)} credentials have no receipt"] if missing else []


@dataclass(frozen=True)
class Load:
    """So many requests a second of one kind; `ask` makes one that was never made before."""

    name: str
    rate: int
    ask: Callable[[int], Wanted]
    good: int = 201


def load(fleet: Fleet, wanted: Load, *, seconds: int) -> Outcome:
    """Send at the promised rate, whether or not answers come; latency counts from the moment a request was due.

    This is what the promise is judged by. `most` finds how much more there would be.
    """
    outcome = Outcome(f"{fleet.kind}: {wanted.name}, {wanted.rate}/s offered for {seconds} s")
    told = _measured(
        fleet,
        outcome,
        lambda: offered(wanted.ask, rate=wanted.rate, seconds=seconds, good=wanted.good),
        seconds=seconds,
    )
    if told.rate < wanted.rate * 0.95:
        outcome.slow.append(f"only {told.rate:.0f} of {wanted.rate} a second")
    if _rank(outcome.seconds, 99) > WORST:
        outcome.slow.append(f"p99 {_rank(outcome.seconds, 99):.0f} ms is above {WORST} ms")
    return outcome


def most(fleet: Fleet, wanted: Load, *, seconds: int, askers: int = 12) -> Outcome:
    """Ask as fast as answers come: the highest rate, and what each request costs then. Nothing is promised of it."""
    outcome = Outcome(f"{fleet.kind}: {wanted.name}, as many as {askers} askers get in {seconds} s")
    _measured(
        fleet,
        outcome,
        lambda: pulled(wanted.ask, askers=askers, seconds=seconds, good=wanted.good),
        seconds=seconds,
    )
    return outcome


def _measured(fleet: Fleet, outcome: Outcome, ask: Callable[[], Told], *, seconds: int) -> Told:
    before, busy = fleet.cpu(), machine()
    with _memory(fleet, seconds) as memory:
        told = ask()
    outcome.counts.update(told.words)
    outcome.seconds += told.seconds
    each = 1000 / max(1, len(told.seconds))
    used = {name: (after - before[name]) * each for name, after in fleet.cpu().items()}
    worked, whole = (after - before for before, after in zip(busy, machine(), strict=True))
    parts = " + ".join(f"{spent:.1f} {name}" for name, spent in used.items())
    outcome.notes.append(f"{told.rate:.0f} a second reached, {sum(used.values()):.1f} ms of CPU each = {parts}")
    outcome.notes.append(f"the machine was busy {100 * worked / max(1, whole):.0f} % of the time")
    outcome.notes.append("MiB " + ", ".join(" -> ".join(map(str, one)) for one in zip(*memory, strict=True)))
    if bad := sum(outcome.counts.values()) - outcome.counts["answered"]:
        outcome.wrong.append(f"{bad} requests were not answered as they should be")
    return told


@contextmanager
def _memory(fleet: Fleet, seconds: float) -> Iterator[list[list[int]]]:
    """What each server holds, in MiB: at the beginning, after a third of `seconds`, after two, and at the end."""
    seen, over = list[list[int]](), threading.Event()

    def look() -> None:
        seen.append([server.memory() // 1024 for server in fleet.servers])

    def watch() -> None:
        for _ in range(2):
            if over.wait(seconds / 3):
                return
            look()

    look()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()
        look()


def loads(fleet: Fleet, cast: Cast, *, seconds: int, only: Sequence[str] = ()) -> list[Outcome]:
    """Issue 100 a second, verify 200, redeem 50: first as offered, then, where that does no harm, as many as can be."""
    brief, done = max(2, min(30, seconds // 4)), list[Outcome]()

    def server(number: int) -> str:
        return fleet.servers[number % len(fleet.servers)].url

    def both(wanted: Load) -> None:
        if not only or wanted.name in only:
            most(fleet, wanted, seconds=1)  # what is seen for the first time is learnt now
            done.extend((load(fleet, wanted, seconds=seconds), most(fleet, wanted, seconds=brief)))

    def issue(number: int) -> Wanted:
        return Wanted.post(
            server(number), "/v1/credentials", cast.wanted(), token=cast.provider.token, key=str(uuid.uuid4())
        )

    both(Load("issue", 100, issue))
    if not only or "verify" in only:
        signed = [cast.signed(fleet) for _ in range(OF_EACH)]

        def verify(number: int) -> Wanted:
            file = {"name": "c.json", "content": signed[number % len(signed)]}
            return Wanted.post(server(number), "/v1/verifications", {"files": [file]})

        both(Load("verify", 200, verify, good=200))
    if not only or "redeem" in only:
        # of many learners: one account writes its entries one by one, and nobody redeems 50 credits in a second
        learners = cast.learners(fleet, LEARNERS)
        kept = iter([cast.issue(fleet, learners[number % LEARNERS]) for number in range(50 * seconds)])

        def redeem(number: int) -> Wanted:
            university = cast.universities[number % len(cast.universities)]
            body = {"lot": next(kept), "amount": str(CREDITS), "award": f"urn:uuid:{uuid.uuid4()}"}
            return Wanted.post(server(number), "/v1/redemptions", body, token=university.token, key=str(uuid.uuid4()))

        done.append(load(fleet, Load("redeem", 50, redeem), seconds=seconds))
    return done
