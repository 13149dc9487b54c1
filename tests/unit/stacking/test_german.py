"""The second language, end to end: the same answer, said in German."""

import dataclasses
import json
from datetime import date
from pathlib import Path

import pytest
from stacking_samples import acbs, acbs_learner, rules, setting_of, unit

from creditbank.adapters.languages import UnknownLanguage, languages, parse_wording, wording_in
from creditbank.canonical import digest_text
from creditbank.framework import DocumentFaults
from creditbank.stacking import Candidate, Evaluation, Status, evaluate
from creditbank.stacking.messages import ENGLISH, IN_ENGLISH
from creditbank.stacking.wording import status_words

A, C = "did:web:a.example", "did:web:c.example"
ENGLISH_SETTING = setting_of(names={A: "Sample College A", C: "Sample College C"})
GERMAN = dataclasses.replace(ENGLISH_SETTING, wording=wording_in("de"))


def weigh(candidates: list[Candidate], *catalogue: Candidate) -> Evaluation:
    return evaluate(acbs(), candidates, GERMAN, catalogue=catalogue)


def test_german_is_whole() -> None:
    assert languages() == ("de", "en")
    assert wording_in("de").language == "de"
    assert wording_in("de").messages.keys() == ENGLISH.keys()


def test_a_yes_in_german() -> None:
    found = weigh(acbs_learner(35, 12))
    assert found.sentence == (
        "Es reicht: 141 Credits werden auf „Bachelor by the Academic Credit Bank System (Korea)“ von"
        f" did:web:awarding.example angerechnet. {len(acbs().checked_by_people)} Bedingungen bleiben einem Menschen zur"
        " Prüfung."
    )
    one = next(child for child in found.tree.children if child.id == "one-institution")
    assert one.sentence == (
        "Am meisten zählt von Sample College A: 105 Credits. Verlangt: höchstens 105 Credits von einer Einrichtung."
    )


def test_a_no_in_german_with_its_numbers_its_way_on_and_what_is_left_over() -> None:
    found = weigh(acbs_learner(36, 11), unit("elsewhere", "3", provider="c", earned=date(2026, 3, 2)))
    assert found.conflict is not None
    assert found.conflict.sentence == (
        "Sie haben 141 Credits, aber höchstens 105 Credits dürfen unter „At most 105 from one institution“ von"
        " einer Einrichtung kommen (Sie haben 108 von Sample College A). Also zählen höchstens 138 Credits, und"
        " 140 Credits sind nötig."
    )
    assert found.gap is not None
    assert found.gap.sentence == "Es fehlen mindestens 2 Credits, und zwar für „140 credits in all“."
    assert found.path is not None
    assert found.path.sentence == (
        "Mit 1 Lerneinheit mehr reicht es: „Sample unit elsewhere“ (3 Credits, von Sample College C)."
        " Dann werden 141 Credits angerechnet."
    )
    assert found.sentence == " ".join(
        ["Es reicht noch nicht.", found.conflict.sentence, found.gap.sentence, found.path.sentence]
    )
    assert [item.sentence for item in found.not_counted] == [
        (
            "Zusammen mit dem, was angerechnet wird, wäre es zu viel: höchstens 105 Credits dürfen unter"
            " „At most 105 from one institution“ von einer Einrichtung kommen."
        )
    ]


def test_halves_days_and_singulars_are_german_too() -> None:
    of = [{"id": "need", "title": "Kern", "kind": "requirement", "credits_at_least": "3.5"}]
    found = evaluate(rules(of), [unit("a", "2.5")], GERMAN)
    assert found.gap is not None
    assert found.gap.sentence == "Es fehlt mindestens 1 Credit, und zwar für „Kern“."
    assert found.tree.children[0].sentence == (
        "Vorhanden: 2,5 Credits. Verlangt: mindestens 3,5 Credits. Noch nötig: 1 Credit."
    )
    later = evaluate(rules(of), [unit("b", earned=date(2026, 12, 24))], GERMAN)
    assert [item.sentence for item in later.not_counted] == [
        "Diese Lerneinheit wurde am 24.12.2026 erworben, nach dem Tag dieser Abwägung."
    ]


def test_the_language_changes_no_fact() -> None:
    units = acbs_learner(36, 11)
    english, german = evaluate(acbs(), units, ENGLISH_SETTING), weigh(units)
    assert digest_text(english.digest) != digest_text(german.digest)
    assert english.sentence != german.sentence
    assert (english.verdict, english.uses, english.totals) == (german.verdict, german.uses, german.totals)
    assert english.conflict is not None
    assert german.conflict is not None
    assert english.conflict.rules == german.conflict.rules
    assert [item.slug for item in english.not_counted] == [item.slug for item in german.not_counted]


def test_every_status_has_words() -> None:
    assert [status_words(status, IN_ENGLISH) for status in Status] == [status.value for status in Status]
    assert status_words(Status.NEEDS_MORE, wording_in("de")) == "noch offen"


def test_a_language_that_nobody_wrote_is_refused_by_name() -> None:
    with pytest.raises(UnknownLanguage, match="no sentences in 'xx'") as refusal:
        wording_in("xx")
    assert refusal.value.next_step == "Ask for one of de, en."


def test_a_translator_tries_a_file_of_their_own(tmp_path: Path) -> None:
    own = tmp_path / "xx.json"
    messages = {**ENGLISH, "evaluation.falls-short": "Not yet, dear."}
    own.write_text(json.dumps({"language": "xx", "plurals": "one", "messages": messages}))
    found = evaluate(acbs(), [], dataclasses.replace(ENGLISH_SETTING, wording=wording_in(str(own))))
    assert found.sentence.startswith("Not yet, dear. ")


def test_a_file_that_is_not_whole_is_refused_with_its_place() -> None:
    german = {"language": "de", "plurals": "one", "messages": {**wording_in("de").messages, "gap.for": "{amount}"}}
    with pytest.raises(DocumentFaults, match=r"gap\.for: It does not say \{title\}"):
        parse_wording(json.dumps(german).encode(), place="de.json")
