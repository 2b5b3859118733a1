"""The notebooks run from the published tables alone, draw what they promise, and stay essays."""

import ast
import base64
import datetime as dt
import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import matplotlib.image
import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from crawler.archive.writing import ArchiveWriter
from datasets.build import build

PAGES = Path(__file__).parents[1] / "pages"
OTHERS = {
    "cn-000000-forms": ["style01-clean-form-2019.html", "style01-clean-form-2021.html"],
    "cn-000000-prose": ["narrative-thirteen-sections.html"],
}
FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
# What a notebook may import: reading tables, drawing, and the front door; no crawling, no parsing.
MAY_IMPORT = {"datetime", "gongkai", "math", "matplotlib", "numpy", "os", "pandas", "plotting"}


def code_of(path: Path) -> list[str]:
    return [cell.source for cell in nbformat.read(path, as_version=4).cells if is_code(cell)]


def is_code(cell: nbformat.NotebookNode) -> bool:
    return bool(cell.cell_type == "code")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset made from the sample site by the command that the README gives."""
    folder = tmp_path_factory.mktemp("notebooks") / "data"
    command = [Path(sys.executable).with_name("gongkai"), "demo", "--data", folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def other_offices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two offices with few reports: one of two forms and large figures, one with prose alone."""
    folder = tmp_path_factory.mktemp("others")
    for office, names in OTHERS.items():
        with ArchiveWriter(folder / "archive", office) as writer:
            for number, name in enumerate(names):
                writer.write_response(
                    f"http://127.0.0.1/{name}",
                    fetched_at=dt.datetime(2024, 3, 1, 0, number, tzinfo=dt.UTC),
                    header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
                    body=(PAGES / name).read_bytes(),
                    kind="report",
                )
    build(folder, {})
    return folder


@pytest.mark.parametrize("office", OTHERS)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_code_runs_for_any_office(
    path: Path, office: str, other_offices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_DATA", str(other_offices))
    monkeypatch.setenv("GONGKAI_OFFICE", office)
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": FOLDER}}).execute()


UNREAD = "cn-000000-unread"
# One report is a file that is not read; of 2021 and most other years nothing is there at all.
ATTACHED = """<html><head><title>{title}</title></head><body><h1>{title}</h1>
<p><a href="/files/2020.pdf">{title}.pdf</a></p></body></html>"""
TITLE = "青川市水务局2020年政府信息公开工作年度报告"


@pytest.fixture(scope="module")
def unread(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office with the reports of 2019 and 2022, a file for that of 2020, and no others."""
    folder = tmp_path_factory.mktemp("unread")
    pages = {2019: "style01-clean-form-2019.html", 2022: "style01-clean-form-2021.html"}
    bodies = {year: (PAGES / name).read_bytes() for year, name in pages.items()}
    bodies[2020] = ATTACHED.format(title=TITLE).encode()
    with ArchiveWriter(folder / "archive", UNREAD) as writer:
        for year, body in sorted(bodies.items()):
            writer.write_response(
                f"http://127.0.0.1/{year}.html",
                fetched_at=dt.datetime(2024, 3, 1, 0, year - 2019, tzinfo=dt.UTC),
                header_block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
                body=body,
                kind="report",
                link_text=TITLE if year == 2020 else None,
            )
    build(folder, {})
    return folder


# Notes the words that stand in each figure when it is shown.
WATCH = """
import matplotlib.pyplot as plt

_shown = []
_show = plt.show


def _watched():
    texts = [text for ax in plt.gcf().axes for text in ax.texts]
    _shown.append([text.get_text().replace(chr(10), " ") for text in texts])
    _show()


plt.show = _watched
"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_shows_a_report_that_was_not_read_and_the_years_without_one(
    path: Path, unread: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_DATA", str(unread))
    monkeypatch.setenv("GONGKAI_OFFICE", UNREAD)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(WATCH))
    notebook.cells.append(nbformat.v4.new_code_cell("import json\nprint(json.dumps(_shown))"))
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": FOLDER}}).execute()
    outputs = [output for cell in filter(is_code, notebook.cells) for output in cell.outputs]
    assert [one.text for one in outputs if one.get("name") == "stderr"] == []
    shown = json.loads(notebook.cells[-1].outputs[-1].text)
    assert len(shown) == sum(source.count("plt.show()") for source in code_of(path))
    for words in shown:
        assert "attachment only" in words
        assert words.count("never listed") >= 7


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_draws_and_warns_of_nothing(
    path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_DATA", str(data))
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": FOLDER}}).execute()
    figures, warnings = 0, []
    for cell in filter(is_code, notebook.cells):
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                # A glyph that the font lacks, or a renamed function of a library.
                warnings.append(output.text)
            elif "image/png" in output.get("data", {}):
                picture = matplotlib.image.imread(
                    BytesIO(base64.b64decode(output.data["image/png"])), format="png"
                )
                assert np.unique(picture.reshape(-1, picture.shape[2]), axis=0).shape[0] > 10
                figures += 1
    assert warnings == []
    assert figures == sum(source.count("plt.show()") for source in code_of(path)) > 0


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_reads_published_tables_only(path: Path) -> None:
    imported = set()
    for source in code_of(path):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").split(".")[0])
    assert imported <= MAY_IMPORT


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs_and_reads_as_text(path: Path) -> None:
    # Outputs belong to a dataset; without them a change of the text is a change one can review.
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if is_code(cell)]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    prose = sum(len(cell.source) for cell in cells if cell.cell_type == "markdown")
    assert prose > sum(len(cell.source) for cell in code) / 2


def test_there_are_notebooks() -> None:
    assert "comparing_years" in {path.stem for path in NOTEBOOKS}
