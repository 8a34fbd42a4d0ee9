/**
 * Fills with zeros what stands free in Python's memory.
 *
 * @module
 */

/** Up to this size Python hands blocks out itself, in steps; in bytes. */
const [LARGEST_BLOCK, BLOCK_STEP] = [512, 16];
/** The pieces asked of the C library, each half of the one before, in bytes. */
const PIECES = Array.from({ length: 13 }, (_, step) => 1 << (16 - step));

/**
 * Wipe it: what stands free holds remains of what was there before, which every visitor would have to
 * fetch.
 *
 * Takes all of it and gives it back: the C library's first, so that whatever Python then asks of it
 * again is above the former end.
 *
 * @param {any} module
 */
export function wipe(module) {
  const end = module._sbrk?.(0) ?? 0;
  const give = PIECES.map((size) => take(size, module._malloc, module._free));
  for (let size = LARGEST_BLOCK; size > 0; size -= BLOCK_STEP) {
    give.push(take(size, module._PyObject_Malloc, module._PyObject_Free));
  }
  for (const back of give) back();

  /**
   * @param {number} size
   * @param {(size: number) => number} allocate
   * @param {(start: number) => void} release
   */
  function take(size, allocate, release) {
    /** @type {number[]} */
    const taken = [];
    // Not every release lets its allocators be called from here.
    if (!allocate || !release) return () => {};
    for (;;) {
      const start = allocate(size);
      taken.push(start);
      if (start >= end) return () => taken.forEach(release);
      module.HEAPU8.fill(0, start, start + size);
    }
  }
}
