"""What a project says of itself: where it lies, what its app asks for, its pages and what it
imports. Also how a command writes into one: whole folders, and files together, or nothing."""
