/**
 * Files of the runtime that come in packs: one blob holds the contents of many files, and its tree
 * says which. The files stand in Python's file system at once, with their names and sizes; their
 * bytes follow when the pack has come. Whoever reads sooner waits for it then and there.
 *
 * A blob is what the browser downloads: a WebAssembly module with one custom section, so that hosts
 * send it compressed, as they do with WebAssembly and not with types that they do not know. A large
 * one comes in pieces, each such a module, which arrive side by side and below the sizes that hosts
 * allow.
 */

/** @typedef {{ file: string, size: number, sha256: string, gzip?: { size: number, sha256: string } }} Piece */
/** @typedef {Piece[]} Blob */
/** @typedef {[path: string, size: number][]} Tree */

/** `\0asm`, version 1, a custom section of a length in five bytes, its name "pack". */
export const HEADER = 19;

const ERRNO_IO = 29;
/** Smaller files are as fast by way of a service worker, and may be on their way already. In bytes. */
const LARGE = 2 ** 20;
/** How long nothing at all may arrive before a download is given up, in seconds. */
const PATIENCE = 30;
/** Hosts on this machine, to which bytes cost nothing. */
export const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Fetch a blob and check it against its hashes.
 *
 * @param {Blob} blob
 * @param {URL} base the folder of blobs
 * @param {(bytes: number) => void} [onBytes] called with the number of bytes that have arrived anew
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
function joined(pieces) {
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
 * As `fetchBlob`, in a thread that goes on when Python reads what is not here yet. Such a reader stops
 * the page, and a download that the page drains would stand still with it: so would a server that can
 * only send one thing at a time, and a connection that many downloads share.
 *
 * @param {Blob} blob
 * @param {URL} base
 * @returns {Promise<Uint8Array>} its payload
 */
export async function fetchAside(blob, base) {
  return joined(await Promise.all(blob.map((piece) => pieceAside(piece, base))));
}

/**
 * Have the browser's cache hold a blob, with one connection and no haste.
 *
 * @param {Blob} blob
 * @param {URL} base
 */
export async function fetchAhead(blob, base) {
  await new Promise((resolve) => (globalThis.requestIdleCallback ?? setTimeout)(resolve));
  for (const piece of blob) await pieceAside(piece, base, { priority: "low" });
}

/**
 * @typedef {{
 *   resolve: (bytes: Uint8Array | Promise<Uint8Array>) => void,
 *   reject: (error: Error) => void,
 *   here: () => Promise<Uint8Array>,
 * }} Waiting `here` does the same without the thread
 */

/** @type {Map<number, Waiting>} */
const waiting = new Map();
/** @type {Worker | null | undefined} `null` where none can be had */
let aside;
let asked = 0;

/**
 * @param {Piece} piece
 * @param {URL} base
 * @param {RequestInit} [options]
 * @returns {Promise<Uint8Array>}
 */
function pieceAside(piece, base, options = {}) {
  const here = () => fetchWatched(piece, base, options);
  if (aside === undefined) aside = startAside();
  if (!aside) return here();
  const id = ++asked;
  aside.postMessage({ id, piece, base: base.href, options });
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject, here });
  });
}

function startAside() {
  let worker;
  try {
    worker = new Worker(new URL("./aside.mjs", import.meta.url), { type: "module", name: "downloads" });
  } catch {
    return null;
  }
  const doWithout = () => {
    aside = null;
    for (const { resolve, here } of waiting.values()) resolve(here());
    waiting.clear();
  };
  // Its own file may be what does not come.
  const alarm = after(PATIENCE, doWithout);
  worker.onmessage = ({ data: { id, bytes, message, stalled } }) => {
    alarm.stop();
    const asking = waiting.get(id);
    waiting.delete(id);
    if (bytes) asking?.resolve(bytes);
    else asking?.reject(new (stalled ? Stalled : Error)(message));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    alarm.stop();
    doWithout();
  };
  return worker;
}

/** The network has gone silent. */
export class Stalled extends Error {}

/** How often anything has arrived, of whatever this thread fetches. */
let arrivals = 0;

/**
 * As `fetchPiece`, and given up when nothing arrives any more. What arrives of other pieces counts,
 * too: on a slow line, one waits for the other.
 *
 * @param {Piece} piece
 * @param {URL} base
 * @param {RequestInit} [options]
 * @returns {Promise<Uint8Array>} its payload
 * @throws {Stalled}
 */
export async function fetchWatched(piece, base, options) {
  const controller = new AbortController();
  const { signal } = controller;
  const stalled = new Stalled(`${piece.file}: nothing has arrived for ${PATIENCE} s`);
  const alarm = after(PATIENCE, () => controller.abort(stalled), () => arrivals);
  try {
    return await fetchPiece(piece, base, () => arrivals++, { ...options, signal });
  } catch (error) {
    throw signal.aborted ? stalled : error;
  } finally {
    alarm.stop();
  }
}

/**
 * Do something after so many seconds in which nothing has changed. They are counted one by one, and no
 * clock is looked at: while Python keeps the page busy, or the laptop is shut, none passes.
 *
 * @param {number} seconds
 * @param {() => void} act
 * @param {() => number} [watched]
 */
function after(seconds, act, watched = () => 0) {
  let quiet = 0;
  let seen = watched();
  const stop = () => clearInterval(timer);
  const timer = setInterval(() => {
    quiet = seen === watched() ? quiet + 1 : 0;
    seen = watched();
    if (quiet < seconds) return;
    stop();
    act();
  }, 1000);
  return { stop };
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
  try {
    return (await takeKept(piece, base, arrive)) ?? (await fetchOnce(piece, base, arrive, options));
  } catch (error) {
    if (!(error instanceof Altered)) throw error;
    // Spoilt in a cache, perhaps.
    onBytes(-arrived);
    return fetchOnce(piece, base, onBytes, { ...options, cache: "reload" });
  }
}

