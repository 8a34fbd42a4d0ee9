"""The class of elements, for isinstance: elements themselves need a browser."""


class Element:
    """An element of the page."""
