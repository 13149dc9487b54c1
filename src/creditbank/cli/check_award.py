"""`creditbank check-award`: the sum, re-added from files.

This module and all it imports know no database, no chain library, no solver and no server; a test holds
that. An auditor reads `creditbank.stacking.checker` for the arithmetic.
"""

from creditbank.adapters.documents import FileKind
from creditbank.cli.commands import example, single
from creditbank.cli.offline import (
    NothingToVerify,
    asked,
    built_in_rules,
    file_evidence,
    files_given,
    judge_awards,
    own_documents,
    require_no_nodes,
    rules_of,
    trusted_facts,
)
from creditbank.cli.options import Documents, Files, Full, Json, Now, Offline, PolicyName, Registers, Trust
from creditbank.cli.reports import answer
from creditbank.cli.sources import Agree, Nodes, with_nodes
from creditbank.cli.terminal import Terminal

app = single()


@app.command(
    name="check-award",
    epilog=example(
        "creditbank check-award kit/ --offline",
        "creditbank check-award award.json proof.json credentials/ --offline --trust trust.json",
    ),
)
def check_award(
    files: Files,
    documents: Documents = None,
    trust: Trust = None,
    register: Registers = None,
    policy: PolicyName = None,
    now: Now = None,
    offline: Offline = False,
    rpc: Nodes = None,
    agree: Agree = None,
    full: Full = False,
    json_output: Json = False,
) -> int:
    """Re-check an award: every credential, and the sum.

    Give the award, its stacking proof, and the credentials with their receipts; a directory with all of
    them will do. Every credential in the stack is verified, and the sum is added up again from what the
    providers signed, without the engine that found it. It is done from files alone; with --rpc nodes are asked too,
    about the contracts that --trust names: anchors, keys, and what was spent for the award.

    With the trusted block hashes of --trust a good award is accepted (exit code 0). Without them the
    anchors stay unchecked, and the answer is inconclusive (3). The default policy is archival: not revoked
    as of the status list's date. With --register the issuers must have been accredited, and the body that
    awards entitled to, by that register.
    """
    terminal = Terminal(json_output=json_output)
    require_no_nodes(rpc, offline=offline)
    how = asked(policy, "archival", now, register=bool(register))
    given, own, facts = files_given(files, terminal), own_documents(documents, register or ()), trusted_facts(trust)
    if not given.of(FileKind.AWARD):
        raise NothingToVerify(
            "None of these files is an award.", next_step="Name the award itself, and everything it was built from."
        )
    rules = rules_of(built_in_rules(), own, given)
    evidence = with_nodes(file_evidence(given, own, facts, how.policy), rpc or (), agree, given)
    judged = judge_awards(given, evidence, rules, how)
    return answer(terminal, given, judged, how.policy, offline=not rpc, full=full)
