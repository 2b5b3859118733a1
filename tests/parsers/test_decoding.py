"""Bytes of pages in every charset that offices use, declared rightly, wrongly or not at all."""

from __future__ import annotations

import codecs

import pytest

from parsers.decoding import decode

TEXT = "<html><title>青川市水务局2018年政府信息公开工作年度报告</title><p>收到申请3件。</p></html>"
META = '<meta charset="{}">'


@pytest.mark.parametrize("declared", ["", "utf-8", "gb2312", "gbk", "gb18030", "iso-8859-1", "x"])
@pytest.mark.parametrize("used", ["utf-8", "gb2312", "gbk", "gb18030"])
def test_the_bytes_decide_before_the_declaration(used: str, declared: str) -> None:
    data = (META.format(declared) + TEXT).encode(used)
    decoded = decode(data)
    assert TEXT in decoded.text
    assert decoded.replaced == 0


@pytest.mark.parametrize("charset", ["GBK", "gb2312", "utf-8", "ISO-8859-1"])
def test_a_false_header_does_no_harm(charset: str) -> None:
    headers = {"content-type": f"text/html; charset={charset}"}
    assert decode(TEXT.encode("gb18030"), headers).text == TEXT
    assert decode(TEXT.encode("utf-8"), headers).text == TEXT


def test_a_character_outside_gb2312_on_a_page_that_declares_it() -> None:
    text = META.format("gb2312") + "二〇一八年，镕基、㐂"
    assert decode(text.encode("gb18030")).text == text


def test_big5_is_read_when_it_is_declared() -> None:
    text = META.format("big5") + "政府資訊公開年度報告，收到申請三件，均已辦理完畢。"
    assert decode(text.encode("big5")).text == text


@pytest.mark.parametrize(
    ("mark", "charset"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_byte_order_mark_comes_first(mark: bytes, charset: str) -> None:
    assert decode(mark + TEXT.encode(charset), {"Content-Type": "charset=gbk"}).text == TEXT


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_broken_character_costs_itself_and_is_counted(charset: str) -> None:
    data = (TEXT * 20).encode(charset) + b"\xff\xff" + (TEXT * 20).encode(charset)
    decoded = decode(data)
    assert 1 <= decoded.replaced <= 4
    assert decoded.text.count("收到申请3件") >= 39
