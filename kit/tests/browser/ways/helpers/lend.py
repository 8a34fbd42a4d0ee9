"""What is lent."""

WORDS = "lent"
