/**
 * Downloads that are given up when nothing arrives any more.
 *
 * @module
 */

import { fetchPiece } from "./pieces.mjs";

/** @typedef {import("./pieces.mjs").Piece} Piece */

/** How long nothing at all may arrive before a download is given up, in seconds. */
export const PATIENCE = 30;

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
export function after(seconds, act, watched = () => 0) {
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
