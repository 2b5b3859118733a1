"""What a WARC file says of the run that wrote it, in the warcinfo record at its head."""

from __future__ import annotations

from crawler.arguments import CrawlArguments
from crawler.identity import user_agent, versions
from crawler.offices import Office


def run_info(description: str) -> dict[str, str]:
    """The software, and in words what the run was about."""
    software = " ".join(f"{name}/{value}" for name, value in versions().items())
    return {"software": software, "description": description}


def crawl_info(office: Office, arguments: CrawlArguments) -> dict[str, str]:
    """The same of a crawl, with who asked, whether robots.txt was obeyed, and of what sample."""
    info = run_info(f"annual reports of {office.name}, mode {arguments.mode}")
    info["http-header-user-agent"] = user_agent(office.politeness.contact)
    reason = office.politeness.robots_override_reason
    info["robots"] = f"ignored: {reason}" if reason else "obeyed"
    if arguments.sample is not None:
        info["isSample"] = str(arguments.sample)
    return info
