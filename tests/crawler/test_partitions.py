"""Which offices share a site, and which partition crawls them."""

from __future__ import annotations

import random
import socket
from dataclasses import replace

import pytest

from crawler.arguments import ArgumentError
from crawler.offices import Office
from crawler.partitions import Partition, server_of, sites_of


def _office(number: int, *hosts: str) -> Office:
    return Office(id=f"cn-990000-o{number}", name="局", home_url=f"http://{hosts[0]}/", hosts=hosts)


@pytest.mark.parametrize(
    ("hosts", "sites"),
    [
        ([("a.cn",), ("b.cn",)], ["a.cn", "b.cn"]),
        ([("a.cn",), ("a.cn",)], ["a.cn", "a.cn"]),
        # Through a third office, whichever comes first.
        ([("c.cn",), ("b.cn",), ("b.cn", "c.cn")], ["b.cn", "b.cn", "b.cn"]),
        ([("d.cn", "c.cn"), ("a.cn", "b.cn"), ("b.cn", "d.cn")], ["a.cn"] * 3),
        # The departments of a city stand on its server.
        (
            [("wsb.lc.gov.cn",), ("czj.lc.gov.cn:81",), ("wsb.zb.gov.cn",)],
            ["lc.gov.cn", "lc.gov.cn", "zb.gov.cn"],
        ),
        # On one's own machine two ports are two servers.
        ([("127.0.0.1:81",), ("127.0.0.1:82",)], ["127.0.0.1:81", "127.0.0.1:82"]),
    ],
)
def test_offices_that_share_a_host_are_of_one_site(hosts, sites):
    offices = [_office(number, *one) for number, one in enumerate(hosts)]
    expected = dict(zip((office.id for office in offices), sites, strict=True))
    assert sites_of(offices) == expected
    assert sites_of(offices[::-1]) == expected


@pytest.mark.parametrize(
    ("host", "server"),
    [
        ("wsb.liaocheng.gov.cn", "liaocheng.gov.cn"),
        ("WSB.Liaocheng.gov.cn:8080", "liaocheng.gov.cn"),
        ("liaocheng.gov.cn", "liaocheng.gov.cn"),
        ("www.gov.cn", "www.gov.cn"),  # 国务院: gov.cn is a suffix, not a domain of its own
        ("gov.cn", "gov.cn"),
        ("a.b.com.cn", "b.com.cn"),
        ("a.b.cn", "b.cn"),
        ("www.x.sd.cn", "x.sd.cn"),  # provinces have suffixes of their own
        ("某局.某市.政务.cn", "政务.cn"),
        ("a.example", "a.example"),
        ("60.1.2.3:81", "60.1.2.3"),
        ("127.0.0.2:81", "127.0.0.2:81"),
        ("[::1]:81", "[::1]:81"),
        ("localhost:81", "localhost:81"),
        ("[", "["),
    ],
)
def test_hosts_below_one_registered_domain_are_one_server(host, server, monkeypatch):
    def refused(*_: object) -> None:
        raise AssertionError("the list of suffixes must not be fetched")

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    assert server_of.__wrapped__(host) == server


@pytest.mark.parametrize("count", [1, 2, 7, 16])
def test_every_host_is_of_exactly_one_partition(count):
    chance = random.Random(count)
    offices = [
        _office(n, *{f"h{chance.randrange(300)}.cn" for _ in range(chance.choice([1, 1, 1, 2]))})
        for n in range(400)
    ]
    sites = sites_of(offices)
    partitions = [Partition(number, count) for number in range(1, count + 1)]
    crawled_from: dict[str, set[int]] = {}
    for office in offices:
        holders = [one.number for one in partitions if one.holds(sites[office.id])]
        assert len(holders) == 1
        for host in office.hosts:
            crawled_from.setdefault(host, set()).update(holders)
    assert all(len(numbers) == 1 for numbers in crawled_from.values())
    assert {number for numbers in crawled_from.values() for number in numbers} == set(
        range(1, count + 1)
    )
    # A description that changes in anything but its hosts stays where it was.
    assert sites_of(replace(office, name="另一局") for office in offices) == sites


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("3", "partition “3” is not like 3/16, the third of sixteen."),
        ("a/b", "partition “a/b” is not like 3/16, the third of sixteen."),
        ("0/4", "partition 0/4: the number must lie between 1 and 4"),
        ("5/4", "partition 5/4: the number must lie between 1 and 4"),
        ("1/20000", "there are at most 10000 partitions."),
    ],
)
def test_a_wrong_partition_is_named(text, sentence):
    with pytest.raises(ArgumentError) as error:
        Partition.read(text)
    assert sentence in str(error.value)


def test_a_partition_is_read_and_named():
    partition = Partition.read(" 3/16 ")
    assert (str(partition), partition.name) == ("3/16", "3-of-16")
