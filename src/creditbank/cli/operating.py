"""`creditbank bank`: what the operator of a bank does with it as a whole."""

import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from creditbank.cli.bank import bank_at, settings_of
from creditbank.cli.commands import example, group
from creditbank.cli.failures import Usage
from creditbank.cli.options import Files, Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.services.halting import REDEMPTION
from creditbank.services.halting_records import Halt
from creditbank.services.watching import BACKUP, LEDGER
from creditbank.units import instant_text

app = group(
    "Halt, back up, restore, and look at a whole bank.",
    'creditbank bank halt --why "a key was stolen"',
    "creditbank bank halts",
)
OPERATOR = "operator"
Body = Annotated[str | None, typer.Option("--organisation", help="The body's id; without it, everybody.")]
Why = Annotated[str, typer.Option("--why", help="In a line; it is kept and shown.")]


@app.command(epilog=example('creditbank bank halt --why "a key was stolen"'))
def halt(why: Why, organisation: Body = None, home: Home = None, json_output: Json = False) -> int:
    """Stop issuing, awarding and redeeming, of one body or of all.

    Reading, verifying, revoking and exporting go on. Whoever asks meanwhile is told to come back; what was begun goes
    on after the halt. It works on a bank that is being served, at once and in every process.
    """
    with bank_at(home, own_chain=False) as bank:
        halted = bank.halting.halt(by=OPERATOR, why=why, organisation=organisation)
    _show(Terminal(json_output=json_output), halted, "Halted")
    return 0


@app.command(epilog=example('creditbank bank resume --why "the key is revoked"'))
def resume(why: Why, organisation: Body = None, home: Home = None, json_output: Json = False) -> int:
    """Let one body, or all, go on after a halt."""
    with bank_at(home, own_chain=False) as bank:
        lifted = bank.halting.resume(by=OPERATOR, why=why, organisation=organisation)
    _show(Terminal(json_output=json_output), lifted, "Going on")
    return 0


@app.command(epilog=example("creditbank bank halts"))
def halts(home: Home = None, json_output: Json = False) -> int:
    """List every halt there ever was, with who asked and why."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.halting.all()
    if json_output:
        terminal.json({"halts": [halt_view(one) for one in found]})
        return 0
    if not found:
        terminal.line("Nothing was ever halted here.")
    terminal.rows(
        [
            [
                one.scope,
                instant_text(one.since),
                ("stands", "bold red") if one.lifted is None else f"until {instant_text(one.lifted)}",
                one.by,
                one.why,
            ]
            for one in found
        ],
        headers=("scope", "since", "state", "by", "why"),
    )
    return 0


@app.command(epilog=example("creditbank bank settings", "creditbank bank settings --json"))
def settings(home: Home = None, json_output: Json = False) -> int:
    """Print the settings in force, with secrets masked.

    Each may stand in bank.toml, in the environment, or in a file that the environment names; docs/settings.md lists
    them.
    """
    terminal = Terminal(json_output=json_output)
    shown = settings_of(home).shown()
    if json_output:
        terminal.json(shown)
        return 0
    terminal.rows([[name, str(value)] for name, value in shown.items()], headers=("setting", "value"))
    return 0


@app.command(epilog=example("creditbank bank backup /srv/backups/monday.zip"))
def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write; it must not be there yet.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Write every row and every wrapped key of the bank into one file, while it works.

    Keys stay sealed: the passphrase, or the development key, is not in the archive, so keep it somewhere else. The
    digest that is shown is of the manifest, which has the digests of all else.
    """
    from creditbank.bootstrap import backup_bank

    terminal, settings = Terminal(json_output=json_output), settings_of(home)
    made = backup_bank(settings, file)
    with bank_at(home, own_chain=False) as bank:
        bank.watching.note(BACKUP, passed=True, said=f"{sum(made.rows.values())} rows")
    if json_output:
        terminal.json({"file": str(file), "digest": made.digest, "rows": sum(made.rows.values()), "made": made.made})
        return 0
    terminal.line("Backed up ", (str(sum(made.rows.values())), "bold"), f" rows and {len(made.files)} files to {file}.")
    terminal.line(f"Manifest: sha256:{made.digest}")
    return 0


