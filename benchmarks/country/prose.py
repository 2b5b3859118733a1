"""Reports' prose: outlines of headings and topics, and sentences that state an office's figures.

Every sentence is a row of `sentences.csv` with the facts that it states; what a report says and
what is true of it come from the same row. It knows no markup and no table.
"""

from __future__ import annotations

import csv
import operator
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SENTENCES = Path(__file__).with_name("sentences.csv")
_CONDITION = re.compile(r"(\w+)(>=|=|>)(\d+)$")
_OPERATORS = {"=": operator.eq, ">": operator.gt, ">=": operator.ge}
_FACT = re.compile(r"(?P<indicator>[\w.]+)=(?P<figure>\w+)(?:~(?P<qualifier>\w+))?$")
_NUMERALS = "一二三四五六七八九十"

# A heading with its topics, and its sub-headings with theirs; tables stand at the marks.
Part = tuple[str, tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...]]
PROACTIVE_TABLE, APPLICATIONS_TABLE, DISPUTES_TABLE, ANNEX_TABLE = "#2", "#3", "#4", "#annex"

_FORM_REST: tuple[Part, ...] = (
    ("主动公开政府信息情况", (PROACTIVE_TABLE,), ()),
    ("收到和处理政府信息公开申请情况", (APPLICATIONS_TABLE,), ()),
    ("政府信息公开行政复议、行政诉讼情况", (DISPUTES_TABLE,), ()),
    ("存在的主要问题及改进情况", ("problems", "improvement"), ()),
    ("其他需要报告的事项", ("fees", "proposals"), ()),
)
OUTLINES: dict[str, tuple[tuple[Part, ...], ...]] = {
    "T": (
        (
            ("总体情况", ("overview",), (
                ("主动公开情况", ("items", "columns", "interpretation", "key_areas")),
                ("依申请公开情况", ("requests", "answers")),
                ("政府信息管理情况", ("management", "secrecy")),
                ("政府信息公开平台建设情况", ("platform",)),
                ("监督保障情况", ("organisation", "training", "supervision")),
            )),
            *_FORM_REST,
        ),
        (
            ("总体情况", ("overview", "organisation"), (
                ("主动公开", ("items", "press", "interpretation")),
                ("依申请公开", ("requests",)),
                ("政府信息管理", ("management",)),
                ("平台建设", ("columns", "platform", "calls")),
                ("监督保障", ("supervision", "training")),
            )),
            *_FORM_REST,
        ),
        (
            ("总体情况", ("overview", "items", "requests", "management", "platform"), ()),
            *_FORM_REST[:-1],
            ("其他需要报告的事项", ("other",), ()),
        ),
    ),
    "N": (
        (
            ("概述", ("overview",), ()),
            ("组织领导和制度建设情况", ("organisation", "training"), ()),
            ("发布解读、回应社会关切以及互动交流情况", ("interpretation", "press", "calls"), ()),
            ("重点领域政府信息公开工作推进情况", ("key_areas",), ()),
            ("主动公开政府信息以及公开平台建设情况", ("items", "columns", "platform"), ()),
            ("政府信息公开申请的办理情况", ("requests", "answers"), ()),
            ("政府信息公开的收费及减免情况", ("fees",), ()),
            ("因政府信息公开申请提起行政复议、行政诉讼的情况", ("disputes",), ()),
            ("受理提案建议及办理情况", ("proposals",), ()),
            ("政府信息公开保密审查及监督检查情况", ("secrecy", "supervision"), ()),
            ("所属事业单位信息公开工作推进措施和落实情况", ("affiliates",), ()),
            ("政府信息公开工作存在的主要问题及改进情况", ("problems", "improvement"), ()),
            ("需要说明的事项与附表", ("other", ANNEX_TABLE), ()),
        ),
        (
            ("概述", ("overview", "organisation"), ()),
            ("主动公开政府信息的情况", ("items", "key_areas", "interpretation"), ()),
            ("依申请公开政府信息情况", ("requests", "answers"), ()),
            ("政府信息公开的收费及减免情况", ("fees",), ()),
            ("因政府信息公开申请行政复议、提起行政诉讼情况", ("disputes",), ()),
            ("主要问题和改进措施", ("problems", "improvement"), ()),
            ("需要说明的事项与附表", ("other", ANNEX_TABLE), ()),
        ),
        (
            ("基本情况", ("overview", "training"), ()),
            ("政府信息主动公开情况", ("items", "columns"), ()),
            ("依申请公开情况", ("requests", "fees"), ()),
            ("复议、诉讼情况", ("disputes", "secrecy"), ()),
            ("存在问题和下一步打算", ("problems", "improvement", ANNEX_TABLE), ()),
        ),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """What a sentence states; figure None for what there was none of."""

    indicator: str
    figure: str | None
    qualifier: str


@dataclass(frozen=True)
class Sentence:
    """One row of `sentences.csv`."""

    text: str
    facts: tuple[Fact, ...]
    conditions: tuple[tuple[str, Callable[[float, float], bool], float], ...]

    def fits(self, figures: Mapping[str, float]) -> bool:
        """Whether its condition holds of an office's year."""
        return all(compare(figures[name], value) for name, compare, value in self.conditions)


@cache
def sentences() -> dict[tuple[str, str], tuple[Sentence, ...]]:
    """The sentences by (topic, era)."""
    found: dict[tuple[str, str], list[Sentence]] = {}
    with _SENTENCES.open(encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            sentence = Sentence(
                row["text"],
                tuple(_fact(text) for text in row["facts"].split("; ") if text),
                tuple(_condition(text) for text in row["when"].split()),
            )
            for era in "NT" if row["era"] == "*" else row["era"]:
                found.setdefault((row["topic"], era), []).append(sentence)
    return {key: tuple(several) for key, several in found.items()}


def choose(
    rng: random.Random, topic: str, era: str, figures: Mapping[str, float]
) -> Sentence | None:
    """A sentence of the topic that is true of these figures; None when there is none."""
    listed = sentences()[topic, era]
    start = int(rng.random() * len(listed))
    for at in range(start, start + len(listed)):
        sentence = listed[at % len(listed)]
        if sentence.fits(figures):
            return sentence
    return None


def numeral(number: int) -> str:
    """1 to 19 as a heading's numeral."""
    return _NUMERALS[number - 1] if number <= 10 else "十" + _NUMERALS[number - 11]


def _fact(text: str) -> Fact:
    match = _FACT.match(text)
    if match is None:
        raise ValueError(f"{_SENTENCES.name}: “{text}” is no fact; write indicator=figure")
    figure = match["figure"]
    return Fact(match["indicator"], None if figure == "none" else figure,
                match["qualifier"] or "exact")  # fmt: skip


def _condition(text: str) -> tuple[str, Callable[[float, float], bool], float]:
    match = _CONDITION.match(text)
    if match is None:
        raise ValueError(f"{_SENTENCES.name}: “{text}” is no condition; write figure>0 or figure=0")
    return match[1], _OPERATORS[match[2]], float(match[3])
