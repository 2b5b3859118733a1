"""Sites of TRS WCM: a listing `index.html`, and pages such as `202301/t20230110_123.html` below it.

The date in the address is that of the document's entry into the system. Further pages are
`index_1.html` and so on, linked by a script alone (`createPageHTML`, `countPage`).
"""

from __future__ import annotations

import re

from crawler.families.family import Family, Sign
from crawler.pagers import called_pages, configured_pages, counted_pages
from crawler.readers import framed_pages, markup_links, script_redirects

FAMILY = Family(
    name="dated-detail",
    about="listings with pages t<date>_<number>.html (TRS)",
    readers=(markup_links, script_redirects, framed_pages),
    pagers=(called_pages, configured_pages, counted_pages),
    documents=re.compile(r"/t(?:19|20)\d{6}_\d+\.s?html?$"),
    outside=re.compile(r"/(?:trssearch|was5|igs/front|opendata)/|[?&]searchword=", re.I),
    signs=(
        Sign("document", re.compile(r"/t(?:19|20)\d{6}_\d+\.s?html?$"), 10),
        Sign("text", re.compile(r"createPageHTML|TRS_Editor|trs_", re.I), 2),
    ),
)
