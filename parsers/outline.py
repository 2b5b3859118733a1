"""The sections of one report, with the preamble before them and the signature behind.

Headings are recognised in `sections`; here the lines and tables between them are put under them.
No figure is read.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from parsers import anatomy
from parsers.characters import compact
from parsers.dates import dates_in
from parsers.records import Finding, Section
from parsers.sections import Heading, section_of

# A date as it is signed with, its digits Arabic or Chinese, and what may be called a date there.
_BESIDE_DATE = re.compile(
    r"[\d年月日号〇○零一二三四五六七八九十OoＯ\-—./:：()（）]"
    r"|(?:发布|成文|印发|公开|公布|报告|填报|填表|制表|撰写)?(?:日期|时间)|印发$|发布$|公布$"
)


@dataclass(slots=True)
class _Part:
    """One section while it is collected. annexes: which of its lines are statistical annexes."""

    code: str | None
    level: int
    heading: Heading | None
    lines: list[str] = field(default_factory=list)
    parent: int | None = None
    annexes: list[int] = field(default_factory=list)


def cut_sections(
    texts: Sequence[str], headings: dict[int, tuple[int, Heading]], annexes: Collection[int]
) -> tuple[list[Section], list[Finding]]:
    """The sections of a report, the preamble and the signature included.

    texts: the body's paragraphs and tables as texts. headings: number of the text -> (level, it).
    annexes: the numbers of the texts that are statistical annexes.
    """
    parts: list[_Part] = [_Part("preamble", 1, None)]
    findings: list[Finding] = []
    top = 0
    for at, text in enumerate(texts):
        if at in headings:
            level, heading = headings[at]
            parent_code = parts[top].code if level == 2 else None
            code = section_of(heading.name, level, parent_code)
            if code is None:
                findings.append(
                    Finding(
                        "unknown-heading",
                        "note",
                        f"heading “{heading.text}” is on no canonical section; add a pattern to "
                        f"parsers/layouts/headings.csv",
                        evidence=heading.text,
                    )
                )
            part = _Part(code, level, heading, [heading.rest] if heading.rest else [])
            if level == 1:
                top = len(parts)
            else:
                part.parent = top
            parts.append(part)
            continue
        if at in annexes:
            parts[-1].annexes.append(len(parts[-1].lines))
        parts[-1].lines.append(text)
    if not _cut_signature_before_annex(parts):
        _cut_signature(parts)
    if not any(line.strip() for line in parts[0].lines):
        parts[0].lines = []
    sections: list[Section] = []
    ordinals: dict[int, int] = {}
    for index, part in enumerate(parts):
        text = "\n".join(line for line in part.lines if line.strip())
        if part.heading is None and not text:
            continue
        ordinals[index] = len(sections) + 1
        parent = ordinals.get(part.parent) if part.parent is not None else None
        sections.append(
            Section(
                len(sections) + 1,
                part.code,
                part.level,
                parent,
                part.heading.text if part.heading else "",
                text,
            )
        )
    return sections, findings


def _cut_signature(parts: list[_Part]) -> None:
    """Move the office's name and the date at the end of the last section into a part of their own.

    Short lines behind them (附件：, a page number) go along.
    """
    start, _ = _signature_start(parts[-1].lines)
    if start < len(parts[-1].lines):
        lines = parts[-1].lines
        parts[-1].lines = lines[:start]
        parts.append(_Part("signature", 1, None, lines[start:]))


def _cut_signature_before_annex(parts: list[_Part]) -> bool:
    """The same where statistical annexes stand behind the signature; whether they do."""
    top = max(at for at, part in enumerate(parts) if part.level == 1)
    if parts[top].code == "annex" and top > 0 and any(part.annexes for part in parts[top:]):
        signed, at = parts[top - 1], len(parts[top - 1].lines)
    elif parts[-1].annexes:
        signed, at = parts[-1], parts[-1].annexes[0]
    else:
        return False
    start, end = _signature_start(signed.lines[:at])
    if start == at:
        return False
    rest = signed.lines[end:]
    made = [_Part("signature", 1, None, signed.lines[start:end])]
    signed.lines = signed.lines[:start]
    if signed is parts[-1]:
        made.append(_Part("annex", 1, None, rest))
        parts.extend(made)
        return True
    made[0].lines += rest
    for part in parts[top:]:
        if part.parent is not None:
            part.parent += 1
    parts[top:top] = made
    return True


def _signature_start(lines: list[str]) -> tuple[int, int]:
    """Where the signature at the end of lines begins and ends; the end of lines for none."""
    start, end, dated, named = len(lines), len(lines), False, False
    shown = [at for at, line in enumerate(lines) if line.strip()]
    for at in reversed(shown[-8:]):
        text = compact(lines[at])
        if any(mark in text for mark in "。；") or len(text) > 40:
            break
        is_date = len(dates_in(lines[at])) == 1 and _signs(text)
        is_organ = anatomy.ORGAN.search(re.sub(r"\(.*\)$", "", text)) is not None
        if not dated and not named and (is_date or is_organ):
            end = at + 1
        if is_date and not dated and not named:
            start, dated = at, True
        elif is_organ and not (named and not dated):
            start, named = at, True
        elif dated or named:
            break
    found = dated or (named and start > shown[0])
    return (start, end) if found else (len(lines), len(lines))


def _signs(text: str) -> bool:
    """Whether a line with a date is one of a signature, and none of a list of news with dates."""
    words = _BESIDE_DATE.sub("", text)
    return len(words) < 2 or anatomy.ORGAN.search(words) is not None


def signature_parts(signature: str) -> tuple[str | None, dt.date | None]:
    """(the office that signs, the date)."""
    date = next(iter(dates_in(signature)), None)
    for line in signature.split("\n"):
        name = re.sub(r"(19|20)\d\d年.*$|[二一][〇○零0OoＯ九].{2}年.*$", "", compact(line)).strip(
            "（）() "
        )
        if name and anatomy.ORGAN.search(name):
            return name, date
    return None, date
