"""Every sentence of the room, by id, in English; another catalogue says the same in another language.

A message is a template with named values in braces. Where a number decides between forms, the catalogue holds one
message per plural category of its language (`words.units.one`, `words.units.other`, as CLDR names them), also where
the English forms are the same. Values are numbers, days, names, or phrases that are whole in themselves: an amount, a
list, a rule. Lists, shares, durations and the decimal point are messages too.

Three things are no messages. Slugs, paths and statuses are facts for programs. What the checker says (`Fault`) and
what is raised as an error goes to verifiers and logs, and is English. Titles and names stay in the language of their
documents.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Final

from creditbank.units import CreditAmount, Credits

ENGLISH: Final[Mapping[str, str]] = {
    # conflict
    "conflict.all": "With your units, these rules cannot all hold together: {rules}.",
    "conflict.attempted-unknown": (
        "Nobody can say what «{title}» is worth here: its credits ({credits}) are not converted, so this cannot be"
        " told."
    ),
    "conflict.attempted": "Over all units that were attempted, «{title}» does not hold: {have}; {need}.",
    "conflict.begun": (
        "These rules apply now only to who had begun by {day}, and no unit of yours that counts is so old."
    ),
    "conflict.capped": "You have {have}, but {rules}.",
    "conflict.capped-for": "You have {have} for «{title}», but {rules}.",
    "conflict.enough": "With your units, not enough of these can hold together: {rules}.",
    "conflict.less-is-missing": "Further units also raise how much may count, so less than that is missing.",
    "conflict.more-is-missing": (
        "So much is seen by these rules alone; all rules together let less of it count, so more is missing."
    ),
    "conflict.no-units-help": "No further units can change that; only an exception by {body} could.",
    "conflict.one-rule": "With your units, this rule cannot hold: {rule}.",
    "conflict.one-rule-says": "With your units, «{title}» cannot hold: {rule}.",
    "conflict.others-lack": "Other rules lack something too, so more is missing in all.",
    "conflict.over": "{amount} {portion}",
    "conflict.policy": (
        "Nothing can be counted at all without breaking what is asked of every answer, such as a policy's share."
    ),
    "conflict.rule-over": "{rule} (you have {over})",
    "conflict.shared": "{rules} share only {have} of yours, and together they need {need}.",
    "conflict.sharing": "How far one unit may fill several of them plays a part: {limits}.",
    "conflict.sharing-amount": "«{title}» lets at most {most} be shared",
    "conflict.sharing-places": "«{title}» lets one unit fill at most {count} places",
    "conflict.so-at-most.one": "So at most {can} can count, and {need} is needed.",
    "conflict.so-at-most.other": "So at most {can} can count, and {need} are needed.",
    "conflict.so-none.one": "So none of that can count, and {need} is needed.",
    "conflict.so-none.other": "So none of that can count, and {need} are needed.",
    "conflict.too-few-same.one": "You have at most {have} {each} for «{title}», and {need} is needed.",
    "conflict.too-few-same.other": "You have at most {have} {each} for «{title}», and {need} are needed.",
    "conflict.too-few.one": "You have {have} that can count, and {need} is needed.",
    "conflict.too-few.other": "You have {have} that can count, and {need} are needed.",
    "conflict.too-few-for.one": "You have {have} that can count for «{title}», and {need} is needed.",
    "conflict.too-few-for.other": "You have {have} that can count for «{title}», and {need} are needed.",
    "conflict.undivided.one": (
        "{rules} need {need} together. Your {units} that fits them has {have}, but a unit fills only one of them."
    ),
    "conflict.undivided.other": (
        "{rules} need {need} together. Your {units} that fit them have {have}, but a unit fills only one of them, and"
        " no way to share them out fills all."
    ),
    # difference
    "difference.absent": "not there",
    "difference.counted": "Counted: {after} now, {before} before.",
    "difference.document-changed": "What {id} says was changed: {after} now, {before} before.",
    "difference.document-gone": "It no longer rests on {id} ({before}).",
    "difference.document-new": "It rests on {id} ({after}) now.",
    "difference.gap": "Missing at least: {after}; before: {before}.",
    "difference.gap-none": "nothing, or nothing that can be named",
    "difference.node": "«{title}»: {after} now, {before} before.",
    "difference.nothing": "Nothing has changed since {day}.",
    "difference.part-conflict": "which rules collide",
    "difference.part-left-to-people": "what is left to a person",
    "difference.part-path": "the shortest way on",
    "difference.part-proven": "whether the answer rests on two routes",
    "difference.part-stopped": "which limits were reached",
    "difference.rules": (
        "The rules are version {after} ({after_digest}) now; they were version {before} ({before_digest})."
    ),
    "difference.said-otherwise": "Said otherwise than on {day}: {part}.",
    "difference.unit-counted-otherwise": "«{title}» counts otherwise: {after} now, {before} before.",
    "difference.unit-gone": "«{title}» is no longer among what is weighed.",
    "difference.unit-new": "«{title}» is weighed now, and does not count.",
    "difference.unit-newly-counted": "«{title}» counts now.",
    "difference.unit-no-longer-counted": "«{title}» no longer counts.",
    "difference.unit-not-counted-otherwise": "«{title}» does not count, and stands otherwise than before.",
    "difference.verdict": "On {day}: {before}. Now: {after}.",
    "difference.verdict-adds-up": "it adds up",
    "difference.verdict-falls-short": "it does not add up yet",
    "difference.verdict-too-complex": "it could not be said for certain",
    "difference.why-decisions-changed": "The decisions it is weighed by are others.",
    "difference.why-expired": "It is too old to be counted now.",
    "difference.why-free-again": "More of it is free than before.",
    "difference.why-new": "It is new.",
    "difference.why-not-given": "It was not given this time.",
    "difference.why-not-verified": "It does not verify any more.",
    "difference.why-other-answer": "The answer goes another way.",
    "difference.why-revoked": "Its issuer has revoked it.",
    "difference.why-rules-changed": "The rules are others.",
    "difference.why-used-elsewhere": "Its credits are used elsewhere.",
    # evaluation
    "evaluation.at-most-fewer": "Another one may count fewer, by {credits} at most.",
    "evaluation.best-so-far": "Rules that the best answer found so far meets: {met} of {all}.",
    "evaluation.falls-short": "It does not add up yet.",
    "evaluation.gap-at-most": "In the best answer found so far this is missing: {missing}. Less may do.",
    "evaluation.none-fewer": "None counts fewer credits.",
    "evaluation.order-stopped": (
        "Which of the answers that are equally good counts the fewest credits, and the units that expire soonest, was"
        " sought for {steps} steps and not found for certain."
    ),
    "evaluation.reason-not-found": (
        "What is missing, and which rules collide, was not found within the limits of the search."
    ),
    "evaluation.too-many": "{count} units were given; at most {most} are weighed at once.",
    "evaluation.uncertain": "This cannot be said for certain.",
    # excepting
    "excepting.also-allow": "«{title}» also takes {unit}.",
    "excepting.below-waived": "It is waived with what it is part of.",
    "excepting.block": "«{title}» does not take {unit}.",
    "excepting.change-limit": "«{title}»: {need}, instead of {before}.",
    "excepting.group.one": "{held} of {count} holds, {waived} waived; {need}.",
    "excepting.group.other": "{held} of {count} hold, {waived} waived; {need}.",
    "excepting.not-in-force": "It is in force from {day} on, not on {date}.",
    "excepting.not-in-force-until": "It is in force from {day} until {last}, not on {date}.",
    "excepting.nothing-to-pin": (
        "The unit that it names is not among those that may be counted, so nothing is held to «{title}»."
    ),
    "excepting.other-body": "It was decided by {by}, not by {awarding}.",
    "excepting.other-learner": "It is for another learner.",
    "excepting.other-text": "It is about another text of rules: {rules} {version}.",
    "excepting.pin": "«{title}» is filled by {unit}, which fills nothing else.",
    "excepting.pin-does-not-fit": (
        "The unit that it names does not fit «{title}», and a pin does not widen a rule: also allow it there."
    ),
    "excepting.replaced": "{later}, decided on {day}, replaces it.",
    "excepting.rests.one": "It rests on {count} exception for this learner.",
    "excepting.rests.other": "It rests on {count} exceptions for this learner.",
    "excepting.substitute": "{accepted} is accepted instead of {instead}.",
    "excepting.the-achievement": "any unit of {achievement}",
    "excepting.the-credential": "the unit «{title}»",
    "excepting.waive": "«{title}» is waived.",
    "excepting.whose": "Decided by {role} of {body} on {day}: {reason}",
    "excepting.whose-until": "Decided by {role} of {body} on {day}, until {last}: {reason}",
    # explanation
    "explanation.adds-up.one": "It adds up: {credits} is counted towards «{title}» of {body}.",
    "explanation.adds-up.other": "It adds up: {credits} are counted towards «{title}» of {body}.",
    "explanation.attempted": (
        "It runs over all attempted units that were given; no credential shows that nothing was left out."
    ),
    "explanation.group.one": "{held} of {count} holds; {need}.",
    "explanation.group.other": "{held} of {count} hold; {need}.",
    "explanation.have-choices": "units of {count} of {all} choices",
    "explanation.have-credits-in-units": "{credits} in {units}",
    "explanation.have-earned": "earned from {first} to {last}",
    "explanation.have-earned-on": "earned on {day}",
    "explanation.have-group": "{held} of {count}",
    "explanation.have-mean": "a mean grade of {mean}",
    "explanation.have-needing.one": "{count} unit that needs something before",
    "explanation.have-needing.other": "{count} units that need something before",
    "explanation.have-no-grade": "no grade on that scale",
    "explanation.have-nothing": "nothing",
    "explanation.have-of-last": "{credits} of these among the last",
    "explanation.have-points": "{points} grade points",
    "explanation.have-portion": "{amount} {portion}",
    "explanation.leaf": "{have}; {need}.",
    "explanation.leaf-fails": "{have}; {need}: does not hold.",
    "explanation.leaf-least": "The least is {amount}, {portion}; {need}.",
    "explanation.leaf-most": "The most is {amount}, {portion}; {need}.",
    "explanation.leaf-needs": "{have}; {need}: needs {missing} more.",
    "explanation.leaf-not-needed": "Not needed here: the answer goes another way ({need}).",
    "explanation.leaf-nothing": "Nothing counted falls under it; {need}.",
    "explanation.leaf-share": "{have} of {counted} counted; {need}.",
    "explanation.needs-all": "all are needed",
    "explanation.needs-some.one": "{count} is needed",
    "explanation.needs-some.other": "{count} are needed",
    "explanation.not-known": "The search stopped before this was certain.",
    "explanation.person": "No credential can show this: a person has to check it.",
    "explanation.person-need": "a person has to check this",
    "explanation.remaining.one": "{count} condition remains for a person to check.",
    "explanation.remaining.other": "{count} conditions remain for a person to check.",
    "explanation.status-in-progress": "in progress",
    "explanation.status-left-to-a-person": "left to a person",
    "explanation.status-met": "met",
    "explanation.status-needs-more": "needs more",
    "explanation.status-not-known": "not known",
    "explanation.status-not-needed": "not needed",
    "explanation.status-waived": "waived",
    # gap
    "gap.for": "{amount} for «{title}»",
    "gap.nothing": "Nothing is missing.",
    "gap.instead": "With as few units as can be, it takes at least {missing}.",
    "gap.one-rule.one": "At least {missing} is missing, for «{title}».",
    "gap.one-rule.other": "At least {missing} are missing, for «{title}».",
    "gap.one-rule-both": "At least {credits} and {units} are missing, for «{title}».",
    "gap.whole.one": "At least {missing} is missing: it raises how much of the others may count.",
    "gap.whole.other": "At least {missing} are missing: they raise how much of the others may count.",
    "gap.whole-both": "At least {credits} and {units} are missing: they raise how much of the others may count.",
    "gap.rules.one": "At least {missing} is missing: {rules}.",
    "gap.rules.other": "At least {missing} are missing: {rules}.",
    "gap.rules-both": "At least {credits} and {units} are missing: {rules}.",
    # joint
    "joint.adds-up": "Together they add up, and no credit counts twice: {parts}.",
    "joint.adds-up-shared.one": "Together they add up: {parts}. {units} counts in two of them, by {decisions}.",
    "joint.adds-up-shared.other": "Together they add up: {parts}. {units} count in two of them, by {decisions}.",
    "joint.alone-all": "Each of them can be had by itself.",
    "joint.alone-none": "None of them can be had by itself.",
    "joint.alone-some": "By itself can be had: {awards}.",
    "joint.counts-elsewhere": "It counts towards «{award}».",
    "joint.even-alone": "«{award}» cannot be had even by itself.",
    "joint.falls-short": "They cannot be had together.",
    "joint.once": "A unit counts in one award only, and with your units these cannot be had together: {awards}.",
    "joint.once-rules": (
        "A unit counts in one award only, and with your units these rules cannot all hold together: {rules}."
    ),
    "joint.once-shared": (
        "With your units these rules cannot all hold together, even with what the awards may share: {rules}."
    ),
    "joint.part": "{credits} towards «{title}» of {body}",
    "joint.rule": "«{rule}» of «{award}»",
    "joint.too-few": (
        "{rules} can be met by only {have} of yours, and need {need} together. A unit counts in one award only."
    ),
    # ladder
    "ladder.even-then": "That is so even if {awards} were given up.",
    "ladder.gives-up.one": (
        "{awards} is given up for it: {amounts} counted there count here, and the rest is free again."
    ),
    "ladder.gives-up.other": (
        "{awards} are given up for it: {amounts} counted there count here, and the rest is free again."
    ),
    "ladder.too-many": "{count} lower awards could be given up; at most {most} are tried in every combination.",
    # leftover
    "leftover.below-grade": "Its grade is {grade}, which is not among the grades that «{title}» takes.",
    "leftover.equivalent": "«{title}» stands for the same by these rules, and is counted.",
    "leftover.excluded": "It is excluded by what is counted: {rule}.",
    "leftover.excluded-by-itself": ("It belongs to two choices of «{title}» at once, so it is excluded by itself."),
    "leftover.no-grade": "It has no grade on {scale}, which is not among the grades that «{title}» takes.",
    "leftover.no-help": "It helps none of the rules that are still open.",
    "leftover.not-needed": "It is not needed: the rules are met without it.",
    "leftover.outside-span": "It was earned too long before or after what is counted: {rule}.",
    "leftover.place-full": "With what fills it already it would break a rule: {rule}.",
    "leftover.prerequisite-missing": "Not enough was earned before it: {rule}.",
    "leftover.same-achievement": "It is the same achievement as «{title}», which is counted.",
    "leftover.same-content": "It has the same content as «{title}», which is counted.",
    "leftover.same-issue": "It is another issue of «{title}», which is counted.",
    "leftover.too-late": "It was earned too late to count beside what comes last: {rule}.",
    "leftover.too-little": "With what is counted it would be too little: {rule}.",
    "leftover.too-much": "With what is counted it would be too much: {rule}.",
    # path
    "path.adds-up.one": "With {units} more it adds up: {steps}.",
    "path.adds-up.other": "With {units} more it adds up: {steps}.",
    "path.as-if-yours.one": "As if it were yours:",
    "path.as-if-yours.other": "As if they all were yours:",
    "path.at-least.one": "The search stopped at its limit: fewer may do, and at least {units} is needed.",
    "path.at-least.other": "The search stopped at its limit: fewer may do, and at least {units} are needed.",
    "path.changes-nothing.one": "The {units} on offer changes nothing of that.",
    "path.changes-nothing.other": "All {units} on offer together change nothing of that.",
    "path.counted.one": "Then {credits} is counted.",
    "path.counted.other": "Then {credits} are counted.",
    "path.finished": "The last is finished on {day}, in term {number} of {of}.",
    "path.in-order": "They are named in the order in which they are taken.",
    "path.load-unknown": "How much of a term it takes is not known: nothing converts its credits to {system} credits.",
    "path.no-order": (
        "The units on offer would complete it, but what they need before them can be taken in no order that works."
    ),
    "path.no-pace.one": "The units on offer would complete it, but not at this pace within {number} term, until {day}.",
    "path.no-pace.other": (
        "The units on offer would complete it, but not at this pace within {number} terms, until {day}."
    ),
    "path.no-reason": "The units on offer do not complete it.",
    "path.no-term": "It cannot be finished in any of the terms that are looked at, until {day}.",
    "path.not-even.one": "Even with {units} on offer it does not add up.",
    "path.not-even.other": "Even with all {units} on offer it does not add up.",
    "path.one-of": "one of {names}",
    "path.prerequisite-missing": "It needs {needs} before it, which is not held and cannot be taken in time.",
    "path.rules-end": "The rules of «{title}» end before anything further can be finished.",
    "path.step": "«{title}» ({credits}, from {provider})",
    "path.step-before": "«{title}» (counts nothing, but is needed before another; from {provider})",
    "path.too-large": "It takes {load}, and a term of this pace holds {most}.",
    # problem
    "problem.already-used": "All its credits are reserved for or counted towards another award.",
    "problem.converts-to-nothing": (
        "Its credits ({credits}) convert to less than the smallest amount that {policy} counts."
    ),
    "problem.corrected": "It was corrected: {credential} stands in its place.",
    "problem.expired": "It could be counted until {day}.",
    "problem.given-twice": "It was given twice, and counts once.",
    "problem.no-credits": "It has no credits.",
    "problem.other-issue": "It is another issue of {credential}, which stands for both.",
    "problem.partly-used": "Only {left} of its {credits} credits are left, and these rules count whole units only.",
    "problem.partly-used-bundle": (
        "Only {left} of its {credits} credits are left, and nothing says which of its parts these are."
    ),
    "problem.revoked": "Its issuer has revoked it.",
    # rule
    "rule.blocked": "By the exception {exception} it does not count: {reason}",
    "rule.hours-class": "time in class",
    "rule.hours-notional": "all the time a learner needs",
    "rule.bundle-differs": "It has {credits}, and these rules take it apart into parts of {parts}.",
    "rule.indicative-level": (
        "Level {level} of {framework} is known from memory only, so a recognition decision has to say at which level"
        " this unit stands."
    ),
    "rule.level-too-low": "It is at level {level}; only units at level {floor} or above count.",
    "rule.level-unknown": "Its level is not known, and only units at level {floor} or above count.",
    "rule.no-conversion": "Its credits are {have} credits, and no policy in force converts them to {want} credits.",
    "rule.no-register": "Only accredited units count, and no register was given that says so.",
    "rule.no-such-part": "These rules weigh it as its parts, and none of them is called «{part}».",
    "rule.not-admitted": "It is not among the units that these rules count at all.",
    "rule.not-recognised": ("It belongs to {origin}, and no recognition decision says where it stands in {framework}."),
    "rule.not-yet-earned": "It was earned on {day}, after the day of this evaluation.",
    "rule.too-old": "It was earned on {day}; units earned before {oldest} no longer count.",
    "rule.worth-hours-between": "By hours alone one would be worth between {least} and {most}; somebody has to decide.",
    "rule.worth-hours-exactly": "By hours alone one would be worth exactly {worth}; somebody has to decide.",
    "rule.worth-hours-unknown": (
        "By hours it is not known: the hours of a {system} credit are not stated; somebody has to decide."
    ),
    "rule.worth-hours-unlike": (
        "By hours it is not comparable: {source} credits count {source_hours}, {target} credits {target_hours};"
        " somebody has to decide."
    ),
    "rule.worth-year-hours-between": (
        "By hours alone one would be worth between {least} and {most}, by a full-time year alone"
        " {year}; somebody has to decide."
    ),
    "rule.worth-year-hours-exactly": (
        "By hours alone one would be worth exactly {worth}, by a full-time year alone {year}; somebody has to decide."
    ),
    "rule.worth-year-hours-unknown": (
        "By hours it is not known: the hours of a {system} credit are not stated, by a full-time year alone"
        " {year}; somebody has to decide."
    ),
    "rule.worth-year-hours-unlike": (
        "By hours it is not comparable: {source} credits count {source_hours}, {target} credits {target_hours},"
        " by a full-time year alone {year}; somebody has to decide."
    ),
    # rule: why a register says no, with its own words as they stand
    "rule.register-lapsed": "{told}",
    "rule.register-not-accredited": "{told}",
    "rule.register-not-decided": "{told}",
    "rule.register-not-known": "{told}",
    "rule.register-not-told": "{told}",
    "rule.register-not-yet": "{told}",
    "rule.register-outside-fields": "{told}",
    "rule.register-outside-kinds": "{told}",
    "rule.register-outside-levels": "{told}",
    "rule.register-outside-programmes": "{told}",
    "rule.register-refused": "{told}",
    "rule.register-unknown-body": "{told}",
    "rule.register-withdrawn": "{told}",
    # solver: one for each limit that `TooComplex` names
    "solver.amounts": "The amounts are too large to be weighed exactly.",
    "solver.courses": "The units on offer can be taken in {courses} ways; at most {most} are searched.",
    "solver.exactness": "The search gave an answer that does not add up exactly, so it is not used.",
    "solver.model-size": "The rules and units make more than {most} combinations.",
    "solver.not-sought": (
        "Which of the answers that are equally good counts the fewest credits, and the units that expire soonest, was"
        " not sought: that would take more than {steps} steps."
    ),
    "solver.pairs": "The units fit {pairs} places; at most {most} are searched.",
    "solver.search-work": "The search stopped at its limit of {steps} steps without a certain answer.",
    # standing
    "standing.in-progress": "It is in progress, and expected on {day}; only what is earned counts.",
    "standing.planned": "It is planned, and expected on {day}; only what is earned counts.",
    # what_if
    "what-if.adds-up.one": (
        "It would add up: {credits} would be counted towards «{title}» of {body}, {count} unit of it not earned yet."
    ),
    "what-if.adds-up.other": (
        "It would add up: {credits} would be counted towards «{title}» of {body}, {count} units of it not earned yet."
    ),
    "what-if.adds-up-earned": (
        "It would add up: {credits} would be counted towards «{title}» of {body}, and all of it is earned already."
    ),
    "what-if.falls-short": "Even so it would not add up.",
    "what-if.nothing-to-prove": (
        "This is a what-if: it weighs units that nobody has earned yet, and nothing is proven or awarded of that."
    ),
    # wording: each portion of a limit
    "wording.different-achievement.one": "{count} achievement",
    "wording.different-achievement.other": "{count} different achievements",
    "wording.different-broad-field.one": "{count} broad field",
    "wording.different-broad-field.other": "{count} different broad fields",
    "wording.different-category.one": "{count} category",
    "wording.different-category.other": "{count} different categories",
    "wording.different-detailed-field.one": "{count} detailed field",
    "wording.different-detailed-field.other": "{count} different detailed fields",
    "wording.different-narrow-field.one": "{count} narrow field",
    "wording.different-narrow-field.other": "{count} different narrow fields",
    "wording.different-provider.one": "{count} institution",
    "wording.different-provider.other": "{count} different institutions",
    "wording.different-source-type.one": "{count} source type",
    "wording.different-source-type.other": "{count} different source types",
    "wording.different-window.one": "{count} window of {calendar}",
    "wording.different-window.other": "{count} different windows of {calendar}",
    "wording.each-achievement": "of one achievement",
    "wording.each-broad-field": "in one broad field",
    "wording.each-category": "in one category",
    "wording.each-detailed-field": "in one detailed field",
    "wording.each-narrow-field": "in one narrow field",
    "wording.each-provider": "from one institution",
    "wording.each-source-type": "of one source type",
    "wording.each-window": "in one {calendar}",
    "wording.portion-field": "in the field {field}",
    "wording.portion-named": "of «{name}»",
    "wording.portion-provider": "from {name}",
    "wording.portion-window": "in the one begun {day}",
    # wording: what a rule needs, as a noun phrase
    "wording.needs-at-least": "at least {amount}",
    "wording.needs-at-least-each": "at least {amount} {each}",
    "wording.needs-at-least-same": "at least {amount}, all {each}",
    "wording.needs-at-most": "at most {amount}",
    "wording.needs-at-most-each": "at most {amount} {each}",
    "wording.needs-before": "at least {amount} earned before it",
    "wording.needs-before-or-same-day": "at least {amount} earned before it or on the same day",
    "wording.needs-between": "at least {amount} and at most {most}",
    "wording.needs-between-same": "at least {amount} and at most {most}, all {each}",
    "wording.needs-exactly": "exactly {amount}",
    "wording.needs-in-each": "at least {amount}, wherever anything counts {each}",
    "wording.needs-last.one": "the last {amount}, by the day of earning",
    "wording.needs-last.other": "the last {amount}, by the day of earning",
    "wording.needs-of-last.one": "{amount} of the last {of}, by the day of earning",
    "wording.needs-of-last.other": "{amount} of the last {of}, by the day of earning",
    "wording.needs-mean": "a mean grade of {mean} or better on the scale {scale}",
    "wording.needs-mean-weighted": "a weighted mean grade of {mean} or better on the scale {scale}",
    "wording.needs-one-choice": "units of at most one of {count} choices",
    "wording.needs-points": "at least {points} grade points on the scale {scale}",
    "wording.needs-points-weighted": "at least {points} weighted grade points on the scale {scale}",
    "wording.needs-span": "earned within {duration}",
    # wording: what a share is of
    "wording.part-attempted-credits": "{share} of the attempted credits",
    "wording.part-attempted-credits-each": "{share} of the attempted credits {each}",
    "wording.part-attempted-credits-base": "{share} of those attempted credits that it is measured against",
    "wording.part-attempted-credits-base-each": "{share} of those attempted credits that it is measured against {each}",
    "wording.part-attempted-units": "{share} of the attempted units",
    "wording.part-attempted-units-each": "{share} of the attempted units {each}",
    "wording.part-attempted-units-base": "{share} of those attempted units that it is measured against",
    "wording.part-attempted-units-base-each": "{share} of those attempted units that it is measured against {each}",
    "wording.part-credits": "{share} of the counted credits",
    "wording.part-credits-base": "{share} of those counted credits that it is measured against",
    "wording.part-credits-base-each": "{share} of those counted credits that it is measured against {each}",
    "wording.part-credits-each": "{share} of the counted credits {each}",
    "wording.part-units": "{share} of the counted units",
    "wording.part-units-base": "{share} of those counted units that it is measured against",
    "wording.part-units-base-each": "{share} of those counted units that it is measured against {each}",
    "wording.part-units-each": "{share} of the counted units {each}",
    "wording.part-weighted": "{part}, weighted",
    "wording.part-within-credits": "{share} of the credits in its places",
    "wording.part-within-credits-each": "{share} of the credits in its places {each}",
    "wording.part-within-credits-base": "{share} of the credits in its places that it is measured against",
    "wording.part-within-credits-base-each": "{share} of the credits in its places that it is measured against {each}",
    "wording.part-within-units": "{share} of the units in its places",
    "wording.part-within-units-each": "{share} of the units in its places {each}",
    "wording.part-within-units-base": "{share} of the units in its places that it is measured against",
    "wording.part-within-units-base-each": "{share} of the units in its places that it is measured against {each}",
    # wording: what a rule says, as a clause that can follow "but" or a colon
    "wording.says-at-least.one": "at least {amount} must count",
    "wording.says-at-least.other": "at least {amount} must count",
    "wording.says-at-least-each.one": "at least {amount} must count {each}",
    "wording.says-at-least-each.other": "at least {amount} must count {each}",
    "wording.says-at-least-each-under.one": "at least {amount} must count {each} under «{title}»",
    "wording.says-at-least-each-under.other": "at least {amount} must count {each} under «{title}»",
    "wording.says-at-least-under.one": "at least {amount} must count under «{title}»",
    "wording.says-at-least-under.other": "at least {amount} must count under «{title}»",
    "wording.says-at-most.one": "at most {amount} may count",
    "wording.says-at-most.other": "at most {amount} may count",
    "wording.says-at-most-each.one": "at most {amount} may count {each}",
    "wording.says-at-most-each.other": "at most {amount} may count {each}",
    "wording.says-at-most-each-under.one": "at most {amount} may count {each} under «{title}»",
    "wording.says-at-most-each-under.other": "at most {amount} may count {each} under «{title}»",
    "wording.says-at-most-from.one": "at most {amount} may come {each}",
    "wording.says-at-most-from.other": "at most {amount} may come {each}",
    "wording.says-at-most-from-under.one": "at most {amount} may come {each} under «{title}»",
    "wording.says-at-most-from-under.other": "at most {amount} may come {each} under «{title}»",
    "wording.says-at-most-under.one": "at most {amount} may count under «{title}»",
    "wording.says-at-most-under.other": "at most {amount} may count under «{title}»",
    "wording.says-attempted": "«{title}» speaks of all units that were attempted: {need}",
    "wording.says-before": "what counts under «{title}» needs at least {amount} earned before it",
    "wording.says-before-or-same-day": (
        "what counts under «{title}» needs at least {amount} earned before it or on the same day"
    ),
    "wording.says-distinct-at-least": "{counted} must come from at least {different}",
    "wording.says-distinct-at-most": "{counted} must come from at most {different}",
    "wording.says-in-each": "wherever anything counts {each} under «{title}», it must come to at least {amount}",
    "wording.says-last.one": "the last {amount} must come under «{title}»",
    "wording.says-last.other": "the last {amount} must come under «{title}»",
    "wording.says-of-last.one": "{amount} of the last {of} must come under «{title}»",
    "wording.says-of-last.other": "{amount} of the last {of} must come under «{title}»",
    "wording.says-mean": "{counted} must have a mean grade of {mean} or better on the scale {scale}",
    "wording.says-mean-weighted": "{counted} must have a weighted mean grade of {mean} or better on the scale {scale}",
    "wording.says-none-under": "nothing may count under «{title}»",
    "wording.says-one-choice": "units of at most one choice of «{title}» may count",
    "wording.says-place": "«{title}» takes {need}",
    "wording.says-points": "{counted} must come to at least {points} grade points on the scale {scale}",
    "wording.says-points-weighted": (
        "{counted} must come to at least {points} weighted grade points on the scale {scale}"
    ),
    "wording.says-share-at-least": "at least {part} must come under «{title}»",
    "wording.says-share-at-most": "at most {part} may come",
    "wording.says-share-at-most-each": "at most {part} may come {each}",
    "wording.says-share-at-most-each-under": "at most {part} may come {each} under «{title}»",
    "wording.says-share-at-most-under": "at most {part} may come under «{title}»",
    "wording.says-span": "{counted} must be earned within {duration}",
    "wording.says-within": "«{title}» speaks of what fills its places: {need}",
    "wording.what-counts": "what counts",
    "wording.what-counts-under": "what counts under «{title}»",
    # words: numbers, days, lists
    "words.about": "about {number}",
    "words.credits.one": "{credits} credit",
    "words.credits.other": "{credits} credits",
    "words.date": "{year}-{month}-{day}",
    "words.days.one": "{count} day",
    "words.days.other": "{count} days",
    "words.decimal": ".",
    "words.half": "half",
    "words.list-end": "{before} and {after}",
    "words.list-middle": "{before}, {after}",
    "words.list-two": "{before} and {after}",
    "words.months.one": "{count} month",
    "words.months.other": "{count} months",
    "words.percent": "{number} %",
    "words.sentences": "{before} {after}",
    "words.title": "«{title}»",
    "words.units.one": "{count} unit",
    "words.units.other": "{count} units",
    "words.years.one": "{count} year",
    "words.years.other": "{count} years",
}

Value = str | int | date | Credits | CreditAmount
"""What a template may name. Numbers and days are written as the language writes them, text as it is."""


def english_plural(number: Fraction) -> str:
    """CLDR's categories of English: `one` for exactly one, else `other`."""
    return "one" if number == 1 else "other"


