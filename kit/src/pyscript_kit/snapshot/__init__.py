"""From the files of a runtime to what it starts sooner from: bytecode, and images of Python's
memory, made in a browser and kept in the user's cache."""
