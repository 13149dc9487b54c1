"""`creditbank verify`: is this good, by which policy, and how do we know?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from creditbank.adapters.documents import Bundle, FileKind
from creditbank.cli.bank import bank_at, is_bank_at
from creditbank.cli.commands import example, single
from creditbank.cli.offline import (
    Own,
    asked,
    built_in_rules,
    file_evidence,
    files_given,
    judge,
    own_documents,
    registers_among,
    require_no_nodes,
    rules_of,
    trusted_facts,
)
from creditbank.cli.options import Documents, Files, Full, Home, Json, Now, Offline, PolicyName, Registers, Trust
from creditbank.cli.reports import answer
from creditbank.cli.sources import (
    Agree,
    Issuers,
    Nodes,
    Remember,
    lists_read,
    may_fetch,
    memory_at,
    with_fetched,
    with_issuer_lists,
    with_links_followed,
    with_nodes,
)
from creditbank.cli.terminal import Terminal
from creditbank.verification import Evidence, Policy, Rules, TrustFacts

if TYPE_CHECKING:
    from creditbank.bootstrap import Bank

app = single()


@app.command(
    epilog=example(
        "creditbank verify transcript.json",
        "creditbank verify demo-output/credentials --home demo-output/bank",
        "creditbank verify credential.json --offline --documents documents/ --trust trust.json",
    )
)
def verify(
    files: Files,
    documents: Documents = None,
    trust: Trust = None,
    register: Registers = None,
    issuers: Issuers = None,
    policy: PolicyName = None,
    challenge: Annotated[
        str | None, typer.Option("--challenge", help="What you asked the holder of a presentation to sign.")
    ] = None,
    domain: Annotated[
        str | None, typer.Option("--domain", help="For whom a presentation must have been made: your address.")
    ] = None,
    now: Now = None,
    remember: Remember = None,
    rpc: Nodes = None,
    agree: Agree = None,
    offline: Offline = False,
    full: Full = False,
    home: Home = None,
    json_output: Json = False,
) -> int:
    """Verify credentials, presentations and awards.

    Every check is one line with one of four outcomes: passed, failed, unchecked (we could not look), not
    applicable. The verdict names the policy that gave it. The receipt of NAME.json is found beside it, as
    STEM.receipt.json or as receipts/NAME.json there or one directory up, and so is the stacking proof of an
    award.

    Where a bank is at hand, its documents and its chain answer too. With --offline nothing is opened but
    files: then what you trust comes from --documents and --trust, and the default policy is archival (not
    revoked as of the date of the status list) instead of live (not revoked now). Otherwise DID documents of
    did:web and status lists that nobody holds are fetched from their own addresses: over https, from public
    addresses, no redirects, five seconds each (CREDITBANK_FETCH_DOCUMENTS=false keeps from it).

    The policies are live, archival and unanchored (a stranger's credential, anchored or not); each of them says
    which sources may vouch for an issuer, and so can a policy file.

    With --rpc nodes of the chain are asked too: what all of them say alike (or --agree of them) about the contracts
    that --trust names is trusted. A node that does not answer leaves open what only it could have said.

    With --register the issuer must have been accredited for what it issued, on the day it was earned, and the
    body that awards must be entitled to, by that register. One that came along with the files trusts nobody.
    """
    terminal = Terminal(json_output=json_output)
    require_no_nodes(rpc, offline=offline)
    default = "archival" if offline else "live"
    how = asked(policy, default, now, challenge=challenge, domain=domain, register=bool(register))
    given, own, facts = files_given(files, terminal), own_documents(documents, register or ()), trusted_facts(trust)
    if not offline and may_fetch():
        given = with_links_followed(given)
    memory = memory_at(remember)
    with _witness(given, own, facts, home, how.policy, offline=offline, terminal=terminal) as (evidence, rules):
        evidence = with_nodes(evidence, rpc or (), agree, given)
        chains = evidence.trust.chains if rpc and evidence.trust else ()
        for told in [chain.unanswered for chain in chains if chain.unanswered]:
            terminal.hint(told)  # also where the bank itself knows what they were asked
        known = with_issuer_lists(evidence.trust, issuers or ())
        judged = judge(given, replace(evidence, trust=known, seen=memory.facts if memory else ()), rules, how)
    if memory is not None:
        memory.remember(lists_read(judged))
    return answer(terminal, given, judged, how.policy, offline=offline, full=full)


@contextmanager
def _witness(
    given: Bundle,
    own: Own,
    trust: TrustFacts | None,
    home: Path | None,
    policy: Policy,
    *,
    offline: bool,
    terminal: Terminal,
) -> Iterator[tuple[Evidence, Rules]]:
    """The evidence and the rules to judge by: the bank's, where one is at hand, else those of the files
    alone.
    """
    if not offline and is_bank_at(home):
        with bank_at(home, own_chain=False) as bank:
            terminal.hint(f"Asking the bank at {bank.settings.home} and its chain.")
            evidence = _bank_evidence(bank, given, own, trust)
            yield replace(evidence, trust=given.believed(evidence.trust, policy)), _rules(given, own, bank)
        return
    terminal.hint(
        "Looking at files alone, as --offline asks." if offline else "No bank is here: looking at files alone."
    )
    evidence = file_evidence(given, own, trust, policy)
    yield evidence if offline or not may_fetch() else with_fetched(evidence, given), _rules(given, own, None)


def _bank_evidence(bank: "Bank", given: Bundle, own: Own, trust: TrustFacts | None) -> Evidence:
    return bank.verifying.evidence(
        [file.secured for file in given.signed],
        receipts=given.receipts,
        claims=given.claims,
        own=own.documents,
        trust=trust,
        registers=own.registers,
        register_claims=registers_among(given.rules),
        fetch=True,
    )


def _rules(given: Bundle, own: Own, bank: "Bank | None") -> Rules:
    """Rule documents, which only an award needs."""
    if not given.of(FileKind.AWARD):
        return Rules()
    known = (
        built_in_rules()
        if bank is None
        else tuple(one for versions in bank.catalogue.documents.values() for one in versions)
    )
    adopted = [] if bank is None else bank.deciding.adopted()
    signed = (*own.decisions, *(one.signed for one in adopted))
    revocations = (*own.revocations, *(ended for one in adopted for ended, _ in one.revocations))
    return rules_of(known, replace(own, decisions=signed, revocations=revocations), given)
