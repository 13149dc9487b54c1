"""`creditbank learner offers|accept|decline|ask|deposit|identifiers|rebind|take-key`: what learners do themselves."""

from pathlib import Path
from typing import Annotated, Any

import typer

from creditbank.adapters.documents import packed, read_bytes
from creditbank.adapters.documents.exported import read_exported
from creditbank.canonical import sha256
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example
from creditbank.cli.failures import Usage
from creditbank.cli.options import Home, Json, write_file
from creditbank.cli.terminal import Terminal
from creditbank.services.holder_records import Occasion
from creditbank.services.records import Accepts
from creditbank.signing import base64url_decode
from creditbank.units import instant_text

Learner = Annotated[str, typer.Argument(metavar="ID", help="The learner's id.")]
Offered = Annotated[str, typer.Argument(metavar="OFFER", help="The offer; `creditbank learner offers` lists them.")]
By = Annotated[str, typer.Option("--learner", metavar="ID", help="The learner whose offer it is.")]


def add_to(app: typer.Typer) -> None:
    """Add these verbs to the noun `learner`."""
    app.command("ask", epilog=example("creditbank learner ask ID", "creditbank learner ask ID --no"))(ask)
    app.command("offers", epilog=example("creditbank learner offers ID"))(offers)
    app.command("accept", epilog=example("creditbank learner accept OFFER --learner ID"))(accept)
    app.command("decline", epilog=example('creditbank learner decline OFFER --learner ID --why "not mine"'))(decline)
    app.command(
        "deposit",
        epilog=example("creditbank learner deposit ID --challenge", "creditbank learner deposit ID presentation.json"),
    )(deposit)
    app.command(
        "export",
        epilog=example(
            "creditbank learner export ID --output account.zip",
            "creditbank learner export ID --output account.zip --for https://other.example --challenge …",
        ),
    )(export)
    app.command("identifiers", epilog=example("creditbank learner identifiers ID"))(identifiers)
    app.command(
        "rebind",
        epilog=example(
            "creditbank learner rebind ID did:key:z6Mk…",
            "creditbank learner rebind ID did:key:z6Mk… --challenge C --signature S",
            "creditbank learner rebind ID --new-key",
        ),
    )(rebind)
    app.command(
        "take-key",
        epilog=example(
            "creditbank learner take-key ID did:key:z6Mk… --out key.jwe --passphrase-file words.txt",
            "creditbank learner take-key ID did:key:z6Mk… --forget",
        ),
    )(take_key)


