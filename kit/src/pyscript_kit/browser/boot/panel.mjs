/**
 * The error panel: one failure at a time, with a traceback to copy and a way on.
 *
 * @module
 */

import { withAdvice } from "./advice.mjs";
import { byId, root } from "./page.mjs";

/**
 * @typedef {{ title: string, message: string, traceback?: string, fatal?: boolean, doubtful?: boolean }}
 *     Failure `fatal` when the app could not start, and `doubtful` when it may start all the same
 */

export const NOT_STARTED = "The app could not start";
export const WENT_WRONG = "Something went wrong";

/** For a page that has no style for it. */
const LOOK =
  "margin: 1rem; padding: 1rem; border-inline-start: 0.4rem solid #a3262a; background: #fdf0ee; color: #1c2430; " +
  "font-family: system-ui, sans-serif; overflow: auto";

const panel = panelOf();
/** @type {Element | null} Where the visitor was before the panel took the focus. */
let formerFocus = null;
/** @type {Failure | undefined} What it shows, or showed last. */
let shown;
let repeats = 0;
let lost = false;

/** Have the panel's buttons do what they say. */
export function preparePanel() {
  byId("error-reload").addEventListener("click", () => location.reload());
  byId("error-copy").addEventListener("click", copy);
  byId("error-dismiss").addEventListener("click", dismiss);
}

/** @param {Failure} failure */
export function show({ title, message, traceback = "", fatal = false, doubtful = false }) {
  // What follows a failed start are consequences: the first cause stays in view.
  if (root.dataset.app === "failed" && !panel.hidden && !shown?.doubtful) return;

  const again =
    !panel.hidden &&
    shown?.title === title &&
    shown.message === message &&
    shown.traceback === traceback;
  shown = { title, message, traceback, doubtful };
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
  lost ||= fatal && !doubtful;
  if (panel.hidden) formerFocus = document.activeElement;
  panel.hidden = false;
  panel.focus();
}

/** Whether the start has failed for good, unless the app itself says otherwise. */
export const isLost = () => lost;

/** @param {string} title take it away where it shows this one */
export function takeAway(title) {
  if (shown?.title === title) panel.hidden = true;
}

/** The app has started all the same: a mere doubt goes, and what did go wrong stays to be read. */
export function recover() {
  if (shown?.doubtful) panel.hidden = true;
  if (shown?.title === NOT_STARTED) byId("error-title").textContent = shown.title = WENT_WRONG;
  byId("error-dismiss").hidden = false;
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

/** The document's own, or one for a page of the author's that has none. */
function panelOf() {
  const own = document.getElementById("error");
  if (own) return own;
  const panel = made(
    "section",
    { id: "error", role: "alert", "aria-labelledby": "error-title", tabindex: "-1", style: LOOK },
    made("h2", { id: "error-title" }),
    made("p", { id: "error-message" }),
    made(
      "details",
      { id: "error-details" },
      made("summary", {}, "Traceback"),
      made("pre", { id: "error-traceback", tabindex: "0", "aria-label": "Traceback" }),
    ),
    made(
      "p",
      {},
      made("button", { id: "error-reload", type: "button" }, "Reload"),
      " ",
      made("button", { id: "error-copy", type: "button" }, "Copy for a report"),
      " ",
      made("button", { id: "error-dismiss", type: "button" }, "Dismiss"),
    ),
  );
  panel.hidden = true;
  document.body.prepend(panel);
  return panel;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {(Node | string)[]} children
 */
function made(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
