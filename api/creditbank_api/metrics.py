"""Numbers for alarms, one for each promise (docs/metrics.md lists them), in the text format of Prometheus.

Counters are of this process, since it started; each process is asked at its own port. Gauges are read from the
database when somebody asks, so that every process says the same. No label is an id, a name or an address.
"""

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from creditbank import __version__
from creditbank.bootstrap import Bank
from creditbank.errors import CreditBankError
from creditbank.services.anchoring import BANK
from creditbank.services.watching import Figures

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
REDEEMING: Final = frozenset({("POST", "/v1/redemptions"), ("POST", "/v1/awards")})
ANCHOR_GAS: Final = 60_000  # contracts/README.md: no anchor needs more
LOST: Final = frozenset({"credits-already-redeemed", "award-refused"})


class Metrics:
    """The numbers of one process. Each application has a registry of its own, and shares none."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "creditbank_requests",
            "Requests answered, by route template",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "creditbank_request_seconds",
            "How long an answer took, by route template",
            ["method", "route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self.in_progress = Gauge(
            "creditbank_requests_in_progress", "Requests being answered now", registry=self.registry
        )
        self.problems = Counter("creditbank_problems", "Refusals, by slug", ["slug"], registry=self.registry)
        self.redemptions = Counter(
            "creditbank_redemptions",
            "Requests to redeem or award: won, lost to another award, or answered again",
            ["outcome"],
            registry=self.registry,
        )
        self.replays = Counter(
            "creditbank_idempotency_replays", "Answers given again for an Idempotency-Key", registry=self.registry
        )
        for outcome in ("won", "lost", "replayed"):
            self.redemptions.labels(outcome)

    def answered(self, method: str, route: str, status: int, seconds: float, *, problem: str, replayed: bool) -> None:
        """Count one answer."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)
        if problem:
            self.problems.labels(problem).inc()
        if replayed:
            self.replays.inc()
        if (method, route) in REDEEMING:
            if replayed:
                self.redemptions.labels("replayed").inc()
            elif status < 300:
                self.redemptions.labels("won").inc()
            elif problem in LOST:
                self.redemptions.labels("lost").inc()

    def watch(self, bank: Bank) -> None:
        """Add the gauges that are read from the bank when somebody asks."""
        self.registry.register(BankFigures(bank))

    def serve(self, port: int) -> "Listening":
        """Answer `/metrics` on a loopback port of its own, which no proxy passes on."""
        server, thread = start_http_server(port, addr="127.0.0.1", registry=self.registry)
        return Listening(server, thread)


class Listening:
    """The port at which metrics are read."""

    def __init__(self, server: Any, thread: threading.Thread) -> None:
        self._server, self._thread = server, thread

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class BankFigures(Collector):
    """Asks the bank for its figures at each scrape. A bank that does not answer says `creditbank_up 0`."""

    def __init__(self, bank: Bank) -> None:
        self._bank = bank

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database when the collector is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The gauges as they stand now."""
        yield _labelled("creditbank_build", "The version that runs", "version", {__version__: 1})
        try:
            figures = self._bank.watching.figures()
        except CreditBankError:
            yield _gauge("creditbank_up", "Whether the bank could read its own figures", 0)
            return
        yield _gauge("creditbank_up", "Whether the bank could read its own figures", 1)
        yield from shown(figures, self._bank.clock.now())
        yield from self._chain()

    def _chain(self) -> Iterator[Metric]:
        ready = self._bank.chain.ready()
        yield _gauge("creditbank_chain_up", "Whether the chain answers", int(ready))
        if ready:
            yield from self._sender()
        used = self._bank.vault.cap_use(self._bank.clock.now().date())
        yield _labelled(
            "creditbank_signing_cap_use",
            "Today's signatures as a share of the cap, of the tenant that used most, by purpose",
            "purpose",
            used,
        )

    def _sender(self) -> Iterator[Metric]:
        """The sending account, where gas costs something. A node that falls silent meanwhile says nothing of it."""
        try:
            node = self._bank.chain.survey(self._bank.vault.chain_account(BANK))
        except CreditBankError:
            return
        if not node.free:
            yield _gauge("creditbank_sender_balance_wei", "What the sending account has, in wei", node.balance)
            left = node.balance // (ANCHOR_GAS * max(node.most, 1))
            yield _gauge("creditbank_sender_anchors_left", "For how many anchors that lasts at the most", left)
            yield _gauge("creditbank_gas_price_wei", "What the next block asks for a unit of gas, in wei", node.needed)


def shown(figures: Figures, now: datetime) -> Iterator[Metric]:
    """The figures of a bank as gauges."""
    oldest = 0.0 if figures.oldest_unanchored is None else (now - figures.oldest_unanchored).total_seconds()
    yield _gauge("creditbank_unanchored_oldest_seconds", "Age of the oldest leaf that is not final", oldest)
    yield _gauge("creditbank_leaves_waiting", "Leaves in no batch", figures.leaves_waiting)
    yield _labelled("creditbank_batches", "Batches, by state", "state", figures.batches)
    yield _gauge("creditbank_attempts_in_flight", "Transactions on their way to the chain", figures.attempts_in_flight)
    sent = 0.0 if figures.oldest_attempt is None else (now - figures.oldest_attempt).total_seconds()
    yield _gauge("creditbank_attempt_oldest_seconds", "Age of the oldest transaction on its way", sent)
    yield _labelled("creditbank_jobs", "Long work, by state", "state", figures.jobs)
    waiting = 0.0 if figures.oldest_job is None else max(0.0, (now - figures.oldest_job).total_seconds())
    yield _gauge("creditbank_job_oldest_seconds", "How long the oldest job that is due has waited", waiting)
    yield _labelled("creditbank_halted", "Halts that stand, by scope", "scope", figures.halts)
    status = 0.0 if figures.oldest_status_list is None else (now - figures.oldest_status_list).total_seconds()
    yield _gauge("creditbank_status_list_oldest_seconds", "Age of the oldest status list as signed", status)
    yield _gauge(
        "creditbank_evaluations_too_complex", "Of the newest 1,000 evaluations, those too complex", figures.too_complex
    )
    yield _gauge("creditbank_webhooks_waiting", "Events that no receiver has taken yet", figures.webhooks_waiting)
    yield _gauge(
        "creditbank_batches_set_aside", "Batches whose records differ from their roots", figures.batches_set_aside
    )
    yield _gauge("creditbank_finality_undone", "How often a final block was taken back", figures.finality_undone)
    yield _gauge("creditbank_fee_waits", "What waits for fees to fall under the cap", figures.fee_waits)
    waits = 0.0 if figures.oldest_fee_wait is None else (now - figures.oldest_fee_wait).total_seconds()
    yield _gauge("creditbank_fee_wait_oldest_seconds", "How long the oldest of them has waited", waits)
    passed = {check.name: int(check.passed) for check in figures.checks}
    yield _labelled("creditbank_check_passed", "The last audit, backup and the like: passed or not", "check", passed)
    ages = {check.name: (now - check.at).total_seconds() for check in figures.checks}
    yield _labelled("creditbank_check_age_seconds", "Since the last audit, backup and the like", "check", ages)


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=value)


def _labelled(name: str, help: str, label: str, values: Any) -> Metric:
    family = GaugeMetricFamily(name, help, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([str(key)], value)
    return family
