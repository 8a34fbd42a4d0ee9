/**
 * Feeds the loader's readers of blobs with bytes that grow by coverage, as V8 itself counts it:
 *
 *     node fuzz_blobs.mjs FOLDER_OF_THE_LOADER SECONDS SEED
 *
 * An image is laid over a memory, a blob is fetched, plain and compressed, and read by one that cannot
 * wait. Ends with 1 and the bytes where one of them goes wrong. Not Jazzer.js: its current release wants
 * a C library newer than Debian's, and instruments no modules of this kind.
 */

import { createHash } from "node:crypto";
import { Session } from "node:inspector/promises";
import { pathToFileURL } from "node:url";

const [folder, seconds, seed] = process.argv.slice(2);
const loader = pathToFileURL(`${folder}/`).href;
const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
const { digestNow } = await import(`${loader}digest.mjs`);
const { Pack } = await import(`${loader}packs.mjs`);
const { fetchBlob } = await import(`${loader}pieces.mjs`);
const { difference, lay, lengthOf } = await import(`${loader}memory.mjs`);

const base = new URL("https://example.org/");
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");
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

/** @param {Uint8Array} bytes */
async function tryOn(bytes) {
  const memory = new Uint8Array(64);
  try {
    const pieces = [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];
    lengthOf(pieces);
    lay(pieces, memory);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  if (Buffer.from(digestNow(bytes)).toString("hex") !== hash(bytes)) throw new Error("another digest");
  served = bytes;
  const right = { file: "a.wasm", size: bytes.length, sha256: hash(bytes) };
  const other = { ...right, sha256: hash(Uint8Array.of(1, ...bytes)) };
  for (const piece of [right, other]) {
    for (const read of [
      () => fetchBlob([piece], base),
      () => fetchBlob([{ ...piece, gzip: piece }], base),
      () => new Pack([piece], base).now({ ErrnoError: Error }),
    ]) {
      const taken = await Promise.resolve().then(read).catch(() => undefined);
      if (taken && piece === other) throw new Error("bytes were taken that the manifest does not name");
    }
  }
}

/** What the last input reached, and roughly how often. */
async function reached() {
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const found = [];
  for (const { url, functions } of result) {
    if (!url.startsWith(loader)) continue;
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count) found.push(`${url.slice(loader.length)} ${startOffset} ${endOffset} ${Math.floor(Math.log2(count))}`);
      }
    }
  }
  return found;
}

let state = Number(seed) || 1;
/** @param {number} below */
function chance(below) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const INTERESTING = [0, 1, 8, 16, 0x61, 0x7f, 0x80, 0xff];
/** @param {Uint8Array} bytes */
function mutated(bytes) {
  let found = [...bytes];
  for (let times = 1 + chance(4); times > 0; times--) {
    const place = chance(found.length + 1);
    switch (chance(5)) {
      case 0:
        found.splice(place, 1 + chance(8));
        break;
      case 1:
        found.splice(place, 0, INTERESTING[chance(INTERESTING.length)]);
        break;
      case 2:
        if (place < found.length) found[place] ^= 1 << chance(8);
        break;
      case 3:
        if (place < found.length) found[place] = INTERESTING[chance(INTERESTING.length)];
        break;
      default:
        found = [...found.slice(0, place), ...corpus[chance(corpus.length)].slice(place)];
    }
  }
  return Uint8Array.from(found.slice(0, 512));
}

const blob = Buffer.from("\0asm\x01\0\0\0\0\x89\x80\x80\x80\0\x04pack1234", "latin1");
/** @type {Uint8Array[]} */
const corpus = [new Uint8Array(blob), difference(new Uint8Array(64).fill(1)), new Uint8Array(8)];
const seen = new Set();
const end = Date.now() + Number(seconds) * 1000;
let executions = 0;
while (Date.now() < end || executions < corpus.length) {
  const bytes = executions < corpus.length ? corpus[executions] : mutated(corpus[chance(corpus.length)]);
  executions++;
  try {
    await tryOn(bytes);
  } catch (error) {
    console.log(`${error}\nafter ${executions} executions, with ${Buffer.from(bytes).toString("hex")}`);
    process.exit(1);
  }
  const found = (await reached()).filter((each) => !seen.has(each));
  if (found.length) corpus.push(bytes);
  for (const each of found) seen.add(each);
}
console.log(`${executions} executions, ${seen.size} places reached, ${corpus.length} inputs kept`);
process.exit(0);
