"""The options `--pages DIR` and `--write-goldens` of pytest, for checking anybody's pages.

pytest loads this module by its entry point: an option that takes a path has to be known before
pytest goes looking for its configuration. It declares and narrows down what is collected; what is
checked stands in `tests/pages/test_pages.py`, and nothing is parsed here.
"""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("gongkai", "pages of annual reports")
    group.addoption(
        "--pages",
        metavar="DIR",
        default=None,
        help="check the pages in this folder, or the captures of this data directory, "
        "and nothing else (run it in a checkout of gongkai)",
    )
    group.addoption(
        "--write-goldens",
        action="store_true",
        default=False,
        help="write the goldens of all pages anew; the run fails, for a person to review the diff",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """With `--pages`, import tests as `pyproject.toml` says even where pytest did not find it.

    pytest takes DIR for a place of tests when it looks for its configuration, so for a DIR
    outside the checkout it finds none, and `tests/parsers` would hide the package `parsers`.
    """
    if early_config.known_args_namespace.pages is not None:
        early_config.known_args_namespace.importmode = "importlib"
        args.append("--import-mode=importlib")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `--pages`, collect nothing but the checks of pages."""
    checks = config.invocation_params.dir / "tests" / "pages"
    if config.getoption("pages") is None or not checks.is_dir():
        return None
    related = checks in (collection_path, *collection_path.parents)
    return None if related or collection_path in checks.parents else True


def pytest_configure(config: pytest.Config) -> None:
    """Say early what is wrong with the folder.

    Raises:
        pytest.UsageError: it does not exist, or there are no checks where pytest was called.
    """
    folder = config.getoption("pages")
    if folder is None:
        return
    if not Path(folder).is_dir():
        raise pytest.UsageError(f"--pages {folder}: there is no such folder.")
    here = config.invocation_params.dir
    if not (here / "tests" / "pages" / "test_pages.py").is_file():
        raise pytest.UsageError(
            f"--pages {folder}: call pytest in a checkout of gongkai;"
            f" {here} has no tests/pages/test_pages.py."
        )
