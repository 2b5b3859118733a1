"""What an office did year by year: figures that agree with each other, as the form demands.

One history an office, from its first report to the last year. What is carried over is what the
next year begins with, outcomes and the rest add up to what came in, project counts go on from the
year before. Consistency is made here once; a page may misprint it later, on purpose.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

from benchmarks.country.form import APPLICANTS, Form, forms

# How many applications come in a year, on average, by level; a township mostly has none.
_VOLUMES = {"national": 420.0, "province": 160.0, "city": 26.0, "county": 7.0, "township": 0.9}
# Who applies, without the total.
_SHARES = (0.80, 0.12, 0.004, 0.008, 0.04, 0.028)
_OUTCOMES = forms()["2021"].application_rows[2:-2]
# How requests end, in the order of the form: granted and partly granted, eight reasons to refuse,
# three for what is not there, five not to handle, three others.
_WEIGHTS = (44, 9, 0.3, 1.2, 0.5, 1.4, 2.2, 1.6, 1.5, 2.6, 17, 4, 1.8, 2.4, 1.6, 0.4, 0.3, 0.8,
            1.6, 0.1, 4)  # fmt: skip
_CUMULATED = tuple(accumulate(_WEIGHTS))
# More requests than this are dealt out in proportion to the first ones.
_DEALT = 300
_DISPUTES = (("reconsideration", 0.02), ("litigation_direct", 0.008),
             ("litigation_after_reconsideration", 0.006))  # fmt: skip
# Few organs charge, license or punish; by level the share of offices that do.
_ACTIVE = {"national": 0.7, "province": 0.6, "city": 0.55, "county": 0.5, "township": 0.1}


@dataclass(slots=True)
class YearOfFigures:
    """One office's year.

    applications: indicator without its prefix -> the seven columns of its row, total last.
    plain: every other figure of both forms by indicator, money in 万元.
    told: figures that only the prose or the annex states, by the names that `sentences.csv` uses.
    """

    year: int
    applications: dict[str, list[int]]
    plain: dict[str, float]
    told: dict[str, float]

    def values(self, form: Form) -> list[float]:
        """The figures in the order of `form.keys`."""
        found: list[float] = []
        seen = ""
        for indicator, applicant in form.keys:
            if not applicant:
                found.append(self.plain[indicator])
            elif indicator != seen:
                seen = indicator
                found += self.applications[indicator.removeprefix("applications.")]
        return found


def history(rng: random.Random, level: str, years: range) -> list[YearOfFigures]:
    """The office's years, in order."""
    volume = _VOLUMES[level] * rng.lognormvariate(0, 0.8)
    active = rng.random() < _ACTIVE[level]
    standing = _Standing(rng, level, active)
    carried = [0] * 6
    made = []
    for year in years:
        applications = _applications(rng, volume * rng.uniform(0.6, 1.4), carried)
        carried = applications["carried_out"][:6]
        plain = standing.next_year(rng) | _disputes(rng, applications["concluded"][6])
        made.append(
            YearOfFigures(year, applications, plain, _told(rng, level, applications, plain))
        )
    return made


def _applications(rng: random.Random, volume: float, carried_in: list[int]) -> dict[str, list[int]]:
    rows = {name: [0] * 7 for name in _OUTCOMES}
    received, carried_out, concluded = [0] * 7, [0] * 7, [0] * 7
    for column, share in enumerate(_SHARES):
        new = int(volume * share * rng.uniform(0.4, 1.6) + rng.random())
        open_ = new + carried_in[column]
        if not open_:
            continue
        later = int(min(new, open_ * 0.12 * rng.random() + rng.random() * 0.6))
        received[column], carried_out[column] = new, later
        concluded[column] = open_ - later
        for at, count in _dealt(rng, open_ - later):
            rows[_OUTCOMES[at]][column] = count
    rows |= {
        "received": received,
        "carried_in": [*carried_in, 0],
        "concluded": concluded,
        "carried_out": carried_out,
        "other": [sum(three) for three in zip(*(rows[n] for n in _OUTCOMES[-3:]), strict=True)],
    }
    for row in rows.values():
        row[6] = sum(row[:6])
    return rows


