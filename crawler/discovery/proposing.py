"""Propose the row of an office from what was seen of its site, and say why each value is so.

What cannot be told is left empty with a sentence; nothing is guessed from a single weak sign.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from crawler.addresses import host_of
from crawler.discovery.looking import Look, LookedAt
from crawler.discovery.naming import names_of, organ_of, whereabouts_of
from crawler.families import all_families, family_named
from crawler.families.family import Family
from crawler.links import Link
from crawler.offices import Office
from crawler.offices.keys import (
    EXPECTED_KEYS,
    OFFICE_KEYS,
    OfficeError,
    WrongKey,
    checked,
    home_of,
    office_of,
)
from parsers.titles import recognise_title

# A family has to be told by more than one weak sign.
_ENOUGH = 4.0
_MOST_ENTRIES = 3


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed office.

    office: the row. reasons: for each column that was found out or left empty, why.
    years: the report years that links name.
    """

    office: Office
    reasons: dict[str, str]
    years: tuple[int, ...]


def check_given(given: dict[str, Any]) -> None:
    """Raise what is wrong with values of columns that a person gives, before a site is asked.

    Raises:
        OfficeError: one of them cannot be used.
    """
    wanted = {name: value for name, value in given.items() if value}
    keys = {name: replace(key, required=False) for name, key in OFFICE_KEYS.items()}
    try:
        checked(wanted, keys)
    except WrongKey as wrong:
        raise _not_usable(wrong) from None


def _not_usable(wrong: WrongKey) -> OfficeError:
    return OfficeError(f"{wrong.key}: {wrong}; give --{wrong.key.split('_')[0]}.")


def propose(
    look: Look, *, read: Iterable[str] = (), given: dict[str, Any] | None = None
) -> Proposal:
    """The office that `look` saw.

    read: names of offices that were read in the reports of the sample.
    given: values of columns that a person knows better; they take the place of what is found.

    Raises:
        OfficeError: a value that is given cannot be used, or no page says the office's name.
    """
    given = {name: value for name, value in (given or {}).items() if value}
    family, why_family = _family_of(look)
    entries, why_entries = _entries_of(look, family)
    pages = _with_further_pages(entries, look.listings)
    links = {link.url: link for page in pages for link in page.reports}
    titles = [link.text for link in links.values()]
    names = names_of(titles, read, look.markups)
    name = given.get("name", names.name)
    place = whereabouts_of(name, look.markups)
    code = given.get("division_code", place.division_code)
    years = sorted({link.report_year for link in links.values() if link.report_year})
    addresses = [page.capture.url for page in entries] or list(look.office.entry_urls)
    found: dict[str, Any] = {
        "id": _id_of(code, organ_of(name, look.office.hosts[0]), look.office),
        "name": name,
        "aliases": list(names.others) if name == names.name else [names.name, *names.others],
        "level": place.level,
        "division_code": place.division_code,
        "family": family.name,
        "entry_urls": addresses,
        "home_url": home_of(addresses[0]) if addresses else look.office.home_url,
    }
    found["aliases"] = [alias for alias in found["aliases"] if alias]
    hosts = _hosts_of(links.values(), look.office)
    if hosts:
        found["hosts"] = hosts
        why_entries += f", some of them on {', '.join(hosts)}"
    span = {"from_year": years[0], "until_year": years[-1]} if years else {}
    reasons = {
        "name": names.said,
        "level": place.said,
        "division_code": place.said,
        "family": why_family,
        "entry_urls": why_entries,
    }
    reasons |= dict.fromkeys(given, "as given")
    wanted = {name: value for name, value in (found | given).items() if value}
    try:
        office = office_of(checked(wanted, OFFICE_KEYS), {}, checked(span, EXPECTED_KEYS))
    except WrongKey as wrong:
        raise _not_usable(wrong) from None
    return Proposal(office, reasons, tuple(years))


