"""What the app uses of Polyscript, which runs PyScript's workers."""

from typing import Any

# In a worker alone.
xworker: Any
