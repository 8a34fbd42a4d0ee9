/**
 * Images of Python's memory: only the runs of bytes that differ from what is there already.
 *
 * An image begins with the length of the whole memory, the number of runs, and the number of words that
 * the chains take. Then come, of each run, how far it is from the end of the one before, and its length;
 * then the chains. All of these are 32-bit numbers of little-endian order. The bytes of the runs follow,
 * one after the other.
 *
 * A chain is a row of links: Python's garbage collector has all that it follows in lists. Each thing holds
 * the address of the next one and, in the word after, that of the one before. Neither compresses, but
 * each follows from the other, and how far it is to the next one is often the same. So the runs have zeros
 * in their places, and a chain says where the first one is, how many follow, and how far each is.
 */

/** Shorter gaps between two runs are cheaper to carry than to describe. */
const GAP = 16;
/** The lowest bits of an address are none: Python has flags there. */
const FLAGS = 3;
/** In bytes. */
const WORD = 4;

/**
 * Note where a memory differs from a former state.
 *
 * @param {Uint8Array} memory its length a multiple of 8
 * @param {Uint8Array} [former] what is taken for zeros beyond its end
 * @param {...Uint8Array} others what may be there as well: what any of them lacks is noted
 * @returns {Uint8Array} the image
 */
export function difference(memory, former = new Uint8Array(0), ...others) {
  const asWords = (/** @type {Uint8Array} */ bytes) =>
    new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  const words = asWords(memory);
  const olds = [former, ...others].map(asWords);
  /** @param {number} word */
  const stands = (word) => olds.every((old) => words[word] === (word < old.length ? old[word] : 0n));
  /** @type {number[]} */
  const runs = [];
  let size = 0;
  let end = -1;
  for (let word = 0; word < words.length; word++) {
    if (stands(word)) continue;
    const start = word * 8;
    if (runs.length && start - end <= GAP) {
      runs[runs.length - 1] += start + 8 - end;
      size += start + 8 - end;
    } else {
      runs.push(start, 8);
      size += 8;
    }
    end = start + 8;
  }
  const { chains, rest } = unchained(memory, runs);
  const head = [memory.length, runs.length / 2, chains.length];
  const before = new Uint32Array(head.length + runs.length + chains.length);
  before.set(head);
  before.set(runs.map((value, index) => (index % 2 ? value : value - endOf(runs, index - 2))), head.length);
  before.set(chains, head.length + runs.length);
  const image = new Uint8Array(before.byteLength + size);
  image.set(new Uint8Array(before.buffer));
  let offset = before.byteLength;
  for (let index = 0; index < runs.length; index += 2) {
    image.set(rest.subarray(runs[index], runs[index] + runs[index + 1]), offset);
    offset += runs[index + 1];
  }
  return image;
}

/** @param {number[]} runs @param {number} index of one's start; less than 0 for what is before the first */
const endOf = (runs, index) => (index < 0 ? 0 : runs[index] + runs[index + 1]);

/**
 * Take the chains out of what an image will hold.
 *
 * @param {Uint8Array} memory
 * @param {number[]} runs start and length of each
 * @returns {{ chains: number[], rest: Uint8Array }} the memory without them
 */
