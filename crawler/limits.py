"""What a crawl left out because of a limit, as a run reports it.

A table of sentences and nothing else: where the limits are kept is the spider's business.
"""

from __future__ import annotations

# What each limit says to a person; the worst for a reader of the dataset first. `sample` is what
# was asked for, and is no news.
LIMITS = {
    "budget": (
        "the budget of {limit} requests was used up before every page was asked for; raise"
        " max_requests in its office file"
    ),
    "listings": (
        "{limit} pages of links were opened and there are more; name the page that lists the"
        " reports in entry_urls"
    ),
    "pages": (
        "a list goes on beyond its page {limit} ({url}); if reports stand there, name that page in"
        " entry_urls"
    ),
    "pager": (
        "{url} says that its list has {limit} pages, and how it goes on was not understood; add"
        " the addresses of the others to entry_urls"
    ),
    "depth": (
        "columns lie deeper than {limit} steps from the entry pages ({url}); name the page that"
        " lists the reports in entry_urls"
    ),
    "sample": "",
}


def limit_in_words(cuts: dict[str, tuple[int, str]]) -> str:
    """The sentence for the worst of `cuts`, from limit to its number and where it was met first."""
    for name, words in LIMITS.items():
        if name in cuts and words:
            limit, url = cuts[name]
            return words.format(limit=limit, url=url) + "."
    return ""
