"""Folding: every character has one form, and the table that makes it fast changes none of them."""

from __future__ import annotations

import unicodedata

import pytest

from parsers.characters import compact, fold, squeeze


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("（一）规章，３件：", "(一)规章,3件:"),
        ("Ｏ○〇", "O〇〇"),
        ("―–—−－", "———--"),
        ("政\u200b府\ufeff信\u00ad息", "政府信息"),
        ("請條開", "请条开"),
        ("①⑴㈠", "1(1)(一)"),
        ("⼾", "户"),  # a radical for the character, which is itself a traditional one
        ("、。《》“”", "、。《》“”"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


def test_characters_are_folded_alike_alone_and_in_a_text() -> None:
    """Composition is the compatibility form's, also where the table has done half of the work."""
    for text in ("e\u0301", "か\u3099", "が", "ﾊﾟ", "\u1100\u1161", "각", "ｶﾞ請"):
        assert fold(text) == unicodedata.normalize("NFKC", text.replace("請", "请")), text


def test_every_folded_character_is_in_its_last_form() -> None:
    every = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    assert [c for c in every if fold(fold(c)) != fold(c)] == []
    assert [c for c in every if not unicodedata.is_normalized("NFKC", fold(c))] == []


@pytest.mark.parametrize(
    ("text", "squeezed", "compacted"),
    [
        (" 本年\u3000新收\n申请\u00a0 ", "本年 新收 申请", "本年新收申请"),
        ("\ue5e5\ue5e5一、", "一、", "一、"),
        ("", "", ""),
        ("\u2003\x1c\x85", "", ""),
        ("长" * 300 + " " + "文", "长" * 300 + " 文", "长" * 300 + "文"),
    ],
)
def test_white_space(text: str, squeezed: str, compacted: str) -> None:
    assert squeeze(text) == squeezed
    assert compact(text) == compacted
