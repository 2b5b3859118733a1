"""`python -m crawler.sample_site FAMILY`: serve a sample site until the keyboard interrupts.

For trying commands by hand; without a family it is the site of the demonstration.
"""

from __future__ import annotations

import sys
import threading

from crawler.sample_site import PAGES, SITES, serve


def main(arguments: list[str]) -> int:
    """Serve the site that `arguments` name; 0 when it was ended, 2 when there is no such site."""
    family = arguments[0] if arguments else ""
    if family and family not in SITES:
        print(f"There is no sample site “{family}”; there are {', '.join(SITES)}.", file=sys.stderr)
        return 2
    with serve(SITES[family].pages if family else PAGES) as base:
        print(f"{base}/", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
