/**
 * Finds sources of chance: every generator of random numbers that is alive in Python's memory, whoever
 * made it.
 *
 * @module
 */

import { SEED_ANEW } from "./chance.mjs";

/**
 * Python. What the garbage collector does not follow itself is found where something refers to it. A
 * state is told as a hash: one that comes alike on two boots was set by whoever made the source, and
 * has to stay; and no two boots draw the same state by chance.
 */
export const FIND_SOURCES = `${SEED_ANEW}
import _random, copy, gc, hashlib, json, random, sys

def kinds():
    numpy = sys.modules.get("numpy.random")
    names = ("BitGenerator", "RandomState", "SeedSequence") if numpy else ()
    return (_random.Random, *(getattr(numpy, name) for name in names))

def find_sources():
    found, wanted = {}, kinds()

    def look(things):
        for thing in things:
            kind = type(thing)
            if issubclass(kind, wanted):
                if not issubclass(kind, random.SystemRandom):
                    found[id(thing)] = thing
            elif kind in (dict, tuple) and not gc.is_tracked(thing):
                look(gc.get_referents(thing))

    things = gc.get_objects()
    look(things)
    for start in range(0, len(things), 1000):
        look(gc.get_referents(*things[start : start + 1000]))
    return [*found.values()]

def state(source):
    if isinstance(source, _random.Random):
        told = source.getstate()
    elif hasattr(source, "_bit_generator"):
        told = source._bit_generator.state
    else:
        told = source.state
    return hashlib.sha256(repr(told).encode()).hexdigest()

def states(sources):
    return json.dumps([state(source) for source in sources])

def unseedable():
    """Why a source of a kind of its maker's own cannot be seeded anew, in a line."""
    for source in [thing for thing in gc.get_objects() if issubclass(type(thing), kinds())]:
        kind = type(source)
        if kind.__module__.partition(".")[0] in ("random", "_random", "numpy"):
            continue
        try:
            state(source)
            seed_anew(copy.deepcopy(source))
        except Exception as error:
            name = f"{kind.__module__}.{kind.__qualname__}"
            return f"its generator of random numbers, {name}, cannot be seeded anew: {error!r}"

# All that is alive, but what has one of these states.
def keep_sources(seeded):
    known = set(seeded)
    setattr(sys, KEPT, [source for source in find_sources() if state(source) not in known])
`;
