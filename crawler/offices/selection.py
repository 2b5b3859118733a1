"""Which offices of a registry are meant: by id, beginning of an id, level, family, place.

A selection is asked row by row, before a row is read, so that one office of a hundred thousand
costs no reading of the others.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crawler.divisions import division
from crawler.offices.office import Office


@dataclass(frozen=True, slots=True)
class Selection:
    """An office is taken when it answers to everything that is given; () and "" ask nothing.

    ids: whole ids. prefixes: beginnings of ids; an id or a beginning is enough.
    level, family: as an office has them. place: a name of a province, city or county, or the
        beginning of a division code, such as 3715.
    """

    ids: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    level: str = ""
    family: str = ""
    place: str = ""

    @classmethod
    def of(
        cls, ids: Iterable[str] = (), *, level: str = "", family: str = "", place: str = ""
    ) -> Selection:
        """A selection from what a person writes: an id that ends in `*` is a beginning."""
        ids = tuple(ids)
        return cls(
            ids=frozenset(one for one in ids if not one.endswith("*")),
            prefixes=tuple(one[:-1] for one in ids if one.endswith("*")),
            level=level,
            family=family,
            place=place,
        )

    def columns_of(self, names: list[str]) -> list[str]:
        """Which of the columns `names` `takes_cells` wants to see."""
        asked = {"id": self.ids or self.prefixes, "level": self.level, "family": self.family}
        return [name for name in names if asked.get(name) or (self.place and name in _PLACES)]

    def takes_cells(self, cells: dict[str, str]) -> bool:
        """Whether a row with these cells may be taken; `takes` has the last word."""
        if self.place and not self._takes_place(cells.get("division_code", ""), cells):
            return False
        return all(
            self._takes_cell(name, cell) for name, cell in cells.items() if name not in _PLACES
        )

    def takes(self, office: Office) -> bool:
        """Whether `office` is meant."""
        return (
            self.takes_id(office.id)
            and self.level in ("", office.level)
            and self.family in ("", office.family)
            and (
                self.place in ("", office.province, office.city, office.county)
                or (self.place.isdecimal() and office.division_code.startswith(self.place))
            )
        )

    def takes_id(self, office_id: str) -> bool:
        """Whether an office with this id may be meant."""
        if not self.ids and not self.prefixes:
            return True
        return office_id in self.ids or office_id.startswith(self.prefixes)

    def _takes_place(self, code: str, cells: dict[str, str]) -> bool:
        if self.place.isdecimal():
            return code.startswith(self.place)
        named = division(code)
        known = (named.province, named.city, named.county) if named is not None else ()
        return self.place in known or self.place in (cells.get(one) for one in _PLACES)

    def _takes_cell(self, name: str, cell: str) -> bool:
        if name == "id":
            return self.takes_id(cell)
        asked: str = getattr(self, name)
        return (cell or _USUAL[name]) == asked


# The columns that say where an office is.
_PLACES = ("division_code", "province", "city", "county")
# What a row means that leaves these cells empty.
_USUAL = {"level": "", "family": Office(id="", name="", home_url="").family}
EVERYTHING = Selection()
