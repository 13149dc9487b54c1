"""`creditbank issuer`: what an issuer does when its key was stolen."""

from typing import TYPE_CHECKING, Annotated

import typer

from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example, group
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.units import instant_text, parse_instant

if TYPE_CHECKING:
    from creditbank.services.compromising import Affected, Compromise

app = group("Act when a key was stolen.", "creditbank issuer compromise --organisation ID --since 2026-06-30T09:00:00Z")


@app.command(
    epilog=example(
        "creditbank issuer compromise --organisation ID --since 2026-06-30T09:00:00Z",
        'creditbank issuer compromise --organisation ID --since 2026-06-30T09:00:00Z --reissue "the key was stolen"',
    )
)
def compromise(
    organisation: Annotated[str, typer.Option("--organisation", help="The issuer.")],
    since: Annotated[str, typer.Option("--since", help="When it was stolen, or the earliest it can have been.")],
    multikey: Annotated[
        str | None, typer.Option("--key", help="The key (z6Mk…); left out, the one that signs now.")
    ] = None,
    reissue: Annotated[
        str | None, typer.Option("--reissue", metavar="REASON", help="Issue what fell anew; the reason is kept.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Revoke a stolen key, and let what was anchored since the theft fall.

    Issuer and registrar both declare the moment on the chain, once and for ever. The report lists everything that
    the key signed, credentials, awards, tokens and endorsements: anchored before (it stands), after (it falls), or
    not anchored (it falls); and every award that was built on any of it. Doing it again with the same moment
    finishes what was cut short; with --reissue what fell is issued anew.
    """
    terminal, moment = Terminal(json_output=json_output), parse_instant(since)
    with bank_at(home) as bank:
        found = bank.compromising.declare(organisation, moment, multikey)
        if reissue is not None:
            found = bank.compromising.reissue(organisation, found.multikey, reason=reissue)
    if json_output:
        terminal.json(found.to_json())
        return 0
    _show(terminal, found)
    return 0


def _show(terminal: Terminal, found: "Compromise") -> None:
    told = f" is revoked since {instant_text(found.revoked)} and suspect since {instant_text(found.since)}."
    terminal.line((found.multikey, "bold"), told)
    for kind, affected in (
        ("credential", found.affected),
        ("token", found.tokens),
        ("endorsement", found.endorsements),
    ):
        if affected:
            terminal.rows([_row(one) for one in affected], headers=(kind, "anchored", "when", "now"))
    if found.awards:
        terminal.rows(
            [
                [
                    award.award,
                    (award.state or "of another bank", "bold"),
                    ", ".join(f"{one.credential} ({one.standing})" for one in award.built_on),
                    "rests on what fell" if award.rests_on_fallen else "stands",
                ]
                for award in found.awards
            ],
            headers=("award", "state", "built on", "now"),
        )


def _row(one: "Affected") -> list[str | tuple[str, str]]:
    stands = "stands" if not one.falls else one.correction or one.refused or "falls, and must be issued anew"
    when = "–" if one.anchored is None else instant_text(one.anchored)
    return [one.credential, (str(one.standing), "bold"), when, stands]
