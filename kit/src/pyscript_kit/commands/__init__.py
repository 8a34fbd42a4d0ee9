"""The commands of `pyscript`, a module for each: it reads the options and calls the room that does
the work."""
