"""Which pages of reports a channel page puts in doubt."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from crawler.archive import Archive
from crawler.archive.writing import ArchiveWriter
from crawler.sample_site import CHANNEL, PAGES
from datasets.contradicted import contradicted_pages

OFFICE = "cn-990000-test"
SITE = "http://127.0.0.1:8000"
DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
TEXT = (PAGES / CHANNEL.strip("/") / "index.html").read_text("utf-8")
CORRECTED = re.sub(r"(（一）予以公开.*?>)\d+<", r"\g<1>5<", TEXT, count=1, flags=re.S)  # of 2023
COUNTED = TEXT.replace("</body>", "<p>访问量：20431</p></body>")
COUNTED_CORRECTED = CORRECTED.replace("</body>", "<p>访问量：20999</p></body>")
WITHOUT_2023 = TEXT.replace("2023年政府信息公开工作年度报告", "工作简报")


@pytest.mark.parametrize(
    ("contents", "asked_on", "doubted"),
    [
        ([(1, TEXT)], {}, []),
        ([(1, TEXT), (8, COUNTED)], {}, []),
        ([(1, TEXT), (8, CORRECTED)], {}, [2023]),
        # Whatever the counter did since, and whoever was killed before he could ask.
        ([(1, TEXT), (8, CORRECTED), (15, COUNTED_CORRECTED)], {}, [2023]),
        ([(1, TEXT), (8, COUNTED), (15, CORRECTED)], {}, [2023]),
        ([(1, TEXT), (8, CORRECTED), (15, TEXT)], {}, [2023]),
        # Asked for since: its own answer stands.
        ([(1, TEXT), (8, CORRECTED)], {2023: 9}, []),
        ([(1, TEXT), (8, CORRECTED), (15, TEXT)], {2023: 9}, [2023]),
        ([(1, TEXT), (8, CORRECTED), (15, COUNTED_CORRECTED)], {2023: 9}, []),
        # A report that left the channel page is no contradiction; coverage tells it.
        ([(1, TEXT), (8, WITHOUT_2023)], {}, []),
    ],
)
def test_a_page_is_doubted_when_the_channel_page_states_something_else_since(
    tmp_path: Path,
    contents: list[tuple[int, str]],
    asked_on: dict[int, int],
    doubted: list[int],
):
    captures = [(day, f"{SITE}{CHANNEL}", text, "channel", None) for day, text in contents]
    for year in (2022, 2023):
        words = f"{year}年政府信息公开工作年度报告"
        for day in {1, asked_on.get(year, 1)}:
            captures.append((day, f"{SITE}/{year}.html", f"<p>{words}</p>", "report", words))
    with ArchiveWriter(tmp_path / "archive", OFFICE) as writer:
        for day, url, text, kind, words in sorted(captures, key=lambda one: one[0]):
            writer.write_response(
                url,
                fetched_at=DAY + dt.timedelta(days=day, minutes=kind == "report"),
                header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
                body=text.encode(),
                kind=kind,  # type: ignore[arg-type]
                link_text=words,
            )
    with Archive(tmp_path) as archive:
        found = contradicted_pages(archive, OFFICE)
    assert found == [f"{SITE}/{year}.html" for year in doubted]
