"""Puts what a command has found into a document, between two comments of that."""


def put_between(text: str, begin: str, end: str, content: str) -> str:
    """Return a text with other content between two marks.

    Raises:
        ValueError: it has not got them both.
    """
    before, found, rest = text.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError(f"There is no place between {begin} and {end}.")
    return f"{before}{begin}{content}{end}{after}"
