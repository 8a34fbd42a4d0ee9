/**
 * A thread in which downloads go on while the page stands still.
 *
 * @module
 */

import { Stalled, fetchWatched } from "./patience.mjs";
// What only that one imports: named here, it comes with it.
import "./digest.mjs";
import "./pieces.mjs";

const port = /** @type {any} */ (globalThis);

port.onmessage = async (/** @type {MessageEvent} */ { data: { id, piece, base, options } }) => {
  try {
    const bytes = await fetchWatched(piece, new URL(base), options);
    port.postMessage({ id, bytes }, [bytes.buffer]);
  } catch (error) {
    const message = error instanceof Error ? error.message : `${error}`;
    port.postMessage({ id, message, stalled: error instanceof Stalled });
  }
};

// Whoever started it hears that it is there.
port.postMessage({});
