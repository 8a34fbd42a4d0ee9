/**
 * Sources of random numbers in a snapshot. The maker looks for all that are alive in the memory that it
 * saves, and leaves them in a known place. There each visit gives every one of them a new state: otherwise
 * all visitors would get the same numbers.
 *
 * @module
 */

/** Python: where they are kept until then, and how one gets a state that nobody has had. */
export const SEED_ANEW = `
KEPT = "_sources_of_chance"

def seed_anew(source):
    import _random, sys
    kind = type(source)
    if issubclass(kind, _random.Random):
        source.seed()
        return
    numpy = sys.modules["numpy.random"]
    if issubclass(kind, numpy.BitGenerator):
        # With its own source of seeds, from which others are spawned.
        source.__setstate__(kind().__getstate__())
    elif issubclass(kind, numpy.RandomState):
        # Its bit generator is one of the sources, too. Of what it drew it keeps every second normal.
        source.set_state({**source.get_state(legacy=False), "has_gauss": 0, "gauss": 0.0})
    else:
        _, (_, _, state), *later = kind().__reduce__()
        source.__setstate__(state or later[0])
`;
