"""A verification kit as one zip archive: the files, a page of instructions, and the list of all with their digests.

The same files give the same bytes: entries in order of their names, all of one date.
"""

import io
import zipfile
from collections.abc import Mapping
from html import escape
from typing import Final

from creditbank.canonical import Json, JsonObject, digest_text, pretty_json, sha256

FOLDER: Final = "verification-kit"
LIST: Final = "creditbank/kit/v1"
LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say

_MEANINGS: Final = {
    "credential": "the credential, exactly as it was signed",
    "award": "the award, exactly as it was signed",
    "award.proof": "its stacking proof: which credential filled which requirement, for how much",
    "receipt": "where it is anchored, with the block header and the proof from the chain",
    "credentials": "a credential that the award was built from, exactly as it was signed",
    "documents": "an issuer's keys (DID document), or a status list as it was fetched",
    "frameworks": "a framework or credit system that the credential's level and credits are of",
    "registers": "a register of accreditation, as it was taken in",
    "rules": "a rule document that the sum rests on",
    "decisions": "a decision of the awarding body, as it was signed",
    "policy": "the policy by which it can be judged: which checks must pass",
    "trust": "what the sender believes: block hashes, the register's entries, amounts spent. Yours to believe or not",
    "state": "what the contracts on the chain held, proven against the header of one block",
}
_BLOCK: Final = """ Signatures are checked here; who
may issue, with which keys, what was anchored and what was spent is proven by <code>state.json</code> against one block
of the chain. So you need to trust one thing: that this block is the chain's. Look its hash up in a source of your own
(a node, an explorer, a colleague), and see that these contracts are the ones you mean. If so, save this as
<code>trust.json</code> beside the kit:</p>
<pre>{trust}</pre>
<p>Without <code>--trust</code> the answer is inconclusive on that one question (<code>anchor.on-chain</code>):
everything else is checked, and hangs on that block."""
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Verification kit: {title}</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
pre {{ background: #8881; padding: .75rem; white-space: pre-wrap; overflow-wrap: anywhere }}
td, th {{ text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0 }}</style>
</head>
<body>
<h1>Verification kit: {title}</h1>
<p>This is {what}, with everything that it takes to check it: no account, no server and no network.{test}</p>{note}
<h2>Check it</h2>
<ol>
<li>Install the free checker <code>creditbank</code>.</li>
<li>Run it on the kit as you received it:
<pre>creditbank verify {name}.zip --offline --trust trust.json</pre></li>
<li>It answers 0 for accepted, 1 for rejected, 3 for inconclusive: something could not be checked, and it says
what.</li>
</ol>
<h2>What you trust is yours to say</h2>
<p>Whatever stands in this kit is a claim until a signature, the chain, or your own knowledge bears it out.{block}</p>
<p>The file <code>trust.json</code> in the kit is what the sender believes. The checker does not use it unless you name
it with <code>--trust</code>.</p>
<h2>What is in it</h2>
<table>
<tr><th>File</th><th>What it is</th></tr>
{rows}
</table>
<p>SHA-256 of every file stands in <code>manifest.json</code>. It tells a damaged file from a whole one; who could
change a file could change the list.</p>
</body>
</html>
"""


def packed_kit(
    kind: str,
    subject: str,
    title: str,
    files: Mapping[str, bytes],
    *,
    test: bool,
    trust: JsonObject | None = None,
    note: str = "",
) -> bytes:
    """The archive of a kit; `kind` and `subject` say what it is about, `test` that its chain is a rehearsal.

    `trust` is the least that its reader has to trust, shown on the page of instructions, as is `note`.
    """
    page = _instructions(kind, title, files, test, trust, note).encode()
    everything = {**files, "README.html": page}
    listed: Json = {name: digest_text(sha256(everything[name])) for name in sorted(everything)}
    manifest = {"document": LIST, "kind": kind, "id": subject, "title": title, "files": listed}
    everything["manifest.json"] = pretty_json(manifest)
    return packed(FOLDER, everything)


def packed(folder: str, files: Mapping[str, bytes]) -> bytes:
    """Files as one archive, the same bytes for the same files, whenever and wherever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{folder}/{name}", LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # else it would name the system it was packed on
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def _instructions(
    kind: str, title: str, files: Mapping[str, bytes], test: bool, trust: JsonObject | None, note: str
) -> str:
    rows = "\n".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_meaning(name))}</td></tr>" for name in sorted(files)
    )
    rehearsal = " Its chain is a test chain: it shows how the check works, and proves nothing to others."
    return _PAGE.format(
        title=escape(title or kind),
        what=f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}",
        test=rehearsal if test else "",
        note=f"\n<p><strong>{escape(note)}</strong></p>" if note else "",
        name="kit",
        block="" if trust is None else _BLOCK.format(trust=escape(pretty_json(trust).decode())),
        rows=rows,
    )


def _meaning(name: str) -> str:
    folder, _, _ = name.partition("/")
    stem = name.removesuffix(".json")
    if stem.endswith(".receipt"):
        return _MEANINGS["receipt"]
    return _MEANINGS.get(stem) or _MEANINGS.get(folder) or _MEANINGS.get(stem.partition(".")[0], "")
