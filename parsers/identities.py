"""The identities that the national form prints: check them, and let them decide between readings.

Figures are never altered. An identity that does not hold is a finding; where a row can be read in
several ways, or is printed twice, the identities choose when exactly one reading satisfies them.
The rules themselves are rows of `layouts/identities.csv`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from parsers.columns import Way
from parsers.grids import Cell
from parsers.readings import (
    FigureKey,
    OpenRow,
    TableReadings,
    observed,
    read_figure,
    table_of,
    unreadable,
)
from parsers.records import Finding, Observation, Severity
from parsers.registry import APPLICANTS, read_table

Lookup = Callable[[FigureKey], float | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of `identities.csv`. left, right: the terms that are added up on each side."""

    name: str
    across: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    severity: Severity
    source: str


@dataclass(frozen=True, slots=True)
class Identity:
    """A rule for definite figures: the keys on both sides."""

    rule: Rule
    left: tuple[FigureKey, ...]
    right: tuple[FigureKey, ...]

    def holds(self, lookup: Lookup) -> bool | None:
        """Whether both sides are equal; None when a figure of it is not known.

        A blank counts as nothing, yet a blank total states nothing that could be checked.
        """
        left = _sum(self.left, lookup)
        right = _sum(self.right, lookup)
        if left is None or right is None:
            return None
        return abs(left - right) < 1e-6

    def admits(self, lookup: Lookup) -> bool | None:
        """`holds`, and False for a blank total beside figures.

        Offices do leave 总计 blank, so it is no error; but of several ways to read a row the one
        that leaves the total blank is rather the wrong one.
        """
        held = self.holds(lookup)
        return False if held is None and self.lacks_total(lookup) else held

    def lacks_total(self, lookup: Lookup) -> bool:
        """Whether one side is blank where the other has figures."""
        left, right = map(lookup, self.left), map(lookup, self.right)
        left_is_blank = all(type(value) is _Blank for value in left)
        right_is_blank = all(type(value) is _Blank for value in right)
        if left_is_blank == right_is_blank:
            return False
        return any(map(lookup, self.right if left_is_blank else self.left))


class _Blank(float):
    """Zero, for a cell that is blank."""


_BLANK = _Blank(0.0)


def _sum(keys: Iterable[FigureKey], lookup: Lookup) -> float | None:
    values = [lookup(key) for key in keys]
    if None in values or (len(values) <= 2 and all(type(value) is _Blank for value in values)):
        return None
    return sum(values)  # type: ignore[arg-type]


@cache
def rules() -> tuple[Rule, ...]:
    """The identities of the form, in the order of `identities.csv`."""
    return tuple(
        Rule(
            row["rule"],
            row["across"],
            tuple(term.strip() for term in row["left"].split("+")),
            tuple(term.strip() for term in row["right"].split("+")),
            row["severity"],  # type: ignore[arg-type]
            row["source"],
        )
        for row in read_table("parsers.layouts", "identities.csv")
    )


# The forms ask for the same indicators everywhere; a page that prints few has its own set.
@lru_cache(maxsize=64)
def identities(asked: frozenset[str]) -> tuple[Identity, ...]:
    """The rules for the indicators that one report's tables print."""
    found = []
    for rule in rules():
        if rule.across == "rows":
            for name in sorted(n for n in asked if n.startswith("applications.")):
                left = tuple((name, column) for column in rule.left)
                right = tuple((name, column) for column in rule.right)
                found.append(Identity(rule, left, right))
            continue
        left_names, right_names = _expand(rule.left, asked), _expand(rule.right, asked)
        if not left_names or not right_names or not set(left_names) <= asked:
            continue
        for applicant in APPLICANTS if rule.across == "applicants" else ("",):
            found.append(
                Identity(
                    rule,
                    tuple((name, applicant) for name in left_names),
                    tuple((name, applicant) for name in right_names),
                )
            )
    return tuple(found)


def _expand(terms: Iterable[str], asked: frozenset[str]) -> list[str]:
    names: list[str] = []
    for term in terms:
        if term.endswith("*"):
            names.extend(sorted(name for name in asked if name.startswith(term[:-1])))
        else:
            names.append(term)
    return names


def _lookup_in(readings: dict[FigureKey, Observation]) -> Lookup:
    return {
        key: _BLANK if reading.status == "blank" else reading.value
        for key, reading in readings.items()
        if reading.status != "unreadable"
    }.get


# -- deciding ------------------------------------------------------------------------------------


