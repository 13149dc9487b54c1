"""A qualification with its stacking tree, and an award with its proof, as pages: drawn from the recorded documents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from creditbank.bootstrap import Bank
from creditbank.canonical import digest_text, load_object, sha256
from creditbank.credential import UnitFacts, unit_facts
from creditbank.services.evaluating import Question
from creditbank.services.offering import Planned
from creditbank.services.ports import Transaction
from creditbank.services.records import AwardRecord, AwardState, EvaluationRecord
from creditbank.stacking import read_proof
from creditbank.stacking.proof import StackingProof, Use
from creditbank.units import Credits
from creditbank_api.web import words
from creditbank_api.web.account import title_of
from creditbank_api.web.progress import credits_bar, requirements_bar
from creditbank_api.web.session import short
from creditbank_api.web.views import (
    Answered,
    AwardPage,
    Choice,
    ExceptionRow,
    LeftOut,
    Link,
    NotWeighedPage,
    QualificationPage,
    RuleRow,
    Short,
    SpendRow,
    Step,
    TreeNode,
    UseView,
    WhatIfPage,
)


@dataclass(frozen=True, slots=True)
class _Names:
    """What ids stand for: the facts of credentials, the names of bodies, the titles of rules."""

    facts: Mapping[str, UnitFacts]
    bodies: Mapping[str, str]
    nodes: Mapping[str, str]
    policies: Mapping[str, str]

    def title(self, credential: str) -> str:
        """The title of a credential's unit."""
        return self.facts[credential].title if credential in self.facts else credential

    def provider(self, credential: str) -> str:
        """The name of the body that issued a credential."""
        return self.body(self.facts[credential].issuer) if credential in self.facts else ""

    def body(self, did: str) -> str:
        """The name of a body, or its DID."""
        return self.bodies.get(did, did)

    def node(self, path: str) -> str:
        """The title of a node, or its path."""
        return self.nodes.get(path, path)

    def policy(self, id: str | None) -> str:
        """A conversion or recognition, with the body that decided."""
        return "" if id is None else self.policies.get(id, id)


def not_weighed_page(bank: Bank, learner: str, qualification: str) -> NotWeighedPage:
    """A qualification of the catalogue that was not weighed for this learner; raises `NotFound` kinds."""
    rules = bank.catalogue.qualification(qualification, None)
    with bank.store.transaction() as tx:
        person = tx.get_learner(learner)
    return NotWeighedPage(
        person.name, f"/learners/{short(learner)}", rules.title, rules.summary, rules.id, rules.version
    )


def qualification_page(
    bank: Bank, record: EvaluationRecord, all_records: Sequence[EvaluationRecord]
) -> QualificationPage:
    """One recorded evaluation as a page; `all_records` are those of the same learner and qualification."""
    document: Any = record.document
    result = document["result"]
    rules = bank.catalogue.qualification(record.qualification, record.version)
    with bank.store.transaction() as tx:
        person, university = tx.get_learner(record.learner), tx.get_organisation(record.organisation)
        names = _names(tx, record, result)
        awards = [award for award in tx.awards_of(record.learner) if award.evaluation == record.id]
        universities = {each.organisation: tx.get_organisation(each.organisation).name for each in all_records}
    href = f"/learners/{short(record.learner)}"
    uses = {(use["credential"], use.get("part")): use for use in result["uses"]}
    gap, conflict, path = result["gap"], result["conflict"], result["path"]
    last = _last_run(record, all_records)
    return QualificationPage(
        learner=person.name,
        learner_href=href,
        title=rules.title,
        summary=rules.summary,
        id=rules.id,
        version=rules.version,
        digest=document["qualification"]["digest"],
        university=university.name,
        evaluated=record.evaluated,
        evaluation=record.id,
        sign=words.STACKS.get(result["verdict"], words.UNKNOWN),
        sentence=said(result["sentence"]),
        proven=result["proven"],
        requirements=requirements_bar("requirements", result),
        credits=credits_bar("credits", result),
        tree=_node(result["tree"], names, uses),
        exceptions=tuple(_exceptions(result, names)),
        left_out=tuple(_left_out(item, names) for item in [*result["notCounted"], *_refused(document)]),
        gap="" if gap is None else gap["sentence"],
        shortfalls=() if gap is None else tuple(_short(item, names) for item in gap["shortfalls"]),
        conflict="" if conflict is None else conflict["sentence"],
        conflict_rules=() if conflict is None else tuple(names.node(rule) for rule in conflict["rules"]),
        path="" if path is None else path["sentence"],
        steps=() if path is None else tuple(_step(item, names) for item in path["steps"]),
        stopped=tuple(item["sentence"] for item in result["stopped"]),
        last_run=None if last is None else _answered(last, record, href, universities),
        changes=() if last is None else bank.evaluating.difference(record.id, against=last.id).sentences,
        others=tuple(_answered(each, record, href, universities) for each in all_records),
        award=Link(f"/awards/{short(awards[0].id)}", "See the award") if awards else None,
    )


