"""`creditbank organisation members|invite|token|made`: who belongs to it, what its programs use, and what they made."""

from typing import Annotated

import typer

from creditbank.cli.bank import bank_at, request_id
from creditbank.cli.commands import example
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.cli.trail import ASKED_COLUMNS, asked_row, asked_view
from creditbank.services.access import DAYS
from creditbank.services.granting import client_id
from creditbank.services.membership import AT_THE_MACHINE, INVITED_DAYS
from creditbank.services.membership_records import AccessKey, KeyKind
from creditbank.services.rights import MemberRole, Scope
from creditbank.services.undoing import Gained
from creditbank.units import instant_text, parse_instant

Body = Annotated[str, typer.Argument(metavar="ID", help="The organisation's id.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the noun `organisation`."""
    app.command(
        "members", epilog=example("creditbank organisation members ID", "creditbank organisation members ID --remove P")
    )(members)
    app.command("invite", epilog=example("creditbank organisation invite ID --role owner"))(invite)
    app.command(
        "token",
        epilog=example(
            'creditbank organisation token ID --label "Registry" --scope credentials:issue --days 30',
            "creditbank organisation token ID --revoke TOKEN",
        ),
    )(token)
    app.command(
        "client",
        epilog=example('creditbank organisation client ID --label "Registry" --scope credentials:read --days 30'),
    )(client)
    app.command(
        "made",
        epilog=example(
            "creditbank organisation made ID token:urn:uuid:...",
            "creditbank organisation made ID person:urn:uuid:... --since 2026-06-30T09:00:00Z --end",
        ),
    )(made)
    app.command("tokens", epilog=example("creditbank organisation tokens ID"))(tokens)


def members(
    organisation: Body,
    remove: Annotated[str | None, typer.Option("--remove", metavar="ID", help="End this person's membership.")] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List the members of an organisation with their roles, or remove one.

    The last owner cannot be removed.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        if remove is not None:
            bank.membership.remove(organisation, remove, by=AT_THE_MACHINE)
        found = bank.membership.members(organisation)
    if json_output:
        terminal.json(
            {
                "members": [
                    {
                        "person": record.person,
                        "name": name,
                        "roles": sorted(record.roles),
                        "since": instant_text(record.since),
                        "by": record.by,
                    }
                    for record, name in found
                ]
            }
        )
        return 0
    if not found:
        terminal.line("It has no members yet.")
        terminal.hint(f"Invite its first owner: creditbank organisation invite {organisation} --role owner")
        return 0
    terminal.rows(
        [
            [record.person, ", ".join(sorted(record.roles)), instant_text(record.since), (name, "bold")]
            for record, name in found
        ],
        headers=("person", "roles", "since", "name"),
    )
    return 0


def invite(
    organisation: Body,
    role: Annotated[list[MemberRole], typer.Option("--role", help="What whoever accepts becomes; may be given again.")],
    days: Annotated[int, typer.Option("--days", help="For how many days the code opens, at most 30.")] = INVITED_DAYS,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Invite somebody into an organisation.

    The code is shown this once and kept as its hash. Hand it to one person over a channel that you trust: whoever signs
    in and accepts it first becomes the member.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made, code = bank.membership.invite(
            f"cli:{request_id(request)}", organisation=organisation, roles=role, by=AT_THE_MACHINE, days=days
        )
    if json_output:
        terminal.json({"id": made.id, "roles": sorted(made.roles), "expires": instant_text(made.expires), "code": code})
        return 0
    if code is None:
        terminal.line("This invitation was made before; its code was shown then.")
        return 0
    terminal.line((code, "bold"))
    terminal.hint(f"Good for one person until {instant_text(made.expires)}; it is not shown again.")
    return 0


def token(
    organisation: Body,
    label: Annotated[str, typer.Option("--label", help="What uses the token.")] = "",
    scope: Annotated[list[Scope] | None, typer.Option("--scope", help="What it may do; may be given again.")] = None,
    days: Annotated[int, typer.Option("--days", help="For how many days it is good, at most 365.")] = DAYS,
    revoke: Annotated[str | None, typer.Option("--revoke", metavar="ID", help="Revoke this token instead.")] = None,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Make a token for a program of an organisation, or revoke one.

    The token is shown this once and kept as its hash.
    """
    terminal = Terminal(json_output=json_output)
    if revoke is None and not (label and scope):
        raise Usage("A token needs a label and a scope.", next_step="Give --label and --scope, or --revoke.")
    with bank_at(home, own_chain=False) as bank:
        if revoke is not None:
            bank.access.revoke(organisation, revoke, by=AT_THE_MACHINE)
            if json_output:
                terminal.json({"revoked": revoke})
            else:
                terminal.line((revoke, "bold"), " is revoked.")
            return 0
        made, secret = bank.access.make_token(
            f"cli:{request_id(request)}",
            organisation=organisation,
            label=label,
            scopes=scope or [],
            by=AT_THE_MACHINE,
            days=days,
        )
    if json_output:
        terminal.json(_view(made) | {"token": secret})
        return 0
    if secret is None:
        terminal.line("This token was made before; it was shown then.")
        return 0
    terminal.line((secret, "bold"))
    terminal.hint(f"Good until {instant_text(made.expires)}; it is not shown again.")
    return 0


def client(
    organisation: Body,
    label: Annotated[str, typer.Option("--label", help="What uses the client.")],
    scope: Annotated[list[Scope], typer.Option("--scope", help="What it may do; may be given again.")],
    days: Annotated[int, typer.Option("--days", help="For how many days it is good, at most 365.")] = DAYS,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Make an OAuth 2.0 client for a program of an organisation.

    It exchanges its secret at /oauth/token for access tokens of an hour. The secret is shown this once. It is listed
    and revoked like a token.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made, secret = bank.granting.make_client(
            f"cli:{request_id(request)}",
            organisation=organisation,
            label=label,
            scopes=scope,
            by=AT_THE_MACHINE,
            days=days,
        )
    if json_output:
        terminal.json(_view(made) | {"clientId": client_id(made), "secret": secret})
        return 0
    terminal.line("Client  ", (client_id(made), "bold"))
    terminal.line("Secret  ", (secret or "shown before", "bold"))
    terminal.hint(f"Good until {instant_text(made.expires)}; the secret is not shown again.")
    return 0


def made(
    organisation: Body,
    actor: Annotated[str, typer.Argument(metavar="ACTOR", help="A key (token:ID) or a person (person:ID).")],
    since: Annotated[str | None, typer.Option("--since", help="Only what was made from this moment on.")] = None,
    end: Annotated[bool, typer.Option("--end", help="End all of it, and the key; a person stays a member.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show what came of a key or a session that was in wrong hands, or end it.

    Keys, invitations, members who came by them, roles, webhooks, and what those made in their turn.
    """
    terminal = Terminal(json_output=json_output)
    begin = None if since is None else parse_instant(since)
    with bank_at(home, own_chain=False) as bank:
        if end:
            found = bank.undoing.end(organisation, actor, by=AT_THE_MACHINE, since=begin)
        else:
            found = bank.undoing.made_by(organisation, actor, since=begin)
    rows = [
        *(("token" if one.kind is KeyKind.TOKEN else "client", one.id, one.label) for one in found.keys),
        *(("invitation", one.id, ", ".join(sorted(one.roles))) for one in found.invitations),
        *(("member", one.record.person, _roles_of(one)) for one in found.members),
        *(("webhook", one.id, one.url) for one in found.added),
        *(("secret of webhook", one.id, one.url) for one in found.seen),
    ]
    if json_output:
        terminal.json(
            {
                "ended": end,
                "made": [{"kind": kind, "id": id, "what": what} for kind, id, what in rows],
                "acts": [one.number for one in found.acts],
                "requests": [asked_view(one) for one in found.asked],
                "more": found.more,
            }
        )
        return 0
    terminal.rows(rows, headers=("ended" if end else "stands", "id", "what"))
    terminal.line(f"{len(found.acts)} acts in the trail: creditbank trail show --organisation {organisation}")
    if found.asked:
        terminal.line(f"What was asked for by it, the newest {len(found.asked)} of {'more' if found.more else 'all'}:")
        terminal.rows([asked_row(one) for one in found.asked], headers=ASKED_COLUMNS)
        terminal.hint("None of it is undone by ending what made it: credentials are revoked, awards taken back.")
    if rows and not end:
        terminal.hint("End all of it with --end.")
    return 0


def _roles_of(gained: Gained) -> str:
    now, before = (", ".join(sorted(roles)) for roles in (gained.record.roles, gained.before))
    return f"{now} (before: {before or 'no member'})"


def tokens(organisation: Body, home: Home = None, json_output: Json = False) -> int:
    """List the tokens and clients of an organisation that are good, by how they begin."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = [*bank.access.keys(organisation), *bank.access.keys(organisation, KeyKind.CLIENT)]
    if json_output:
        terminal.json({"tokens": [_view(key) for key in found]})
        return 0
    terminal.rows(
        [
            [
                key.id,
                f"{key.hint}…",
                instant_text(key.expires),
                "never" if key.used is None else instant_text(key.used),
                " ".join(sorted(key.scopes)),
                (key.label, "bold"),
            ]
            for key in found
        ],
        headers=("id", "begins", "expires", "last used", "scopes", "label"),
    )
    return 0


def _view(key: AccessKey) -> dict[str, object]:
    return {
        "id": key.id,
        "hint": key.hint,
        "label": key.label,
        "scopes": sorted(key.scopes),
        "by": key.by,
        "created": instant_text(key.created),
        "expires": instant_text(key.expires),
        "used": None if key.used is None else instant_text(key.used),
    }
