"""One spelling for each host and address."""

from __future__ import annotations

import pytest

from crawler.addresses import absolute, host_of
from crawler.offices.keys import OFFICE_KEYS, WrongKey, checked

HOME = "http://www.lc.gov.cn/xxgk/index.html"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://wsb.lc.gov.cn/a", "wsb.lc.gov.cn"),
        ("HTTP://WSB.lc.gov.cn:80", "wsb.lc.gov.cn"),
        ("https://wsb.lc.gov.cn:443/", "wsb.lc.gov.cn"),
        ("https://wsb.lc.gov.cn:80/", "wsb.lc.gov.cn:80"),
        ("http://wsb.lc.gov.cn:8080/", "wsb.lc.gov.cn:8080"),
        ("http://wsb.lc.gov.cn:/", "wsb.lc.gov.cn"),
        ("http://wsb.lc.gov.cn./", "wsb.lc.gov.cn"),
        ("http://wsb.lc.gov.cn.:81/", "wsb.lc.gov.cn:81"),
        ("http://a@b:c@wsb.lc.gov.cn/", "wsb.lc.gov.cn"),
        ("http://[::1]:81/", "[::1]:81"),
        ("http://[::1]/", "[::1]"),
        ("http://外事办.政务.cn/", "xn--3kq22h51g.xn--zfr164b.cn"),
        ("http://a.cn:x/", "a.cn:x"),
        ("mailto:a@b.cn", ""),
    ],
)
def test_a_host_has_one_spelling(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("reference", "address"),
    [
        ("a.html#top", "http://www.lc.gov.cn/xxgk/a.html"),
        ("HTTP://WWW.LC.gov.cn:80/A.html", "http://www.lc.gov.cn/A.html"),
        ("//www.lc.gov.cn./a", "http://www.lc.gov.cn/a"),
        ("http://me:word@www.lc.gov.cn/a", "http://www.lc.gov.cn/a"),
        ("javascript:void(0)", None),
        ("http://[", None),
    ],
)
def test_an_address_has_one_spelling(reference, address):
    assert absolute(HOME, reference) == address


@pytest.mark.parametrize("host", ["[", "[::1", ":", "."])
def test_what_is_no_host_cannot_be_one_of_an_office(host):
    values = {"id": "cn-990000-x", "name": "局", "home_url": HOME, "hosts": [host]}
    with pytest.raises(WrongKey, match="is no host"):
        checked(values, OFFICE_KEYS)
