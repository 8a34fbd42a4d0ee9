/**
 * The contents of many files of the runtime in one blob, which come when first asked for. Whoever reads
 * sooner than they are here waits for them then and there.
 *
 * @module
 */

import { fetchAhead, fetchAside } from "./beside.mjs";
import { differ, digestNow } from "./digest.mjs";
import { Altered, fetchBlob, joined, payload } from "./pieces.mjs";

/** @typedef {import("./pieces.mjs").Piece} Piece */
/** @typedef {import("./pieces.mjs").Blob} Blob */

const ERRNO_IO = 29;

/** The contents of many files, fetched once, when first asked for. */
export class Pack {
  /** @param {Blob} blob @param {URL} base */
  constructor(blob, base) {
    this.blob = blob;
    this.base = base;
    /** @type {Uint8Array | undefined} */
    this.bytes = undefined;
    /** @type {Promise<Uint8Array> | undefined} */
    this.coming = undefined;
  }

  /**
   * Before Python runs.
   *
   * @param {(bytes: number) => void} [onBytes]
   */
  fetch(onBytes) {
    return this.#come(() => fetchBlob(this.blob, this.base, onBytes));
  }

  /** While Python runs. */
  fetchAside() {
    return this.#come(() => fetchAside(this.blob, this.base));
  }

  /** While nobody waits. */
  fetchAhead() {
    return this.#come(async () => joined(await fetchAhead(this.blob, this.base)));
  }

  /** @param {() => Promise<Uint8Array>} fetching */
  #come(fetching) {
    this.coming ??= (this.bytes ? Promise.resolve(this.bytes) : fetching()).then(
      (bytes) => (this.bytes ??= bytes),
      (error) => {
        this.coming = undefined;
        throw error;
      },
    );
    return this.coming;
  }

  /**
   * The contents at once, for a reader that cannot wait: blocks until they are here.
   *
   * @param {any} FS Emscripten's, for the error that Python shows as OSError
   */
  now(FS) {
    this.bytes ??= joined(this.blob.map((piece) => this.#fetchNow(FS, piece)));
    return this.bytes;
  }

  /** @param {any} FS @param {Piece} piece */
  #fetchNow(FS, piece) {
    for (const past of [false, true]) {
      try {
        return pieceNow(piece, this.base, past);
      } catch {
        // Spoilt in a cache, perhaps: asked for once more, past all of them.
      }
    }
    console.error(`preboot: ${piece.file} could not be fetched`);
    throw new FS.ErrnoError(ERRNO_IO);
  }
}

/** Whether Python is in the middle of a read. */
let blocked = false;

/**
 * Have what a FinalizationRegistry calls wait while Python reads: WebKit calls it in the middle of a
 * request that blocks a worker, and Pyodide, which lets go of Python's objects there, ends with a
 * NoGilError.
 *
 * @template T
 * @param {(held: T) => void} cleanup
 * @returns {(held: T) => void}
 */
export function whenNotBlocked(cleanup) {
  return function clean(held) {
    if (blocked) setTimeout(clean, 0, held);
    else cleanup(held);
  };
}

/** @param {Piece} piece @param {URL} base @param {boolean} past whether to ask past all caches */
function pieceNow({ file, size, sha256 }, base, past) {
  const request = new XMLHttpRequest();
  request.open("GET", new URL(file, base), false);
  // A page may not ask for bytes here, a text of one character a byte it may.
  request.overrideMimeType("text/plain; charset=x-user-defined");
  if (past) request.setRequestHeader("Cache-Control", "no-cache");
  blocked = true;
  try {
    request.send();
  } finally {
    blocked = false;
  }
  const text = request.responseText;
  if (request.status !== 200 || text.length !== size) throw new Error(file);
  const bytes = new Uint8Array(size);
  for (let index = 0; index < size; index++) bytes[index] = text.charCodeAt(index);
  if (differ(digestNow(bytes), sha256)) throw new Altered(file);
  return payload(bytes, file);
}
