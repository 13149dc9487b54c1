"""`creditbank credential`: issuing, showing and revoking credentials."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from creditbank.adapters.documents import FileKind, open_one, read_bytes
from creditbank.anchoring import Receipt
from creditbank.canonical import digest_text, pretty_json
from creditbank.cli import bulk, exporting, handing_out
from creditbank.cli.bank import bank_at, request_id
from creditbank.cli.commands import example, group
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.credential import annex_one, unit_facts
from creditbank.errors import BadInput, Unavailable
from creditbank.services.records import IssuedCredential
from creditbank.units import instant_text
from creditbank.verification import read_secured

app = group("Issue, show, list, hand out and revoke credentials.", "creditbank credential list --learner ID")

app.command(epilog=handing_out.BAKE_EXAMPLES)(handing_out.bake)
app.command(epilog=handing_out.KIT_EXAMPLES)(handing_out.kit)
app.command(epilog=exporting.EXPORT_EXAMPLES)(exporting.export)
app.add_typer(bulk.app, name="bulk")

CredentialId = Annotated[str, typer.Argument(metavar="ID", help="The credential's id, urn:uuid:….")]


class NotAnchoredYet(Unavailable):
    """The credential waits for its batch to become final, so there is no receipt yet."""

    slug = "not-anchored-yet"


@app.command(
    epilog=example(
        "creditbank credential issue --organisation ID --learner ID --achievement ID --version 1 --earned 2026-06-30"
    )
)
def issue(
    organisation: Annotated[str, typer.Option("--organisation", help="The provider that issues.")],
    learner: Annotated[str, typer.Option("--learner", help="The learner who earned it.")],
    achievement: Annotated[str, typer.Option("--achievement", help="What was earned.")],
    version: Annotated[str, typer.Option("--version", help="The published version of it.")],
    earned: Annotated[str, typer.Option("--earned", help="The day it was earned, such as 2026-06-30.")],
    result: Annotated[
        str | None, typer.Option("--result", help="A grade or result, as the provider writes it.")
    ] = None,
    scale: Annotated[
        str | None, typer.Option("--scale", help="The scale of the result, one of those the achievement names.")
    ] = None,
    endorsement: Annotated[
        list[str] | None,
        typer.Option("--endorsement", help="An endorsement of the achievement or the provider that it shows."),
    ] = None,
    identity: Annotated[
        list[str] | None,
        typer.Option("--identity", help="KIND=VALUE that the learner asked to be known by, such as emailAddress=…"),
    ] = None,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Issue a credential for something a learner earned.

    The signed credential goes into the learner's account at once, and into the next batch for the chain. Of an
    --identity it holds a salted hash: whoever knows the value can compare, and nobody reads it.
    """
    terminal = Terminal(json_output=json_output)
    day, known_by = _day(earned), _pairs(identity or ())
    with bank_at(home, own_chain=False) as bank:
        made = bank.issuing.issue(
            request_id(request),
            organisation=organisation,
            learner=learner,
            achievement=achievement,
            version=version,
            earned=day,
            result=result,
            scale=scale,
            endorsements=endorsement or (),
            identities=known_by,
        )
    if json_output:
        terminal.json(issued_view(made))
        return 0
    terminal.line("Issued ", (made.id, "bold"), ".")
    terminal.hint("It waits for the next batch: creditbank batch seal, then creditbank anchor submit.")
    return 0


