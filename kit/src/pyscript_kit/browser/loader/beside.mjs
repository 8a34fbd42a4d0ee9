/**
 * Downloads in a thread of their own, which go on while the page stands still, and hashes there.
 *
 * @module
 */

import { PATIENCE, Stalled, after, fetchWatched } from "./patience.mjs";
import { hashHere, joined } from "./pieces.mjs";

/** @typedef {import("./pieces.mjs").Piece} Piece */
/** @typedef {import("./pieces.mjs").Blob} Blob */
/** @typedef {import("./pieces.mjs").Hashed} Hashed */

/**
 * As `fetchBlob`, in a thread that goes on when Python reads what is not here yet. That stops the page,
 * and a download that the page drains would stop with it. So would a server that can only send one thing
 * at a time, and a connection that many downloads share.
 *
 * @param {Blob} blob
 * @param {URL} base
 * @returns {Promise<Uint8Array>} its payload
 */
export async function fetchAside(blob, base) {
  return joined(await Promise.all(blob.map((piece) => pieceAside(piece, base))));
}

/**
 * The same without haste, by one connection, so that the browser's cache holds it at least.
 *
 * @param {Blob} blob
 * @param {URL} base
 * @returns {Promise<Uint8Array[]>} its payload in pieces
 */
export async function fetchAhead(blob, base) {
  await new Promise((resolve) => (globalThis.requestIdleCallback ?? setTimeout)(resolve));
  const pieces = [];
  for (const piece of blob) pieces.push(await pieceAside(piece, base, { priority: "low" }));
  return pieces;
}

/** Have the thread be there before it is needed. */
export function beginAside() {
  if (aside === undefined) aside = startAside();
}

/**
 * Hash bytes in the thread, once it is there. The browser hashes beside the page, too, but a copy that the
 * page has to make; here they are handed over, and back.
 *
 * @param {Uint8Array} bytes all that their buffer holds
 * @returns {Promise<Hashed>}
 */
export async function hashAside(bytes) {
  // What is handed to one that never comes would be lost.
  if (!isThere) return hashHere(bytes);
  const lost = () => Promise.reject(new Error("the thread that computes hashes has ended"));
  return ask({ hash: bytes }, lost, [bytes.buffer]);
}

/**
 * @typedef {{
 *   resolve: (result: any) => void,
 *   reject: (error: Error) => void,
 *   here: () => Promise<any>,
 * }} Waiting `here` does the same without the thread
 */

/** @type {Map<number, Waiting>} */
const waiting = new Map();
/** @type {Worker | null | undefined} `null` where none can be had */
let aside;
/** Whether it has said so. */
let isThere = false;
let asked = 0;

/**
 * @param {Piece} piece
 * @param {URL} base
 * @param {RequestInit} [options]
 * @returns {Promise<Uint8Array>}
 */
async function pieceAside(piece, base, options = {}) {
  const here = async () => ({ bytes: await fetchWatched(piece, base, options) });
  const { bytes } = await ask({ piece, base: base.href, options }, here);
  return bytes;
}

/**
 * @param {object} message
 * @param {() => Promise<any>} here the same without the thread
 * @param {Transferable[]} [handed] what goes over to it
 * @returns {Promise<any>} the result
 */
function ask(message, here, handed = []) {
  beginAside();
  if (!aside) return here();
  const id = ++asked;
  aside.postMessage({ id, ...message }, handed);
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
    isThere = false;
    for (const { resolve, here } of waiting.values()) resolve(here());
    waiting.clear();
  };
  // Its own file may be what does not come.
  const alarm = after(PATIENCE, doWithout);
  worker.onmessage = ({ data: { id, result, message, stalled } }) => {
    alarm.stop();
    isThere = true;
    const asking = waiting.get(id);
    waiting.delete(id);
    if (result) asking?.resolve(result);
    else asking?.reject(new (stalled ? Stalled : Error)(message));
  };
  worker.onerror = (event) => {
    event.preventDefault();
    alarm.stop();
    doWithout();
  };
  return worker;
}
