/**
 * What goes wrong, whoever says so, put where the visitor sees it.
 *
 * @module
 */

import { isNeeded, lostFiles } from "./arrivals.mjs";
import { isStarting } from "./page.mjs";
import { NOT_STARTED, WENT_WRONG, show, takeAway } from "./panel.mjs";
import { hasBegun, opensItself } from "./scripts.mjs";
import { cured, raised, withoutAdvice } from "./wording.mjs";

/** @typedef {import("./panel.mjs").Failure} Failure */

// PyScript keeps a database of its own and does not start without.
const STORAGE_REFUSED =
  "Your browser does not let this site store data, which Python needs here: allow site data " +
  "(cookies) for this address, then reload.";

/** What has been shown: a worker's error comes to whoever waits for it, and there may be several. */
const told = new WeakSet();

/** Show what the app reports, what nobody caught, and what PyScript writes into the page. */
export function hearFailures() {
  addEventListener("app:error", (event) => {
    const failure = cured(/** @type {CustomEvent<Failure>} */ (event).detail);
    console.error(`${failure.title}\n${failure.traceback || failure.message}`);
    show(failure);
  });
  addEventListener("app:mended", (event) => takeAway(/** @type {CustomEvent<string>} */ (event).detail));

  addEventListener("error", (event) => {
    const { error, message, filename } = event;
    if (isExit(error)) return event.preventDefault();
    // Browsers report a late layout of observed elements this way; nothing is wrong.
    if (message.startsWith("ResizeObserver loop")) return;
    showUncaught(error ?? message, stopsStart(error, filename));
  });
  addEventListener("unhandledrejection", (event) => {
    if (isExit(event.reason)) return event.preventDefault();
    // Who knows of it says so by preventDefault, and may be asked after this.
    setTimeout(() => event.defaultPrevented || showUncaught(event.reason, stopsStart(event.reason)));
  });
}

/**
 * Leaving a task or a delayed call by sys.exit() is not an error.
 *
 * @param {any} error
 */
const isExit = (error) => error?.type === "SystemExit";

/**
 * What the Python of the document has raised. Where the app opens a page, it says itself whether that
 * stands; another one has not started when one of its scripts has failed.
 *
 * @param {any} error
 */
export function showRaised(error) {
  showUncaught(error, !opensItself());
}

/**
 * An error that Python did not report itself.
 *
 * @param {any} error
 * @param {boolean} stops whether the app cannot start after it, if it has not
 * @param {boolean} [doubtful] whether it may start all the same
 */
export function showUncaught(error, stops, doubtful = false) {
  if (error instanceof Object) {
    if (told.has(error)) return;
    told.add(error);
  }
  const fatal = stops && isStarting();
  const text = String(error?.message ?? error);
  // What comes from a worker has lost its name.
  const python = error?.name === "PythonError" || text.startsWith("Traceback (most recent call last)");
  // Above main.py's own lines stand only those of Pyodide that ran it.
  const own = text.replace(/  File "\/lib\/[^]*?(?=  File "<exec>")/, "");
  let message = (python ? raised(text) : text) || "No reason was given.";
  if (fatal && ["SecurityError", "InvalidStateError"].includes(error?.name)) message += ` ${STORAGE_REFUSED}`;
  const missing = lostFiles();
  if (fatal && missing.length) message += ` Could not be fetched: ${missing.join(", ")}.`;
  show({
    title: fatal ? NOT_STARTED : WENT_WRONG,
    message,
    traceback: python ? withoutAdvice(own) : (error?.stack ?? ""),
    fatal,
    doubtful,
  });
}

/**
 * Whether something that nobody caught keeps the app from starting: not when scripts of the author's own
 * threw it, or Python that runs already, where it is a handler's.
 *
 * @param {any} error
 * @param {string} [file] where browsers say that it comes from
 */
function stopsStart(error, file = "") {
  if (error?.name === "PythonError") return !hasBegun();
  // Who threw it stands first, and the message may name anything.
  const frames = String(error?.stack ?? "").replace(String(error?.message), "");
  const [thrower] = `${frames}\n${file}`.match(/\b(?:https?|blob|data|file):[^\s)]+/) ?? [];
  return !thrower || isNeeded(thrower);
}
