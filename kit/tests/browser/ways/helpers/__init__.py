"""Modules that page and workers import."""
