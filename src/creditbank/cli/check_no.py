"""`creditbank check-no`: why credits do not add up, confirmed from files.

Like `check-award`, this module and all it imports know no database, no chain library, no solver and no server.
"""

from creditbank.adapters.documents import FileKind
from creditbank.cli.commands import example, single
from creditbank.cli.offline import (
    NothingToVerify,
    asked,
    built_in_rules,
    file_evidence,
    files_given,
    own_documents,
    rules_of,
    trusted_facts,
)
from creditbank.cli.options import Documents, Files, Full, Json, Now, Offline, PolicyName, Registers, Trust
from creditbank.cli.reports import answer
from creditbank.cli.terminal import Terminal
from creditbank.verification import Judged, verify_denial

app = single()


@app.command(
    name="check-no",
    epilog=example(
        "creditbank check-no no.json credentials/ --offline --trust trust.json",
        "creditbank check-no no.json credentials/ my-rules.yaml --offline --documents own/ --trust trust.json",
    ),
)
def check_no(
    files: Files,
    documents: Documents = None,
    trust: Trust = None,
    register: Registers = None,
    policy: PolicyName = None,
    now: Now = None,
    offline: Offline = False,
    full: Full = False,
    json_output: Json = False,
) -> int:
    """Re-check a no: every credential, and the proof.

    Give the proof of the no (`creditbank qualification evaluate` writes it), the credentials that it weighed with
    their receipts, and any others of the same learner: one that was not weighed speaks against it. Its certificate is
    added up again from what the providers signed, without the engine that found it. It is always done from files
    alone.

    Exit code 0 says that these credentials cannot add up, 1 that the proof does not show it, 3 that something could
    not be checked, such as the bank's word on what is left of a credential. That the learner holds no others, nobody
    can show.
    """
    terminal = Terminal(json_output=json_output)
    how = asked(policy, "archival", now, register=bool(register))
    given, own, facts = files_given(files, terminal), own_documents(documents, register or ()), trusted_facts(trust)
    denials = given.of(FileKind.DENIAL)
    if not denials:
        raise NothingToVerify(
            "None of these files is a proof of a no.",
            next_step="Name the proof itself, and the credentials that it weighed.",
        )
    rules, evidence = rules_of(built_in_rules(), own, given), file_evidence(given, own, facts, how.policy)
    held = [credential.secured for credential in given.submission.credentials]
    judged = [
        Judged(
            denial.place,
            verify_denial(denial.data, held, rules, evidence, policy=how.policy, now=how.now),
        )
        for denial in denials
    ]
    return answer(terminal, given, judged, how.policy, offline=True, full=full)
