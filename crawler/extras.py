"""How to install what is optional: one sentence for every part that needs an extra.

The project is installed from its clone, so the extra is named there.
"""

from __future__ import annotations


def install_hint(package: str, extra: str) -> str:
    """The sentence for a missing `package` of the optional `extra`."""
    return (
        f"The package {package} is needed for this; in the clone of this project, install it with"
        f" python3 -m pip --python .venv/bin/python install -c constraints.txt -e '.[{extra}]'."
    )