/** The bytes are not those that the manifest names. */
class Altered extends Error {}

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
  const bytes = await received(response, piece.file, size, onBytes);
  await verify(bytes, sha256, piece.file);
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
  await verify(bytes, sha256, file);
  return payload(bytes, file);
}

/**
 * @param {Response} response
 * @param {string} name
 * @param {number} size in bytes, as the manifest has it
 * @param {(bytes: number) => void} onBytes
 */
async function received(response, name, size, onBytes) {
  if (!response.ok || !response.body) throw new Error(`${name}: the server answered ${response.status}`);
  const bytes = new Uint8Array(size);
  const reader = response.body.getReader();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (length + value.length > size) throw new Altered(`${name}: longer than ${size} bytes`);
    bytes.set(value, length);
    length += value.length;
    onBytes(value.length);
  }
  if (length < size) throw new Altered(`${name}: ${length} of ${size} bytes`);
  return bytes;
}

/** @param {Uint8Array} bytes @param {string} sha256 @param {string} name */
async function verify(bytes, sha256, name) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  if (differ(digest, sha256)) {
    throw new Altered(`${name}: not the bytes that the manifest names`);
  }
}

/** @param {Uint8Array} bytes */
async function inflate(bytes) {
  const inflated = new Response(bytes).body?.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

/** @param {Uint8Array} bytes @param {string} name */
function payload(bytes, name) {
  if (bytes[0] !== 0 || bytes[1] !== 0x61 || bytes[8] !== 0 || bytes.length < HEADER) {
    throw new Error(`${name}: no blob`);
  }
  return bytes.subarray(HEADER);
}

/** @param {Uint8Array} digest @param {string} sha256 */
function differ(digest, sha256) {
  return digestOf(sha256).some((byte, index) => byte !== digest[index]);
}

/** @param {string} sha256 in hexadecimal: what is none would be met by anything */
function digestOf(sha256) {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new Error("the manifest lacks a hash");
  return /** @type {string[]} */ (sha256.match(/../g)).map((byte) => parseInt(byte, 16));
}

const PRIMES = [2];
for (let next = 3; PRIMES.length < 64; next++) if (PRIMES.every((prime) => next % prime)) PRIMES.push(next);
/** @param {number} root */
const fraction = (root) => ((root % 1) * 2 ** 32) | 0;

/**
 * SHA-256 as FIPS 180-4 has it, for a reader that cannot wait: the browser's own only answers later.
 *
 * @param {Uint8Array} bytes
 */
export function digestNow(bytes) {
  const K = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
  const state = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(bytes.length) * 8n);
  const w = new Int32Array(64);
  /** @param {number} x @param {number} n */
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) w[t] = view.getInt32(block + 4 * t);
    for (let t = 16; t < 64; t++) {
      const s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ (w[t - 15] >>> 3);
      const s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ (w[t - 2] >>> 10);
      w[t] = w[t - 16] + s0 + w[t - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + w[t]) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => (state[index] += value));
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((value, index) => digest.setInt32(4 * index, value));
  return new Uint8Array(digest.buffer);
}

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

/** Whether Python stands in the middle of a read. */
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

/**
 * Let the files of a pack stand in the file system.
 *
 * @param {any} FS Emscripten's
 * @param {Tree} tree the pack's files in its order
 * @param {Pack} pack
 * @param {{ only?: (path: string) => boolean, onRead?: (path: string) => void }} [choice] which of
 *     them, and what to call when the bytes of one are first asked for
 */
export function mount(FS, tree, pack, { only, onRead } = {}) {
  let start = 0;
  /** @type {Map<string, any>} */
  const folders = new Map();
  for (const [path, size] of tree) {
    if (!only || only(path)) {
      const end = path.lastIndexOf("/");
      const parent = folderAt(FS, path.slice(0, end), folders);
      place(FS, parent, path.slice(end + 1), start, size, pack, onRead && (() => onRead(path)));
    }
    start += size;
  }
}

/**
 * Make a folder where there is none. Emscripten's own `mkdirTree` looks every path up from the root,
 * and throws for each that exists.
 *
 * @param {any} FS @param {string} path @param {Map<string, any>} known nodes by path
 */
function folderAt(FS, path, known) {
  let node = known.get(path);
  if (node) return node;
  const end = path.lastIndexOf("/");
  if (end <= 0) {
    FS.mkdirTree(path || "/");
    node = FS.lookupPath(path || "/").node;
  } else {
    const parent = folderAt(FS, path.slice(0, end), known);
    const name = path.slice(end + 1);
    const FOLDER = 0o040777;
    node = parent.contents[name] ?? parent.node_ops.mknod(parent, name, FOLDER, 0);
  }
  known.set(path, node);
  return node;
}

/**
 * @param {any} FS @param {any} parent the folder's node @param {string} name
 * @param {number} start @param {number} size @param {Pack} pack @param {(() => void) | undefined} onRead
 */
function place(FS, parent, name, start, size, pack, onRead) {
  const FILE = 0o100644;
  const node = parent.contents[name] ?? parent.node_ops.mknod(parent, name, FILE, 0);
  node.usedBytes = size;
  Object.defineProperty(node, "contents", {
    configurable: true,
    enumerable: true,
    get() {
      onRead?.();
      const contents = pack.now(FS).subarray(start, start + size);
      settle(contents);
      return contents;
    },
    set: settle,
  });
  /** @param {unknown} value */
  function settle(value) {
    Object.defineProperty(node, "contents", { value, writable: true, configurable: true, enumerable: true });
  }
}
