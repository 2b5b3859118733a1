"""Make one WARC record as one gzip member, with warcio.

Bytes out; it writes no file and knows no office.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid

from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from crawler.archive.payloads import split_block

# The fields of the standard, as it spells them; names of fields are the same in any case.
_STANDARD_NAMES = {
    name.lower(): name
    for name in (
        "Content-Type",
        "WARC-Block-Digest",
        "WARC-Concurrent-To",
        "WARC-Date",
        "WARC-Filename",
        "WARC-IP-Address",
        "WARC-Identified-Payload-Type",
        "WARC-Payload-Digest",
        "WARC-Profile",
        "WARC-Record-ID",
        "WARC-Refers-To",
        "WARC-Refers-To-Date",
        "WARC-Refers-To-Target-URI",
        "WARC-Segment-Number",
        "WARC-Segment-Origin-ID",
        "WARC-Segment-Total-Length",
        "WARC-Target-URI",
        "WARC-Truncated",
        "WARC-Type",
        "WARC-Warcinfo-ID",
    )
}


def member(
    record_type: str, url: str, fields: dict[str, str], block: bytes, content_type: str
) -> bytes:
    """One record as a gzip member, with the digests of its block and payload."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    # A line break in a value would begin a field of its own.
    fields = {"WARC-Type": record_type} | {name: _one_line(fields[name]) for name in fields}
    payloads = {"request": split_block(block)[1], "metadata": block}
    if record_type in payloads:
        fields["WARC-Payload-Digest"] = sha1(payloads[record_type])
    fields["WARC-Block-Digest"] = sha1(block)
    # The HTTP header block stays as received: warcio would percent-encode its bytes beyond ASCII.
    # So the block goes to it as plain bytes, under the one type whose block it takes as it is and
    # whose digests it leaves alone.
    record = writer.create_warc_record(
        url, record_type, warc_content_type=content_type, warc_headers_dict=fields
    )
    record.rec_type = "warcinfo"
    record.http_headers = None
    record.raw_stream = io.BytesIO(block)
    record.length = record.payload_length = len(block)
    writer.write_record(record)
    return out.getvalue()


def standard_name(name: str) -> str:
    """The name of a WARC field as the standard spells it; an unknown one as it is."""
    return _STANDARD_NAMES.get(name.lower(), name)


def target_uri(url: str) -> str:
    """`url` as WARC-Target-URI takes it: no spaces and no line breaks."""
    return _one_line(url).replace(" ", "%20")


def _one_line(value: str) -> str:
    return value.replace("\r", "%0D").replace("\n", "%0A")


def refers_to(record_id: str, url: str, fetched_at: str) -> dict[str, str]:
    """The fields by which a revisit names the record that holds its payload."""
    moment = dt.datetime.fromisoformat(fetched_at)
    return {
        "WARC-Refers-To": record_id,
        "WARC-Refers-To-Target-URI": url,
        "WARC-Refers-To-Date": date_field(moment)["WARC-Date"],
    }


def date_field(moment: dt.datetime) -> dict[str, str]:
    """WARC-Date for `moment`."""
    return {"WARC-Date": f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}


def new_record_id() -> str:
    """A WARC-Record-ID that no other record has."""
    return f"<urn:uuid:{uuid.uuid4()}>"


def sha1(data: bytes) -> str:
    """The SHA-1 of `data` as WARC fields write it."""
    digester = Digester("sha1")
    digester.update(data)
    return str(digester)
