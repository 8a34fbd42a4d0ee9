"""Where micropip looks for packages."""

DEFAULT_INDEX_URLS: list[str]
