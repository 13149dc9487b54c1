"""The table of commands, and the group that imports a command's module only when it is called."""

from importlib import import_module
from typing import Any, Final, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

EXIT_CODES: Final = "Exit codes: 0 accepted, 1 rejected, 2 usage or bad input, 3 inconclusive."


class Entry(NamedTuple):
    """One command: where it stands, and its line in the overview (the first of its own help; a test
    compares them).
    """

    module: str
    line: str


COMMANDS: Final[dict[str, Entry]] = {
    "demo": Entry("demonstrate", "Play the whole journey on this machine."),
    "init": Entry("init", "Set up a bank in a directory of its own."),
    "bank": Entry("operating", "Halt, back up, restore, and look at a whole bank."),
    "serve": Entry("serve", "Show the bank as pages and API, on this machine."),
    "request": Entry("request", "Forget old answers to requests of the API."),
    "work": Entry("work", "Do the long work that was asked for, and send events."),
    "verify": Entry("verify", "Verify credentials, presentations and awards."),
    "check-award": Entry("check_award", "Re-check an award: every credential, and the sum."),
    "check-no": Entry("check_no", "Re-check a no: every credential, and the proof."),
    "conformance": Entry("conformance", "Answer requests, one JSON object a line."),
    "framework": Entry("framework", "Look at frameworks, and check files of your own."),
    "conversion": Entry("conversion", "See what is known about credits of two systems."),
    "decision": Entry("decision", "Adopt, list, revoke and check the decisions of a body."),
    "qualification": Entry("qualification", "Explain rules, and weigh credits against them."),
    "register": Entry("register", "Take registers of accreditation in, and ask them."),
    "organisation": Entry("organisation", "Register providers and universities."),
    "key": Entry("key", "Look after keys, and read what they signed."),
    "did": Entry("did", "Show and check the documents that list keys."),
    "trail": Entry("trail", "Show, check and export what people did."),
    "learner": Entry("learner", "Open accounts, see what they hold, act for them."),
    "person": Entry("person", "See what an account to sign in with holds, and close it."),
    "enrolment": Entry("enrolment", "Enrol people under a provider's own numbers."),
    "template": Entry("template", "Start a unit from a template, and check templates."),
    "achievement": Entry("achievement", "Publish what can be earned."),
    "credential": Entry("credential", "Issue, show, list, hand out and revoke credentials."),
    "transcript": Entry("transcript", "Issue transcripts, and show them."),
    "endorsement": Entry("endorsement", "Endorse, show and take back endorsements."),
    "application": Entry("application", "Apply for awards, and answer applications."),
    "share": Entry("share", "Let somebody look at credentials, and take that back."),
    "award": Entry("award", "Issue an award, and show it with its proof."),
    "flag": Entry("flag", "Look at flagged awards, hear the learner, and decide."),
    "reservation": Entry("reservation", "Hold credits for a while, and give them back."),
    "ledger": Entry("ledger", "Audit the ledger, and keep its books in order."),
    "issuer": Entry("issuer", "Act when a key was stolen."),
    "batch": Entry("batch", "Seal waiting credentials into a batch."),
    "chain": Entry("chain", "Look at the chain, and at the account that sends."),
    "audit": Entry("audit", "Recompute what a bank anchored, from chain and leaves."),
    "watch": Entry("watch", "Tell an issuer of leaves in its name that it did not make."),
    "anchor": Entry("anchor", "Send sealed batches to the chain."),
}


class LazyGroup(TyperGroup):
    """Knows every command by name and line, and imports the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, entry in COMMANDS.items():
            self.commands[name] = TyperCommand(name, help=entry.line, callback=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the real command in the place of its line before it is looked up."""
        if args and args[0] in COMMANDS:
            self.commands[args[0]] = load_command(args[0])
        return super().resolve_command(ctx, args)


def load_command(name: str) -> Any:
    """Import a command's module and build the command."""
    module = import_module(f"creditbank.cli.{COMMANDS[name].module}")
    command = get_command(module.app)
    command.name = name
    return command


def group(line: str, *examples: str) -> typer.Typer:
    """An empty noun, whose verbs are added below it."""
    app = typer.Typer(
        help=line, add_completion=False, no_args_is_help=True, rich_markup_mode=None, epilog=example(*examples)
    )
    app.callback()(_noun)  # a noun with one verb stays a noun
    return app


def single() -> typer.Typer:
    """An empty command that is a verb by itself."""
    return typer.Typer(add_completion=False, rich_markup_mode=None)


def example(*lines: str) -> str:
    """The examples below a command's help, a line each."""
    title = "Example:" if len(lines) == 1 else "Examples:"
    return "\n".join(("\b", title, *(f"  {line}" for line in lines)))


def root() -> Any:
    """The `creditbank` command itself."""
    app = typer.Typer(
        cls=LazyGroup,
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=f"{example('creditbank demo', 'creditbank verify FILE --offline')}\n\n{EXIT_CODES}",
        help="A credit bank: signed units of learning, anchored, added up exactly, re-checkable by anyone.",
    )
    app.callback()(_root)
    return get_command(app)


def _noun() -> None:
    """Nothing happens before a verb is named."""


def _show_version(asked: bool) -> None:
    if asked:
        from creditbank import __version__

        typer.echo(f"creditbank {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
) -> None:
    """Nothing happens before a command is named."""
