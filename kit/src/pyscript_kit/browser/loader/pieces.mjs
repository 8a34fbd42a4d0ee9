/**
 * Fetches blobs, and takes only the bytes that the manifest names.
 *
 * A blob is what the browser downloads: a WebAssembly module with one custom section, so that hosts
 * send it compressed, as they do with WebAssembly and not with types that they do not know. A large
 * one comes in pieces, each a module of its own, which arrive side by side and are smaller than the limits
 * of hosts.
 *
 * @module
 */

import { differ, digestOf } from "./digest.mjs";

/** @typedef {{ file: string, size: number, sha256: string, gzip?: { size: number, sha256: string } }} Piece */
/** @typedef {Piece[]} Blob */
/** @typedef {{ digest: Uint8Array, bytes: Uint8Array }} Hashed what was hashed, to be used in its place */

/** `\0asm`, version 1, a custom section of a length in five bytes, its name "pack". */
const HEADER = 19;

/** Smaller files are as fast by way of a service worker, and may be on their way already. In bytes. */
const LARGE = 2 ** 20;
/** Hosts on this machine, to which bytes cost nothing. */
export const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Fetch a blob and check it against its hashes.
 *
 * @param {Blob} blob
 * @param {URL} base the folder of blobs
 * @param {(bytes: number) => void} [onBytes] called with the number of bytes that have arrived since
 * @returns {Promise<Uint8Array>} its payload
 */
export async function fetchBlob(blob, base, onBytes) {
  return joined(await fetchPieces(blob, base, onBytes));
}

/**
 * As `fetchBlob`, for whoever can do without the time that joining takes.
 *
 * @param {Blob} blob
 * @param {URL} base
 * @param {(bytes: number) => void} [onBytes]
 * @returns {Promise<Uint8Array[]>} the payload in pieces
 */
export function fetchPieces(blob, base, onBytes) {
  return Promise.all(blob.map((piece) => fetchPiece(piece, base, onBytes)));
}

/** @param {Uint8Array[]} pieces */
export function joined(pieces) {
  if (pieces.length === 1) return pieces[0];
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const piece of pieces) {
    whole.set(piece, start);
    start += piece.length;
  }
  return whole;
}

/**
 * @param {Piece} piece
 * @param {URL} base
 * @param {(bytes: number) => void} [onBytes]
 * @param {RequestInit} [options]
 * @returns {Promise<Uint8Array>} its payload
 */
export async function fetchPiece(piece, base, onBytes = () => {}, options = {}) {
  let arrived = 0;
  /** @param {number} bytes */
  const arrive = (bytes) => {
    arrived += bytes;
    onBytes(bytes);
  };
  /** @param {unknown} error */
  const begunAgain = (error) => {
    if (!(error instanceof Altered)) throw error;
    onBytes(-arrived);
    arrived = 0;
  };
  const past = { ...options, cache: /** @type {RequestCache} */ ("reload") };
  let isSpoilt = false;
  try {
    const kept = await takeKept(piece, base, arrive);
    if (kept) return kept;
  } catch (error) {
    begunAgain(error);
    isSpoilt = true;
  }
  try {
    return await fetchOnce(piece, base, arrive, isSpoilt ? past : options);
  } catch (error) {
    begunAgain(error);
    // Spoilt in a cache, perhaps, or in what the document has fetched ahead out of that: it is used up by now.
    return fetchOnce(piece, base, arrive, past);
  }
}

/** The bytes are not those that the manifest names. */
export class Altered extends Error {}

/**
 * @param {Piece} piece
 * @param {URL} base
 * @param {(bytes: number) => void} onBytes
 * @param {RequestInit} options
 */
async function fetchOnce(piece, base, onBytes, options) {
  if (!globalThis.crypto?.subtle) {
    // Off https, only fetch itself can still check a hash.
    const integrity = `sha256-${btoa(String.fromCharCode(...digestOf(piece.sha256)))}`;
    const response = await fetch(new URL(piece.file, base), { ...options, integrity });
    return payload(await received(response, piece.file, piece.size, onBytes), piece.file);
  }
  let response = await fetch(new URL(piece.file, base), options);
  let { size, sha256 } = piece;
  let stream = response.body;
  const { headers } = response;
  // What a service worker has kept comes from nowhere, and may be all that there is.
  const final = headers.has("content-encoding") || headers.has("x-kept") || LOCAL.test(base.hostname);
  const unpacks = piece.gzip && response.ok && !final;
  if (unpacks) {
    await stream?.cancel();
    ({ size, sha256 } = /** @type {Required<Piece>} */ (piece).gzip);
    response = await fetch(new URL(`${piece.file}.gz`, base), options);
  }
  const bytes = await verified(await received(response, piece.file, size, onBytes), sha256, piece.file);
  return payload(unpacks ? await inflate(bytes) : bytes, piece.file);
}