@app.command(epilog=example("creditbank bank restore /srv/backups/monday.zip --home /srv/bank"))
def restore(
    file: Annotated[Path, typer.Argument(help="The archive of `creditbank bank backup`.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Fill an empty home and database from a backup; redemption stays fenced.

    Settings and keys that stand in the home already are left as they are. What was redeemed since the backup looks
    free in it, so nothing can be redeemed until `creditbank bank reconcile` finds that ledger and chain agree.
    """
    from creditbank.bootstrap import restore_bank, restore_files_of

    terminal = Terminal(json_output=json_output)
    files = restore_files_of(file, settings_of(home).home)
    settings = settings_of(home)
    rows = restore_bank(settings, file)
    if json_output:
        terminal.json({"home": str(settings.home), "rows": rows, "files": files})
        return 0
    terminal.line("Restored ", (str(rows), "bold"), f" rows and {len(files)} files to {settings.home}.")
    terminal.hint(f"Redemption is fenced. Next: creditbank bank reconcile --home {settings.home}")
    return 0


@app.command(
    epilog=example("creditbank bank journal /mnt/elsewhere/journal", "creditbank bank journal FILE --every 10")
)
def journal(
    file: Annotated[Path, typer.Argument(help="The journal to go on with; made if it is not there.")],
    every: Annotated[int, typer.Option("--every", min=0, help="Go on every so many seconds until Ctrl-C.")] = 0,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Write down elsewhere what was redeemed since the journal's end.

    Keep it on another disk than the database: after a restore `creditbank bank reconcile --journal` reads it, so that
    not even a minute of redemptions is lost. It holds what a backup holds, so guard it alike.
    """
    terminal, stopping, lines = Terminal(json_output=json_output), threading.Event(), 0
    with bank_at(home, own_chain=False) as bank:
        if every:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stopping.set())
            while not stopping.is_set():
                lines += bank.store.extend_journal(file)
                stopping.wait(every)
        lines += bank.store.extend_journal(file)
    if json_output:
        terminal.json({"file": str(file), "lines": lines})
    else:
        terminal.line(f"Wrote {lines} lines to {file}.")
    return 0


@app.command(epilog=example("creditbank bank reconcile", "creditbank bank reconcile --journal /mnt/elsewhere/journal"))
def reconcile(
    journal: Annotated[Path | None, typer.Option("--journal", help="A journal to replay first.")] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Compare the ledger with the chain, and open redemption again after a restore.

    The journal is replayed first. What the chain counts beyond the ledger is then counted there too, because it is
    spent. Redemption opens when every lot agrees and the ledger's own audit finds nothing; exit code 1 until then.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        replayed = 0 if journal is None else bank.store.replay_journal(journal)
        found = bank.reconciling.reconcile(by=OPERATOR)
        fenced = bool([one for one in bank.halting.standing() if one.scope == REDEMPTION])
    if json_output:
        terminal.json(
            {
                "accountsReplayed": replayed,
                "lots": found.lots,
                "recovered": found.recovered,
                "findings": list(found.findings),
                "redemption": "fenced" if fenced else "open",
            }
        )
        return 1 if found.findings else 0
    terminal.line(
        f"Replayed {replayed} accounts; compared {found.lots} lots, {found.recovered} learned from the chain."
    )
    for finding in found.findings:
        terminal.line(("differs: ", "bold red"), finding)
    terminal.line("Redemption is ", ("fenced", "bold red") if fenced else ("open", "bold green"), ".")
    return 1 if found.findings else 0


@app.command(epilog=example("creditbank bank carry --former /srv/former", "creditbank bank carry --former-is-gone"))
def carry(
    former: Annotated[
        Path | None, typer.Option("--former", help="A folder with the bank.toml of the former chain, and its chain.db.")
    ] = None,
    former_is_gone: Annotated[
        bool, typer.Option("--former-is-gone", help="Nobody can ask the former chain any more.")
    ] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Spend on the chain in use what was spent on the former one, and open redemption.

    A bank that comes to other contracts redeems nothing until then: banks that share the new chain could count a credit
    once more. The former chain is asked what other banks spent there; without it what they spent stays unknown, and
    that is your word. Doing it again goes on where it stopped; exit code 1 while redemption is fenced.
    """
    from creditbank.bootstrap import open_chain_alone
    from creditbank.config import SETTINGS_FILE, Settings

    if (former is None) != former_is_gone:
        raise Usage(
            "Name the former chain with --former, or say --former-is-gone.", next_step="See docs/production.md."
        )
    if former is not None and not (former / SETTINGS_FILE).exists():
        raise Usage(
            f"There is no {SETTINGS_FILE} in {former}.",
            next_step="Name the folder with bank.toml and chain.db of before the move; see docs/production.md.",
        )
    terminal = Terminal(json_output=json_output)
    with ExitStack() as opened:
        before = None if former is None else opened.enter_context(open_chain_alone(Settings.load({}, former)))
        bank = opened.enter_context(bank_at(home))
        bank.registering.resume()  # the bodies are to stand on the chain in use before they spend there
        done = bank.carrying.carry(before, by=OPERATOR)
        fenced = bool([one for one in bank.halting.standing() if one.scope == REDEMPTION])
    if json_output:
        terminal.json(
            {
                "standing": done.standing,
                "spent": done.spent,
                "learned": done.learned,
                "findings": list(done.compared.findings),
                "redemption": "fenced" if fenced else "open",
            }
        )
        return 1 if fenced else 0
    terminal.line(
        f"Stood here already: {done.standing} uses; spent here anew: {done.spent}; "
        f"learned of others from the former chain: {done.learned} lots."
    )
    for finding in done.compared.findings:
        terminal.line(("differs: ", "bold red"), finding)
    terminal.line("Redemption is ", ("fenced", "bold red") if fenced else ("open", "bold green"), ".")
    return 1 if fenced else 0


@app.command(epilog=example("creditbank bank rebuild exports/ kits/*.zip"))
def rebuild(files: Files, home: Home = None, json_output: Json = False) -> int:
    """Bring a bank back from what providers and learners kept, and the chain, where the database is lost.

    Make a new database in a home that has the keys and the chain's settings (creditbank init), then name folders and
    kits with credentials, receipts, DID documents and status lists. Each credential is verified before it is taken in;
    exit code 1 when any was refused. Redemption stays fenced until `creditbank bank reconcile`.
    """
    from creditbank.adapters.documents import read_files
    from creditbank.services.rebuilding import Kept

    terminal, bundle = Terminal(json_output=json_output), read_files(files)
    kept = Kept([one.data for one in bundle.signed if one.token is None], bundle.receipts, bundle.claims)
    with bank_at(home, own_chain=False) as bank:
        done = bank.rebuilding.rebuild(kept, by=OPERATOR)
    if json_output:
        terminal.json(
            {
                "organisations": done.organisations,
                "learners": done.learners,
                "credentials": done.credentials,
                "lots": done.lots,
                "refused": done.refused,
                "warnings": done.warnings,
            }
        )
        return 1 if done.refused else 0
    terminal.line(
        f"Took in {done.credentials} credentials of {done.organisations} bodies and {done.learners} learners, "
        f"{done.lots} lots."
    )
    for told in (*done.refused, *done.warnings):
        terminal.line(told, indent=2)
    terminal.hint("Redemption is fenced. Next: creditbank bank reconcile")
    return 1 if done.refused else 0


@app.command(epilog=example("creditbank bank migrate"))
def migrate(home: Home = None, json_output: Json = False) -> int:
    """Bring the tables to what this version needs, and keep what is in them.

    Processes of the version before go on beside it, so migrate first and restart them afterwards. Two at once take
    turns; one that is cut short leaves the tables as they were.
    """
    from creditbank.bootstrap import migrate_bank

    terminal = Terminal(json_output=json_output)
    revision = migrate_bank(settings_of(home))
    if json_output:
        terminal.json({"revision": revision})
    else:
        terminal.line("The tables stand at revision ", (revision, "bold"), ".")
    return 0


@app.command(epilog=example("creditbank bank check"))
def check(home: Home = None, json_output: Json = False) -> int:
    """Audit the ledger and the trail: every hash and every sum; exit code 1 when something differs.

    The result is remembered, and the metrics tell how long ago it was: let a timer call this every day.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        findings = [*bank.reconciling.audit()]
        findings += [f"trail of {one.chain}, entry {one.number}: {one.sentence}" for one in bank.trail.audit()]
        if findings:
            bank.watching.note(LEDGER, passed=False, said=f"{len(findings)} findings")
    if json_output:
        terminal.json({"findings": findings})
        return 1 if findings else 0
    for finding in findings:
        terminal.line(("differs: ", "bold red"), finding)
    terminal.line("Ledger and trail are as they were written." if not findings else f"{len(findings)} findings.")
    return 1 if findings else 0


def _show(terminal: Terminal, halt: Halt, word: str) -> None:
    if terminal.json_output:
        terminal.json(halt_view(halt))
    else:
        terminal.line(f"{word}: ", (halt.scope, "bold"), f" (since {instant_text(halt.since)}): {halt.why}")


def halt_view(halt: Halt) -> dict[str, object]:
    """A halt as JSON."""
    return {
        "id": halt.id,
        "scope": halt.scope,
        "since": instant_text(halt.since),
        "by": halt.by,
        "why": halt.why,
        "lifted": None if halt.lifted is None else instant_text(halt.lifted),
        "liftedBy": halt.lifted_by,
        "liftedWhy": halt.lifted_why,
    }