def _dealt(rng: random.Random, count: int) -> list[tuple[int, int]]:
    """`count` requests dealt out to the outcomes: (place, number)."""
    drawn = rng.choices(range(len(_OUTCOMES)), cum_weights=_CUMULATED, k=min(count, _DEALT))
    dealt: dict[int, int] = {}
    for at in drawn:
        dealt[at] = dealt.get(at, 0) + 1
    if count > _DEALT:
        dealt = {at: number * count // _DEALT for at, number in dealt.items()}
        dealt[0] = dealt.get(0, 0) + count - sum(dealt.values())
    return sorted(dealt.items())


def _disputes(rng: random.Random, concluded: int) -> dict[str, float]:
    figures: dict[str, float] = {}
    for group, share in _DISPUTES:
        expected = concluded * share
        parts = [int(expected * weight * 2 * rng.random() + rng.random() * min(1.0, expected + 0.3))
                 for weight in (0.6, 0.2, 0.1, 0.1)]  # fmt: skip
        for name, value in zip(("upheld", "corrected", "other", "pending"), parts, strict=True):
            figures[f"{group}.{name}"] = value
        figures[f"{group}.total"] = sum(parts)
    return figures


class _Standing:
    """What an office has at the end of a year and begins the next one with."""

    def __init__(self, rng: random.Random, level: str, active: bool):
        self.makes_regulations = level in ("national", "province") and active
        self.regulations = rng.randint(1, 40) if self.makes_regulations else 0
        self.documents = int(rng.lognormvariate(2.0, 1.0)) if active else 0
        self.items = {
            name: rng.randint(0, 400) if active else 0
            for name in ("licensing", "other_services", "penalties", "coercion", "fees")
        }
        self.scale = rng.lognormvariate(4.5, 1.6) if active else 0.0

    def next_year(self, rng: random.Random) -> dict[str, float]:
        """The figures of both forms for the next year; what stands goes on from there."""
        figures: dict[str, float] = {}
        for name, made, repealed in (
            ("regulations", int(self.makes_regulations and rng.random() * 3), 0),
            ("normative_documents", int(rng.random() * 9 if self.documents else 0), 0),
        ):
            standing = self.regulations if name == "regulations" else self.documents
            repealed = rng.randint(0, min(4, standing))
            standing += made - repealed
            if name == "regulations":
                self.regulations = standing
            else:
                self.documents = standing
            figures |= {
                f"{name}.made": made,
                f"{name}.repealed": repealed,
                f"{name}.in_force": standing,
                f"{name}.new_made": made,
                f"{name}.new_disclosed": made,
                f"{name}.total_disclosed": standing,
            }
        for name, count in self.items.items():
            change = rng.choice((0, 0, 0, 1, 4, -1, -18)) if count else 0
            change = max(change, -count)
            figures[f"{name}.items_last_year"] = count
            figures[f"{name}.items_change"] = change
            figures[f"{name}.decisions"] = int(self.scale * rng.uniform(0, 9))
            self.items[name] = count + change
        figures["fees.amount"] = _money(rng, self.scale)
        figures["procurement.projects"] = int(self.scale * rng.random() / 9)
        figures["procurement.amount"] = _money(rng, self.scale * 4)
        return figures


def _money(rng: random.Random, scale: float) -> float:
    return round(scale * rng.random() * 10, rng.choice((0, 1, 2, 2, 4, 6))) if scale else 0


def _told(
    rng: random.Random, level: str, applications: dict[str, list[int]], plain: dict[str, float]
) -> dict[str, float]:
    received, concluded = applications["received"][6], applications["concluded"][6]
    items = int(rng.lognormvariate(6.2, 0.8)) + 20
    web = int(items * rng.uniform(0.5, 0.8))
    in_person = sum(rng.random() < 0.15 for _ in range(min(received, 50)))
    letters = sum(rng.random() < 0.2 for _ in range(min(received - in_person, 50)))
    unavailable = sum(applications[f"unavailable.{n}"][6]
                      for n in ("not_held", "needs_creation", "still_unclear"))  # fmt: skip
    weibo = (items - web) // 3
    gets_proposals = level in ("city", "province")
    return {
        "items": items,
        "items_round": items // 10 * 10,
        "web": web,
        "media": items - web,
        "weibo": weibo,
        "weixin": items - web - weibo,
        "columns": rng.randint(3, 30),
        "columns_new": rng.randint(0, 4),
        "interpretations": rng.randint(0, 40),
        "press": rng.choice((0, 0, 1, 2, 6)),
        "received": received,
        "carried_in": applications["carried_in"][6],
        "online": received - in_person - letters,
        "in_person": in_person,
        "letters": letters,
        "letter_post": letters - letters // 3,
        "letter_fax": letters // 3,
        "answered": concluded,
        "unavailable": unavailable,
        "reconsideration": plain["reconsideration.total"],
        "litigation": plain["litigation_direct.total"]
        + plain["litigation_after_reconsideration.total"],
        "npc": rng.randint(0, 60) if gets_proposals else 0,
        "cppcc": rng.randint(0, 80) if gets_proposals else 0,
        "training": rng.randint(0, 8),
        "running_total": items * rng.randint(4, 11),
        "calls": rng.randint(20, 3000),
    }


assert len(_WEIGHTS) == len(_OUTCOMES)
assert len(_SHARES) == len(APPLICANTS) - 1
