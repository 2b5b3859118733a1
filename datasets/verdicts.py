"""What a person said of single figures: right, wrong (and what would be right), or unsure.

Verdicts are rows of a CSV file in the data directory. They outlast builds, and each keeps the
figure that was judged, the content of its report and its capture, so that it can be told whether it
still speaks of what is read. Nothing here alters a figure; that is what corrections are for.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Verdict = Literal["right", "wrong", "unsure"]
FigureKey = tuple[str, int, str, str | None, str]

FILE_NAME = "spot-checks.csv"
_FIELDS = (
    "judged_at",
    "verdict",
    "office_id",
    "report_year",
    "indicator",
    "applicant",
    "source",
    "value",
    "status",
    "qualifier",
    "capture_id",
    "corrected",
    "right_value",
    "right_status",
    "right_qualifier",
    "note",
    "content_digest",
)
# Without these a row is no verdict; files of older versions lack others.
_NEEDED = ("verdict", "office_id", "report_year", "indicator", "applicant", "source", "value")


class BrokenVerdicts(ValueError):
    """The file of verdicts cannot be read; the message names it and the row."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page states of a figure, as a person reads it.

    status: that of `observations`, or `absent` when the page states no such figure.
    value: in the unit of the indicator; None unless the status is a figure or none in words.
    """

    value: float | None
    status: str
    qualifier: str = "exact"


class NotAFigure(ValueError):
    """What was typed is no figure; the message says what can be typed."""


# What can be typed for a figure that is none.
_WORDS = {
    "none": Stated(0.0, "reported_none"),
    "无": Stated(0.0, "reported_none"),
    "blank": Stated(None, "blank"),
    "空": Stated(None, "blank"),
    "/": Stated(None, "blank"),
    "unreadable": Stated(None, "unreadable"),
    "absent": Stated(None, "absent"),
}
_QUALIFIERS = {
    "≥": "at_least", ">=": "at_least", "余": "at_least", "多": "at_least", "以上": "at_least",
    "≤": "at_most", "<=": "at_most", "以内": "at_most", "不足": "at_most",
    "≈": "about", "~": "about", "约": "about", "近": "about", "左右": "about",
}  # fmt: skip
_SIGNS = "|".join(map(re.escape, _QUALIFIERS))
_TYPED = re.compile(rf"({_SIGNS})?\s*([+\-]?[\d,]*\.?\d+)\s*({_SIGNS})?")


def read_stated(typed: str) -> Stated:
    """The figure that a person typed: `12`, `≥600`, `600余`, `约3000`, `none`, `blank`, `absent`.

    Raises:
        NotAFigure: it is none of these.
    """
    text = typed.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    found = _TYPED.fullmatch(text)
    if found is None or (found[1] and found[3]):
        raise NotAFigure(
            f"“{text}” is no figure: type 12, ≥600 (for 600余), ≈3000 (for 约3000), or one of "
            f"{', '.join(word for word in _WORDS if word.isascii() and word.isalpha())}."
        )
    value = float(found[2].replace(",", ""))
    if not math.isfinite(value):
        raise NotAFigure(f"“{text}” is too large for a figure.")
    return Stated(value, "reported", _QUALIFIERS.get(found[1] or found[3] or "", "exact"))


def figure_key(row: Mapping[str, Any]) -> FigureKey:
    """What names a figure in the dataset."""
    return (
        row["office_id"],
        int(row["report_year"]),
        row["indicator"],
        row["applicant"] or None,
        row["source"],
    )


def save_verdict(
    data_dir: Path,
    observation: Mapping[str, Any],
    verdict: Verdict,
    judged_at: dt.datetime,
    *,
    content_digest: str | None = None,
    right: Stated | None = None,
    note: str = "",
) -> None:
    """Append a verdict on a row of `observations` to the file of verdicts.

    content_digest: of its row of `reports`; by default the verdict speaks of these bytes alone.
    right: of a figure judged wrong, what the page states; None when the person did not say.
    """
    path = data_dir / FILE_NAME
    said: dict[str, Any] = {name: observation.get(name) for name in _FIELDS}
    said |= {
        "judged_at": judged_at.isoformat(timespec="seconds"),
        "verdict": verdict,
        "corrected": "yes" if observation.get("correction") else "",
        "note": note,
        "content_digest": content_digest,
    }
    if right is not None:
        said |= {
            "right_value": right.value,
            "right_status": right.status,
            "right_qualifier": right.qualifier,
        }
    _bring_up_to_date(path)
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, _FIELDS).writerow(said)


def _bring_up_to_date(path: Path) -> None:
    """Make the file with its head, or give one of an older version the columns it lacks."""
    rows = _rows(path)
    if rows and set(rows[0]) >= set(_FIELDS):
        return
    staging = path.with_name(path.name + ".part")
    with staging.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _FIELDS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    staging.replace(path)


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BrokenVerdicts(f"{path} cannot be read ({error}); mend or remove it.") from error
    for line, row in enumerate(rows, start=2):
        try:
            int(row["report_year"])
            float(row["value"] or 0)
            missing = [name for name in _NEEDED if row[name] is None]
        except (KeyError, TypeError, ValueError) as error:
            raise BrokenVerdicts(
                f"{path}, row {line}: is no verdict ({error}); mend or remove it."
            ) from error
        if missing:
            raise BrokenVerdicts(f"{path}, row {line}: has no {missing[0]}; mend or remove it.")
    return rows


def every_verdict(data_dir: Path) -> list[dict[str, str]]:
    """All verdicts in the order in which they were given; none when there is no file.

    A column that a file of an older version lacks is "".

    Raises:
        BrokenVerdicts: the file cannot be read.
    """
    return [{name: row.get(name) or "" for name in _FIELDS} for row in _rows(data_dir / FILE_NAME)]


def read_verdicts(data_dir: Path) -> dict[FigureKey, dict[str, str]]:
    """The last verdict on each figure; none when there is no file.

    Raises:
        BrokenVerdicts: the file cannot be read.
    """
    return {figure_key(row): row for row in every_verdict(data_dir)}


def still_speaks_of(
    row: Mapping[str, Any], verdict: Mapping[str, str], content_digest: str | None
) -> bool:
    """Whether a verdict was given on the figure as it stands in this row of `observations`.

    content_digest: of its row of `reports`.

    It was given on these very words: where the office changed its report, the same figure may be
    right where it was wrong. A page that was captured again with another menu says the same; so
    does the same capture in which a better parser reads more. A verdict of an older version knows
    the capture alone.
    """
    value = float(verdict["value"]) if verdict["value"] else None
    if row["value"] != value or any(row[name] != verdict[name] for name in ("status", "qualifier")):
        return False
    same_words = bool(verdict["content_digest"]) and verdict["content_digest"] == content_digest
    return same_words or row["capture_id"] == verdict["capture_id"]
