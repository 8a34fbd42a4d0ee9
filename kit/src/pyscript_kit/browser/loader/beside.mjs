/**
 * Downloads in a thread of their own, which go on while the page stands still.
 *
 * @module
 */

import { PATIENCE, Stalled, after, fetchWatched } from "./patience.mjs";
import { joined } from "./pieces.mjs";

/** @typedef {import("./pieces.mjs").Piece} Piece */
/** @typedef {import("./pieces.mjs").Blob} Blob */

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
