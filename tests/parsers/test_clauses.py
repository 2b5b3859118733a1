"""Whose a figure is: of this year and this office, or another's."""

from __future__ import annotations

import pytest

from parsers.clauses import clauses_of
from parsers.officenames import names_of
from parsers.sentences import written_plainly

OFFICE = "青川市水务局"


def own_figures(sentence: str, governs: bool = False) -> list[float]:
    plain = written_plainly(sentence, names_of(OFFICE))
    clauses, _ = clauses_of(plain, 2021, governs)
    return [f.figure.value for clause in clauses for f in clause.frames if f.own]


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("2021年，我局公开信息30条。", [30]),
        ("青川市水务局公开信息30条。", [30]),
        ("市水务局公开信息30条。", [30]),
        ("市局公开信息30条。", [30]),
        ("市局机关公开信息30条。", [30]),
        ("省局公开信息30条。", []),
        ("县局公开信息30条。", []),
        ("1.公开信息30条。", [30]),
        ("省水务局公开信息30条。", []),
        ("平山市水务局公开信息30条。", []),
        ("市图书馆公开信息30条。", []),
        ("全年公开信息30条，较上年增加5条。", [30]),
        ("公开信息30条，比上年多5条。", [30]),
        ("与2020年相比，全年公开信息30条，减少5条。", [30]),
        ("公开信息30条，比上年的25条多出5条。", [30]),
        ("公开信息的数量为上年的1.5倍，共30条。", [30]),
        ("2020年公开信息20条，2021年公开信息30条。", [30]),
        ("2020年公开信息20条。", []),
        ("上年公开信息20条。", []),
        ("全年收到申请5件，2020年结转2件，答复7件。", [5, 2, 7]),
        ("累计公开信息300条。", []),
        ("历年累计公开信息300条，全年公开信息30条。", [30]),
        ("全年累计公开信息30条。", [30]),
        ("截至2021年底，累计公开信息300条。", []),
        ("截至2021年底，我局公开信息30条。", [30]),
        ("截至2020年底，我局公开信息30条。", []),
        ("一季度公开信息8条。", []),
        ("公开信息30条，其中12月最多，公开8条。", [30]),
        ("平均每月公开信息3条，全年公开30条。", [30]),
        ("全市共公开信息900条。", []),
        ("各部门公开信息900条，我局公开信息30条。", [30]),
        ("经市司法局审核，公开信息30条。", [30]),
        ("由市政府办公室公开信息30条。", []),
        ("向各区县公开信息30条。", [30]),
        ("市政府网站全年发布信息900条。", []),
        ("在市政府网站发布信息30条。", [30]),
        ("下一步计划公开信息50条。", []),
        ("年初计划公开信息50条，实际公开30条。", [30]),
        ("每年公开信息不少于50条。", []),
        ("公开信息由20条增至30条。", [30]),
        ("第3条规定，公开信息30条。", [30]),
    ],
)
def test_whose_a_figure_is(sentence: str, values: list[float]) -> None:
    assert own_figures(sentence) == values


def test_a_government_speaks_for_its_whole_area() -> None:
    assert own_figures("全市共公开信息900条。", governs=True) == [900]


@pytest.mark.parametrize(
    ("office", "text", "name"),
    [
        ("聊城市人民政府外事办公室", "2022年，市外办主动公开", "市外办"),
        ("聊城市人民政府外事办公室", "聊城市外办公开", "聊城市外办"),
        ("聊城市人民政府外事办公室", "外事办收到", "外事办"),
        ("聊城市人民政府外事办公室", "县市外办收到", None),
        ("聊城市人民政府外事办公室", "全市外办系统", None),
        ("聊城市人民政府外事办公室", "市办收到", None),
        ("聊城市政府外事与侨务办公室", "2014年外侨办没有", "外侨办"),
        ("济南市住房和城乡建设局", "市住建局收到", "市住建局"),
        ("济南市住房和城乡建设局", "县住建局收到", None),
        ("济南市住房和城乡建设局", "市交通局收到", None),
        ("山东省市场监督管理局", "省市场监管局公开", "省市场监管局"),
        ("安水县卫生健康委员会", "县卫健委公开", "县卫健委"),
        ("安水县卫生健康委员会", "县卫健局公开", None),
        ("某市人力资源和社会保障局", "市人社局公开", "市人社局"),
    ],
)
def test_an_office_is_known_by_the_short_forms_of_its_name(office, text, name):
    names = names_of(office)
    assert names is not None
    pattern = names.own
    found = pattern.search(text)
    assert (found and found[0]) == name
