"""Which distribution an imported module comes from: the few names that differ, those that are well known. Pure tables.

The index has no such table, so only what is certain stands here. A name that is not here is taken to be that of its
distribution, but never brought in unasked: anyone may own that name on an index.
"""

from __future__ import annotations

import sys

from pyst.scripts.requirements import normalized_name

DIFFERENT = {
    "Crypto": "pycryptodome",
    "Cryptodome": "pycryptodomex",
    "Levenshtein": "levenshtein",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "PyQt5": "pyqt5",
    "PyQt6": "pyqt6",
    "Xlib": "python-xlib",
    "absl": "absl-py",
    "apt_pkg": "python-apt",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "charset_normalizer": "charset-normalizer",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "dbus": "dbus-python",
    "dns": "dnspython",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "editor": "python-editor",
    "faiss": "faiss-cpu",
    "fitz": "pymupdf",
    "git": "gitpython",
    "github": "pygithub",
    "gitlab": "python-gitlab",
    "gnupg": "python-gnupg",
    "igraph": "python-igraph",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "kafka": "kafka-python",
    "ldap": "python-ldap",
    "lxml_html_clean": "lxml-html-clean",
    "magic": "python-magic",
    "markdown_it": "markdown-it-py",
    "mpl_toolkits": "matplotlib",
    "multipart": "python-multipart",
    "nacl": "pynacl",
    "pkg_resources": "setuptools",
    "pptx": "python-pptx",
    "psycopg2": "psycopg2-binary",
    "pylab": "matplotlib",
    "pymysql": "pymysql",
    "pythoncom": "pywin32",
    "rapidjson": "python-rapidjson",
    "ruamel": "ruamel-yaml",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "slugify": "python-slugify",
    "snappy": "python-snappy",
    "socks": "pysocks",
    "telegram": "python-telegram-bot",
    "usb": "pyusb",
    "websocket": "websocket-client",
    "win32api": "pywin32",
    "win32con": "pywin32",
    "wx": "wxpython",
    "yaml": "pyyaml",
    "zmq": "pyzmq",
}
"""Modules whose distribution has another name (normalized, PEP 503). Where several bring it, the one most used."""

ALTERNATIVES = {
    "cv2": ("opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"),
    "psycopg2": ("psycopg2",),
    "slugify": ("slugify", "unicode-slugify"),
    "magic": ("python-magic-bin",),
    "faiss": ("faiss-gpu",),
    "snappy": ("snappy",),
    "editor": ("editor",),
    "kafka": ("kafka-python-ng",),
    "igraph": ("igraph",),
    "bs4": ("bs4",),
    "PIL": ("pillow-simd",),
    "Crypto": ("pycrypto",),
    "multipart": ("multipart",),
    "distutils": ("setuptools",),
}
"""Further distributions that bring the module."""

SAME = frozenset(
    """
    aiofiles aiohttp altair anyio arrow asyncpg attrs babel bokeh boto3 botocore cachetools celery certifi cffi chardet
    click cloudpickle colorama cryptography cyclopts dask diskcache django docker duckdb fabric faker fastapi fire flask
    fsspec gevent geopandas gunicorn h2 html5lib httpcore httpx humanize hypothesis idna ijson invoke isort jinja2
    joblib jsonschema keyring lxml markdown markupsafe matplotlib mistune more_itertools msgpack msgspec mypy networkx
    nltk numba numpy openai openpyxl orjson packaging pandas paramiko parso pendulum pexpect platformdirs playwright
    plotly plumbum polars pony prettytable prometheus_client prompt_toolkit psutil psycopg pyarrow pydantic
    pydantic_ai pydantic_settings pygments pyinotify pymongo pyparsing pypdf pyperclip pytest pytz questionary
    redis regex requests rich ruff scipy scrapy seaborn selenium setuptools shapely shellingham simplejson six
    sortedcontainers spacy sqlalchemy sqlmodel starlette streamlit structlog sympy tabulate tenacity termcolor textual
    tiktoken toml tomli tomli_w tomlkit toolz torch tornado tqdm transformers trio typer typing_extensions tzdata
    ujson urllib3 uv uvicorn watchdog watchfiles websockets werkzeug wheel xarray xlrd xlsxwriter xmltodict yarl
    zstandard
    """.split()  # noqa: SIM905
)
"""Well-known modules whose distribution has the same name, in its normalized form."""

