"""Read annual reports on open government information, from bytes to records.

`parse_page` is the one entry. Nothing in this package touches the network, pandas or scrapy, and
it reads no file but its own tables of labels.
"""

from parsers.page import parse_page
from parsers.records import PARSER_VERSION, Document, Finding, Observation, Report, Section

__all__ = [
    "PARSER_VERSION",
    "Document",
    "Finding",
    "Observation",
    "Report",
    "Section",
    "parse_page",
]
