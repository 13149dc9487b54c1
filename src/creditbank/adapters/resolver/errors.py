"""Why a document was not fetched. `FetchRefused`, of the rule itself, comes from `creditbank.signing`."""

from typing import Final

from creditbank.errors import BadInput, Refused, Unavailable

LATER: Final = "Try again later, or hand the document over as a file in the folder of documents that you trust."
OTHERWISE: Final = "Ask its owner to serve the document itself at this address, or hand it over as a file."


class UnreachableHost(Unavailable):
    """The name has no address, or nothing behind it answers with a certificate that holds for the name."""

    slug = "unreachable-host"


class FetchTooSlow(Unavailable):
    """The document did not arrive whole within the time there is for all of it."""

    slug = "fetch-too-slow"


class FetchFailed(Unavailable):
    """The server answered, but not with the document."""

    slug = "fetch-failed"


class FetchRedirected(Refused):
    """The server sends us elsewhere, and nobody vouches for elsewhere."""

    slug = "fetch-redirected"


class FetchTooLarge(Refused):
    """The document is larger than one of its kind may be."""

    slug = "fetch-too-large"


class FetchEncoded(Refused):
    """The document comes compressed, though it was asked for as it is."""

    slug = "fetch-encoded"


class UnusableMemory(BadInput):
    """The file in which a verifier remembers status lists cannot be read or written."""

    slug = "unusable-memory"
