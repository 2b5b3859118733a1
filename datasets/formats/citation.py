"""How to cite the dataset, who made it and what may be done with it.

`CITATION.cff` in the Citation File Format, and what the other descriptions say of the same.
"""

from __future__ import annotations

from datasets.schemas import SCHEMA_VERSION, code_version
from datasets.sources import source_digest

CREATOR = "The Gongkai contributors"
LICENCE = "MIT"
LICENCE_TITLE = "MIT License"
LICENCE_URL = "https://spdx.org/licenses/MIT.html"
# Of the reports themselves no licence can be given: they are not the project's.
RIGHTS = (
    "The figures and texts are those of reports that administrative organs published, and "
    "nothing is licensed of them here. Names, definitions, arrangement and everything else that "
    "this dataset adds to them are under the MIT licence."
)
_NAME = "Gongkai: annual reports on open government information in China"


def citation_text(date: str | None, fingerprint: str) -> str:
    """The citation in one line.

    date: of the newest capture. fingerprint: of the files, which names these very figures.
    """
    when = f", pages captured until {date}" if date else ""
    version = f"Schema {SCHEMA_VERSION}, code {code_version()} ({source_digest()[:12]})"
    return f"{_NAME}. {version}{when}, fingerprint {fingerprint[:16]}."


def citation_file(date: str | None, fingerprint: str) -> str:
    """The citation file as YAML text."""
    lines = [
        "cff-version: 1.2.0",
        "type: dataset",
        "message: Please cite the dataset with its version, the day of its newest capture and its "
        "fingerprint.",
        f'title: "{_NAME}"',
        "authors:",
        f"  - name: {CREATOR}",
        f'version: "{SCHEMA_VERSION}+code.{code_version()}.{source_digest()[:12]}"',
        f"license: {LICENCE}",
        *([f"date-released: {date}"] if date is not None else []),
        "identifiers:",
        "  - type: other",
        f'    value: "sha256:{fingerprint}"',
        "    description: Fingerprint of the files, as datapackage.json explains",
        "keywords:",
        "  - open government information",
        "  - 政府信息公开工作年度报告",
        "  - China",
    ]
    return "\n".join(lines) + "\n"
