"""Write the descriptions beside the tables of a folder."""

from __future__ import annotations

from pathlib import Path

from datasets.formats.citation import citation_file
from datasets.formats.croissant import croissant
from datasets.formats.datapackage import datapackage
from datasets.formats.dataset_page import dataset_page
from datasets.formats.files import newest_capture, table_files


def write_descriptions(folder: Path) -> None:
    """Write datapackage.json, croissant.json, CITATION.cff and DATASET.md from the files there."""
    files = table_files(folder)
    date = newest_capture(folder)
    texts = {
        "datapackage.json": datapackage(files, date),
        "croissant.json": croissant(files, date),
        "CITATION.cff": citation_file(date),
        "DATASET.md": dataset_page(folder, files, date),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
