"""Dates and statistical periods as reports print them, and what must not be taken for one."""

from __future__ import annotations

import datetime as dt

import pytest

from parsers.dates import dates_in, period_in, read_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2020-01-31", "2020-01-31"),
        ("2021-01-14 09:46", "2021-01-14"),
        ("2023-01-17 15:39:00", "2023-01-17"),
        ("2025年01月23日", "2025-01-23"),
        ("2012年03月31日 09時58分", "2012-03-31"),
        ("2012.02.15", "2012-02-15"),
        ("2020/1/5", "2020-01-05"),
        ("20200120", "2020-01-20"),
        ("二○一二年二月二十日", "2012-02-20"),
        ("二O一八年一月二日", "2018-01-02"),
        ("二〇一九年三月二十四日", "2019-03-24"),
        ("2013年3月", None),
        ("2013年", None),
        ("2020-13-40", None),
        ("1890-01-01", None),
        ("2021-01-14 2022-01-14", None),
        ("星期三", None),
        ("", None),
    ],
)
def test_a_date(text: str, date: str | None) -> None:
    read = read_date(text)
    assert (read.isoformat() if read else None) == date


def test_dates_come_in_order_and_whole() -> None:
    text = "2019年3月24日发布，2020年更新，2020-01-31印发"
    assert dates_in(text) == [dt.date(2019, 3, 24), dt.date(2020, 1, 31)]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("自2018年1月1日起至2018年12月31日止", "2018-01-01", "2018-12-31"),
        ("2018年1月1日至2018年12月31日", "2018-01-01", "2018-12-31"),
        ("2018年1月1日至12月31日", "2018-01-01", "2018-12-31"),
        ("自 2018 年 1 月 1 日 起 至 12 月 31 日 止", "2018-01-01", "2018-12-31"),
        ("从2018年1月1日到2018年12月31日止", "2018-01-01", "2018-12-31"),
        ("2018年1月1日——2018年12月31日", "2018-01-01", "2018-12-31"),
        ("2018年1月1日至12月31止", "2018-01-01", "2018-12-31"),
        ("二〇一八年一月一日至二〇一八年十二月三十一日", "2018-01-01", "2018-12-31"),
        ("2013年12月1日至2014年11月30日", "2013-12-01", "2014-11-30"),
        ("截止2018年12月31日", None, "2018-12-31"),
        ("20231月1日至202312月31日", "2023-01-01", "2023-12-31"),
        ("2018年11日至2018年1231日", "2018-01-01", "2018-12-31"),
    ],
)
def test_a_period(text: str, start: str | None, end: str) -> None:
    period = period_in(f"本报告中所列数据的统计期限为{text}。")
    assert period is not None
    assert (period.start.isoformat() if period.start else None) == start
    assert period.end.isoformat() == end


@pytest.mark.parametrize(
    "text",
    [
        "2016年1月1日至2020年12月31日",
        "2018年5月1日起施行",
        "2018年度",
        "1月1日至12月31日",
        "3月至5月",
    ],
)
def test_no_period(text: str) -> None:
    assert period_in(f"按照规划，{text}。") is None
