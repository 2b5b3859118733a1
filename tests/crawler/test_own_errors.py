"""Errors of this crawler's own: told as failures, and never a reason to hang or to look well."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """A function that breaks something in the process in which the crawl runs, by its source."""

    def break_by(source: str) -> None:
        folder = tmp_path / "broken"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(source, encoding="utf-8")
        root = Path(__file__).parents[2]
        paths = [str(folder), str(root), os.environ.get("PYTHONPATH", "")]
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))

    return break_by


BREAKS_LISTS = """
import crawler.links
read = crawler.links.listing_links
def listing_links(page, family):
    if page.url.endswith("/nb/"):
        raise ZeroDivisionError("a list that nobody thought of")
    return read(page, family)
crawler.links.listing_links = listing_links
"""


def test_a_list_over_which_the_crawler_stumbles_is_a_failure(runs, broken):
    broken(BREAKS_LISTS)
    result = runs.crawl()
    [office] = result.offices
    assert (result.verdict, office.is_complete) == ("partial", False)
    assert "/nb/ failed: the crawler stumbled over what it holds" in result.messages[0]
    assert "a list that nobody thought of" in (runs.data / "crawl.log").read_text("utf-8")


BREAKS_THE_END = """
import crawler.results
def result_of(spider, reason):
    raise ZeroDivisionError("at the end")
crawler.results.result_of = result_of
"""


def test_an_error_at_the_end_is_said_and_is_no_interruption(runs, broken):
    broken(BREAKS_THE_END)
    result = runs.crawl()
    assert (result.verdict, result.offices[0].finish_reason) == ("partial", "error")
    assert "could not be concluded (ZeroDivisionError('at the end'))" in result.messages[0]


def test_a_304_that_no_condition_asked_for_is_a_failure(runs):
    runs.site.pages["/gk/2021.html"] = runs.site.Answer("", status=304)
    result = runs.crawl()
    assert result.verdict == "partial"
    assert "2021.html failed: it answers that nothing changed" in result.messages[0]
    assert [one.reason for one in runs.failures()] == ["unasked"]


BREAKS_THE_RECORD = """
import crawler.recording
def fail(request):
    raise ZeroDivisionError("while recording")
crawler.recording._request_block = fail
"""


@pytest.mark.faults
def test_an_error_beside_the_network_leaves_no_host_locked(runs, broken):
    broken(BREAKS_THE_RECORD)
    result = runs.crawl()  # and it ends
    assert result.verdict in ("unreachable", "partial")
    assert runs.site.asked()["/"] == 1


def test_retries_and_redirects_are_part_of_the_budget(runs):
    runs.site.pages["/gk/2022.html"] = runs.site.Answer("x", status=503)
    moved = [("Location", "/new/2021.html")]
    runs.site.pages["/gk/2021.html"] = runs.site.Answer("", status=301, headers=moved)
    runs.site.pages["/new/2021.html"] = runs.site.Answer(runs.site.report(2021))
    result = runs.crawl(runs.site.office(max_requests=7))
    assert len(runs.site.requests) == 7
    assert "the budget of 7 requests was used up" in result.messages[0]
    assert result.offices[0].requests == 7


def test_what_the_archive_has_is_no_part_of_the_budget(runs):
    office = runs.site.office(max_requests=5)
    first, second = runs.crawl(office), runs.crawl(office)
    assert (first.verdict, second.verdict) == ("partial", "ok")
    assert (len(runs.site.requests), second.offices[0].requests) == (7, 2)
