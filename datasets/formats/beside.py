"""Write the descriptions beside the tables of a folder."""

from __future__ import annotations

from pathlib import Path

from datasets.formats.citation import citation_file
from datasets.formats.croissant import croissant
from datasets.formats.datapackage import datapackage, schema_files
from datasets.formats.dataset_page import dataset_page
from datasets.formats.files import TableFile, fingerprint, newest_capture, table_files


def write_descriptions(folder: Path, files: list[TableFile] | None = None) -> None:
    """Write datapackage.json, croissant.json, CITATION.cff and DATASET.md from the files there.

    files: what is known of them; by default they are read to find out.
    """
    files = table_files(folder) if files is None else files
    date = newest_capture(folder)
    texts = {
        "datapackage.json": datapackage(files, date),
        "croissant.json": croissant(files, date),
        "CITATION.cff": citation_file(date, fingerprint(files)),
        "DATASET.md": dataset_page(folder, files, date),
    } | schema_files(files)
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
