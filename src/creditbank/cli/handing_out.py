"""`creditbank credential bake` and `kit`: a credential as a file that people hand on."""

from pathlib import Path
from typing import Annotated, Final

import typer

from creditbank.adapters.documents import Bundle, FileKind, NotOneCredential, packed_kit, read_bytes, read_files
from creditbank.canonical import pretty_json
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example
from creditbank.cli.failures import Usage
from creditbank.cli.offline import own_documents
from creditbank.cli.options import Documents, Home, Json, write_file
from creditbank.cli.terminal import Terminal
from creditbank.credential import bake as baked_into
from creditbank.credential import plain_png, plain_svg
from creditbank.verification import ARCHIVAL, title_of

BAKE_EXAMPLES: Final = example(
    "creditbank credential bake credential.json --output badge.png",
    "creditbank credential bake urn:uuid:7d0a… --image badge.svg --output baked.svg",
)
KIT_EXAMPLES: Final = example(
    "creditbank credential kit urn:uuid:7d0a… --output kit.zip",
    "creditbank credential kit credential.json --documents documents/ --output kit.zip",
)
Credential = Annotated[
    str, typer.Argument(metavar="ID|FILE", help="A credential of this bank by its id, or a file of any kind.")
]
PICTURES: Final = {".png": plain_png, ".svg": plain_svg}


def bake(
    credential: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="A credential of this bank by its id, or a file of any kind.")
    ],
    output: Annotated[Path, typer.Option("--output", help="Where to write the image: NAME.png or NAME.svg.")],
    image: Annotated[
        Path | None, typer.Option("--image", help="The picture, PNG or SVG; without one, a plain seal is drawn.")
    ] = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Put a credential into the picture of its badge.

    The image then is the credential: whoever drops it on a verifier sees what is inside (Open Badges 3.0). What was in
    the image before is replaced. An SVG is written anew, so that nothing scripted comes along, and of a PNG nothing is
    kept but the picture.
    """
    terminal = Terminal(json_output=json_output)
    text, title = signed_text(credential, home)
    baked = baked_into(_picture(image, output, title), text)
    write_file(output, baked)
    if json_output:
        terminal.json({"output": str(output), "bytes": len(baked)})
        return 0
    terminal.line("Baked ", (title, "bold"), f" into {output}.")
    terminal.hint(f"Look inside: creditbank verify {output}")
    return 0


def kit(
    credential: Annotated[
        str, typer.Argument(metavar="ID|FILE", help="A credential or an award of this bank by its id, or a file.")
    ],
    output: Annotated[Path, typer.Option("--output", help="Where to write the kit: a zip archive.")],
    documents: Documents = None,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Pack a credential with everything that checks it offline.

    Of this bank's own credentials and awards the kit holds the receipt, status lists, issuers' documents, frameworks,
    accreditation, for an award its proof and every credential in it, and a page that says how to check it. Of a FILE
    it holds what lies beside it, and what --documents holds about it. `creditbank verify` reads a kit as it is.
    """
    terminal = Terminal(json_output=json_output)
    if Path(credential).exists():
        content = _kit_of_files(read_files([Path(credential)]), documents)
    else:
        with bank_at(home, own_chain=False) as bank:
            found = bank.kits.of(credential)
        content = packed_kit(
            found.kind, found.subject, found.title, found.files, test=found.test, trust=found.trust, note=found.note
        )
    write_file(output, content)
    if json_output:
        terminal.json({"output": str(output), "bytes": len(content)})
        return 0
    terminal.line("Packed a verification kit: ", (str(output), "bold"), ".")
    terminal.hint(f"Check it: creditbank verify {output} --offline --trust trust.json")
    return 0


def _kit_of_files(given: Bundle, documents: Path | None) -> bytes:
    """What files alone can give: the signed document as it came, and what bears on it."""
    signed = given.of(FileKind.CREDENTIAL, FileKind.AWARD)
    if len(signed) != 1:
        raise NotOneCredential(
            f"Here are {len(signed)} credentials, and a kit is about one.",
            next_step="Name the file of the one credential; its receipt is found beside it.",
        )
    one = signed[0]
    kind, ending = ("award" if one.kind is FileKind.AWARD else "credential"), ("jwt" if one.token else "json")
    own = own_documents(documents)
    others = [file for file in given.files if file is not one and file.kind is not FileKind.RECEIPT]
    files = {f"{kind}.{ending}": one.data, "policy.json": pretty_json(ARCHIVAL.to_json())}
    files |= {f"receipt-{at}.json": file.data for at, file in enumerate(given.of(FileKind.RECEIPT), start=1)}
    files |= {
        f"others/{at:02d}{Path(file.place).suffix or '.json'}": file.data for at, file in enumerate(others, start=1)
    }
    files |= {f"documents/{at:02d}.json": own.documents[id] for at, id in enumerate(sorted(own.documents), start=1)}
    test = any(receipt.chain.test for receipt in given.receipts)
    return packed_kit(kind, one.id, title_of(one.value), files, test=test)


def signed_text(credential: str, home: Path | None) -> tuple[str, str]:
    """The text of a signed credential, as it was signed, and its title."""
    if Path(credential).exists():
        signed = read_files([Path(credential)], beside=False).of(FileKind.CREDENTIAL, FileKind.AWARD)
        if len(signed) != 1:
            raise NotOneCredential(
                f"This file holds {len(signed)} credentials, and an image takes one.",
                place=credential,
                next_step="Name the file of the one credential.",
            )
        return signed[0].token or signed[0].data.decode().strip(), title_of(signed[0].value)
    with bank_at(home, own_chain=False) as bank, bank.store.transaction() as tx:
        found = tx.get_credential(credential)
    return found.signed.decode(), title_of(found.document)


def _picture(image: Path | None, output: Path, title: str) -> bytes:
    draw = PICTURES.get(output.suffix.lower())
    if image is not None:
        return read_bytes(image)
    if draw is None:
        raise Usage(
            "Without a picture, the name says what is drawn.", place="--output", next_step="End it in .png or .svg."
        )
    return draw(title)
