"""Sites of JCMS (Hanweb): columns `/col/col123/index.html`, documents `art_123_456.html`.

A document's address has the number of its column. A column keeps its list in a `<datastore>`
within a script; what goes beyond it comes from `dataproxy.jsp`, in groups or by record numbers.
"""

from __future__ import annotations

import re

from crawler.families.family import Family, Sign
from crawler.markup import ListingPage
from crawler.pagers import stored_pages
from crawler.readers import framed_pages, markup_links, script_redirects, stored_records

_DOCUMENT = re.compile(r"/art_(\d+)_\d+\.s?html?$")
_COLUMN = re.compile(r"/col(\d+)(?:/|$)|[?&]columnid=(\d+)")


def _of_its_column(address: str, page: ListingPage) -> bool:
    column, document = _COLUMN.search(page.url), _DOCUMENT.search(address)
    return bool(column and document and document[1] == (column[1] or column[2]))


FAMILY = Family(
    name="art-col",
    about="columns col<number> with documents art_<column>_<number>.html (JCMS)",
    readers=(markup_links, script_redirects, stored_records, framed_pages),
    pagers=(stored_pages,),
    belongs=_of_its_column,
    documents=_DOCUMENT,
    outside=re.compile(r"/module/(?:visitcount|search|idea|rss)/|/jrobot/|/jact/", re.I),
    signs=(
        Sign("document", re.compile(r"/art_\d+_\d+\.s?html?$"), 10),
        Sign("listing", re.compile(r"/col/col\d+/"), 4),
        Sign("text", re.compile(r"<datastore|dataproxy\.jsp"), 3),
    ),
)
