"""Find offices: those that come with the project, and a person's own files and registries.

A person's own are, in this order, the file or folder that is given, the one that GONGKAI_OFFICES
names, or `offices.csv` in the data directory. An own office takes the place of a bundled one with
the same id.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from rapidfuzz import process

from crawler.offices.keys import OfficeError, UnknownOffice
from crawler.offices.office import Office
from crawler.offices.rows import Problem, read_rows
from crawler.offices.selection import EVERYTHING, Selection
from crawler.offices.toml_file import read_office

# Names a file or folder of offices, as --offices does.
OFFICES_VARIABLE = "GONGKAI_OFFICES"
# The registry of one's own in the data directory, to which `gongkai offices add` writes.
OWN_REGISTRY = "offices.csv"
_BUNDLED = Path(__file__).parent
_MOST_NAMED = 12  # ids that one sentence lists


def load_offices(
    path: str | Path | None = None,
    *,
    data_dir: str | Path | None = None,
    problems: list[OfficeError] | None = None,
) -> dict[str, Office]:
    """The bundled offices and one's own, by id.

    path: a file (TOML or CSV) or a folder of them; else that of GONGKAI_OFFICES, else
        `offices.csv` in `data_dir` when it is there.
    problems: gets a sentence for each office that cannot be used, and the others are given; without
        it the first is raised.

    Raises:
        OfficeError: a file cannot be read, or (without `problems`) says what cannot be used.
    """
    offices = {office.id: office for office in _read([_BUNDLED], EVERYTHING, problems)}
    own = own_path(path, data_dir)
    if own is not None:
        offices |= {office.id: office for office in _read([own], EVERYTHING, problems)}
    return offices


def select_offices(
    ids: Iterable[str] = (),
    path: str | Path | None = None,
    *,
    data_dir: str | Path | None = None,
    problems: list[OfficeError] | None = None,
    selection: Selection | None = None,
) -> list[Office]:
    """The offices named by `ids`; without any, one's own, or else all that are bundled.

    ids: ids, or beginnings of ids with a `*` behind, such as cn-3715*.
    selection: in the place of `ids`, more ways to say which are meant.
    The other arguments are those of `load_offices`.

    Raises:
        UnknownOffice: one of `ids` is no office, or no office is meant.
        OfficeError: as `load_offices`.
    """
    ids = list(dict.fromkeys(ids))
    chosen = selection or Selection.of(ids)
    own = own_path(path, data_dir)
    sources = [one for one in (own, _BUNDLED) if one is not None]
    found: dict[str, Office] = {}
    told: list[OfficeError] = []
    for source in sources if ids else sources[:1]:
        for office in _read([source], chosen, told):
            found.setdefault(office.id, office)
    if ids:
        # What is wrong with a row that nobody asked for is told by whoever asks for all.
        told = [problem for problem in told if chosen.takes_id(problem.office_id)]
    if told and problems is None:
        raise told[0]
    if problems is not None:
        problems += told
    known = {*found, *(problem.office_id for problem in told)}
    for office_id in ids:
        is_beginning = office_id.endswith("*")
        if not any(
            one.startswith(office_id[:-1]) if is_beginning else one == office_id for one in known
        ):
            raise UnknownOffice(_unknown(office_id, own))
    named = [found[office_id] for office_id in ids if office_id in found]
    return named + [office for office in found.values() if office.id not in ids]


def stream_offices(
    path: str | Path | None = None,
    *,
    data_dir: str | Path | None = None,
    selection: Selection = EVERYTHING,
    problem: Problem,
) -> Iterator[Office]:
    """One's own offices, or else the bundled ones, one by one: memory does not grow with them.

    Raises:
        OfficeError: a file cannot be read.
    """
    yield from _stream(own_path(path, data_dir) or _BUNDLED, selection, problem)


def own_path(path: str | Path | None, data_dir: str | Path | None = None) -> Path | None:
    """Where one's own offices are; None when there are none."""
    named = path or os.environ.get(OFFICES_VARIABLE)
    if named:
        return Path(named)
    registry = Path(data_dir) / OWN_REGISTRY if data_dir is not None else None
    return registry if registry is not None and registry.is_file() else None


def _read(
    sources: Iterable[Path], selection: Selection, problems: list[OfficeError] | None
) -> Iterator[Office]:
    def raised(problem: OfficeError) -> None:
        raise problem

    for source in sources:
        yield from _stream(source, selection, raised if problems is None else problems.append)


def _stream(path: Path, selection: Selection, problem: Problem) -> Iterator[Office]:
    if not path.is_dir():
        yield from _file(path, selection, problem)
        return
    files = sorted((*path.glob("*.toml"), *path.glob("*.csv")))
    if not files:
        raise OfficeError(f"There is no office file (*.toml, *.csv) in {path}.")
    seen: dict[str, Office] = {}
    for file in files:
        for office in _file(file, selection, problem):
            if office.id in seen:
                problem(
                    OfficeError(
                        f"{_place(office)}: {office.id} is also the id in"
                        f" {_place(seen[office.id])}.",
                        office_id=office.id,
                    )
                )
                continue
            # The ids are kept, not the records: a registry is read as a stream.
            seen[office.id] = replace(_NOBODY, source=office.source, line=office.line)
            yield office


_NOBODY = Office(id="", name="", home_url="")


def _place(office: Office) -> str:
    if office.line is None:
        return f"Office file {office.source}, key id"
    return f"Registry {office.source}, line {office.line}, column id"


def _file(path: Path, selection: Selection, problem: Problem) -> Iterator[Office]:
    if path.suffix.lower() == ".csv":
        yield from read_rows(path, problem=problem, selection=selection)
        return
    try:
        office = read_office(path)
    except OfficeError as wrong:
        problem(wrong)
        return
    if selection.takes(office):
        yield office


def _unknown(office_id: str, own: Path | None) -> str:
    known: list[str] = []
    for source in (own, _BUNDLED):
        if source is not None:
            known += (office.id for office in _stream(source, EVERYTHING, lambda problem: None))
    known = sorted(set(known))
    listed = f"the known offices are {', '.join(known)}"
    if len(known) > _MOST_NAMED:
        near = process.extract(office_id, known, limit=5)
        listed = f"of {len(known)} known offices the nearest are {', '.join(n[0] for n in near)}"
    return (
        f"Unknown office “{office_id}”; {listed}."
        f" An office of your own goes into a file given with --offices."
    )
