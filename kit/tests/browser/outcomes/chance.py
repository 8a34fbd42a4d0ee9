# mypy: ignore-errors
# ruff: noqa: S306, S311
"""Random numbers: the same where they are seeded alike, others on each visit where they are not."""

import os
import random
import secrets
import tempfile
import uuid

from outcomes import Cases, refusal

DRAWS = {
    "random": lambda source: source.random(),
    "getrandbits": lambda source: source.getrandbits(100),
    "randrange": lambda source: source.randrange(10**30),
    "uniform": lambda source: source.uniform(-1, 3),
    "choice": lambda source: source.choice("abc"),
    "choices": lambda source: source.choices("abc", [1, 2, 3], k=5),
    "sample": lambda source: source.sample(range(10**9), 5),
    "shuffle": lambda source: source.shuffle(list(range(20))),
    "gauss": lambda source: source.gauss(1, 2),
    "normalvariate": lambda source: source.normalvariate(1, 2),
    "expovariate": lambda source: source.expovariate(2),
    "gammavariate": lambda source: source.gammavariate(0.5, 2),
    "betavariate": lambda source: source.betavariate(2, 3),
    "vonmisesvariate": lambda source: source.vonmisesvariate(1, 2),
    "triangular": lambda source: source.triangular(),
    "binomialvariate": lambda source: source.binomialvariate(100, 0.3),
    "randbytes": lambda source: source.randbytes(9),
}


def cases() -> Cases:
    """Yield draws from seeded sources."""
    for name, draw in DRAWS.items():
        yield f"own source, {name}", lambda draw=draw: [draw(random.Random(seed)) for seed in SEEDS]
        yield f"global source, {name}", lambda draw=draw: _globally(draw)
    yield "state", lambda: random.Random(5).getstate()
    yield "state set again", _state
    yield "seeded by text, old way", lambda: _old_way("text")
    yield "no seed", lambda: refusal(lambda: random.Random([]))


SEEDS = (0, 1, -3, 2**70, 0.5, "text", b"bytes")


def drawn() -> dict[str, str]:
    """Return draws that nobody seeded, so that no two visits may agree in one of them."""
    return {
        "random.random()": repr(random.random()),
        "random.gauss": repr(random.gauss(0, 1)),
        "random.Random()": repr(random.Random().random()),
        "os.urandom": os.urandom(8).hex(),
        "secrets": secrets.token_hex(8),
        "uuid4": str(uuid.uuid4()),
        "name of a temporary file": tempfile.mktemp(),
    }


def _globally(draw: object) -> object:
    random.seed(7)
    first = draw(random)
    random.seed()
    return first


def _state() -> bool:
    source = random.Random(3)
    state = source.getstate()
    first = [source.gauss(0, 1) for _ in range(3)]
    source.setstate(state)
    return first == [source.gauss(0, 1) for _ in range(3)]


def _old_way(text: str) -> float:
    source = random.Random()
    source.seed(text, version=1)
    return source.random()
