"""`creditbank watch`: is every leaf in an issuer's name one that it made?"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from creditbank.adapters.documents import bundled_contexts
from creditbank.anchoring import Receipt, UnreadableReceipt, entry
from creditbank.canonical import canonical_json, load_object, parse_digest, sha256
from creditbank.cli.audit import EXITS, First, Folder, From, Trust, audited_chain, first_block, published_at
from creditbank.cli.commands import example, single
from creditbank.cli.options import Home, Json
from creditbank.cli.sources import Agree, Nodes
from creditbank.cli.terminal import Terminal
from creditbank.errors import BadInput

if TYPE_CHECKING:
    from creditbank.services.watching_leaves import Seen, WatchReport

app = single()
MOST_BYTES: Final = 24 * 1024 * 1024
DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
ENTRY: Final = re.compile(r"0x([0-9a-f]{128})")
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}")


class UnreadableWatch(BadInput):
    """The file that remembers what a watch saw holds something else."""

    slug = "unreadable-watch"


@app.command(
    epilog=example(
        "creditbank watch --issuer did:web:provider.example --known made/ --from https://bank.example",
        "creditbank watch --issuer DID --known made/ --from URL --rpc https://node.example --trust addresses.json",
    )
)
def watch(
    issuer: Annotated[str, typer.Option("--issuer", help="The issuer's DID.")],
    known: Annotated[
        list[Path],
        typer.Option(
            "--known",
            help="What the issuer made: files or directories of its signed documents and their receipts, or a text"
            " file with a digest (sha256:…) or entry (0x…) a line. Again for more.",
        ),
    ],
    url: From = None,
    folder: Folder = None,
    remember: Annotated[
        Path | None, typer.Option("--remember", help="A file that remembers the feed, so that a rewritten one is told.")
    ] = None,
    rpc: Nodes = None,
    trust: Trust = None,
    agree: Agree = None,
    first: First = None,
    chain_too: Annotated[bool, typer.Option("--chain", help="Ask the embedded chain at --home too.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Tell an issuer of leaves in its name that it did not make.

    Every batch that the bank shows is hashed anew and searched; the issuer's signed feed must tell of the same; and
    with --rpc or --chain so must the chain. A receipt counts only for a document whose digest is known, since the
    bank writes it. Exit 0 when all leaves are known, 1 for a strange one or a fault, 3 when something was silent.
    """
    from creditbank.services.watching_leaves import Watch

    terminal = Terminal(json_output=json_output)
    with ExitStack() as opened:
        published = opened.enter_context(published_at(url, folder))
        asks = bool(rpc) or chain_too
        chain = opened.enter_context(audited_chain(rpc or [], trust, agree, home)) if asks else None
        entries = known_entries(issuer, known)
        seen, start = _remembered(remember, issuer), first_block(first, trust) if asks else 0
        report = Watch(issuer, entries, published, bundled_contexts(), chain, seen, first=start).report()
    if remember is not None and not report.broken and report.newest is not None:
        _keep(remember, issuer, report.newest)
    if json_output:
        terminal.json(report.to_json())
    else:
        _show(terminal, report)
    return EXITS[report.verdict]


def known_entries(issuer: str, paths: list[Path]) -> frozenset[bytes]:
    """The entries that an issuer made, out of its own files.

    A receipt gives the salt for a document whose digest is known otherwise: from the document itself, or from a line.
    """
    digests: set[bytes] = set()
    entries: set[bytes] = set()
    receipts: list[Receipt] = []
    for content in _files(paths):
        text = content.strip()
        if not text.startswith(b"{"):
            lines = text.decode("utf-8", "replace").split()
            digests |= {bytes(parse_digest(one)) for one in lines if DIGEST.fullmatch(one)}
            entries |= {bytes.fromhex(found[1]) for one in lines if (found := ENTRY.fullmatch(one))}
            digests |= {bytes(sha256(one.encode())) for one in lines if TOKEN.fullmatch(one)}
            continue
        try:
            value = load_object(text, max_bytes=MOST_BYTES)
            if value.get("document") == "creditbank/receipt/v1":
                receipts.append(Receipt.parse(value))
            else:
                digests.add(bytes(sha256(canonical_json(value))))
        except (BadInput, UnreadableReceipt):
            continue  # what is neither is nothing that was anchored
    made = {entry(issuer, one.salt, one.digest) for one in receipts if bytes(one.digest) in digests}
    return frozenset(entries | made)


def _files(paths: list[Path]) -> Iterator[bytes]:
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file == path or file.is_file():  # what was named must be there
                with file.open("rb") as opened:
                    yield opened.read(MOST_BYTES)


def _remembered(file: Path | None, issuer: str) -> "Seen | None":
    from creditbank.services.watching_leaves import Seen

    if file is None or not file.exists():
        return None
    try:
        found = json.loads(file.read_text(encoding="utf-8")).get(issuer)
        return None if found is None else Seen(int(found["number"]), parse_digest(found["digest"]), str(found["by"]))
    except (ValueError, KeyError, TypeError, AttributeError, BadInput):
        raise UnreadableWatch("This file does not hold what a watch remembers.", place=str(file)) from None


def _keep(file: Path, issuer: str, seen: "Seen") -> None:
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    kept[issuer] = {"number": seen.number, "digest": f"sha256:{seen.digest.hex()}", "by": seen.by}
    part = file.with_suffix(file.suffix + ".part")
    part.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    part.replace(file)


def _show(terminal: Terminal, report: "WatchReport") -> None:
    for one in report.strange:
        block = "no block yet" if one.block is None else f"block {one.block}"
        terminal.line(("strange", "bold"), f" leaf {one.index} of batch {one.batch}, {block}: 0x{one.entry.hex()}")
    for sentence in report.broken:
        terminal.line(("broken", "bold"), f" {sentence}")
    for sentence in report.silent:
        terminal.line(("silent", "bold"), f" {sentence}")
    terminal.line((str(report.verdict), "bold"), f": {report.own} leaves are {report.issuer}'s own.")
