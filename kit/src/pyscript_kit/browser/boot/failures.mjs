/**
 * What goes wrong, whoever says so, put where the visitor sees it.
 *
 * @module
 */

import { missing } from "./arrivals.mjs";
import { root } from "./page.mjs";
import { show, takeAway } from "./panel.mjs";
import { raised, withoutAdvice } from "./wording.mjs";

/** @typedef {import("./panel.mjs").Failure} Failure */

// PyScript keeps a database of its own and does not start without.
const STORAGE_REFUSED =
  "Your browser refuses this site to store anything, which Python here needs: allow site data " +
  "(cookies) for this address, then reload.";

/** Show what the app reports, what nobody caught, and what PyScript writes into the page. */
export function hearFailures() {
  addEventListener("app:error", (event) => {
    const failure = /** @type {CustomEvent<Failure>} */ (event).detail;
    console.error(`${failure.title}\n${failure.traceback || failure.message}`);
    show(failure);
  });
  addEventListener("app:mended", (event) => takeAway(/** @type {CustomEvent<string>} */ (event).detail));

  addEventListener("error", (event) => {
    const { error, message } = event;
    if (isExit(error)) return event.preventDefault();
    // Browsers report a late layout of observed elements this way; nothing is wrong.
    if (!message.startsWith("ResizeObserver loop")) showUncaught(error ?? message);
  });
  addEventListener("unhandledrejection", (event) => {
    if (isExit(event.reason)) return event.preventDefault();
    // Who knows of it says so by preventDefault, and may be asked after this.
    setTimeout(() => event.defaultPrevented || showUncaught(event.reason));
  });
}

/**
 * Leaving a task or a delayed call by sys.exit() is no error.
 *
 * @param {any} error
 */
const isExit = (error) => error?.type === "SystemExit";

/**
 * An error that Python did not report itself.
 *
 * @param {any} error
 */
export function showUncaught(error) {
  const fatal = root.dataset.app !== "ready";
  const text = String(error?.message ?? error);
  const python = error?.name === "PythonError";
  // Above main.py's own lines stand only those of Pyodide that ran it.
  const own = text.replace(/  File "\/lib\/[^]*?(?=  File "<exec>")/, "");
  let message = (python ? raised(text) : text) || "No reason was given.";
  if (fatal && ["SecurityError", "InvalidStateError"].includes(error?.name)) message += ` ${STORAGE_REFUSED}`;
  if (fatal && missing.size) message += ` Could not be fetched: ${[...missing].join(", ")}.`;
  show({
    title: fatal ? "The app could not start" : "Something went wrong",
    message,
    traceback: python ? withoutAdvice(own) : (error?.stack ?? ""),
    fatal,
  });
}
