/**
 * Tells the page how far the start is, and marks its steps for whoever measures them.
 *
 * @module
 */

import { app, indexURL, manifest, page } from "./made.mjs";

/** @typedef {import("./pieces.mjs").Blob} Blob */

/** Between two events, in milliseconds: more would cost more than they tell. */
const PAUSE = 250;

let arrived = 0;
let total = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let resting;

/** @param {Blob[]} blobs what will be fetched, beside Pyodide's own files */
export function expect(blobs) {
  if (!page) return;
  const all = app ? [...blobs, app.blob] : blobs;
  total = all.flat().reduce((sum, { size }) => sum + size, 0);
  /** @type {Record<string, number>} */
  const sizes = manifest.pyodide;
  for (const size of Object.values(sizes)) total += size;
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) count(sizes[name.replace(indexURL, "")] ?? 0);
  }).observe({ type: "resource", buffered: true });
}

/** @param {Blob[]} blobs what will be fetched besides */
export function expectMore(blobs) {
  if (total) total += blobs.flat().reduce((sum, { size }) => sum + size, 0);
}

/** @param {number} bytes that have arrived; less than 0 for those that have to come again */
export function count(bytes) {
  arrived += bytes;
  if (page && total && resting === undefined) tellAgain(-1);
}

/** Tell how far it is, and once more after a while if anything has come until then. @param {number} told */
function tellAgain(told) {
  resting = undefined;
  if (!total || arrived === told) return;
  report();
  resting = setTimeout(tellAgain, PAUSE, arrived);
}

/** Nobody knows any more how much there is to come. */
export function forgetProgress() {
  total = 0;
  if (page) report();
}

function report() {
  dispatchEvent(new CustomEvent("preboot:progress", { detail: { received: arrived, total } }));
}

/** @param {string} name */
export function mark(name) {
  if (page) performance.mark(`preboot:${name}`);
}
