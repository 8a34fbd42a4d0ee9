/**
 * Images of Python's memory: only the runs of bytes that differ from what is there already.
 *
 * An image is the length of the whole memory, the number of runs, start and length of each, all as
 * 32-bit numbers of little-endian order, then the bytes of the runs one after the other.
 */

/** Shorter gaps between two runs are cheaper to carry than to describe. */
const GAP = 16;

/**
 * Note where a memory differs from a former state, or from zeros.
 *
 * @param {Uint8Array} memory its length a multiple of 8
 * @param {Uint8Array} [former] what is taken for zeros beyond its end
 * @returns {Uint8Array} the image
 */
export function difference(memory, former = new Uint8Array(0)) {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.byteLength / 8);
  const old = new BigUint64Array(former.buffer, former.byteOffset, former.byteLength / 8);
  /** @type {number[]} */
  const runs = [];
  let size = 0;
  let end = -1;
  for (let word = 0; word < words.length; word++) {
    if (words[word] === (word < old.length ? old[word] : 0n)) continue;
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
 * @param {Uint8Array} image
 */
export const lengthOf = (image) => new DataView(image.buffer, image.byteOffset).getUint32(0, true);

/**
 * Lay an image over a memory.
 *
 * @param {Uint8Array} image
 * @param {Uint8Array} memory at least as long as the image's
 * @throws {RangeError} when the image does not fit, or is none
 */
export function lay(image, memory) {
  const count = new DataView(image.buffer, image.byteOffset).getUint32(4, true);
  const head = 8 + count * 8;
  // Copied, as a view of 32-bit numbers has to begin at a multiple of four.
  const runs = new Uint32Array(image.slice(8, head).buffer);
  let offset = head;
  for (let index = 0; index < runs.length; index += 2) {
    const end = offset + runs[index + 1];
    memory.set(image.subarray(offset, end), runs[index]);
    offset = end;
  }
  if (offset !== image.length) throw new RangeError("an image of memory ends too soon or too late");
}
