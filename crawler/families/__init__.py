"""Families of sites: what the content-management systems of Chinese official sites have in common.

Each module here that ends on a record `FAMILY` is a family; the name of the module, with a hyphen
for the underscore, is the family's. Adding one is adding a module.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.families.family import Family

# The module that says what a family is.
_NO_FAMILY = {"family"}
_MODULES = {
    found.name.replace("_", "-"): found.name
    for found in sorted(iter_modules(__path__), key=lambda one: one.name)
    if found.name not in _NO_FAMILY
}
# The names, without importing a family: who reads rows of offices needs nothing else.
FAMILIES = tuple(_MODULES)


@cache
def family_named(name: str) -> Family:
    """The family with this name.

    Raises:
        KeyError: there is none.
    """
    family: Family = import_module(f"{__name__}.{_MODULES[name]}").FAMILY
    return family


def all_families() -> list[Family]:
    """Every family, by name."""
    return [family_named(name) for name in FAMILIES]