def ask(
    learner: Learner,
    no: Annotated[bool, typer.Option("--no", help="Let each credential enter the account at once.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Offer this learner what is issued, in the place of putting it into the account."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        changed = bank.accepting.prefer(learner, Accepts.AUTOMATIC if no else Accepts.ASK)
    if json_output:
        terminal.json({"learner": changed.id, "accepts": str(changed.accepts)})
        return 0
    terminal.line("Credentials enter the account at once." if no else "Credentials are offered first.")
    return 0


def offers(learner: Learner, home: Home = None, json_output: Json = False) -> int:
    """List what was offered to a learner, newest first, and what they said."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.accepting.offers(learner)
    if json_output:
        rows = [
            {"id": one.id, "credential": one.credential, "title": facts.title, "state": str(one.state), "why": one.why}
            for one, facts in found
        ]
        terminal.json({"offers": rows})
        return 0
    if not found:
        terminal.line("Nothing was offered.")
        return 0
    terminal.rows(
        [[one.id, str(one.state), str(facts.credits), (facts.title, "bold")] for one, facts in found],
        headers=("offer", "state", "credits", "unit"),
    )
    return 0


def accept(offer: Offered, learner: By, home: Home = None, json_output: Json = False) -> int:
    """Accept an offer: its credit is in the account from now on."""
    with bank_at(home, own_chain=False) as bank:
        made = bank.accepting.accept(offer, by=learner)
    return _said(Terminal(json_output=json_output), made.id, str(made.state), json_output=json_output)


def decline(
    offer: Offered,
    learner: By,
    why: Annotated[str, typer.Option("--why", help="The provider is told.")] = "",
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Decline an offer, for good unless the provider offers it anew."""
    with bank_at(home, own_chain=False) as bank:
        made = bank.accepting.decline(offer, by=learner, why=why)
    return _said(Terminal(json_output=json_output), made.id, str(made.state), json_output=json_output)


def _said(terminal: Terminal, offer: str, state: str, *, json_output: bool) -> int:
    if json_output:
        terminal.json({"offer": offer, "state": state})
    else:
        terminal.line((offer, "bold"), f" is {state}.")
    return 0


def deposit(
    learner: Learner,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A presentation, or a credential to a key that the bank keeps."),
    ] = None,
    challenge: Annotated[
        bool, typer.Option("--challenge", help="Give a challenge that a presentation is signed for.")
    ] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Take what a learner brings into the account, with proof that they hold it.

    Each unit is taken by itself; where none is, the command fails with the first reason.
    """
    terminal = Terminal(json_output=json_output)
    if challenge == (file is not None):
        raise Usage("Name a file to deposit, or ask for a challenge.")
    with bank_at(home, own_chain=False) as bank:
        if file is None:
            made = bank.depositing.challenge(learner)
            found = {"challenge": made.nonce, "domain": bank.depositing.domain, "expires": instant_text(made.expires)}
            if json_output:
                terminal.json(found)
            else:
                terminal.rows([[name, value] for name, value in found.items()])
            return 0
        data = read_bytes(file)
        given = _brought(data, str(file))
        taken = bank.depositing.deposit(f"cli:{learner}:{sha256(data).hex()}", learner=learner, **given)
    rows = [
        {
            "credential": one.credential,
            "title": one.title,
            "lot": one.lot,
            "problem": None if one.refusal is None else type(one.refusal).slug,
            "held": [{"amount": str(part.amount), "award": part.award, "why": part.why} for part in one.held],
        }
        for one in taken
    ]
    if json_output:
        terminal.json({"items": rows})
        return 0
    for one in taken:
        told = "is in the account." if one.refusal is None else one.refusal.sentence
        terminal.line((one.title, "bold"), f" {told}")
        for part in one.held:
            terminal.hint(f"{part.amount} of it are not free: {part.why} ({part.award}).")
    return 0


def _brought(data: bytes, place: str) -> dict[str, Any]:
    """What a file brings: a signed document by itself, or an archive's one presentation with what came along."""
    if not data.startswith(b"PK"):
        return {"signed": data.strip()}
    found = read_exported(data, place)
    return {"signed": found.signed, "receipts": found.receipts, "claims": found.claims, "said": found.said}


def export(
    learner: Learner,
    output: Annotated[Path, typer.Option("--output", help="Where to write the archive.")],
    domain: Annotated[str, typer.Option("--for", help="The other bank that takes it in, as its challenge says.")] = "",
    challenge: Annotated[str, typer.Option("--challenge", help="The challenge that the other bank gave.")] = "",
    link: Annotated[
        str, typer.Option("--link", help="The link of a share of this account, to which the paper leads.")
    ] = "",
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Write everything that an account holds as one archive.

    Credentials as they were signed, receipts, issuers' documents and status lists, awards' proofs, the account as JSON,
    and unsigned readings of it: for CLR 2.0, in the European Learning Model, and a paper (PDF). With --for and
    --challenge also what another bank takes it in by: creditbank learner deposit ID FILE there.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made = bank.taking_along.of(learner, challenge=challenge, domain=domain, share=link.rpartition("/")[2])
    content = packed("account", made.files)
    write_file(output, content)
    if json_output:
        terminal.json({"output": str(output), "bytes": len(content), "files": len(made.files)})
        return 0
    terminal.line("Wrote ", (str(output), "bold"), f": {len(made.files)} files.")
    return 0


def identifiers(learner: Learner, home: Home = None, json_output: Json = False) -> int:
    """List the DIDs of an account, and whose key the bank keeps."""
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        found = bank.holding.identities(learner)
    if json_output:
        rows = [
            {"did": one.did.did, "origin": str(one.did.origin), "today": one.did.until is None, "held": one.held}
            for one in found
        ]
        terminal.json({"identifiers": rows})
        return 0
    terminal.rows(
        [
            [
                one.did.did,
                str(one.did.origin),
                "" if one.did.until else "today",
                "kept" if one.held else "yours",
            ]
            for one in found
        ],
        headers=("did", "origin", "", "key"),
    )
    return 0


def rebind(
    learner: Learner,
    did: Annotated[str | None, typer.Argument(metavar="DID", help="The did:key of a wallet.")] = None,
    new_key: Annotated[bool, typer.Option("--new-key", help="Let the bank make and keep a new key.")] = False,
    challenge: Annotated[str | None, typer.Option("--challenge", help="The challenge in the statement.")] = None,
    signature: Annotated[
        str | None, typer.Option("--signature", help="The new key's signature over the statement, base64url.")
    ] = None,
    before: Annotated[
        str | None, typer.Option("--signature-before", help="That of the key before, where a wallet has it.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Let an account go by another DID; credits stay, and credentials keep the DID they name.

    Without a signature it prints the statement that the keys sign.
    """
    terminal = Terminal(json_output=json_output)
    if new_key == (did is not None) or (signature is None) != (challenge is None):
        raise Usage("Name the DID of a wallet, then its challenge and signature together; or ask for a new key.")
    with bank_at(home, own_chain=False) as bank:
        if did is not None and (signature is None or challenge is None):
            nonce = bank.holding.challenge(learner, Occasion.BIND).nonce
            text = bank.holding.statement(learner, did, nonce).decode()
            if json_output:
                terminal.json({"challenge": nonce, "statement": text})
            else:
                terminal.raw(f"{text}\n")
            return 0
        if did is None or signature is None or challenge is None:
            changed = bank.holding.renew(learner)
        else:
            changed = bank.holding.rebind(
                learner,
                did=did,
                nonce=challenge,
                signature=base64url_decode(signature),
                signature_before=None if before is None else base64url_decode(before),
            )
    if json_output:
        terminal.json({"learner": changed.id, "did": changed.did})
    else:
        terminal.line("The account goes by ", (changed.did, "bold"), ".")
    return 0


def take_key(
    learner: Learner,
    did: Annotated[str, typer.Argument(metavar="DID", help="The DID whose key it is.")],
    out: Annotated[Path | None, typer.Option("--out", help="Where to write the key, encrypted.")] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="A file whose first line is the passphrase.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Destroy the bank's copy, for good.")] = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Hand a learner's key over as an encrypted JWK, or have the bank forget it."""
    terminal = Terminal(json_output=json_output)
    if forget == (out is not None) or (out is None) != (passphrase_file is None):
        raise Usage("Name a file to write and a file with the passphrase, or say --forget.")
    with bank_at(home, own_chain=False) as bank:
        if out is None or passphrase_file is None:
            bank.holding.forget(learner, did)
        else:
            passphrase = read_bytes(passphrase_file).decode("utf-8", "replace").partition("\n")[0].strip()
            write_file(out, bank.holding.export(learner, did, passphrase).encode())
    if json_output:
        terminal.json({"did": did, "forgotten": forget})
    else:
        terminal.line("The bank's copy is destroyed." if forget else f"The key is in {out}.")
    return 0
