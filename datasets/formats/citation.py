"""`CITATION.cff`: how to cite the dataset, in the Citation File Format."""

from __future__ import annotations

from datasets.schemas import SCHEMA_VERSION, code_version

_NAME = "Gongkai: annual reports on open government information in China"


def citation_text(date: str | None) -> str:
    """The citation in one line. date: of the newest capture."""
    when = f", pages captured until {date}" if date else ""
    return f"{_NAME}. Schema {SCHEMA_VERSION}, code {code_version()}{when}."


def citation_file(date: str | None) -> str:
    """The citation file as YAML text."""
    lines = [
        "cff-version: 1.2.0",
        "type: dataset",
        "message: Please cite the dataset with its version and the day of its newest capture.",
        f'title: "{_NAME}"',
        "authors:",
        "  - name: The Gongkai contributors",
        f'version: "{SCHEMA_VERSION}+code.{code_version()}"',
        "keywords:",
        "  - open government information",
        "  - 政府信息公开工作年度报告",
        "  - China",
    ]
    if date is not None:
        lines.insert(-4, f"date-released: {date}")
    return "\n".join(lines) + "\n"
