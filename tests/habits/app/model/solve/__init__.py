"""What is solved."""

from .bisection import root_of

__all__ = ["root_of"]
