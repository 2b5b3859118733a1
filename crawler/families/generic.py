"""Any site: follows what links say, with every reader and pager there is.

What a site does that no family knows is met here; a family says more only about which addresses
are documents, and what is out of bounds.
"""

from __future__ import annotations

from crawler.families.family import Family
from crawler.families.json_listing import catalogue_columns
from crawler.pagers import (
    called_pages,
    configured_pages,
    counted_pages,
    data_pages,
    queried_pages,
    stored_pages,
)
from crawler.readers import (
    data_records,
    framed_pages,
    markup_links,
    script_feeds,
    script_redirects,
    stored_records,
)

FAMILY = Family(
    name="generic",
    about="any site: follows what links say",
    readers=(
        markup_links,
        script_redirects,
        stored_records,
        data_records,
        catalogue_columns,
        script_feeds,
        framed_pages,
    ),
    pagers=(called_pages, configured_pages, counted_pages, queried_pages, stored_pages, data_pages),
)
