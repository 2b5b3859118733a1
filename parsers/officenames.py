"""Know an office by the names that its own report gives it, and by what it has charge of.

The names are made from the full name on the page: without its place, contracted (住建局), or by the
end of it alone (街道, 分局), where that acts. Whose a figure is, is decided in `clauses`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from parsers.registry import read_table

# What a matter stands before, as in 警务信息 and 财政政策解读.
_MADE_PUBLIC = r"(?=(?:政务)?信息(?!化|中心|系统|平台|处理)|(?:政策)?解读|门户网站|新闻发布会)"

_PLACE = re.compile(r"[\u4e00-\u9fff]{1,6}?[省市县区州旗盟](?=[\u4e00-\u9fff]{2})")


# How the name of an organ ends, in full and in a short form: 外事办公室, 外办; 卫生健康委员会, 卫健委.
_ORGAN = re.compile(
    r"(?P<matter>[\u4e00-\u9fff]{2,20}?)(?P<end>[局厅院署处站队所]|办(?=公[室厅])|委(?=员会)"
    r"|中心)(?:公[室厅]|员会)?$"
)
_OF_THE_STATE = re.compile(r"^(?:中华人民共和国|国家)(?=[\u4e00-\u9fff]{3})")
_OF_GOVERNMENT = re.compile(r"(?:人民)?政府(?=[\u4e00-\u9fff]{4})")


# What a short name may stand behind: 2016年水务局, 对水务局, 通过水务局, 召开区政府.
_BEFORE_NAME = "年度日对向由过在以将经与及为开办织"
# The office of a body that has a name of its own: 滨岸海关办公室.
_OFFICE_OF = re.compile(r"^.+(?:[局厅署院校馆]|海关|大学|委员会|集团|中心)(?=办公室$)")
# 街道全年收到3件, 分局共公开20条: what a body calls itself by the end of its name, where it acts.
_LOWEST = re.compile(
    r"(街道|镇|乡|分局|[支大总中]队|中心|海关|大学|学院|医院|学校|管委会|图书馆|档案馆|站|所)"
    r"(?:办事处|人民政府|政府)?$"
)
_SCHOOL = re.compile("(?:大学|学院|学校|中学|小学|幼儿园)$")
_GOVERNED = frozenset("镇乡") | {"街道"}
_AS_SUBJECT = (
    r"(?=机关|20\d\d年|全年|本级|自身|今年|本年|当年|共|累计|主动|通过|收到|接到|受理|公开|发布|召开|举办|组织|开展|办理"
    "|承办|答复|未|没有|无|均|官网|官方网站|门户网站|网站|公众号|微信)"
)


# How a sentence goes on that praises what its subject did: 望江街道认真落实……，全年公开641条.
_IN_EARNEST = "认真|严格|坚持|高度|深入|积极|不断|按照|围绕|始终|扎实|进一步|切实|紧紧|持续|全面|加强|健全|强化|完善|着力|落实|贯彻"


class Names(NamedTuple):
    """How the prose of a report names its office. own: its names; matter: of what it has charge.

    matter is only found in front of what the office makes public (警务信息, 财政政策解读), None where
    the name of the office tells of none.
    """

    own: re.Pattern[str]
    matter: re.Pattern[str] | None


@lru_cache(maxsize=256)
def names_of(office: str | None) -> Names | None:
    """The names of an office, None where it is not known."""
    own = _own_names(office)
    return None if own is None else Names(own, _matter_of(office or ""))


@cache
def _matters() -> tuple[tuple[str, str], ...]:
    return tuple(
        (row["organ"], word)
        for row in read_table("parsers.layouts", "office_matters.csv")
        for word in row["matters"].split()
    )


def _matter_of(office: str) -> re.Pattern[str] | None:
    """A pattern of the words for what an office has charge of."""
    rest = office
    while (match := _PLACE.match(rest)) is not None:
        rest = rest[match.end() :]
    organ = _ORGAN.search(rest)
    if organ is None:
        return None
    matter = organ["matter"]
    words = {matter[a:b] for a in range(len(matter)) for b in range(a + 2, len(matter) + 1)}
    words |= {word for name, word in _matters() if name in rest}
    longest = sorted(words, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, longest))})类?{_MADE_PUBLIC}")


def _own_names(office: str | None) -> re.Pattern[str] | None:
    """A pattern of the office's name as its own report writes it: in full, without its place, short.

    The short forms (市水务局, 水务局; 市外办 for 市人民政府外事办公室) are another office's behind
    another place's name, so they count where nothing but a mark or a year stands before them.
    """
    if office is None or len(office) < 4:
        return None
    whole = office
    short: list[str] = []
    of_organ = _OFFICE_OF.search(office)
    if of_organ is not None:
        short.append(re.escape(of_organ[0]))
        office = of_organ[0]
    rest, level = _OF_THE_STATE.sub("", office), ""
    short += [re.escape(rest)] if rest != office else []
    while (match := _PLACE.match(rest)) is not None:
        rest, level = rest[match.end() :], match[0][-1]
        short += [re.escape(level + rest)] if len(rest) > 2 else []
        short += [re.escape(rest)] if len(rest) > 2 and rest != "人民政府" else []
    organ = _ORGAN.search(rest)
    branch = rest.endswith("分局")
    if level and organ is not None and organ["end"] in {"局", "厅"} and not branch:
        # 市局, of the one of the city; that of a county says 县局. 市委 and 市办 are others.
        short += [f"{level}{organ['end']}机关", level + organ["end"]]
    if rest.endswith("总局"):
        short += ["总局机关", "总局"]
    contracted = _contraction(_OF_GOVERNMENT.sub("", rest, count=1))
    if contracted is not None:
        place = office.removesuffix(rest)
        forms = (place, place.removesuffix(level), level) if place else ()
        short.append(f"(?:{'|'.join(map(re.escape, forms))})?{contracted}")
    if level and rest.endswith("政府"):
        short.append(f"{level}(?:人民)?政府")
    if rest.endswith("公司"):
        short += [f"(?:集团)?公司{_AS_SUBJECT}", f"集团{_AS_SUBJECT}"]
    if _SCHOOL.search(rest) is not None:
        short.append("学校" + _AS_SUBJECT)
    if (lowest := _LOWEST.search(rest.replace("管理委员会", "管委会"))) is not None:
        short.append(lowest[1] + _AS_SUBJECT)
        if lowest[1] in _GOVERNED:
            short.append(f"{lowest[1]}(?:人民)?政府")
            # 南苑街道2022年, 石磨镇专栏
            for called in dict.fromkeys((office, rest)):
                base = re.escape(called[: called.rindex(lowest[1])] + lowest[1])
                short.append(f"{base}(?:{_AS_SUBJECT}|(?=专栏|子站|网站|{_IN_EARNEST}))")
        short += ["街道办事处", "街道办", "办事处"] if lowest[1] == "街道" else []
    names = [re.escape(office)]
    names += [rf"(?<![\u4e00-\u9fff]){form}|(?<=[{_BEFORE_NAME}]){form}" for form in short]
    pattern = "|".join(names).replace("人民政府", "(?:人民)?政府")
    # Every form begins with a character of the name, so that few places of a text are looked at.
    begins = "".join(sorted(set(whole) | set("学街办")))
    return re.compile(f"(?=[{re.escape(begins)}])(?:{pattern})")


def _contraction(name: str) -> str | None:
    """A pattern of what `name` is cut down to: its first character, some of the others, its end.

    The matters keep their order, so 住房和城乡建设局 may be 住建局, and 外事与侨务办公室 外侨办.
    """
    parts = _ORGAN.fullmatch(name)
    if parts is None:
        return None
    matter = parts["matter"]
    end = "委会?" if parts["end"] == "委" else parts["end"]
    return matter[0] + "".join(f"{re.escape(one)}?" for one in matter[1:]) + end
