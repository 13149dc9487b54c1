"""`creditbank credential export`: an issued credential as a token."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from creditbank.canonical import digest_text
from creditbank.cli.bank import bank_at
from creditbank.cli.commands import example
from creditbank.cli.options import Home, Json
from creditbank.cli.terminal import Terminal
from creditbank.signing import TokenProfile
from creditbank.units import instant_text

EXPORT_EXAMPLES: Final = example(
    "creditbank credential export urn:uuid:7d0a… --by ID --as vc+jwt > credential.jwt",
    "creditbank credential export urn:uuid:7d0a… --by ID --as jwt > badge.jwt",
)


class TokenForm(StrEnum):
    """The forms of a token, by the media type that stands in its header."""

    VC_JWT = "vc+jwt"
    JWT = "jwt"

    @property
    def profile(self) -> TokenProfile:
        """The profile that this form follows."""
        return TokenProfile.VC_JOSE if self is TokenForm.VC_JWT else TokenProfile.OPEN_BADGES


Form = Annotated[
    TokenForm, typer.Option("--as", help="vc+jwt follows VC-JOSE-COSE; jwt follows Open Badges 3.0, with its claims.")
]
ChainOfReceipt = Annotated[
    int | None, typer.Option("--chain", help="The receipt of this chain id, where it was anchored on several.")
]
FormOfReceipt = Annotated[
    TokenForm | None, typer.Option("--as", help="The receipt of a token: vc+jwt or jwt, as it was exported.")
]


def export(
    credential: Annotated[str, typer.Argument(metavar="ID", help="The credential's id, urn:uuid:….")],
    by: Annotated[str, typer.Option("--by", help="The body that issued it, which signs the token.")],
    form: Form = TokenForm.VC_JWT,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Hand a credential out as a JSON Web Token too.

    The token has the credential's id and facts, and is the same credits; it is revoked with it. It gets a receipt of
    its own with the next batch: creditbank credential receipt ID --as vc+jwt. Asked again, it gives the same text.
    """
    terminal = Terminal(json_output=json_output)
    with bank_at(home, own_chain=False) as bank:
        made = bank.tokens.hand_out(credential, by=by, profile=form.profile)
    if json_output:
        terminal.json(
            {
                "credential": made.credential,
                "as": str(form),
                "token": made.token,
                "digest": digest_text(made.digest),
                "issued": instant_text(made.issued),
            }
        )
        return 0
    terminal.raw(f"{made.token}\n")
    return 0
