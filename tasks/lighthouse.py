"""Have Lighthouse look at the default project's built site, as `pyscript preview` serves it, and
say what points are lost to."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from demo import DEMO, environment_of_demo, prepare
from environment import REPOSITORY, system_browser

RELEASE = "lighthouse@12"
REPORT = REPOSITORY / "build" / "lighthouse.json"
# What has to be reached. Performance is that of a phone on a slow line, as Lighthouse computes it
# from what it has seen: on a machine that has much else to do, it is lower.
LOWEST = {"accessibility": 0.95, "best-practices": 0.95, "seo": 0.95, "performance": 0.6}
MOST_SAVINGS = 6
Report = dict[str, Any]


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
    report: Report = json.loads(REPORT.read_text(encoding="utf-8"))
    scores = {name: category["score"] for name, category in report["categories"].items()}
    for name in LOWEST:
        print(f"{name}: {scores[name] * 100:.0f}")
    print(f"\n{losses(report)}\n")
    low = [name for name, lowest in LOWEST.items() if scores[name] < lowest]
    if low:
        sys.exit(f"Too low: {', '.join(low)}; {REPORT.relative_to(REPOSITORY)} says why.")


def losses(report: Report) -> str:
    """Return what each metric of the performance is, and the points that it costs, as a table of
    Markdown; then the greatest of what Lighthouse would save."""
    audits = report["audits"]
    lines = ["| performance | measured | points | of |", "|---|---|---|---|"]
    for part in report["categories"]["performance"]["auditRefs"]:
        if part["weight"]:
            audit = audits[part["id"]]
            points = f"{audit['score'] * part['weight']:.0f} | {part['weight']:.0f}"
            lines.append(f"| {audit['title']} | {audit['displayValue']} | {points} |")
    lines.append("")
    for audit in sorted(audits.values(), key=_saved, reverse=True)[:MOST_SAVINGS]:
        if _saved(audit):
            lines.append(f"- {audit['title']}: {_saved(audit):.0f} ms")
    return "\n".join(lines).strip()


def _saved(audit: Report) -> float:
    """What a metric would gain by what an audit advises, in milliseconds."""
    return max(audit.get("metricSavings", {}).values(), default=0) or 0


def _look(npx: str, address: str) -> None:
    REPORT.parent.mkdir(exist_ok=True)
    categories = ",".join(LOWEST)
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
