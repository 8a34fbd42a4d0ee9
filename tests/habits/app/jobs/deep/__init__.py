"""In a folder of its own."""
