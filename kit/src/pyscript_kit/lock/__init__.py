"""From the packages of an app to `runtime.lock.json`: the distribution of a Pyodide release, what
the package index adds, reading and writing the lock, and whether a project agrees with it."""
