"""Says what machine measured, since times hold for it alone."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def describe_machine() -> dict[str, str | int | float]:
    """Return processor, cores, memory in GB, and operating system."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "memory_gb": _memory(),
        "system": _system(),
    }


def sentence(machine: dict[str, str | int | float]) -> str:
    """Return what `describe_machine` found as one phrase."""
    cores = f"{machine['cores']} core{'s' if machine['cores'] != 1 else ''}"
    memory = f", {machine['memory_gb']:g} GB" if machine["memory_gb"] else ""
    return f"{machine['processor']}, {cores}{memory}, {machine['system']}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return " ".join(value.split())
    return platform.processor() or platform.machine()


def _memory() -> float:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError, AttributeError):
        return 0


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.platform(terse=True)


def circumstances(rounds: int, versions: dict[str, str]) -> dict[str, Any]:
    """Return what a report says of how its figures came about, by `rounds`, `machine`, `versions`
    and `date`."""
    return {
        "rounds": rounds,
        "machine": describe_machine(),
        "versions": versions,
        "date": datetime.now(UTC).date().isoformat(),
    }
