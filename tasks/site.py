"""Build what is published of the template: its documentation, and the built gallery in demo/."""

import shutil
import subprocess
import sys

from demo import DEMO, environment_of_demo, prepare
from environment import REPOSITORY

DOCS = REPOSITORY / "build" / "docs"
SITE = REPOSITORY / "build" / "site"


def main() -> None:
    """Write build/site; exits with the code of a step that fails.

    Raises:
        SystemExit: a step failed; the step has said why.
    """
    prepare()
    build = subprocess.run(
        ["pyscript", "build", "--quick"], cwd=DEMO, env=environment_of_demo(), check=False
    )
    if build.returncode:
        sys.exit(build.returncode)
    shutil.rmtree(SITE, ignore_errors=True)
    shutil.copytree(DOCS, SITE)
    # GitHub Pages compresses by itself, and would count the copies as well.
    compressed = shutil.ignore_patterns("*.br", "*.gz")
    shutil.copytree(DEMO / "dist", SITE / "demo", ignore=compressed)
    (SITE / ".nojekyll").touch()
    print(f"{SITE.relative_to(REPOSITORY)}/ holds the documentation, and the gallery in demo/.")


if __name__ == "__main__":
    main()