@app.command(
    epilog=example(
        "creditbank credential prepare --organisation ID --learner ID --achievement ID --version 1 --earned 2026-06-30"
    )
)
def prepare(
    organisation: Annotated[str, typer.Option("--organisation", help="The provider that will sign it.")],
    learner: Annotated[str, typer.Option("--learner", help="The learner who earned it.")],
    achievement: Annotated[str, typer.Option("--achievement", help="What was earned.")],
    version: Annotated[str, typer.Option("--version", help="The published version of it.")],
    earned: Annotated[str, typer.Option("--earned", help="The day it was earned, such as 2026-06-30.")],
    result: Annotated[
        str | None, typer.Option("--result", help="A grade or result, as the provider writes it.")
    ] = None,
    scale: Annotated[
        str | None, typer.Option("--scale", help="The scale of the result, one of those the achievement names.")
    ] = None,
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Prepare a credential that the provider signs itself.

    It has its id and its place in the status list. Sign exactly this with a registered key (creditbank key register)
    and hand it in: creditbank credential deliver.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made = bank.delivering.prepare(
            request_id(request),
            organisation=organisation,
            learner=learner,
            achievement=achievement,
            version=version,
            earned=_day(earned),
            result=result,
            scale=scale,
        )
    terminal.raw(pretty_json(made.unsigned).decode())
    return 0


@app.command(epilog=example("creditbank credential deliver credential.json --organisation ID"))
def deliver(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A credential, or a status list, as it was signed.")],
    organisation: Annotated[str, typer.Option("--organisation", help="The provider that signed it.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Take in what a provider signed with its own key.

    A credential must say what the published unit says. It is kept byte for byte, and goes into the learner's account
    and the next batch. A status list of the provider's own is kept too, and what it revokes can no longer be used.
    """
    terminal = Terminal(json_output=json_output)
    given = open_one(read_bytes(file), str(file), FileKind.CREDENTIAL, FileKind.STATUS_LIST)
    with bank_at(home, own_chain=False) as bank:
        if given.kind is FileKind.STATUS_LIST:
            kept = bank.delivering.deliver_status(given.data, organisation=organisation)
            made = None
        else:
            made = bank.delivering.deliver(given.data, organisation=organisation)
    if json_output:
        terminal.json(issued_view(made) if made else {"statusList": kept.id})
        return 0
    terminal.line("Taken in: ", (made.id if made else kept.id, "bold"), ".")
    return 0


@app.command(epilog=example("creditbank credential show urn:uuid:7d0a… > credential.json"))
def show(credential: CredentialId, home: Home = None, json_output: Json = False) -> int:
    """Show a credential exactly as it was signed."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.get_credential(credential)
    terminal.raw(f"{found.signed.decode()}\n")
    return 0


@app.command(epilog=example("creditbank credential receipt urn:uuid:7d0a… > credential.receipt.json"))
def receipt(
    credential: CredentialId,
    form: exporting.FormOfReceipt = None,
    chain: exporting.ChainOfReceipt = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show the receipt of when a credential was anchored.

    Keep it beside the credential as NAME.receipt.json: `creditbank verify` finds it there.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        tx.get_credential(credential)
        name = credential if form is None else f"{credential}#{form.profile}"
        several = [one for one in tx.every_receipt(name) if chain in (None, Receipt.parse(one.document).chain.id)]
        found = several[0] if several else None
    if found is None:
        raise NotAnchoredYet(
            f"{credential} is not anchored yet{'' if form is None else f' as {form}'}, so there is no receipt.",
            next_step="Run creditbank batch seal and creditbank anchor submit, and ask again.",
        )
    terminal.raw(pretty_json(found.document).decode())
    return 0


@app.command(epilog=example('creditbank credential revoke urn:uuid:7d0a… --by ID --reason "issued in error"'))
def revoke(
    credential: CredentialId,
    by: Annotated[str, typer.Option("--by", help="The provider that issued it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept, and shown to the learner.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Revoke a credential.

    Its status list says so at once, and its credits can no longer be used. What was already redeemed stays
    on record.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        bank.issuing.revoke(credential, by=by, reason=reason)
    if json_output:
        terminal.json({"credential": credential, "revoked": True, "reason": reason})
        return 0
    terminal.line("Revoked ", (credential, "bold"), f": {reason}")
    return 0


@app.command(epilog=example("creditbank credential elements credential.json"))
def elements(
    credential: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="A credential of this bank by its id, or a file of any kind.")
    ],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Show which elements of an EU micro-credential a credential states, and which it lacks.

    They are those of Annex I of Council Recommendation 2022/C 243/02. What a credential states is its issuer's claim;
    creditbank verify says whether it is the issuer's.
    """
    terminal = Terminal(json_output=json_output)
    text, title = handing_out.signed_text(credential, home)
    found = annex_one(read_secured(text.encode()).document)
    if json_output:
        rows = [
            {"name": one.name, "title": one.title, "mandatory": one.mandatory, "stated": list(one.stated)}
            for one in found
        ]
        terminal.json({"title": title, "complete": not any(one.lacking for one in found), "elements": rows})
        return 0
    terminal.rows(
        [[one.title, "; ".join(one.stated) or ("lacking" if one.mandatory else "–")] for one in found],
        headers=("element", title),
    )
    return 0


@app.command(
    epilog=example(
        'creditbank credential reissue urn:uuid:7d0a… --by ID --reason "wrong day" --earned 2026-06-29',
        'creditbank credential reissue urn:uuid:7d0a… --by ID --reason "marks were added up wrongly" --result A',
    )
)
def reissue(
    credential: CredentialId,
    by: Annotated[str, typer.Option("--by", help="The provider that issued it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept, and shown to the learner.")],
    earned: Annotated[str | None, typer.Option("--earned", help="The right day, such as 2026-06-30.")] = None,
    version: Annotated[str | None, typer.Option("--version", help="The right version of the achievement.")] = None,
    result: Annotated[str | None, typer.Option("--result", help="The right grade or result.")] = None,
    scale: Annotated[str | None, typer.Option("--scale", help="The scale of the result.")] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Issue a credential anew, corrected, in the place of the one before.

    What is not given stays as it was. The correction names the credential it supersedes and the first issue, the one
    before is revoked, and both are the same credits. Asked again, it gives the same correction.
    """
    terminal = Terminal(json_output=json_output)
    day = None if earned is None else _day(earned)
    with bank_at(home, own_chain=False) as bank:
        made = bank.issuing.reissue(
            credential, by=by, reason=reason, earned=day, version=version, result=result, scale=scale
        )
    if json_output:
        terminal.json({**issued_view(made), "supersedes": credential, "reason": reason})
        return 0
    terminal.line("Issued ", (made.id, "bold"), f" in the place of {credential}, which is revoked: {reason}")
    terminal.hint("It waits for the next batch: creditbank batch seal, then creditbank anchor submit.")
    return 0


@app.command("list", epilog=example("creditbank credential list --learner ID"))
def list_credentials(
    learner: Annotated[str, typer.Option("--learner", help="The learner who holds them.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """List a learner's credentials."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        tx.get_learner(learner)
        found = tx.credentials_of(learner)
    if json_output:
        terminal.json({"credentials": [issued_view(one) for one in found]})
        return 0
    terminal.rows([_row(one) for one in found], headers=("id", "issued", "credits", "title"))
    return 0


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Usage(f"{text[:40]!r} is not a day.", place="--earned", next_step="Write it like 2026-06-30.") from None


def _pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    found = [tuple(text.partition("=")[::2]) for text in texts]
    if any(not kind or not value for kind, value in found):
        raise Usage("An identity has a kind and a value.", place="--identity", next_step="Write it KIND=VALUE.")
    return [(kind, value) for kind, value in found]


def _row(issued: IssuedCredential) -> list[str]:
    document = issued.document
    when = issued.issued.date().isoformat()
    try:
        facts = unit_facts(document)
    except BadInput:  # an award is a credential too, and gives no credit
        return [issued.id, when, "–", str(document.get("name", "award"))]
    return [issued.id, when, str(facts.credits), facts.title]


def issued_view(issued: IssuedCredential) -> dict[str, object]:
    """What a machine reads of a credential beside its bytes."""
    return {
        "id": issued.id,
        "organisation": issued.organisation,
        "learner": issued.learner,
        "digest": digest_text(issued.digest),
        "issued": instant_text(issued.issued),
        "statusList": issued.status_list,
        "statusIndex": issued.status_index,
    }


@app.command(epilog=example('creditbank credential suspend urn:uuid:7d0a… --by ID --reason "under review"'))
def suspend(
    credential: CredentialId,
    by: Annotated[str, typer.Option("--by", help="The provider that issued it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Suspend a credential for a while.

    The issuer's list of suspensions says so at once, and until it is reinstated its credits cannot be reserved
    for an award. What counts already goes on counting.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        bank.suspending.suspend(credential, by=by, reason=reason)
    return _said(terminal, "Suspended", credential, reason, suspended=True)


@app.command(epilog=example('creditbank credential reinstate urn:uuid:7d0a… --by ID --reason "review closed"'))
def reinstate(
    credential: CredentialId,
    by: Annotated[str, typer.Option("--by", help="The provider that issued it.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """End the suspension of a credential: its credits can be used again."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        bank.suspending.reinstate(credential, by=by, reason=reason)
    return _said(terminal, "Reinstated", credential, reason, suspended=False)


def _said(terminal: Terminal, word: str, credential: str, reason: str, *, suspended: bool) -> int:
    if terminal.json_output:
        terminal.json({"credential": credential, "suspended": suspended, "reason": reason})
    else:
        terminal.line(f"{word} ", (credential, "bold"), f": {reason}")
    return 0
