/**
 * Has Pyodide boot from a memory that is not handed over but laid where it belongs, at the moment when
 * Pyodide asks for it. The maker of snapshots does the same, to see what is there at that moment.
 *
 * @module
 */

/**
 * What Pyodide takes for a whole snapshot: a head, and the memory, which it copies over its own. Here
 * that is laid straight where it belongs, and there is nothing left to copy.
 *
 * @param {Uint8Array} head what stands ahead of the memory
 * @param {number} length of both, in bytes
 * @param {() => void} layMemory
 */
export function withoutMemory(head, length, layMemory) {
  const { subarray } = head;
  return Object.defineProperties(head, {
    length: { value: length },
    subarray: {
      /** @param {number} start @param {number} [end] */
      value(start, end) {
        if (end !== undefined) return subarray.call(head, start, end);
        layMemory();
        return new Uint8Array();
      },
    },
  });
}

/** @param {string} text the head of a snapshot, as a manifest has it */
export const headFrom = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
