"""The model, a package of packages."""