@dataclass(frozen=True, slots=True)
class Wording:
    """A language: its messages, and which plural category a number falls into."""

    language: str = "en"
    messages: Mapping[str, str] = field(default_factory=lambda: ENGLISH)
    plural: Callable[[Fraction], str] = english_plural

    def say(self, message: str, /, **values: Value) -> str:
        """The message of this id with its values filled in; a `KeyError` is a broken promise of our own."""
        shown = {name: value if isinstance(value, str) else self.shown(value) for name, value in values.items()}
        return self.messages[message].format_map(shown)

    def count(self, message: str, number: Fraction | int, /, **values: Value) -> str:
        """The message in the plural form that this number asks for."""
        exact = number if isinstance(number, Fraction) else Fraction(number)
        return self.say(f"{message}.{self.plural(exact)}", **values)

    def shown(self, value: Value) -> str:
        """A value as the language writes it."""
        match value:
            case Credits() | int():
                return self.decimal(str(value))
            case CreditAmount():
                return f"{self.shown(value.credits)} {value.system}"
            case date():
                year, month, day = value.isoformat().split("-")
                return self.say("words.date", year=year, month=month, day=day)
        return value

    def decimal(self, text: str) -> str:
        """A plain decimal such as `2.5` with the decimal sign of the language."""
        return text.replace(".", self.messages["words.decimal"])

    def credits(self, thousandths: int) -> str:
        """`140 credits`, `1 credit`, `2.5 credits`."""
        return self.count("words.credits", Fraction(thousandths, 1000), credits=Credits(thousandths))

    def units(self, count: Fraction | int) -> str:
        """`3 units`, `1 unit`, `2.5 units`."""
        return self.count("words.units", count, count=Credits(int(count * 1000)))

    def amounts(self, thousandths: int, units: Fraction | int) -> str:
        """`3 credits and 1 unit`; what is zero is left out."""
        parts = ([self.credits(thousandths)] if thousandths else []) + ([self.units(units)] if units else [])
        return self.listed(parts)

    def listed(self, parts: Sequence[str]) -> str:
        """`a`, `a and b`, `a, b and c`; an empty text for nothing."""
        if len(parts) < 2:
            return "".join(parts)
        if len(parts) == 2:
            return self.say("words.list-two", before=parts[0], after=parts[1])
        said = parts[0]
        for part in parts[1:-1]:
            said = self.say("words.list-middle", before=said, after=part)
        return self.say("words.list-end", before=said, after=parts[-1])

    def titles(self, titles: Sequence[str]) -> str:
        """Titles in quotation marks, as a list."""
        return self.listed([self.say("words.title", title=title) for title in titles])

    def sentences(self, *said: str) -> str:
        """Sentences one after the other."""
        whole, *more = said
        for sentence in more:
            whole = self.say("words.sentences", before=whole, after=sentence)
        return whole

    def share(self, text: str) -> str:
        """An exact share as people say it: `half`, `40 %`, or the fraction as it stands."""
        part, of = map(int, text.split("/"))
        if 2 * part == of:
            return self.say("words.half")
        if 100 * part % of == 0:
            return self.say("words.percent", number=100 * part // of)
        return text

    def duration(self, text: str) -> str:
        """`P3Y` as `3 years`."""
        count, message = int(text[1:-1]), {"Y": "words.years", "M": "words.months", "D": "words.days"}[text[-1]]
        return self.count(message, count, count=count)

    def points(self, points: Fraction) -> str:
        """Points with at most three places: `3.25`; where more would follow, `about 3.333`."""
        rounded = Credits(int(points * 1000))
        return self.shown(rounded) if rounded.as_fraction() == points else self.say("words.about", number=rounded)


IN_ENGLISH: Final = Wording()