def _family_of(look: Look) -> tuple[Family, str]:
    """The family whose signs the site shows most of, and the sentence that says which."""
    listing = [page for page in look.listings if page.reports]
    addresses = list(dict.fromkeys(link.url for page in listing for link in page.reports))
    if not addresses:
        # Titles cut short: then what some family knows for documents of the page that was given.
        listing = [page for page in look.listings if page.page.is_entry]
        addresses = list(dict.fromkeys(one for page in listing for one in _documents_on(page)))
    scored = {one.name: _score(one, addresses, listing) for one in all_families()}
    best = max(all_families(), key=lambda one: scored[one.name])
    if scored[best.name] >= _ENOUGH:
        return best, best.about
    generic = family_named("generic")
    return generic, "no family knows its addresses; " + generic.about


def _documents_on(page: LookedAt) -> list[str]:
    generic = family_named("generic")
    return [
        anchor.address
        for anchor in generic.anchors(page.page)
        if any(
            one.documents is not None and one.is_document(anchor.address, page.page)
            for one in all_families()
        )
    ]


def _score(family: Family, addresses: list[str], listing: list[LookedAt]) -> float:
    score = 0.0
    for sign in family.signs:
        looked_in = {
            "document": addresses,
            "listing": [page.capture.url for page in listing],
            "text": [page.page.text for page in listing],
        }[sign.where]
        found = sum(1 for one in looked_in if sign.pattern.search(one))
        score += sign.weight * found / max(1, len(looked_in))
    return score


def _entries_of(look: Look, family: Family) -> tuple[list[LookedAt], str]:
    """The pages on which lists of reports begin, those with most years first."""
    further: set[str] = set()
    begins: list[LookedAt] = []
    # The pages are in the order of the crawl: the first page of a list comes before those it links.
    for page in look.listings:
        if page.reports and (page.capture.url not in further or page.page.is_entry):
            begins.append(page)
        if page.reports:
            further |= {link.url for link in page.links if link.role == "next_page"}
    # Of two lists of the same reports, the one that is called so.
    begins.sort(key=lambda page: (-len(_years_of(page)), not _is_column_of_reports(page)))
    chosen: list[LookedAt] = []
    for page in begins:
        known = {link.url for other in chosen for link in other.reports}
        if len(chosen) < _MOST_ENTRIES and any(one.url not in known for one in page.reports):
            chosen.append(page)
    if not chosen:
        return [], "no page that was seen links a report"
    counted = Counter(len(page.reports) for page in chosen)
    return chosen, f"{' and '.join(str(count) for count in counted.elements())} reports linked"


def _hosts_of(links: Iterable[Link], looked: Office) -> list[str]:
    """Other hosts of the same domain on which reports are, such as xxgk beside www."""
    counted = Counter(host_of(link.url) for link in links)
    domain = _domain(looked.hosts[0])
    return sorted(host for host in counted if host not in looked.hosts and _domain(host) == domain)


def _domain(host: str) -> str:
    """The part of a host that its sub-domains share: liaocheng.gov.cn of wsb.liaocheng.gov.cn."""
    labels = host.partition(":")[0].split(".")
    is_name = not labels[-1].isdecimal()
    return ".".join(labels[-3:]) if is_name and labels[-2:] == ["gov", "cn"] else host


def _with_further_pages(entries: list[LookedAt], listings: Iterable[LookedAt]) -> list[LookedAt]:
    """The pages `entries` and those that their lists go on with, as far as they were seen."""
    by_address = {page.capture.url: page for page in listings}
    pages = {page.capture.url: page for page in entries}
    waiting = list(entries)
    while waiting:
        for link in waiting.pop().links:
            if link.role == "next_page" and link.url in by_address and link.url not in pages:
                pages[link.url] = by_address[link.url]
                waiting.append(by_address[link.url])
    return list(pages.values())


def _is_column_of_reports(page: LookedAt) -> bool:
    title = recognise_title(page.capture.link_text or "")
    return title is not None and title.kind == "column"


def _years_of(page: LookedAt) -> set[int]:
    return {link.report_year for link in page.reports if link.report_year}


def _id_of(code: str, organ: str, looked: Office) -> str:
    if code and organ:
        return f"cn-{code}-{organ}"
    host = re.sub(r"[^a-z0-9]+", "-", looked.hosts[0])
    return f"cn-{code}-{host}" if code else f"cn-{organ}-{host}" if organ else f"cn-{host}"
