"""Generate the default project into build/demo, prepare its runtime, and serve it.

Does what the generated README tells its reader to do, so that the demo shows the real path.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from cookiecutter.main import cookiecutter

from environment import REPOSITORY, install_project

PROJECT_NAME = "Demo"
DEMO = REPOSITORY / "build" / "demo"


def main() -> None:
    """Serve the demo until it is interrupted; exits with the failing command's code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port on this machine")
    port = parser.parse_args().port
    prepare()
    command = ["pyscript", "dev", "--no-open", "--port", str(port)]
    try:
        with subprocess.Popen(command, cwd=DEMO, env=environment_of_demo()) as server:
            sys.exit(server.wait())
    except KeyboardInterrupt:
        sys.exit(0)


def prepare() -> None:
    """Generate the demo and make its virtual environment and its runtime.

    Raises:
        SystemExit: a step failed; the step has said why.
    """
    print("Generating build/demo …", flush=True)
    cookiecutter(
        str(REPOSITORY),
        no_input=True,
        overwrite_if_exists=True,
        output_dir=str(DEMO.parent),
        extra_context={"project_name": PROJECT_NAME},
    )
    print("Installing its tools into build/demo/.venv (a minute the first time) …", flush=True)
    install_project(DEMO / ".venv", DEMO)
    vendor = subprocess.run(
        ["pyscript", "vendor"], cwd=DEMO, env=environment_of_demo(), check=False
    )
    if vendor.returncode:
        sys.exit(vendor.returncode)


def serve(port: int) -> subprocess.Popen[bytes]:
    """Start the plain server on a port of this machine and return its process."""
    command = ["pyscript", "run", "app", "--no-view", "--port", str(port)]
    return subprocess.Popen(command, cwd=DEMO, env=environment_of_demo())


def environment_of_demo() -> dict[str, str]:
    """Return the environment in which the demo's own commands come first."""
    programs: Path = DEMO / ".venv" / "bin"
    return os.environ | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


if __name__ == "__main__":
    main()
