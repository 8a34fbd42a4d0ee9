/**
 * A thread in which downloads go on while the page stands still.
 *
 * @module
 */

import { fetchPiece } from "./files.mjs";

const port = /** @type {any} */ (globalThis);

port.onmessage = async (/** @type {MessageEvent} */ { data: { id, piece, base, options } }) => {
  try {
    const bytes = await fetchPiece(piece, new URL(base), undefined, options);
    port.postMessage({ id, bytes }, [bytes.buffer]);
  } catch (error) {
    port.postMessage({ id, message: error instanceof Error ? error.message : `${error}` });
  }
};
