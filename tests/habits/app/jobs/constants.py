"""Constants."""

START = 90.0
