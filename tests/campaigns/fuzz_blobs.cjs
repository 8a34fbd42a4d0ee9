/**
 * Feeds the loader's readers of blobs with bytes that Jazzer.js grows by coverage: an image that is laid
 * over a memory, and a blob that is fetched, plain or compressed. `loader.cjs` beside it is made of the
 * loader's own modules, as Jazzer.js instruments no other kind.
 */

const { createHash } = require("node:crypto");
const { Pack, digestNow, fetchBlob, lay, lengthOf } = require("./loader.cjs");

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
const base = new URL("https://example.org/");
let served;

globalThis.fetch = async () => new Response(served);
globalThis.XMLHttpRequest = class {
  open() {}
  overrideMimeType() {}
  setRequestHeader() {}
  send() {
    this.status = 200;
    this.responseText = Buffer.from(served).toString("latin1");
  }
};
console.error = () => {};

/** @param {Buffer} bytes */
exports.fuzz = async (bytes) => {
  const memory = new Uint8Array(64);
  try {
    lengthOf(bytes);
    lay(bytes, memory);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }

  if (Buffer.from(digestNow(bytes)).toString("hex") !== hash(bytes)) throw new TypeError("another digest");
  served = bytes;
  const right = { file: "a.wasm", size: bytes.length, sha256: hash(bytes) };
  const other = { ...right, sha256: hash(bytes.subarray(1)) };
  for (const [piece, isRight] of [[right, true], [other, false]]) {
    for (const read of [
      () => fetchBlob([piece], base),
      () => fetchBlob([{ ...piece, size: 1, gzip: piece }], base),
      () => new Pack([piece], base).now({ ErrnoError: Error }),
    ]) {
      // Of any bytes a blob or none, of bytes that were not named never one.
      const taken = await Promise.resolve().then(read).catch(() => undefined);
      if (taken && !isRight) throw new TypeError("altered bytes were taken");
    }
  }
};
