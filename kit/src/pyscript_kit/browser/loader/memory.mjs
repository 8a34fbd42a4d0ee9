/**
 * Images of Python's memory: only the runs of bytes that differ from what is there already.
 *
 * An image is the length of the whole memory, the number of runs, start and length of each, all as
 * 32-bit numbers of little-endian order, then the bytes of the runs one after the other.
 */

/** Shorter gaps between two runs are cheaper to carry than to describe. */
const GAP = 16;

/**
 * Note where a memory differs from a former state.
 *
 * @param {Uint8Array} memory its length a multiple of 8
 * @param {Uint8Array} [former] what is taken for zeros beyond its end
 * @param {...Uint8Array} others what may stand there as well: what any of them lacks is noted
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
  const head = Uint32Array.of(memory.length, runs.length / 2);
  const image = new Uint8Array(8 + runs.length * 4 + size);
  image.set(new Uint8Array(head.buffer));
  image.set(new Uint8Array(Uint32Array.from(runs).buffer), 8);
  let offset = 8 + runs.length * 4;
  for (let index = 0; index < runs.length; index += 2) {
    image.set(memory.subarray(runs[index], runs[index] + runs[index + 1]), offset);
    offset += runs[index + 1];
  }
  return image;
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
  const count = new DataView(taken(read, 8)).getUint32(4, true);
  const runs = new Uint32Array(taken(read, count * 8));
  for (let index = 0; index < runs.length; index += 2) read(memory, runs[index], runs[index + 1]);
  if (!read.ended()) throw new RangeError("an image of memory ends too late");
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
    if (length > left) throw new RangeError("an image of memory ends too soon");
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