def decide(result: TableReadings) -> None:
    """Settle rows printed twice and rows that can be read in several ways, or call them unreadable."""
    if not result.open_rows and not result.rivals:
        return
    known = identities(frozenset(result.asked))
    touching: dict[FigureKey, list[Identity]] = {}
    for identity in known:
        for key in identity.left + identity.right:
            touching.setdefault(key, []).append(identity)
    for _ in range(3):
        waiting = [row for row in result.open_rows if len(row.ways) > 1]
        before = sum(len(row.ways) for row in waiting)
        for row in waiting:
            row.ways = _satisfying(row, result, touching)
        _settle_whole(result)
        if sum(len(row.ways) for row in result.open_rows if len(row.ways) > 1) == before:
            break
    for row in result.open_rows:
        _close(row, result)
    result.open_rows.clear()
    _settle_rivals(result, touching)


def _satisfying(
    row: OpenRow, result: TableReadings, touching: dict[FigureKey, list[Identity]]
) -> list[Way]:
    """The ways that no identity contradicts, and of these the ones that most identities confirm.

    An identity among zeros confirms nothing: it holds wherever they stand.
    """
    scored: list[tuple[int, Way]] = []
    base = _lookup_in(result.readings)
    identities_of_row = list({id(i): i for key in row.keys for i in touching.get(key, ())}.values())
    for way in row.ways:
        values = _values_of(row, way)
        if values is None:
            return []

        def lookup(key: FigureKey, values: dict[FigureKey, float] = values) -> float | None:
            return values[key] if key in values else base(key)

        held = [identity.admits(lookup) for identity in identities_of_row]
        if False not in held:
            confirmed = sum(
                1
                for identity, result_of in zip(identities_of_row, held, strict=True)
                if result_of and any(lookup(key) for key in identity.left)
            )
            scored.append((confirmed, way))
    most = max((count for count, _ in scored), default=0)
    return [way for count, way in scored if count == most]


def _values_of(row: OpenRow, way: Way) -> dict[FigureKey, float] | None:
    values: dict[FigureKey, float] = dict.fromkeys(row.keys, _BLANK)
    for key, text in zip(row.keys, way, strict=True):
        if text is None:
            continue
        reading, finding = read_figure(key, Cell(text, 0, 1), row.by, "", "")
        if finding or reading.value is None:
            return None
        values[key] = reading.value
    return values


def _settle_whole(result: TableReadings) -> None:
    """Rows with one way left become readings, so that they can decide about others."""
    for row in [row for row in result.open_rows if len(row.ways) == 1]:
        _close(row, result)
        result.open_rows.remove(row)


def _close(row: OpenRow, result: TableReadings) -> None:
    """Read the columns on which all the ways that are left agree; the others are unreadable."""
    texts = row.text
    open_columns = []
    for index, key in enumerate(row.keys):
        evidence = f"{row.row_label} × {row.column_labels[index]}"
        locator = f"{row.locator}, column {key[1] or key[0]}"
        printed = {way[index] for way in row.ways}
        if len(printed) == 1:
            (text,) = printed
            if text is None:
                result.add(observed(key, None, "", "blank", "exact", "position", evidence, locator))
                continue
            reading, finding = read_figure(key, Cell(text, 0, 1), "position", evidence, locator)
            result.add(reading)
            if finding:
                result.findings.append(finding)
            continue
        open_columns.append(key[1] or key[0])
        if key not in result.readings:
            result.readings[key] = unreadable(key, texts, "position", evidence, locator)
    if open_columns:
        message = (
            f"“{row.row_label}” prints {texts} for {len(row.keys)} columns ({row.locator}); what "
            f"stands in {', '.join(open_columns)} cannot be told"
        )
        result.findings.append(
            Finding("undecided-columns", "warning", message, None, texts, row.keys[0][0], texts)
        )