COMES_WITH = {
    "certifi": ("requests", "httpx"),
    "charset_normalizer": ("requests",),
    "click": ("flask", "uvicorn", "celery", "dask", "streamlit"),
    "dateutil": ("pandas", "matplotlib", "boto3", "botocore"),
    "httpcore": ("httpx",),
    "idna": ("requests", "httpx", "anyio"),
    "anyio": ("httpx", "starlette", "fastapi"),
    "jinja2": ("flask",),
    "joblib": ("scikit-learn",),
    "markupsafe": ("jinja2", "flask"),
    "multidict": ("aiohttp", "yarl"),
    "numpy": ("pandas", "scipy", "matplotlib", "scikit-learn", "seaborn", "xarray", "scikit-image", "opencv-python"),
    "pandas": ("seaborn", "xarray", "geopandas"),
    "pydantic": ("fastapi", "pydantic-settings", "sqlmodel", "openai"),
    "pydantic_core": ("pydantic", "fastapi"),
    "pygments": ("rich",),
    "pytz": ("django",),
    "rich": ("typer", "cyclopts"),
    "scipy": ("scikit-learn",),
    "shellingham": ("typer",),
    "soupsieve": ("beautifulsoup4",),
    "sqlalchemy": ("sqlmodel",),
    "starlette": ("fastapi",),
    "typing_extensions": ("pydantic", "fastapi", "sqlalchemy"),
    "urllib3": ("requests", "botocore", "boto3"),
    "werkzeug": ("flask",),
    "yarl": ("aiohttp",),
}
"""Modules that come along with another distribution, today: nobody promises that they will tomorrow."""

USED_BY = {
    "openpyxl": ("pandas", "polars"),
    "xlrd": ("pandas",),
    "xlsxwriter": ("pandas", "polars"),
    "fastexcel": ("polars",),
    "lxml": ("pandas", "beautifulsoup4", "python-docx"),
    "html5lib": ("pandas", "beautifulsoup4"),
    "beautifulsoup4": ("pandas",),
    "pyarrow": ("pandas", "polars", "duckdb", "dask"),
    "fastparquet": ("pandas", "dask"),
    "tables": ("pandas",),
    "tabulate": ("pandas",),
    "matplotlib": ("pandas", "networkx"),
    "jinja2": ("pandas", "fastapi", "starlette"),
    "numexpr": ("pandas",),
    "bottleneck": ("pandas",),
    "s3fs": ("pandas", "fsspec", "dask", "polars"),
    "gcsfs": ("pandas", "fsspec", "dask", "polars"),
    "adlfs": ("pandas", "fsspec", "dask"),
    "aiohttp": ("fsspec",),
    "pandas": ("duckdb", "polars", "plotly"),
    "numpy": ("duckdb", "pyarrow", "polars", "plotly"),
    "kaleido": ("plotly",),
    "python-multipart": ("fastapi", "starlette"),
    "email-validator": ("pydantic",),
    "h2": ("httpx",),
    "brotli": ("httpx", "requests", "aiohttp", "urllib3"),
    "zstandard": ("httpx", "urllib3"),
    "socksio": ("httpx",),
    "pysocks": ("requests", "urllib3"),
    "aiosqlite": ("sqlalchemy",),
    "asyncpg": ("sqlalchemy",),
    "psycopg": ("sqlalchemy", "django"),
    "psycopg2": ("sqlalchemy", "django"),
    "psycopg2-binary": ("sqlalchemy", "django"),
    "pymysql": ("sqlalchemy",),
    "mysqlclient": ("sqlalchemy", "django"),
    "greenlet": ("sqlalchemy", "playwright"),
    "python-dotenv": ("flask", "pydantic-settings"),
    "uvloop": ("uvicorn",),
    "httptools": ("uvicorn",),
    "accelerate": ("transformers",),
    "sentencepiece": ("transformers",),
    "torch": ("transformers",),
    "redis": ("celery",),
    "tzdata": ("pandas", "pendulum"),
    "pyopenssl": ("requests", "urllib3"),
    "cryptography": ("pyjwt", "pymysql", "requests"),
    "hiredis": ("redis",),
    "orjson": ("fastapi",),
    "ujson": ("fastapi",),
    "rich": ("typer", "textual"),
    "setuptools": ("numba", "torch"),
}
"""Distributions that another one picks up by itself where they are installed: declared and never imported, rightly."""

