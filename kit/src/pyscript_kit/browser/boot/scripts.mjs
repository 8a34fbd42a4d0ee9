/**
 * The Python of the document: which scripts PyScript has begun and which are done. An app that does not
 * report itself when it is ready counts as ready once all of them have run.
 *
 * PyScript's own "py:all-done" would come too late or never: it waits for workers, too, which report
 * themselves only on hosts that isolate pages, and some of which read from a terminal forever.
 *
 * @module
 */

const SCRIPTS = ["py", "mpy"].flatMap((type) => [`script[type="${type}"]`, `${type}-script`]).join();

/** Those that PyScript has yet to begin, and those that have yet to end. @type {Set<Element>} */
const waiting = new Set();
/** @type {Set<Element>} */
const running = new Set();
let known = 0;
let loaded = false;
let opening = false;
let done = () => {};

/**
 * Follow the scripts that are in the document.
 *
 * @param {() => void} onDone called when PyScript has run all of them
 */
export function followScripts(onDone) {
  done = onDone;
  for (const element of document.querySelectorAll(SCRIPTS)) waiting.add(element);
  known = waiting.size;
  for (const type of ["py", "mpy"]) {
    addEventListener(`${type}:ready`, ({ target }) => begin(/** @type {Element} */ (target)));
    addEventListener(`${type}:done`, ({ target }) => end(/** @type {Element} */ (target)));
  }
  addEventListener("app:opening", () => (opening = true));
}

/** Say that PyScript is here: without any script, there is nothing more to wait for. */
export function pyscriptHasCome() {
  loaded = true;
  settle();
}

/**
 * A worker that belongs to a script counts from when it is told to run; where the host does not isolate
 * the page, that is heard of when it is done.
 *
 * @param {any} worker PyScript's
 */
export function workerHasCome(worker) {
  // PyScript gives it to its element a moment later.
  queueMicrotask(() => {
    const element = [...waiting].find((each) => /** @type {any} */ (each).xworker === worker);
    // What it was rejected with, if anything, nobody has handled.
    if (element) worker.ready.then(() => end(element));
  });
}

/** Whether any Python of the document runs, or has run. */
export const hasBegun = () => waiting.size < known;

/** Whether all of it does. */
export const allBegun = () => loaded && !waiting.size;

/** Whether the app opens a page and says itself when it stands. */
export const opensItself = () => opening;

/** @param {Element} element */
function begin(element) {
  if (!waiting.delete(element)) return;
  if (!element.hasAttribute("worker")) running.add(element);
  settle();
}

/** @param {Element} element */
function end(element) {
  waiting.delete(element);
  running.delete(element);
  settle();
}

function settle() {
  if (allBegun() && !running.size) done();
}
