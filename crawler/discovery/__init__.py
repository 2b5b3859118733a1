"""Propose an office from its site: look at a few pages, say what the row of the registry would be.

The pages are fetched by the normal crawl, so robots.txt, pauses, identity and archive are what they
always are. This package reads no figure and writes no row.
"""

from __future__ import annotations

from crawler.discovery.looking import Look, look_at
from crawler.discovery.proposing import Proposal, check_given, propose

__all__ = ["Look", "Proposal", "check_given", "look_at", "propose"]
