"""`creditbank audit`: everything recomputed from a chain and from what a bank publishes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from creditbank.cli.commands import example, single
from creditbank.cli.failures import Usage
from creditbank.cli.offline import trusted_facts
from creditbank.cli.options import Home, Json
from creditbank.cli.sources import Agree, Nodes, NoTrustedContracts
from creditbank.cli.terminal import Terminal
from creditbank.verification import Verdict

if TYPE_CHECKING:
    from creditbank.services.recomputing import AuditedChain
    from creditbank.services.recomputing_records import AuditReport, Published

app = single()
EXITS = {Verdict.ACCEPTED: 0, Verdict.REJECTED: 1, Verdict.INCONCLUSIVE: 3}
From = Annotated[
    str | None, typer.Option("--from", metavar="URL", help="The bank's address, whose public API shows its leaves.")
]
Folder = Annotated[
    Path | None,
    typer.Option("--published", metavar="DIR", help="The same as files, as `creditbank batch publish` writes them."),
]
First = Annotated[
    int | None,
    typer.Option(
        "--first-block",
        min=0,
        help="The block from which on to look; left out, the contracts' first as --trust has it.",
    ),
]
Trust = Annotated[Path | None, typer.Option("--trust", help="A trust file with the addresses of the contracts.")]


@app.command(
    epilog=example(
        "creditbank audit --rpc https://node.example --trust addresses.json --from https://bank.example",
        "creditbank audit --published DIR --home HOME",
    )
)
def audit(
    url: From = None,
    folder: Folder = None,
    rpc: Nodes = None,
    trust: Trust = None,
    agree: Agree = None,
    bank: Annotated[
        list[str] | None,
        typer.Option("--bank", help="An account of the bank (0x…); left out, those that its batches name."),
    ] = None,
    first: First = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Recompute what a bank anchored, from chain and leaves.

    Roots from leaves, anchors and events against each other, each batch's proof, the history of issuers, every lot's
    sum, and roots over status lists. No database of the bank is opened; without --rpc the embedded chain at --home is
    read. Exit 0 when all is right, 1 when something is wrong, 3 when something could not be looked at.
    """
    from creditbank.services.recomputing import Audit

    for account in bank or ():
        if not re.fullmatch("0x[0-9a-fA-F]{40}", account):
            raise Usage("--bank names no account.", next_step="An account is 0x and 40 hexadecimal digits.")
    terminal = Terminal(json_output=json_output)
    with published_at(url, folder) as published, audited_chain(rpc or [], trust, agree, home) as chain:
        accounts = frozenset(account.lower() for account in bank or ())
        report = Audit(chain, published, accounts, first_block(first, trust)).report()
    if json_output:
        terminal.json(report.to_json())
    else:
        _show(terminal, report)
    return EXITS[report.verdict]


def first_block(named: int | None, trust: Path | None) -> int:
    """From which block on events are read: as named, else from where the trust file says that the contracts begin."""
    facts = trusted_facts(trust) if named is None else None
    begins = [] if facts is None else [chain.first_block for chain in facts.chains if not chain.supposed]
    return named or min(begins, default=0)


@contextmanager
def audited_chain(rpc: list[str], trust: Path | None, agree: int | None, home: Path | None) -> "Iterator[AuditedChain]":
    """The chain behind these nodes, whose contracts a trust file names; else the embedded chain at home.

    Raises `NoTrustedContracts`, `TooFewNodes`, and what opening a chain raises.
    """
    if not rpc:
        from creditbank.bootstrap import open_chain_alone
        from creditbank.cli.bank import settings_of

        with open_chain_alone(settings_of(home)) as embedded:
            yield embedded
        return
    urls = list(dict.fromkeys(_address(url, "--rpc", "node") for url in rpc))
    from creditbank.adapters.catalogue import builtin_data
    from creditbank.adapters.chain.agreeing import AgreeingChain
    from creditbank.adapters.chain.witnesses import TooFewNodes

    facts = trusted_facts(trust)
    chains = [] if facts is None else [chain for chain in facts.chains if not chain.supposed]
    if len(chains) != 1:
        raise NoTrustedContracts(
            "An audit needs the addresses of the contracts of one chain.",
            next_step="Name a trust file that holds the chain with --trust.",
        )
    (chain,) = chains
    needed = len(urls) if agree is None else agree
    if not 1 <= needed <= len(urls):
        raise TooFewNodes(f"{needed} of {len(urls)} different nodes cannot agree.")
    contracts = {"issuers": chain.issuers, "anchors": chain.anchors, "redemptions": chain.redemptions}
    nodes = AgreeingChain.open(urls, needed, chain.place, contracts, builtin_data("contracts"))
    try:
        yield nodes
    finally:
        nodes.close()


@contextmanager
def published_at(url: str | None, folder: Path | None) -> "Iterator[Published]":
    """What a bank publishes, at its address or in a folder; one of the two is named."""
    from creditbank.adapters.publications import PublishedFolder, PublishedSite

    if (url is None) == (folder is None):
        raise Usage("Name what the bank publishes: either --from URL or --published DIR.")
    if folder is not None:
        yield PublishedFolder(folder)
        return
    site = PublishedSite(_address(str(url), "--from", "bank"))
    try:
        yield site
    finally:
        site.close()


def _address(url: str, option: str, of: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            return url
    except ValueError:
        pass
    raise Usage(f"{option} names no address of a {of}.", next_step=f"Write it whole, as https://{of}.example.")


def _show(terminal: Terminal, report: "AuditReport") -> None:
    for check in report.checks:
        terminal.line((f"{check.outcome:<10}", "bold"), f" {check.name}: {check.sentence}")
        for finding in check.findings[:10]:
            terminal.line(f"           {finding}")
        if len(check.findings) > 10:
            terminal.line(f"           and {len(check.findings) - 10} more")
    test = ", a test chain," if report.test else ""
    until = "no block" if report.last is None else f"block {report.last}"
    terminal.line((str(report.verdict), "bold"), f": {report.chain}{test} from block {report.first} to {until}.")
