/**
 * Shows how the start goes on, and notices when it does not.
 *
 * @module
 */

import { followArrivals, lacksNeeded } from "./arrivals.mjs";
import { showUncaught } from "./failures.mjs";
import { REFUSAL } from "./hooks.mjs";
import { byId, root } from "./page.mjs";
import { allBegun, opensItself } from "./scripts.mjs";

/**
 * PyScript's words for its steps, ours for the visitor, and how far along they are.
 * @type {Map<string, [string, number]>}
 */
const STEPS = new Map([
  ["Loading Pyodide", ["Fetching Python", 0.05]],
  ["Loading interpreter", ["Starting Python", 0.15]],
  ["Loaded interpreter", ["Fetching the app", 0.85]],
  ["Loaded Pyodide", ["Opening the first page", 0.92]],
]);
/** From where to where the bar goes while bytes arrive. */
const [FIRST_BYTE, LAST_BYTE] = [0.05, 0.8];
const TICK = 0.25;

const boot = byId("boot");
// Kept by hand: the first page takes them out of the document.
const [bar, step, bytes, stalled] = ["bar", "step", "bytes", "stalled"].map((part) =>
  byId(`boot-${part}`),
);
/** Bytes of files that have arrived; of those that are still arriving where the loader counts them. */
let received = 0;
let counted = false;
let quiet = 0;

/**
 * Follow the start until the first page stands, and say after it what the app waits for.
 *
 * @param {() => void} onRunning called when all scripts run, and go on without anything new
 */
export function followStart(onRunning) {
  const watchdog = setInterval(() => watch(giveUp, onRunning), TICK * 1000);
  const forgetArrivals = followArrivals(onArrival);
  const forgetBanner = hearBanner((message) => giveUp(message, false));
  addEventListener("py:progress", onStep);
  addEventListener("preboot:progress", onBytes);
  addEventListener("app:progress", onWaiting);
  byId("boot-reload").addEventListener("click", () => location.reload());
  addEventListener("app:ready", onReady, { once: true });

  /** @param {string} message @param {boolean} [doubtful] whether the app may start all the same */
  function giveUp(message, doubtful = true) {
    clearInterval(watchdog);
    console.error(message);
    showUncaught(message, true, doubtful);
  }

  function onReady() {
    clearInterval(watchdog);
    // An app without pages of its own leaves it where it stands.
    boot.remove();
    forgetArrivals();
    forgetBanner();
    removeEventListener("py:progress", onStep);
    removeEventListener("preboot:progress", onBytes);
  }
}

/** @param {number} share how much is done, from 0 to 1 */
function advance(share) {
  quiet = 0;
  stalled.hidden = true;
  if (share > bar.value) {
    bar.value = share;
    boot.style.setProperty("--done", share);
  }
  tellBeside();
}

/** The same, small, where the boot screen is not seen since a page is there that was kept. */
function tellBeside() {
  const beside = /** @type {HTMLProgressElement | null} */ (document.querySelector("#prerendered-bar progress"));
  if (!beside) return;
  beside.value = bar.value;
  const words = stalled.hidden ? `${step.textContent} ${bytes.textContent}` : (stalled.querySelector("p")?.textContent ?? "");
  if (!document.querySelector("[data-kept], [data-says]")) byId("prerendered-note").textContent = words;
}

/** @param {Event} event */
function onStep(event) {
  const [words, share] = STEPS.get(/** @type {CustomEvent} */ (event).detail) ?? [];
  if (words) step.textContent = words;
  advance(share ?? 0);
}

/** @param {number} size in bytes */
function onArrival(size) {
  received += size;
  if (counted) return advance(0);
  bytes.textContent = `${megabytes(received)} MB received`;
  // How much there is to come is not known, so bytes bring the bar ever nearer to the next step.
  advance(FIRST_BYTE + (LAST_BYTE - FIRST_BYTE) * (1 - Math.exp(-received / 12e6)));
}

/** @param {Event} event from the loader of the runtime, which knows what it fetches */
function onBytes(event) {
  const { received, total } = /** @type {CustomEvent} */ (event).detail;
  counted = total > 0;
  if (!counted) return;
  bytes.textContent = `${megabytes(received)} of ${megabytes(total)} MB received`;
  advance(FIRST_BYTE + (LAST_BYTE - FIRST_BYTE) * (received / total));
}

/** @param {number} size in bytes */
const megabytes = (size) => (size / 1e6).toFixed(1);

/**
 * A tick of the watchdog. It counts ticks instead of looking at a clock: while Python keeps the page
 * busy, or the laptop is shut, no tick comes, and neither is a stall.
 *
 * @param {(message: string) => void} giveUp
 * @param {() => void} onRunning
 */
function watch(giveUp, onRunning) {
  quiet += TICK;
  const { stalledAfter, failedAfter } = patience();
  const stalls = quiet >= stalledAfter;
  // A script may run for as long as the page stands, as a clock does.
  if (stalls && allBegun() && !opensItself() && !awaited) return onRunning();
  stalled.hidden = !stalls;
  if (stalls) tellBeside();
  // The engine waits in silence for a file that is not there. The loader has gone another way where it
  // says that it failed, and says itself what comes of that.
  const goesOn = root.dataset.preboot === "failed";
  if (lacksNeeded() && stalls && !goesOn) giveUp("A part of the app is missing.");
  if (quiet >= failedAfter) {
    giveUp("Nothing has arrived for a long time. Check your connection, then reload.");
  }
}

/** Seconds, as the document has them; a page of the author's own need not say any. */
function patience() {
  const { stalledAfter = 15, failedAfter = 180 } = boot.dataset;
  return { stalledAfter: Number(stalledAfter), failedAfter: Number(failedAfter) };
}

/**
 * A broken configuration is the one thing that PyScript only writes into the page. Where its own plug-in
 * for errors is on, what Python prints to stderr is there, too.
 *
 * @param {(message: string) => void} giveUp
 * @returns {() => void} to hear of it no more
 */
function hearBanner(giveUp) {
  const banners = new MutationObserver(() => {
    const said = [...document.querySelectorAll(".py-error")].map((banner) => banner.textContent ?? "");
    const refusal = said.find((text) => REFUSAL.test(text));
    if (refusal) giveUp(refusal);
  });
  banners.observe(document.body, { childList: true });
  return () => banners.disconnect();
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let late;
/** Words on what the app waits for. */
let awaited = "";

/** @param {Event} event */
function onWaiting(event) {
  const words = /** @type {CustomEvent<string>} */ (event).detail;
  awaited = words;
  clearTimeout(late);
  if (root.dataset.app === "booting") {
    if (words) step.textContent = words;
    return;
  }
  const waiting = byId("waiting");
  waiting.textContent = words;
  if (!words) return;
  late = setTimeout(
    () => waiting.append(" Still waiting; your connection may be slow or lost."),
    1000 * patience().stalledAfter,
  );
}
