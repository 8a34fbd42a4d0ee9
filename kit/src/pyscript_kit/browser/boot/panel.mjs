/**
 * The error panel: one failure at a time, with a traceback to copy and a way on.
 *
 * @module
 */

import { withAdvice } from "./advice.mjs";
import { byId, root } from "./page.mjs";

/** @typedef {{ title: string, message: string, traceback?: string, fatal?: boolean }} Failure */

const panel = byId("error");
/** @type {Element | null} Where the visitor was before the panel took the focus. */
let formerFocus = null;
/** @type {Failure | undefined} What it shows, or showed last. */
let shown;
let repeats = 0;

/** Have the panel's buttons do what they say. */
export function preparePanel() {
  byId("error-reload").addEventListener("click", () => location.reload());
  byId("error-copy").addEventListener("click", copy);
  byId("error-dismiss").addEventListener("click", dismiss);
}

/** @param {Failure} failure */
export function show({ title, message, traceback = "", fatal = false }) {
  // What follows a failed start are consequences: the first cause stays in view.
  if (root.dataset.app === "failed" && !panel.hidden) return;

  const again =
    !panel.hidden &&
    shown?.title === title &&
    shown.message === message &&
    shown.traceback === traceback;
  shown = { title, message, traceback };
  repeats = again ? repeats + 1 : 1;
  byId("error-title").textContent = repeats > 1 ? `${title} (${repeats} times)` : title;
  if (again) return;

  byId("error-message").textContent = withAdvice(message);
  byId("error-traceback").textContent = traceback;
  byId("error-details").hidden = !traceback;
  byId("error-details").open = fatal;
  byId("error-dismiss").hidden = fatal;
  byId("error-copy").textContent = "Copy for a report";
  if (fatal) root.dataset.app = "failed";
  if (panel.hidden) formerFocus = document.activeElement;
  panel.hidden = false;
  panel.focus();
}

/** @param {string} [title] take it away only where it shows this one */
export function takeAway(title = shown?.title) {
  if (shown?.title === title) panel.hidden = true;
}

function dismiss() {
  panel.hidden = true;
  /** @type {HTMLElement} */ (formerFocus?.isConnected ? formerFocus : byId("page")).focus();
}

async function copy() {
  const text = ["title", "message", "traceback"]
    .map((part) => byId(`error-${part}`).textContent)
    .concat(navigator.userAgent)
    .join("\n\n");
  try {
    await navigator.clipboard.writeText(text);
    byId("error-copy").textContent = "Copied";
  } catch {
    // Without leave to write to the clipboard, the text is at least selected.
    byId("error-details").open = true;
    getSelection()?.selectAllChildren(byId("error-traceback"));
    byId("error-copy").textContent = "Selected: copy with your keyboard";
  }
}
