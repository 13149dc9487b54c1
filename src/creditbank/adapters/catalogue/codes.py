"""Where lists of codes come from: countries, languages and scripts from pycountry, the others from documents."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

import pycountry

from creditbank.framework.codes import CodeList, CodeLists


def code_lists(lists: Iterable[CodeList]) -> CodeLists:
    """Every list of codes at hand: those of ISO, and `lists`, of which the newest version of an id counts."""
    newest: dict[str, CodeList] = {}
    for one in sorted(lists, key=lambda each: (each.valid_from, each.version)):
        newest[one.id] = one
    countries, languages, longer, scripts = _iso()
    return CodeLists(countries, languages, longer, scripts, MappingProxyType(newest))


@cache
def _iso() -> tuple[Mapping[str, str], Mapping[str, str], Mapping[str, str], Mapping[str, str]]:
    countries = {one.alpha_2: getattr(one, "common_name", one.name) for one in pycountry.countries}
    languages: dict[str, str] = {}
    longer: dict[str, str] = {}
    for language in pycountry.languages:
        short = getattr(language, "alpha_2", "")
        languages[short or language.alpha_3] = language.name
        if short:
            longer[language.alpha_3] = short
            longer[getattr(language, "bibliographic", language.alpha_3)] = short
    scripts = {one.alpha_4: one.name for one in pycountry.scripts}
    return tuple(map(MappingProxyType, (countries, languages, longer, scripts)))  # type: ignore[return-value]


def country_alpha_3(country: str) -> str:
    """The three letters of a country for its two (ISO 3166-1); nothing where there is none."""
    found = pycountry.countries.get(alpha_2=country.upper()) if len(country) == 2 else None
    return "" if found is None else str(found.alpha_3)


def language_alpha_3(language: str) -> str:
    """The three letters of a language for its tag of two or three (ISO 639-3), as capitals; nothing for none."""
    if len(language) not in (2, 3):
        return ""
    found = pycountry.languages.get(**{f"alpha_{len(language)}": language.lower()})
    return "" if found is None else str(found.alpha_3).upper()
