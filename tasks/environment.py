"""Make the virtual environment of this repository and, when asked, find a browser for the tests.

Runs on a bare Python, before anything is installed: standard library only.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
SYSTEM_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without windows, and faster: the tests of generated projects take it where it is there.
HEADLESS_BROWSER = "chromium-headless-shell"
# What a browser would do beside its work.
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def main() -> None:
    """Bring the environment up to date; exits with a sentence when that cannot be done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", action="store_true", help="find or install a browser as well")
    parser.add_argument("--try-browser", action="store_true", help="the same, if it can be had")
    parser.add_argument("--host", action="store_true", help="install nginx as well, if possible")
    arguments = parser.parse_args()
    prepare_venv()
    if arguments.host:
        prepare_host()
    try:
        if arguments.browser or arguments.try_browser:
            prepare_browser()
    except SystemExit as refusal:
        if not arguments.try_browser:
            raise
        print(refusal)


def prepare_host() -> None:
    """Install Debian's nginx for the tests of sites, as root; without it they leave it out."""
    if shutil.which("nginx") or not _may_use_apt():
        return
    print("Installing nginx for the tests …", flush=True)
    _succeeds(["apt-get", "update"])
    _succeeds(["apt-get", "install", "--yes", "--no-install-recommends", "nginx-light"])


def prepare_venv() -> None:
    """Create .venv with the `dev` group of pyproject.toml and the kit in place, if that is due."""
    kit = REPOSITORY / "kit"
    pyproject = (REPOSITORY / "pyproject.toml").read_bytes()
    requirements = tomllib.loads(pyproject.decode())["dependency-groups"]["dev"]
    stamp = VENV / "requirements.sha256"
    digest = hashlib.sha256(pyproject + (kit / "pyproject.toml").read_bytes()).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == digest:
        return
    print("Installing the development tools into .venv (about half a minute) …", flush=True)
    install(VENV, [*requirements, "--editable", f"{kit}[test]"])
    stamp.write_text(digest)


def install_project(environment: Path, project: Path) -> None:
    """Create a virtual environment where there is none, and install what a generated project needs.

    Args:
        environment: folder of the virtual environment.
        project: folder of the project.

    Raises:
        SystemExit: the packages cannot be installed; pip's own words are above the sentence.
    """
    python = environment / "bin" / "python"
    if python.exists():
        # A kit of the same version is taken for the same kit.
        _succeeds([str(python), "-m", "pip", "uninstall", "--yes", "pyscript-kit"])
    install(environment, ["--requirement", "requirements.txt"], project)


def install(environment: Path, arguments: list[str], folder: Path = REPOSITORY) -> None:
    """Create a virtual environment where there is none and install into it.

    Args:
        environment: folder of the virtual environment.
        arguments: what `pip install` gets: requirements and options.
        folder: where paths in them begin.

    Raises:
        SystemExit: the packages cannot be installed; pip's own words are above the sentence.
    """
    python = environment / "bin" / "python"
    if not python.exists():
        venv.create(environment, with_pip=True, clear=True)
    uv = shutil.which("uv") or shutil.which("uv", path=PYTHON.parent)
    command = [uv or "", "pip", "install", "--quiet", "--python", str(python)]
    if uv and _succeeds([*command, *arguments], folder):
        return
    # Compiling all that is installed takes as long as installing it; what is used compiles itself.
    command = [str(python), "-m", "pip", "install", "--no-compile", "--quiet"]
    command.append("--disable-pip-version-check")
    command += arguments
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode:
        print(result.stderr, file=sys.stderr)
        sys.exit("The packages cannot be installed: check the network and pip's settings.")


def prepare_browser() -> None:
    """Find a Chromium for the tests: Playwright's own, else the system's, else Debian's as root.

    Raises:
        SystemExit: there is none and none can be had.
    """
    if _playwright_browser().exists() or (_attempted().exists() and system_browser()):
        return
    print("Fetching Playwright's Chromium …", flush=True)
    if _succeeds([str(PYTHON), "-m", "playwright", "install", "chromium"]):
        if _may_use_apt():
            _succeeds([str(PYTHON), "-m", "playwright", "install-deps", "chromium"])
        return
    missing = [
        *([] if system_browser() else ["chromium"]),
        *([] if shutil.which(HEADLESS_BROWSER) else [HEADLESS_BROWSER]),
    ]
    if _may_use_apt() and missing:
        print(f"That cannot be had here; installing {' and '.join(missing)} …", flush=True)
        _succeeds(["apt-get", "update"])
        for package in missing:
            _succeeds(["apt-get", "install", "--yes", "--no-install-recommends", package])
    if not system_browser():
        sys.exit(
            "No browser for the tests: install Chromium or Chrome with your system's package "
            "manager, or run `.venv/bin/playwright install chromium` where the network allows it."
        )
    _attempted().touch()


def system_browser() -> str | None:
    """Return the path of a Chromium or Chrome on the PATH, None where there is none."""
    return next(filter(None, map(shutil.which, SYSTEM_BROWSERS)), None)


def _attempted() -> Path:
    # Says that Playwright's browser could not be had, so that not every run tries again.
    return VENV / "playwright-browser-unavailable"


def _playwright_browser() -> Path:
    code = (
        "from playwright.sync_api import sync_playwright as s\n"
        "with s() as p: print(p.chromium.executable_path)"
    )
    output = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True)
    return Path(output.stdout.strip())


def _may_use_apt() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _succeeds(command: list[str], folder: Path | None = None) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    return result.returncode == 0


if __name__ == "__main__":
    main()