def _settle_rivals(result: TableReadings, touching: dict[FigureKey, list[Identity]]) -> None:
    """Of figures printed twice and differently take those that the identities confirm.

    What one table prints otherwise than the first stands or falls together: a second set of
    tables (another year's, another body's) adds up as well, and a single figure of it never would.
    """
    sources: dict[tuple[str, int], dict[FigureKey, Observation]] = {}
    for key, others in result.rivals.items():
        times: dict[str, int] = {}
        for reading in others:
            table = table_of(reading)
            times[table] = times.get(table, 0) + 1
            sources.setdefault((table, times[table]), {})[key] = reading
    base = _lookup_in(result.readings)
    as_first = {name: _adds_up(own, {}, base, touching) for name, own in sources.items()}
    as_printed = {name: _adds_up(own, own, base, touching) for name, own in sources.items()}
    settled: dict[FigureKey, Observation] = {}
    for key in result.rivals:
        names = [name for name, own in sources.items() if key in own]
        first = result.readings[key]
        votes = [as_first[name] for name in names]
        own_vote = False if False in votes else None if None in votes else True
        ways = [(first, own_vote), *((sources[n][key], as_printed[n]) for n in names)]
        confirmed = [reading for reading, adds_up in ways if adds_up]
        certain = len(confirmed) == 1 and all(adds_up is not None for _, adds_up in ways)
        texts = " / ".join(reading.value_text or "(blank)" for reading, _ in ways)
        if certain:
            settled[key] = confirmed[0]
            outcome = (
                f"“{confirmed[0].value_text}” is read, since only the figures of its rows satisfy the "
                "form's identities"
            )
        else:
            settled[key] = unreadable(key, texts, first.matched_by, first.evidence, first.locator)
            outcome = "neither is read"
        where = f" ({key[1]})" if key[1] else ""
        message = f"{key[0]}{where} is printed more than once, differently: {texts}; {outcome}"
        result.findings.append(
            Finding("printed-twice", "warning", message, None, texts, key[0], first.evidence)
        )
    result.readings.update(settled)


def _adds_up(
    keys: Iterable[FigureKey],
    instead: Mapping[FigureKey, Observation],
    base: Lookup,
    touching: Mapping[FigureKey, Sequence[Identity]],
) -> bool | None:
    """Whether the identities that touch the keys hold with other readings of some figures.

    None when nothing is confirmed, nor contradicted: zeros add up wherever they stand.
    """
    values = _lookup_in(dict(instead))

    def lookup(key: FigureKey) -> float | None:
        return values(key) if key in instead else base(key)

    confirmed = False
    for identity in {id(i): i for key in keys for i in touching.get(key, ())}.values():
        held = identity.admits(lookup)
        if held is False:
            return False
        confirmed = confirmed or bool(held and any(lookup(key) for key in identity.left))
    return True if confirmed else None


# -- checking ------------------------------------------------------------------------------------


def check(result: TableReadings) -> None:
    """Add a finding for every identity that the figures as printed do not satisfy."""
    lookup = _lookup_in(result.readings)
    blank: dict[Rule, list[Identity]] = {}
    for identity in identities(frozenset(result.asked)):
        held = identity.holds(lookup)
        if held is False:
            result.findings.append(_broken(identity, lookup))
        elif held is None and identity.lacks_total(lookup):
            blank.setdefault(identity.rule, []).append(identity)
    result.findings += [_blank_totals(rule, found) for rule, found in blank.items()]


def _blank_totals(rule: Rule, found: Sequence[Identity]) -> Finding:
    """The note on totals that are left blank beside figures, all those of a rule in one."""
    names = [
        f"{name} ({applicant})" if applicant else name
        for name, applicant in (identity.left[0] for identity in found)
    ]
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    places = "one place" if len(found) == 1 else f"{len(found)} places"
    message = f"a sum is left blank beside its figures in {places}: {shown} ({rule.source})"
    return Finding("blank-total", "note", message, None, None, found[0].left[0][0])


def broken_among(observations: Iterable[Observation], words: str = "as printed") -> list[Finding]:
    """A finding for every identity that the figures of one report's tables do not satisfy.

    words: what the figures are; `as printed` are those of `check`.
    """
    figures = {
        (one.indicator, one.applicant or ""): _BLANK if one.status == "blank" else one.value
        for one in observations
        if one.source == "table" and one.status != "unreadable"
    }
    asked = frozenset(name for name, _ in figures)
    broken = (one for one in identities(asked) if one.holds(figures.get) is False)
    return [_broken(one, figures.get, words) for one in broken]


def _broken(identity: Identity, lookup: Lookup, words: str = "as printed") -> Finding:
    left = sum(lookup(key) or 0.0 for key in identity.left)
    right = sum(lookup(key) or 0.0 for key in identity.right)
    rule = identity.rule
    name, applicant = identity.left[0]
    which = f"{name} ({applicant})" if applicant else name
    message = (
        f"{which}: {' + '.join(rule.left)} is {left:g} {words}, "
        f"{' + '.join(rule.right)} is {right:g} ({rule.source})"
    )
    return Finding(rule.name, rule.severity, message, f"{right:g}", f"{left:g}", name)