def what_if_page(bank: Bank, record: EvaluationRecord, planned: Sequence[str]) -> WhatIfPage:
    """What would be if achievements were earned today that are on offer, asked as a recorded evaluation asked.

    Raises `NotFound` kinds for an achievement that nobody offers. Nothing is recorded.
    """
    rules = bank.catalogue.qualification(record.qualification, record.version)
    offers = {offer.unit.facts.achievement: offer.unit.facts for offer in bank.evaluating.on_offer(record.learner)}
    with bank.store.transaction() as tx:
        person, university = tx.get_learner(record.learner), tx.get_organisation(record.organisation)
        bodies = {body.did: body.name for body in tx.organisations()}
    href = f"/learners/{short(record.learner)}"
    page = WhatIfPage(
        learner=person.name,
        learner_href=href,
        title=rules.title,
        official_href=f"{href}/qualifications/{record.qualification}?evaluation={short(record.id)}",
        evaluation=short(record.id),
        university=university.name,
        choices=tuple(
            Choice(name, facts.title, bodies.get(facts.issuer, facts.issuer), str(facts.credits), name in planned)
            for name, facts in sorted(offers.items())
        ),
    )
    if not planned:
        return page
    question = Question(record.learner, record.qualification, record.organisation)
    found = bank.evaluating.plan(question, version=record.version, planned=[Planned(name) for name in planned])
    result: Any = found.to_json()
    with bank.store.transaction() as tx:
        names = _names(tx, record, result)
    names = replace(names, facts={**offers, **names.facts})
    uses = {use["credential"]: use for use in result["uses"]}
    path, none = result["path"], result.get("noPath")
    return replace(
        page,
        as_of=result["whatIf"]["asOf"],
        sign=words.WHAT_IFS.get(result["verdict"], words.UNKNOWN),
        sentence=result["sentence"],
        requirements=requirements_bar("requirements", result),
        credits=credits_bar("credits", result),
        tree=_node(result["tree"], names, uses),
        left_out=tuple(_left_out(item, names) for item in result["notCounted"]),
        path="" if path is None else path["sentence"],
        steps=() if path is None else tuple(_step(item, names) for item in path["steps"]),
        no_path="" if none is None else none["sentence"],
    )


def _last_run(record: EvaluationRecord, all_records: Sequence[EvaluationRecord]) -> EvaluationRecord | None:
    """The evaluation that this one follows; else the one before it by the same body, if there is one."""
    if record.follows is not None:
        return next((each for each in all_records if each.id == record.follows), None)
    earlier = [
        each
        for each in all_records
        if each.organisation == record.organisation and (each.evaluated, each.id) < (record.evaluated, record.id)
    ]
    return max(earlier, key=lambda each: (each.evaluated, each.id), default=None)


def _names(tx: Transaction, record: EvaluationRecord, result: Any) -> _Names:
    document: Any = record.document
    held = {issued.id: issued for issued in tx.credentials_of(record.learner)}
    mentioned = {row["credential"] for row in document["candidates"]}
    mentioned |= {item["credential"] for item in [*result["notCounted"], *document["notVerified"]]}
    facts = {id: unit_facts(held[id].document) for id in mentioned if id in held}
    bodies = {body.did: body.name for body in tx.organisations()}
    policies = {value["id"]: f"{bodies.get(value['issuer'], value['issuer'])}" for value in document["conversions"]} | {
        value["id"]: f"{bodies.get(value['by'], value['by'])}" for value in document["recognitions"]
    }
    return _Names(facts, bodies, dict(_titles(result["tree"])), policies)


