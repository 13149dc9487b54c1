"""QR codes, drawn here: what a wallet or telephone reads from a screen or from paper, with its title for a reader."""

import segno
from markupsafe import Markup


def qr_code(text: str, title: str) -> Markup:
    """A QR code of `text` as inline SVG, black whatever the theme; quartile correction, or the most that fits."""
    code = segno.make(text, error="q" if len(text) < 300 else "l", micro=False, boost_error=False)
    drawn = code.svg_inline(scale=4, border=4, title=title, dark="black")
    return Markup(drawn.replace("<svg ", '<svg role="img" ', 1))  # noqa: S704 -- segno escapes the title
