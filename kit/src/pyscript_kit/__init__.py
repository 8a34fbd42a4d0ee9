"""The commands that keep the app's runtime: `pyscript lock` and `pyscript vendor`."""
