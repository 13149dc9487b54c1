"""`creditbank endorsement`: a body speaks for another body, for what can be earned, or for what somebody earned."""

from typing import Annotated

import typer

from creditbank.canonical import digest_text, pretty_json
from creditbank.cli.bank import bank_at, request_id
from creditbank.cli.commands import example, group
from creditbank.cli.credential import NotAnchoredYet
from creditbank.cli.options import Home, Json, Request
from creditbank.cli.terminal import Terminal
from creditbank.services.kits import NotSignedYet
from creditbank.services.records import EndorsementRecord
from creditbank.units import instant_text

app = group("Endorse, show and take back endorsements.", "creditbank endorsement list --of ID")

EndorsementId = Annotated[str, typer.Argument(metavar="ID", help="The endorsement's id, urn:uuid:….")]
Endorsed = Annotated[
    str, typer.Option("--of", help="What is endorsed: the DID of a body, or the id of an achievement or credential.")
]


@app.command(epilog=example('creditbank endorsement issue --organisation ID --of ID --comment "We hire with it."'))
def issue(
    organisation: Annotated[str, typer.Option("--organisation", help="The body that endorses.")],
    endorsed: Endorsed,
    comment: Annotated[str, typer.Option("--comment", help="What it says; it is signed, and anybody may read it.")],
    request: Request = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Endorse another body, an achievement or a credential.

    What is signed can be handed out alone (creditbank endorsement show), and an issuer can put it into what it issues
    next (creditbank credential issue --endorsement). It waits for the next batch.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made = bank.endorsing.issue(request_id(request), organisation=organisation, endorsed=endorsed, comment=comment)
    if json_output:
        terminal.json(_view(made))
        return 0
    terminal.line("Signed ", (made.id, "bold"), f": {made.name}.")
    terminal.hint("It waits for the next batch: creditbank batch seal, then creditbank anchor submit.")
    return 0


@app.command(epilog=example("creditbank endorsement show urn:uuid:c20b… > endorsement.json"))
def show(endorsement: EndorsementId, home: Home = None, json_output: Json = False) -> int:
    """Show an endorsement exactly as it was signed.

    With everything that checks it offline: creditbank credential kit.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.endorsing.get(endorsement)
    if found.signed is None:
        raise NotSignedYet(
            f"{endorsement} is not signed yet.", next_step="Run the same `creditbank endorsement issue` again."
        )
    terminal.raw(f"{found.signed.decode()}\n")
    return 0


@app.command(epilog=example("creditbank endorsement receipt urn:uuid:c20b… > endorsement.receipt.json"))
def receipt(endorsement: EndorsementId, home: Home = None, json_output: Json = False) -> int:
    """Show the receipt of when an endorsement was anchored."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        tx.get_endorsement(endorsement)
        found = tx.find_receipt(endorsement)
    if found is None:
        raise NotAnchoredYet(
            f"{endorsement} is not anchored yet, so there is no receipt.",
            next_step="Run creditbank batch seal and creditbank anchor submit, and ask again.",
        )
    terminal.raw(pretty_json(found.document).decode())
    return 0


@app.command("list", epilog=example("creditbank endorsement list --of did:web:college.example"))
def list_endorsements(endorsed: Endorsed, home: Home = None, json_output: Json = False) -> int:
    """List the endorsements of one thing that stand."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.endorsing.of(endorsed)
    if json_output:
        terminal.json({"endorsements": [_view(one) for one in found]})
        return 0
    rows = [[one.id, one.created.date().isoformat(), one.organisation, one.comment] for one in found]
    terminal.rows(rows, headers=("id", "made", "by", "comment"))
    return 0


@app.command(epilog=example('creditbank endorsement revoke urn:uuid:c20b… --by ID --reason "no longer true"'))
def revoke(
    endorsement: EndorsementId,
    by: Annotated[str, typer.Option("--by", help="The body that endorsed.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Take an endorsement back.

    Its issuer's status list says so at once. What it was put into is then not accepted by who requires that every
    endorsement inside stands; its issuer can correct that (creditbank credential reissue).
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        bank.endorsing.revoke(endorsement, by=by, reason=reason)
    if json_output:
        terminal.json({"endorsement": endorsement, "revoked": True, "reason": reason})
        return 0
    terminal.line("Revoked ", (endorsement, "bold"), f": {reason}")
    return 0


def _view(one: EndorsementRecord) -> dict[str, object]:
    return {
        "id": one.id,
        "organisation": one.organisation,
        "of": one.endorsed,
        "name": one.name,
        "comment": one.comment,
        "created": instant_text(one.created),
        "digest": None if one.digest is None else digest_text(one.digest),
        "issued": None if one.issued is None else instant_text(one.issued),
        "statusIndex": one.status_index,
        "revoked": one.revoked is not None,
    }