function unchained(memory, runs) {
  const rest = memory.slice();
  const words = new Uint32Array(rest.buffer);
  const isHeld = new Uint8Array(words.length);
  for (let index = 0; index < runs.length; index += 2) {
    isHeld.fill(1, runs[index] / WORD, (runs[index] + runs[index + 1]) / WORD);
  }
  /** @param {number} word @returns {number} the word that it points to, or one beyond the end */
  const target = (word) => words[word] >>> 2;
  /** @param {number} word @returns {boolean} whether what it points to points back */
  const links = (word) => {
    const next = target(word);
    return next > 0 && isHeld[word] === 1 && isHeld[next + 1] === 1 && target(next + 1) === word;
  };
  // A word of both kinds would be restored twice.
  const isLink = new Uint8Array(words.length);
  const isBack = new Uint8Array(words.length);
  for (let word = 0; word < words.length; word++) {
    if (links(word)) isLink[word] = isBack[target(word) + 1] = 1;
  }
  const isOne = (/** @type {number} */ word) => isLink[word] && !isBack[word] && !isLink[target(word) + 1];
  const hasFormer = new Uint8Array(words.length);
  for (let word = 0; word < words.length; word++) if (isOne(word)) hasFormer[target(word)] = 1;
  /** @type {number[]} */
  const chains = [];
  const done = new Uint8Array(words.length);
  // Lists are rings: once all that have a beginning are out, the rest is cut where it comes first.
  for (const cut of [false, true]) {
    for (let word = 0; word < words.length; word++) {
      if (done[word] || !isOne(word) || (hasFormer[word] && !cut)) continue;
      const place = chains.push(word * WORD, 0) - 1;
      for (let at = word; isOne(at) && !done[at]; at = target(at)) {
        done[at] = 1;
        chains.push((target(at) - at) * WORD);
        chains[place]++;
      }
    }
  }
  // All of them are known by now.
  for (let word = 0; word < words.length; word++) {
    if (!done[word]) continue;
    words[target(word) + 1] &= FLAGS;
    words[word] &= FLAGS;
  }
  return { chains, rest };
}

/**
 * How many bytes the memory of an image has.
 *
 * @param {Uint8Array[]} image in pieces, as it comes
 */
export const lengthOf = (image) => new DataView(taken(reader(image), 8)).getUint32(0, true);

/**
 * Lay an image over a memory.
 *
 * @param {Uint8Array[]} image in pieces, as it comes
 * @param {Uint8Array} memory at least as long as the image's
 * @throws {RangeError} when the image does not fit, or is none
 */
export function lay(image, memory) {
  const read = reader(image);
  const [, count, size] = new Uint32Array(taken(read, 3 * WORD));
  const runs = new Uint32Array(taken(read, count * 2 * WORD));
  const chains = new Int32Array(taken(read, size * WORD));
  let end = 0;
  for (let index = 0; index < runs.length; index += 2) {
    const start = end + runs[index];
    read(memory, start, runs[index + 1]);
    end = start + runs[index + 1];
  }
  if (!read.ended()) throw new RangeError("a memory image ends too late");
  link(chains, memory);
}

/** @param {Int32Array} chains @param {Uint8Array} memory */
function link(chains, memory) {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  /** @param {number} place @param {number} address */
  const point = (place, address) => view.setUint32(place, view.getUint32(place, true) | address, true);
  for (let index = 0; index < chains.length; ) {
    let [at, left] = chains.subarray(index, (index += 2));
    if (left > chains.length - index) throw new RangeError("a chain in a memory image ends too soon");
    for (; left > 0; left--) {
      const next = at + chains[index++];
      point(at, next);
      point(next + WORD, at);
      at = next;
    }
  }
}

/**
 * Read pieces one after the other, as if they were one.
 *
 * @param {Uint8Array[]} pieces
 */
function reader(pieces) {
  let left = pieces.reduce((sum, { length }) => sum + length, 0);
  let index = 0;
  let offset = 0;
  /** @param {Uint8Array} target @param {number} start in it @param {number} length */
  const read = (target, start, length) => {
    need(length);
    left -= length;
    while (length) {
      const part = pieces[index].subarray(offset, offset + length);
      target.set(part, start);
      start += part.length;
      length -= part.length;
      offset += part.length;
      if (offset === pieces[index].length) [index, offset] = [index + 1, 0];
    }
  };
  /** @param {number} length */
  const need = (length) => {
    if (length > left) throw new RangeError("a memory image ends too soon");
  };
  return Object.assign(read, { need, ended: () => left === 0 });
}

/** @param {ReturnType<typeof reader>} read @param {number} length @returns {ArrayBuffer} the next so many bytes */
function taken(read, length) {
  read.need(length);
  const bytes = new Uint8Array(length);
  read(bytes, 0, length);
  return bytes.buffer;
}
