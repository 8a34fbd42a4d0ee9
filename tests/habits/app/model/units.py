"""Units."""

SECOND = 1.0
