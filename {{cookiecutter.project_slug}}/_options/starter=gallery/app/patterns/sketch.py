"""Draws small pictures as SVG elements, from numbers, without matplotlib.

    picture = Sketch(160, 90)
    picture.line([(x, 80 - 70 * math.exp(-(((x - 80) / 30) ** 2))) for x in range(0, 161, 4)])
    card.append(picture.element)

They are for what is looked at more than read: assistive technology leaves them out.
"""

from collections.abc import Iterable

from pyscript import document

from patterns.dom import Element

_NAMESPACE = "http://www.w3.org/2000/svg"


class Sketch:
    """An SVG of ``width`` by ``height`` units, x to the right and y down, as wide as its place.

    Assistive technology leaves it out: say in text what matters.
    """

    def __init__(self, width: float, height: float) -> None:
        self._svg = document.createElementNS(_NAMESPACE, "svg")
        self._svg.setAttribute("viewBox", f"0 0 {width:g} {height:g}")
        self._svg.setAttribute("aria-hidden", "true")
        self.element = Element.wrap_dom_element(self._svg)

    def clear(self) -> None:
        """Take every shape out."""
        self._svg.replaceChildren()

    def line(self, points: Iterable[tuple[float, float]], kind: str = "stroke") -> None:
        """Draw a line through points; ``kind`` is a class of the style sheet."""
        self._add("polyline", kind, points=" ".join(f"{x:.2f},{y:.2f}" for x, y in points))

    def dot(self, x: float, y: float, radius: float = 2, kind: str = "fill") -> None:
        """Draw a disc."""
        self._add("circle", kind, cx=f"{x:.2f}", cy=f"{y:.2f}", r=f"{radius:g}")

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        kind: str = "fill",
        opacity: float = 1,
    ) -> None:
        """Draw a rectangle; ``opacity`` is from 0 to 1."""
        size = {"width": f"{width:.2f}", "height": f"{height:.2f}"}
        self._add("rect", kind, x=f"{x:.2f}", y=f"{y:.2f}", opacity=f"{opacity:.2f}", **size)

    def _add(self, tag: str, kind: str, **attributes: str) -> None:
        shape = document.createElementNS(_NAMESPACE, tag)
        shape.setAttribute("class", kind)
        for name, value in attributes.items():
            shape.setAttribute(name, value)
        self._svg.append(shape)
