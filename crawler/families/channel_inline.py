"""Sites as Liaocheng (聊城) and Lixia (历下) have them: channel pages that hold everything.

A channel, `/channel_lc_swbchannel2019…`, lists documents and has each of them inline below the
list; each also has a page of its own, `doc_` with 24 hexadecimal digits, below the channel. The
first eight digits are the time of publication in Unix seconds, ffffffff where it is not known.
"""

from __future__ import annotations

import re

from crawler.families.family import Family, Sign
from crawler.pagers import called_pages, configured_pages, counted_pages, queried_pages
from crawler.readers import markup_links, script_redirects

FAMILY = Family(
    name="channel-inline",
    about="channel_* pages with all documents inline, and doc_<24 hex>.html",
    readers=(
        markup_links,
        script_redirects,
    ),
    pagers=(called_pages, configured_pages, counted_pages, queried_pages),
    documents=re.compile(r"/doc_[0-9a-f]{8,32}\.s?html?$"),
    signs=(
        Sign("document", re.compile(r"/channel_\w+/doc_[0-9a-f]{24}\.s?html?$"), 10),
        Sign("listing", re.compile(r"/channel_\w+/?(?:index\.s?html?)?$"), 4),
    ),
)
