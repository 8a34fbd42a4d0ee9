"""Measures how soon a generated app shows its first figure, and how fast it draws it again."""
