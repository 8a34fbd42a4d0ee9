# mypy: ignore-errors
"""Dates, clocks and time zones."""

import calendar
import datetime
import email.utils
import importlib.resources
import io
import struct
import time
import zoneinfo

from outcomes import Cases, attempt, refusal

DAY = datetime.datetime(2024, 2, 29, 23, 59, 59, 123456)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Mars/Olympus")
FORMATS = ("%c", "%x %X", "%A %d %B %Y", "%j %U %W %V", "%p %I:%M:%S.%f", "%Z%z", "%s")


def cases() -> Cases:
    """Yield what dates and clocks give."""
    yield "day, ISO", lambda: (DAY.isoformat(), DAY.isocalendar(), DAY.timetuple())
    for text in FORMATS:
        yield f"written as {text}", lambda text=text: attempt(lambda: DAY.strftime(text))
    yield "read", lambda: datetime.datetime.strptime("3 Mar 2021 04:05", "%d %b %Y %H:%M")
    yield "read, wrong", lambda: refusal(lambda: time.strptime("31 Feb 2021", "%d %B %Y"))
    yield "no such day", lambda: refusal(lambda: DAY.replace(day=30))
    yield "too late", lambda: refusal(lambda: DAY + datetime.timedelta(days=10**7))
    yield "steps", lambda: [DAY + datetime.timedelta(hours=h, microseconds=h) for h in range(30)]
    yield "calendar", lambda: calendar.TextCalendar().formatyear(2024)
    yield "of an e-mail", lambda: email.utils.format_datetime(DAY.replace(tzinfo=datetime.UTC))
    yield (
        "local zone",
        lambda: (time.tzname, time.timezone, time.localtime(0), time.localtime(1.7e9)),
    )
    yield "local time with its offset", lambda: DAY.astimezone().isoformat()
    yield "name of the local zone", lambda: time.strftime("%Z %z", time.localtime(1.7e9))
    yield "local time, read", lambda: time.mktime(DAY.timetuple())
    yield (
        "clocks",
        lambda: [
            (clock, time.get_clock_info(clock).monotonic, time.get_clock_info(clock).adjustable)
            for clock in ("time", "monotonic", "perf_counter", "process_time")
        ],
    )
    yield (
        "clocks move on",
        lambda: [_moves_on(clock) for clock in (time.time, time.monotonic, time.perf_counter)],
    )
    yield "today", lambda: abs(datetime.datetime.now().timestamp() - time.time()) < 1
    yield "this year", lambda: time.gmtime().tm_year >= 2024
    for zone in ZONES:
        yield f"zone {zone}", lambda zone=zone: attempt(lambda: _in_zone(zone))
    yield (
        "zone of a file",
        lambda: [
            (day.replace(month=month).astimezone(datetime.UTC).isoformat(), day.tzname())
            for month in range(3, 12, 2)
            for day in [DAY.replace(tzinfo=zoneinfo.ZoneInfo.from_file(_zone_file(), "here"))]
        ],
    )
    yield (
        "zone of a broken file",
        lambda: refusal(lambda: zoneinfo.ZoneInfo.from_file(io.BytesIO(b"TZif2"))),
    )
    yield "zones known", lambda: (len(zoneinfo.available_timezones()), zoneinfo.TZPATH)
    yield (
        "zones brought along",
        lambda: attempt(
            lambda: importlib.resources.files("tzdata").joinpath("zones").read_text()[:40]
        ),
    )


def _zone_file() -> io.BytesIO:
    """Return a zone in the form of RFC 9636, whose only rule is that of Central Europe."""
    kind = b"".join((struct.pack(">lbb", 3600, 0, 0), b"CET\0"))
    block = struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, 1, 4) + kind
    return io.BytesIO(block + block + b"\nCET-1CEST,M3.5.0,M10.5.0/3\n")


def _in_zone(zone: str) -> object:
    there = DAY.replace(tzinfo=zoneinfo.ZoneInfo(zone))
    return there.isoformat(), there.astimezone(datetime.UTC).isoformat(), there.dst()


def _moves_on(clock: object) -> bool:
    first = clock()
    # A browser's clock is coarse, but stands no longer than a few thousandths of a second.
    return any(clock() > first for _ in range(10**6))
