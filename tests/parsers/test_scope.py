"""Whose figure it is: of this year and this office, or another's."""

from __future__ import annotations

import pytest

from parsers.scope import is_of_this_report
from parsers.sentences import clean_sentence, figures_in


def own_figures(sentence: str, office: str = "青川市水务局") -> list[float]:
    clean = clean_sentence(sentence)
    return [f.value for f in figures_in(clean) if is_of_this_report(f, 2021, office)]


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("2021年，我局公开信息30条。", [30]),
        ("全年公开信息30条，较上年增加5条。", [30]),
        ("公开信息30条，比上年多5条。", [30]),
        ("2020年公开信息20条，2021年公开信息30条。", [30]),
        ("2020年公开信息20条。", []),
        ("上年公开信息20条。", []),
        ("累计公开信息300条。", []),
        ("全年累计公开信息30条。", [30]),
        ("截至2021年底，累计公开信息300条。", []),
        ("一季度公开信息8条。", []),
        ("全市共公开信息900条。", []),
        ("各部门公开信息900条，我局公开信息30条。", [30]),
        ("下一步计划公开信息50条。", []),
        ("每年公开信息不少于50条。", []),
        ("公开信息由20条增至30条。", [30]),
        ("第3条规定，公开信息30条。", [30]),
    ],
)
def test_scope(sentence: str, values: list[float]) -> None:
    assert own_figures(sentence) == values


def test_a_government_speaks_for_its_whole_area() -> None:
    assert own_figures("全市共公开信息900条。", "青川市人民政府") == [900]