NAMESPACES = frozenset({"azure", "backports", "google", "jaraco", "sphinxcontrib", "zc", "zope"})
"""Modules that many distributions share: which one is meant can't be told from the name."""

ADDED = {
    "contextvars": (3, 7),
    "dataclasses": (3, 7),
    "zoneinfo": (3, 9),
    "graphlib": (3, 9),
    "tomllib": (3, 11),
    "annotationlib": (3, 14),
    "compression": (3, 14),
}
"""Modules of the standard library that came after 3.6, and with which version."""

REMOVED = {
    "binhex": (3, 11),
    "asynchat": (3, 12),
    "asyncore": (3, 12),
    "distutils": (3, 12),
    "imp": (3, 12),
    "smtpd": (3, 12),
    "aifc": (3, 13),
    "audioop": (3, 13),
    "cgi": (3, 13),
    "cgitb": (3, 13),
    "chunk": (3, 13),
    "crypt": (3, 13),
    "imghdr": (3, 13),
    "lib2to3": (3, 13),
    "mailcap": (3, 13),
    "msilib": (3, 13),
    "nis": (3, 13),
    "nntplib": (3, 13),
    "ossaudiodev": (3, 13),
    "pipes": (3, 13),
    "sndhdr": (3, 13),
    "spwd": (3, 13),
    "sunau": (3, 13),
    "telnetlib": (3, 13),
    "uu": (3, 13),
    "xdrlib": (3, 13),
}
"""Modules that left the standard library (PEP 594, PEP 632), and with which version."""

REPLACED_BY = {"cgi": "legacy-cgi", "cgitb": "legacy-cgi", "crypt": "legacycrypt", "imp": "zombie-imp"}
"""Distributions that bring a removed module back; `standard-NAME` does for the others."""

STANDARD = frozenset(sys.stdlib_module_names) | ADDED.keys() | REMOVED.keys() | {"__main__"}
"""Every module that is or was in the standard library."""


def distribution_of(module: str) -> tuple[str, bool]:
    """The distribution that brings a top-level module, and whether that is well known rather than guessed."""
    if module in DIFFERENT:
        return DIFFERENT[module], True
    return normalized_name(module), module in SAME


def brings(distribution: str, module: str, members: tuple[str, ...] = ()) -> bool:
    """Whether a declared distribution (normalized) may bring `module` (dotted).

    Of a well-known module that is known; of any other a doubt is a yes.
    """
    top = module.partition(".")[0]
    if distribution.startswith("types-") or distribution.endswith("-stubs"):
        return False
    own, is_known = distribution_of(top)
    if distribution == own or distribution in ALTERNATIVES.get(top, ()):
        return True
    if top in REMOVED and distribution in (REPLACED_BY.get(top), f"standard-{top}".replace("_", "-")):
        return True
    name = normalized_name(top)
    if is_known or not name:
        return False
    if _core(distribution) == _core(name):
        return True
    if distribution.startswith(name + "-"):  # google-cloud-storage, ruamel-yaml, zope-interface, pytest-cov
        return True
    dotted = normalized_name(".".join((module, *members)))
    return distribution.endswith("-" + name) or dotted.startswith(distribution + "-")


def _core(name: str) -> str:
    """The name without what authors put around it: `python-`, `py`, `-binary`, a number at its end."""
    bare = name.replace("-", "")
    for affix in ("python", "py", "lib"):
        bare = bare.removeprefix(affix)
    for affix in ("python", "py", "binary", "headless", "lib", "sdk"):
        bare = bare.removesuffix(affix)
    return bare.rstrip("0123456789") or name
