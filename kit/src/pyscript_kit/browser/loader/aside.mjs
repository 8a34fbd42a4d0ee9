/**
 * A thread in which downloads go on while the page stands still, and hashes are computed.
 *
 * @module
 */

import { Stalled, fetchWatched } from "./patience.mjs";
import { hashHere } from "./pieces.mjs";
// What only these import: named here, it comes with them.
import "./digest.mjs";

const port = /** @type {any} */ (globalThis);

port.onmessage = async (/** @type {MessageEvent} */ { data: { id, piece, base, options, hash } }) => {
  try {
    const result = hash ? await hashHere(hash) : { bytes: await fetchWatched(piece, new URL(base), options) };
    port.postMessage({ id, result }, [result.bytes.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : `${error}`;
    port.postMessage({ id, message, stalled: error instanceof Stalled });
  }
};

// Whoever started it hears that it is there.
port.postMessage({});
