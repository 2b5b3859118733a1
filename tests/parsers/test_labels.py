"""Labels of the form, however they are printed, and texts that are none."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from rapidfuzz.distance import Levenshtein

from parsers.characters import compact
from parsers.labels import FORMS, candidates, form_rows, is_own_wording, may_be_own_wordings, plain


def best(text: str, part: str) -> dict[str, float]:
    return {
        f"{c.label.axis} {c.label.key}": c.similarity
        for c in candidates(text)
        if c.label.part == part
    }


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("一、本年新收政府信息公开申请数量", "row applications.received"),
        ("一、本年新收政府 信息公\n开申请数量", "row applications.received"),
        ("本年新收政府信息公开申请数量", "row applications.received"),
        ("1.属于国家秘密", "row applications.refused.state_secret"),
        ("1、属于国家秘密", "row applications.refused.state_secret"),
        ("１．属于国家秘密", "row applications.refused.state_secret"),
        ('3.危及"三安全一稳定"', "row applications.refused.security_stability"),
        ("3.危及三安全一稳定", "row applications.refused.security_stability"),
        ("(二)部分公开(区分处理的,只计这一情形,不计其他情形)", "row applications.partly_granted"),
        ("（二）部分公开", "row applications.partly_granted"),
        ("（三）不予公开", "group refused"),
        ("三、本年度办理结果", "group outcomes"),
        ("三、本\n年\n度办\n理结果", "group outcomes"),
        ("（六）其它处理", "group other"),
        ("自然人", "column natural_person"),
        ("法人或者其他组织", "head legal_person"),
        ("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", "corner identity"),
    ],
)
def test_a_label_in_its_own_wording(text: str, label: str) -> None:
    assert best(text, "applications")[label] == 1.0


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2.其他法律行政止公开", "row applications.refused.prohibited_by_law"),
        ("5.属于三类内部事务信急", "row applications.refused.internal_affairs"),
        ("3.补正后申请内容不明确", "row applications.unavailable.still_unclear"),
        ("二、上年结转政府信息公开申请数", "row applications.carried_in"),
    ],
)
def test_a_damaged_label_is_alike_and_not_the_same(text: str, label: str) -> None:
    found = best(text, "applications")
    assert max(found, key=lambda name: found[name]) == label
    assert 0.5 < found[label] < 1.0


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("规章", "row regulations"),
        ("规章（含历年）", "row regulations"),
        ("行政规范性文件", "row normative_documents"),
        ("行政事业性收费", "row fees"),
        ("第二十条第（八）项", "block item_8"),
        ("第二十条 第(一)项", "block item_1"),
        ("本年增／减", "column items_change"),
        ("本年收费金额（单位：万元）", "column amount"),
        ("本年收费金额", "column amount"),
        ("信息内容", "corner content"),
    ],
)
def test_a_label_of_proactive_disclosure(text: str, label: str) -> None:
    assert best(text, "proactive")[label] == 1.0


@pytest.mark.parametrize(
    "text", ["", "0", "12", "我局全年公开信息", "其中：涉企申请", "网站", "2021年", "公" * 500]
)
def test_what_is_no_label(text: str) -> None:
    assert all(c.similarity < 0.75 for c in candidates(text))


def test_a_group_in_front_of_a_label_is_told() -> None:
    found = candidates("（三）不予公开 1.属于国家秘密")
    assert [(c.label.key, c.group) for c in found] == [
        ("applications.refused.state_secret", "不予公开")
    ]


@pytest.mark.parametrize(("text", "own"), [("行政复议", True), ("规章", True), ("复议事项", False)])
def test_own_wording(text: str, own: bool) -> None:
    assert is_own_wording(text) is own


WORDINGS = sorted({row["label"] for layout in FORMS for row in form_rows(layout)})


def damaged(times: int) -> Iterator[str]:
    rng = random.Random(times)
    for wording in WORDINGS:
        characters = list(plain(wording))
        for _ in range(times):
            at = rng.randrange(len(characters))
            characters[at : at + rng.choice([0, 1, 1])] = rng.choice(
                ["", "错", rng.choice(wording)]
            )
            characters = characters or ["错"]
        yield "".join(characters)


@pytest.mark.parametrize("times", [1, 2, 3, 4])
def test_every_label_within_a_quarter_is_found_however_it_is_searched(times: int) -> None:
    """The search leaves out what cannot be alike, and finds what a look at every label finds."""
    every = {plain(row["label"]) for layout in FORMS for row in form_rows(layout)}
    looked_at = 0
    for text in damaged(times):
        wording = plain(text)
        near = [
            1 - distance / max(len(wording), len(other))
            for other in every
            if (distance := Levenshtein.distance(wording, other))
            <= max(len(wording), len(other)) // 4
        ]
        if not near or wording in every or len(wording) < 2 or wording[-1].isdigit():
            continue
        found = candidates(text)
        if not found[0].group and not is_own_wording(text):
            looked_at += 1
            assert found[0].similarity >= round(min(max(near), 0.95), 3), text
    assert looked_at > 10


@pytest.mark.parametrize("number", ["", "（一）", "1.", "一、"])
@pytest.mark.parametrize("remark", ["", "（不含下属单位）", "【见附件】"])
def test_no_quick_look_turns_a_label_away(number: str, remark: str) -> None:
    for first, second in zip(WORDINGS, reversed(WORDINGS), strict=True):
        assert may_be_own_wordings(compact(number + first + remark + second + number)), first


@pytest.mark.parametrize("text", ["一、我局认真贯彻落实条例", "公开信息12条，其中网站8条", "来信"])
def test_a_quick_look_tells_prose(text: str) -> None:
    assert not may_be_own_wordings(compact(text))
