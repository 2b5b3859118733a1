"""The keys of `Request.meta` by which the parts of the crawler speak to each other.

Names and nothing else.
"""

from __future__ import annotations

# Set by the spider: what the page is taken for, the report year its link names, the words of that
# link, the page it stands on, how far from the entry pages it is; and how many pages of the same
# listing came before it, with how many records of data. All are plain values, so that a request can
# wait on disk.
KIND = "kind"
YEAR = "report_year"
LINK_TEXT = "link_text"
VIA = "via"
LISTING_DEPTH = "listing_depth"
PAGES_BEFORE = "pages_before"
RECORDS_BEFORE = "records_before"
# Set by the spider on a report that the archive has and no page links any more.
UNLINKED = "unlinked"
# Set by the storage: the capture that may stand in for the page, the one before it, and why the
# response is not the page.
CAPTURE = "gongkai_capture"
CAPTURE_BEFORE = "gongkai_capture_before"
TRAIT = "gongkai_trait"
# Set by the redirects: how one ended that was not followed.
LED = "gongkai_led"
# Set nearest to the network: the header block as received, and the request as sent.
HEADER_BLOCK = "gongkai_header_block"
REQUEST_BLOCK = "gongkai_request_block"
# Set by politeness: the request has the turn of its host; a reason that says more than the status.
TURN = "gongkai_turn"
FAILURE = "gongkai_failure"
# What was found out about one address, and says nothing of the one that it redirects to.
OF_ONE_REQUEST = frozenset(
    {CAPTURE, CAPTURE_BEFORE, TRAIT, LED, HEADER_BLOCK, REQUEST_BLOCK, TURN, FAILURE}
)
