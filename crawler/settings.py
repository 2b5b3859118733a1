"""The settings of every crawl, each with its reason; `scrapy.cfg` points here.

What depends on the office (delays, limits, robots.txt) is set by the spider from the office file.
"""

from __future__ import annotations

import os

BOT_NAME = "gongkai"
SPIDER_MODULES = ["crawler.spiders"]

# Where the archive is, and where offices of one's own are described.
GONGKAI_DATA = os.environ.get("GONGKAI_DATA") or "data"
GONGKAI_OFFICES = os.environ.get("GONGKAI_OFFICES") or None

# Politeness. robots.txt is obeyed; an office file may give a written reason not to. One request at
# a time to a host; the pauses between them are kept by PolitenessMiddleware, which knows
# Crawl-delay and Retry-After (Scrapy reads the first without applying it and ignores the second).
ROBOTSTXT_OBEY = True
# Offices crawled at the same time, each with one request at a time: the others wait on disk.
GONGKAI_OFFICES_AT_ONCE = int(os.environ.get("GONGKAI_OFFICES_AT_ONCE") or 64)
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_REQUESTS = 4
DOWNLOAD_DELAY = 0
# No cookies: what is archived is what anybody sees.
COOKIES_ENABLED = False
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
    # What the archive can decode without optional packages.
    "Accept-Encoding": "gzip, deflate",
}

# Both are consoles into the running process; the second is new in 2.19, on by default, and runs
# code that comes over HTTP.
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False

# Errors are data: 404 and 410 say that a page is gone.
HTTPERROR_ALLOW_ALL = True
RETRY_HTTP_CODES = [408, 429, 500, 502, 503, 504, 522, 524]
RETRY_TIMES = 2
REDIRECT_MAX_TIMES = 5
# A page that leads on within five seconds is no page to be read; one that loads itself, or another
# after a minute, is.
METAREFRESH_MAXDELAY = 6
DOWNLOAD_TIMEOUT = 60
DOWNLOAD_MAXSIZE = 32 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0
# A body shorter than stated is a failure, not a page.
DOWNLOAD_FAIL_ON_DATALOSS = True

# The archive is the cache.
HTTPCACHE_ENABLED = True
HTTPCACHE_STORAGE = "crawler.storage.ArchiveStorage"
HTTPCACHE_POLICY = "crawler.storage.ArchivePolicy"
HTTPCACHE_IGNORE_SCHEMES = ["file", "data", "ftp", "s3"]

DOWNLOAD_HANDLERS = {
    "http": "crawler.download.RecordingDownloadHandler",
    "https": "crawler.download.RecordingDownloadHandler",
    # An office's pages come over http and https; nothing leads a crawl to files of this machine.
    "file": None,
    "ftp": None,
    "s3": None,
    "data": None,
}
DOWNLOADER_MIDDLEWARES = {
    "crawler.politeness.BoundaryMiddleware": 60,
    # Reads the final answer to robots.txt, so it stands before the retries (550) give it up.
    "crawler.robots.RobotsAnswerMiddleware": 540,
    # In the places of Scrapy's own, which take whatever a redirect leads to for the page.
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None,
    "crawler.redirects.OfficeMetaRefreshMiddleware": 580,
    "crawler.redirects.OfficeRedirectMiddleware": 600,
    # Both stand behind the cache (900): pages from the archive wait for no turn. Politeness is
    # nearest to the network, so that a turn ends whatever happens to a response behind it.
    "crawler.recording.RecordingMiddleware": 980,
    "crawler.politeness.PolitenessMiddleware": 990,
}

LOG_LEVEL = os.environ.get("GONGKAI_LOG_LEVEL") or "INFO"
STATS_DUMP = False
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