def _titles(node: Any) -> list[tuple[str, str]]:
    return [(node["path"], node["title"]), *(pair for child in node["children"] for pair in _titles(child))]


def _node(node: Any, names: _Names, uses: Mapping[tuple[str, Any], Any]) -> TreeNode:
    return TreeNode(
        path=node["path"],
        kind=node["kind"],
        title=node["title"],
        sign=words.NODES.get(node["status"], words.UNKNOWN),
        have=node["have"],
        need=node["need"],
        sentence=_beyond(node),
        met_by=tuple(_use_of(item, names, uses.get((item["credential"], item.get("part")))) for item in node["metBy"]),
        children=tuple(_node(child, names, uses) for child in node["children"]),
    )


def said(sentence: str) -> str:
    """The sentence of an evaluation below its heading, which has said the first words of a yes already."""
    rest = sentence.removeprefix("It adds up: ")
    return rest[:1].upper() + rest[1:]


def _beyond(node: Any) -> str:
    """The sentence of a node where it says more than its two numbers, which stand beside its title anyway."""
    have, need, sentence = str(node["have"]), str(node["need"]), str(node["sentence"])
    numbers = (f"{have}; {need}.", f"{have} hold; {need}.", f"{have} holds; {need}.")
    return "" if sentence in numbers else sentence


def _use_of(item: Any, names: _Names, use: Any) -> UseView:
    credential = item["credential"]
    same_system = use is None or use["conversion"] is None
    return UseView(
        title=f"{names.title(credential)}{_part(item.get('part'))}",
        provider=names.provider(credential),
        amount="" if same_system else f"{use['amount']} {use['system']}",
        counted=_credits(item["counted"]),
        conversion="" if use is None else names.policy(use["conversion"]),
        recognition="" if use is None else names.policy(use["recognition"]),
        exceptions="" if use is None else ", ".join(use.get("exceptions", [])),
    )


def _part(name: str | None) -> str:
    """Which part of a bundle it is, where it is one."""
    return f", part {name}" if name else ""


def _credits(text: str) -> str:
    return f"{text} credit" if text == "1" else f"{text} credits"


def _refused(document: Any) -> list[Any]:
    """Credentials that did not verify were not weighed at all; the reason is the report's."""
    return [
        {**row, "title": row["credential"], "sentence": f"Not weighed. {row['because']}"}
        for row in document["notVerified"]
    ]


def _left_out(item: Any, names: _Names) -> LeftOut:
    known = item["credential"] in names.facts
    return LeftOut(
        names.title(item["credential"]) if known else item["title"],
        names.provider(item["credential"]),
        item["sentence"],
    )


def _exceptions(result: Any, names: _Names) -> Iterator[ExceptionRow]:
    for one in result.get("exceptions", []):
        yield ExceptionRow(names.node(one["node"]), one["sentence"], holds=True)
    for one in result.get("exceptionsSetAside", []):
        yield ExceptionRow(one["id"], one["sentence"], holds=False)


def _short(item: Any, names: _Names) -> Short:
    parts = [_credits(item["credits"])] if item["credits"] != "0" else []
    parts += [words.count(item["units"], "unit")] if item["units"] else []
    return Short(names.node(item["node"]), f"{' and '.join(parts)} more")


def _step(item: Any, names: _Names) -> Step:
    return Step(
        title=item["title"],
        provider=names.body(item["provider"]),
        credits=f"{item['credits']} {item['system']}",
        counted=_credits(item["counted"]),
        requirement=names.node(item["node"]) if item["node"] else "the total only",
    )


def _answered(each: EvaluationRecord, shown: EvaluationRecord, href: str, universities: Mapping[str, str]) -> Answered:
    document: Any = each.document
    return Answered(
        href=f"{href}/qualifications/{each.qualification}?evaluation={short(each.id)}",
        sign=words.STACKS.get(document["result"]["verdict"], words.UNKNOWN),
        university=universities[each.organisation],
        evaluated=each.evaluated,
        current=each.id == shown.id,
    )


# -- award