/**
 * Take what a service worker has kept from where it lies: by way of the worker it comes in small
 * portions, which takes twice as long.
 *
 * @param {Piece} piece
 * @param {URL} base
 * @param {(bytes: number) => void} onBytes
 * @returns {Promise<Uint8Array | undefined>} its payload, if there is a copy
 */
async function takeKept({ file, size, sha256 }, base, onBytes) {
  if (size < LARGE || !globalThis.navigator?.serviceWorker?.controller) return undefined;
  let bytes;
  try {
    const copy = await caches.match(new URL(file, base));
    if (!copy) return undefined;
    bytes = new Uint8Array(await copy.arrayBuffer());
  } catch {
    // Storage that may not be used, or that has lost something.
    return undefined;
  }
  onBytes(bytes.length);
  if (bytes.length !== size) throw new Altered(`${file}: ${bytes.length} of ${size} bytes`);
  return payload(await verified(bytes, sha256, file), file);
}

/**
 * @param {Response} response
 * @param {string} name
 * @param {number} size in bytes, as the manifest has it
 * @param {(bytes: number) => void} onBytes
 */
async function received(response, name, size, onBytes) {
  if (!response.ok || !response.body) throw new Error(`${name}: the server answered ${response.status}`);
  const readOn = readingInto(response.body);
  // One more than is due, so that what is longer shows.
  let bytes = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    let added;
    [bytes, added] = await readOn(bytes, length);
    if (added === undefined) break;
    length += added;
    if (length > size) throw new Altered(`${name}: longer than ${size} bytes`);
    onBytes(added);
  }
  if (length < size) throw new Altered(`${name}: ${length} of ${size} bytes`);
  return bytes.subarray(0, size);
}

/**
 * Reads a body into an array. Where browsers fill that themselves, they make none for each portion: those
 * are hundreds, to be copied and thrown away while Python starts.
 *
 * @param {ReadableStream<Uint8Array>} body
 * @returns {(bytes: Uint8Array, start: number) => Promise<[bytes: Uint8Array, added?: number]>} reads on from a
 *     place in the array: in which array all is then, and how many bytes of it are new, none at the end
 */
function readingInto(body) {
  try {
    const reader = body.getReader({ mode: "byob" });
    return async (bytes, start) => {
      const { done, value } = await reader.read(bytes.subarray(start));
      const all = value ? new Uint8Array(value.buffer) : bytes;
      return [all, done ? undefined : value.length];
    };
  } catch {
    const reader = body.getReader();
    return async (bytes, start) => {
      const { done, value } = await reader.read();
      if (done) return [bytes, undefined];
      bytes.set(value.subarray(0, bytes.length - start), start);
      return [bytes, value.length];
    };
  }
}

/**
 * @param {Uint8Array} bytes of which only what is returned may be used
 * @param {string} sha256
 * @param {string} name
 * @returns {Promise<Uint8Array>} the same, once they are known to be right
 */
async function verified(bytes, sha256, name) {
  const hashed = await (bytes.length < LARGE ? hashHere : hash)(bytes);
  if (differ(hashed.digest, sha256)) {
    throw new Altered(`${name}: not the bytes that the manifest names`);
  }
  return hashed.bytes;
}

/** @param {Uint8Array} bytes @returns {Promise<Hashed>} */
export async function hashHere(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {any} */ (bytes)));
  return { digest, bytes };
}

/** How much is hashed. */
let hash = hashHere;

/** @param {(bytes: Uint8Array) => Promise<Hashed>} other how much to hash from now on */
export function hashBy(other) {
  hash = other;
}

/** @param {Uint8Array} bytes */
async function inflate(bytes) {
  const inflated = new Response(bytes).body?.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

/** @param {Uint8Array} bytes @param {string} name */
export function payload(bytes, name) {
  if (bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[8] !== 0 || bytes.length < HEADER) {
    throw new Error(`${name}: no blob`);
  }
  return bytes.subarray(HEADER);
}
