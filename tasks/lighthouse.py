"""Have Lighthouse look at the default project's built site, as `pyscript preview` serves it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

from demo import DEMO, environment_of_demo, prepare
from environment import REPOSITORY, system_browser

RELEASE = "lighthouse@12"
REPORT = REPOSITORY / "build" / "lighthouse.json"
# What has to be reached; the performance is only told, as it is the machine's too.
LOWEST = {"accessibility": 0.95, "best-practices": 0.95, "seo": 0.95}
TOLD = "performance"


def main() -> None:
    """Build, serve, look, and print the scores; exits with 1 where one is too low."""
    npx = shutil.which("npx")
    if npx is None:
        sys.exit("Lighthouse comes from npm: install Node.js.")
    prepare()
    subprocess.run(["pyscript", "build"], cwd=DEMO, env=environment_of_demo(), check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["pyscript", "preview", "--no-open", "--port", str(port)]
    with subprocess.Popen(command, cwd=DEMO, env=environment_of_demo()) as server:
        try:
            address = f"http://127.0.0.1:{port}/"
            _wait(address)
            _look(npx, address)
        finally:
            server.terminate()
    scores = {
        name: category["score"]
        for name, category in json.loads(REPORT.read_text(encoding="utf-8"))["categories"].items()
    }
    for name in (*LOWEST, TOLD):
        print(f"{name}: {scores[name] * 100:.0f}")
    low = [name for name, lowest in LOWEST.items() if scores[name] < lowest]
    if low:
        sys.exit(f"Too low: {', '.join(low)}; {REPORT.relative_to(REPOSITORY)} says why.")


def _look(npx: str, address: str) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    categories = ",".join((*LOWEST, TOLD))
    sandbox = " --no-sandbox" if os.geteuid() == 0 else ""
    browser = system_browser()
    environment = os.environ | ({"CHROME_PATH": browser} if browser else {})
    subprocess.run(
        [
            *(npx, "--yes", RELEASE, address, "--quiet", f"--only-categories={categories}"),
            f"--chrome-flags=--headless=new{sandbox}",
            *("--output=json", f"--output-path={REPORT}", "--max-wait-for-load=120000"),
        ],
        env=environment,
        check=True,
    )


def _wait(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - this machine
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    sys.exit("`pyscript preview` does not serve the site.")


if __name__ == "__main__":
    main()