def award_page(bank: Bank, award: AwardRecord, *, for_learner: bool) -> AwardPage:
    """An award as a page; `for_learner` links the account and the evaluation, which only the learner may open."""
    proof = None if award.proof is None else read_proof(load_object(award.proof))
    rules = bank.catalogue.qualification(award.qualification, award.version)
    with bank.store.transaction() as tx:
        record = tx.get_evaluation(award.evaluation)
        document: Any = record.document
        names = _names(tx, record, document["result"])
        learner, university = tx.find_learner(award.learner), tx.get_organisation(award.organisation)
        leaf = tx.leaf_of(award.id) if award.signed is not None else None
        anchored = tx.get_batch(leaf.batch).state if leaf is not None and leaf.batch else None
        spends = tuple(_spend(tx, award, lot, amount, names) for lot, amount in award.uses)
    href = f"/learners/{short(award.learner)}"
    return AwardPage(
        id=award.id,
        href=f"/awards/{short(award.id)}",
        title=title_of(bank, award.qualification, award.version),
        level=rules.level or "",
        learner="an erased account" if learner is None else learner.name,
        learner_href=href if for_learner else "",
        university=university.name,
        created=award.created,
        state=words.AWARDS[award.state],
        sentence=_sentence(award, proof, university.name),
        counted="" if proof is None else _credits(str(proof.counted)),
        uses=() if proof is None else tuple(_use(use, names) for use in proof.uses),
        spends=spends,
        rules=() if proof is None else _rules(proof),
        proof_digest="" if award.proof is None else digest_text(sha256(award.proof)),
        anchor=words.ANCHORS[anchored],
        evaluation_href=f"{href}/qualifications/{award.qualification}?evaluation={short(award.evaluation)}"
        if for_learner
        else "",
        downloads=_downloads(award),
    )


def _sentence(award: AwardRecord, proof: StackingProof | None, university: str) -> str:
    if award.state is AwardState.REFUSED:
        return "A credit it needed went to another award first. Everything it had reserved was given back."
    if proof is None:
        return "The award is on its way. Each step is written down before it is taken, and none is taken twice."
    units = words.count(len(proof.uses), "credential")
    counted = _credits(str(proof.counted))
    return f"{university} counted {counted} from {units}, signed the award, and bound the proof to it."


def _use(use: Use, names: _Names) -> UseView:
    return UseView(
        title=f"{names.title(use.credential)}{_part(use.part)}",
        provider=names.provider(use.credential),
        amount=f"{use.amount} {use.system}",
        counted=_credits(str(use.counted)),
        conversion=names.policy(use.conversion),
        recognition=names.policy(use.recognition),
        exceptions=", ".join(use.exceptions),
        requirement=names.node(use.node) if use.node else "Counts towards the total only",
    )


def _spend(tx: Transaction, award: AwardRecord, lot: str, amount: Credits, names: _Names) -> SpendRow:
    held = tx.get_lot(lot)
    spend = tx.find_spend(award.id)
    if spend is None:  # before spends went together each lot had a transaction of its own
        mined = [attempt.hash for attempt in tx.attempts(f"spend:{award.id}:{lot}") if attempt.state == "mined"]
        transaction = mined[-1] if mined else ""
    else:
        transaction = spend.transaction or ""
    return SpendRow(names.title(held.credential), lot, f"{amount} {held.amount.system}", transaction)


def _rules(proof: StackingProof) -> tuple[RuleRow, ...]:
    kinds = [
        ("Rules of the qualification", [proof.qualification]),
        ("Framework", proof.frameworks),
        ("Conversion policy", proof.conversions),
        ("Recognition decision", proof.recognitions),
        ("Acceptance of what is indicative", proof.acceptances),
        ("Exception for this learner", proof.exceptions),
    ]
    return tuple(
        RuleRow(kind, reference.id, reference.version, digest_text(reference.digest))
        for kind, references in kinds
        for reference in references
    )


def _downloads(award: AwardRecord) -> tuple[Link, ...]:
    if award.signed is None or award.proof is None:
        return ()
    at = f"/awards/{short(award.id)}"
    return (
        Link(f"{at}/kit.zip", "Download the verification kit", "everything below, with all that checks it offline"),
        Link(f"{at}/award.json", "The award", "the signed credential, exact bytes"),
        Link(f"{at}/stacking-proof.json", "The stacking proof", "exact bytes, bound by the award"),
    )
