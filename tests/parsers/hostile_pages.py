"""Pages that no office would print, made one at a time: `python hostile_pages.py NAME` parses one.

It runs in a process of its own with little memory, so that a page that takes too much of anything
fails alone, and prints the kinds of the documents that came back.
"""

from __future__ import annotations

import random
import resource
import sys
from collections.abc import Callable

from parsers import parse_page

MEMORY = 2 * 1024**3
TITLE = "<h1>青川市水务局2021年政府信息公开工作年度报告</h1>"
HEADING = "<p>三、收到和处理政府信息公开申请情况</p>"
ROW = "<td>一、本年新收政府信息公开申请数量</td>"


def _table(inside: str) -> str:
    return f"{TITLE}{HEADING}<table>{inside}</table>"


# fmt: off
_SCRAPS = [
    "<table>", "<tr>", "<td>", "</td>", "</table>", "<p>", "</p>", "<div>", "|", "总计", "规章",
    "其他", "1", "0", "—", "一、", "（一）", "2021年", "申请", "3件", "，", "。", "<th colspan=3>",
    "<td rowspan=9>", "信息内容", "&nbsp;", "\n",
]
# fmt: on
PAGES: dict[str, Callable[[], str | bytes]] = {
    "no bytes": lambda: b"",
    "50 MB of tags": lambda: "<b>" * 17_000_000,
    "50 MB of one word": lambda: "<p>" + "公" * 17_000_000,
    "50 MB of cells": lambda: "<table><tr>" + "<td>1" * 10_000_000,
    "just under the limit of characters": lambda: TITLE + "<p>" + "公开信息3条。" * 1_700_000,
    "rows just under the limit of tags": lambda: _table(f"<tr>{ROW}<td>1" * 120_000),
    "50 000 paragraphs": lambda: TITLE + "<p>公开信息3条。" * 50_000,
    "divisions 100 000 deep": lambda: TITLE + "<div>" * 100_000 + "公开信息3条。",
    "tables 100 000 deep": lambda: TITLE + "<table><tr><td>" * 100_000 + "公开信息3条。",
    "paragraphs and inline tags 100 000 deep": lambda: TITLE + "<p><b><font>" * 100_000 + "3条",
    "cells 100 000 deep": lambda: _table(f"<tr>{ROW}<td>" + "<span>" * 100_000 + "1"),
    "lists 100 000 deep": lambda: TITLE + "<ul><li>" * 100_000 + "公开信息3条。",
    "a column span of a hundred million": lambda: _table(
        f"<tr>{ROW}<td colspan=99999999>1</td></tr>" * 30
    ),
    "a row span of a hundred million": lambda: _table(
        f"<tr>{ROW}<td rowspan=99999999>1</td></tr>" * 3000
    ),
    "both spans in every cell": lambda: _table(
        ("<tr>" + "<td colspan=99999999 rowspan=99999999>1</td>" * 50 + "</tr>") * 500
    ),
    "row spans in every cell": lambda: _table(("<tr>" + "<td rowspan=3000>1" * 200) * 300),
    "spans that are no numbers": lambda: _table(
        f"<tr>{ROW}<td colspan=-3 rowspan=x>1<td colspan=1e9 rowspan=0>2<td colspan=٣>3"
    ),
    "a row of a million cells": lambda: _table("<tr>" + ROW + "<td>" * 380_000),
    "only NULs": lambda: b"\0" * 1_000_000,
    "NULs between the letters": lambda: "\0".join(TITLE + HEADING),
    "lone surrogates": lambda: b"".join(bytes([0xED, 0xA0 + i % 32, 0x80]) for i in range(300_000)),
    "halves of characters": lambda: TITLE.encode("gb18030") + b"\x81\x30" * 300_000,
    "UTF-16 of an odd length": lambda: b"\xff\xfe" + TITLE.encode("utf-16-le") + b"a",
    "an attribute of 10 MB": lambda: f'<p title="{"x" * 10_000_000}">{TITLE}',
    "a title of 1 MB": lambda: "<h1>" + "政府信息公开工作年度报告" * 30_000 + "</h1>",
    "a head's title of 1 MB": lambda: "<title>" + "2021年" * 70_000 + "</title>" + TITLE,
    "100 000 links": lambda: "".join(
        f'<a href="/{i}.html">2021年政府信息公开工作年度报告</a>' for i in range(100_000)
    ),
    "100 000 links in one paragraph": lambda: (
        "<p>" + "".join(f'<a href="{i}.pdf">附件{i}</a>、' for i in range(100_000))
    ),
    "100 000 titles": lambda: f"{TITLE}<p>一、总体情况</p>" * 30_000,
    "100 000 headings": lambda: TITLE + "<p>一、总体情况</p><p>二、主动公开</p>" * 50_000,
    "100 000 headings in brackets": lambda: TITLE + "<p>（一）主动公开情况。公开3条</p>" * 50_000,
    "100 000 text tools": lambda: "<p>字号：大 中 小</p><p>2021年</p>" * 50_000,
    "one line of 5 MB with pipes": lambda: TITLE + "<p>" + "予以公开 | 1 | " * 300_000,
    "100 000 rows that fit nothing": lambda: _table("<tr><td>其中<td>1<td>2<td>3" * 60_000),
    "10 000 rows without labels": lambda: _table(
        f"<tr>{ROW}" + "<td>1" * 7 + ("<tr><td>" + "<td>1" * 7) * 10_000
    ),
    "10 000 rows with one label": lambda: _table((f"<tr>{ROW}" + "<td>1" * 7) * 10_000),
    "10 000 labels that are nearly of the form": lambda: _table(
        "".join(f"<tr><td>本年新收{i}政府信息公开申请数<td>1" for i in range(10_000))
    ),
    "rows of glued digits": lambda: (
        TITLE + "<p>（一）予以公开" + "10" * 40 + "</p>" + "<p>规章" + "1" * 400 + "</p>"
    ),
    "a cell of a million digits": lambda: _table(f"<tr>{ROW}<td>{'1' * 1_000_000}"),
    "a cell of a million nines in Chinese": lambda: _table(f"<tr>{ROW}<td>{'九' * 1_000_000}"),
    "a sentence of a million digits": lambda: f"{TITLE}<p>公开信息{'1' * 1_000_000}条。",
    "spaces": lambda: TITLE + "<p>" + " 　" * 1_000_000 + "公开3条",
    "spaces within words": lambda: TITLE + "<p>" + "公 " * 200_000 + "公开3条。",
    "opening and closing brackets": lambda: TITLE + "<p>" + "（（" * 50_000 + "））" * 50_000,
    "book title marks": lambda: TITLE + "<p>" + "《" * 300_000,
    "years": lambda: TITLE + "<p>" + "2021年" * 100_000,
    "年": lambda: TITLE + "<p>" + "年" * 500_000,
    "from and to": lambda: TITLE + "<p>" + "由3件增至" * 50_000,
    "dates": lambda: TITLE + "<p>" + "2021年1月1日至" * 50_000,
    "inline tags left open under much text": lambda: (
        "<textarea>" + "汉字" * 300 + "</textarea>" + "<b><i><p>" * 2_000
    ),
    "hidden paragraphs": lambda: '<p style="display:none">a</p>' * 70_000,
    "hidden lines of the page": lambda: (
        TITLE + "<p>公开信息3条。" * 20_000 + '<p style="display:none">公开</p>' * 20_000
    ),
    "numerals": lambda: TITLE + "<p>" + "一" * 500_000,
    "half a script": lambda: TITLE + "<script>" + "<p>" * 100_000,
    "declarations": lambda: "<!DOCTYPE a [<!ENTITY a '" + "b" * 100 + "'>]>" * 10_000 + TITLE,
    "processing instructions": lambda: "<?xml version='1.0' encoding='utf-7'?>" * 10_000 + TITLE,
    "a charset that is none": lambda: b"<meta charset=zlib_codec>\xff" + TITLE.encode("gb18030"),
    "a charset with an escape": lambda: b"<meta charset=unicode_escape>\xff\\ud800" + b"\\x" * 99,
    "frames": lambda: TITLE + '<iframe src="a.pdf">' * 50_000,
    "images": lambda: TITLE + '<img src="a.jpg" alt="2021">' * 50_000,
    "meta fields": lambda: '<meta name="ArticleTitle" content="2021年报">' * 50_000 + TITLE,
    "just under the limit of tags": lambda: TITLE + "<p>公开信息3条。" * 149_000,
    "100 000 attributes": lambda: "<p " + " ".join(f"a{i}=1" for i in range(100_000)) + f">{TITLE}",
    "100 000 lines with pipes": lambda: TITLE + "<p>（一）予以公开 | 1 | 2</p>" * 70_000,
    "100 000 lines of labels and digits": lambda: TITLE + "<p>（一）予以公开1234567</p>" * 60_000,
    "100 000 lines of cells": lambda: TITLE + "<p>规章</p><p>1</p>" * 60_000,
    "digits and commas": lambda: f"{TITLE}<p>公开信息{'1,' * 300_000}条。</p>" + "<p>1,1" * 10_000,
    "opening brackets": lambda: TITLE + "<p>" + "（" * 300_000 + "3条",
    "enumeration commas": lambda: TITLE + "<p>公开" + "网站、" * 100_000 + "分别为3条、4条。",
    "names and respectively": lambda: TITLE + "<p>" + "网站和微信分别为3条和" * 20_000,
    "semicolons": lambda: TITLE + "<p>" + "收到申请3件；" * 50_000,
    "clauses": lambda: TITLE + "<p>一、总体情况</p><p>" + "收到申请3件，" * 20_000,
    "clauses without figures": lambda: TITLE + "<p>一、总体情况</p><p>" + "未收到申请，" * 30_000,
    "entities": lambda: TITLE + "<p>" + "&nbsp;&#x4e00;&#99999999;&bogus;" * 100_000,
    "half a comment": lambda: TITLE + "<!--" * 100_000,
    **{
        f"random bytes {seed}": (lambda seed=seed: random.Random(seed).randbytes(300_000))
        for seed in range(3)
    },
    **{
        f"random markup {seed}": (
            lambda seed=seed: "".join(
                random.Random(seed).choices(
                    _SCRAPS,
                    k=20_000,
                )
            )
        )
        for seed in range(3)
    },
}  # fmt: skip


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    page = PAGES[sys.argv[1]]()
    data = page if isinstance(page, bytes) else page.encode("utf-8", "surrogatepass")
    for document in parse_page(data):
        print(document.kind, document.report.status if document.report else "")


if __name__ == "__main__":
    main()
