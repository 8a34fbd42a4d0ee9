/**
 * The page's shell: shows how the start goes on, notices when it does not, and puts every error
 * where the visitor sees it. It alone writes `document.documentElement.dataset.app`:
 *
 *   booting   until the first page stands
 *   ready     from then on
 *   failed    when the app could not start; index.html says so when this script does not come
 *
 * Python tells it so by events on window (see patterns/report.py):
 *
 *   app:ready
 *   app:progress   detail: words on what the visitor waits for, "" for nothing
 *   app:error      detail: { title, message, traceback, fatal }
 *   app:mended     detail: the title of an error that is no more
 *
 * and is told by app:scheme that the colours have changed.
 */

/** @typedef {{ title: string, message: string, traceback?: string, fatal?: boolean }} Failure */

const root = document.documentElement;

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

// The document has waited for this script, and may have said already that it does not come.
document.querySelector("script[blocking]")?.removeAttribute("blocking");
root.dataset.app = "booting";
if (!document.querySelector("link[disabled]")) byId("missing").hidden = true;

// ---------------------------------------------------------------- light and dark

const scheme = byId("scheme");
const DARK = "(prefers-color-scheme: dark)";

/** Where the choice is kept; some browsers refuse that in a private window. */
const choice = {
  get: () => {
    try {
      return localStorage.getItem("scheme") ?? "system";
    } catch {
      return "system";
    }
  },
  /** @param {string} value */
  set: (value) => {
    try {
      localStorage.setItem("scheme", value);
    } catch {
      // Kept for this visit, then.
    }
  },
};

/** @param {string} value "system", "light" or "dark" */
function paint(value) {
  byId("dark").media = { light: "not all", dark: "all" }[value] ?? DARK;
  root.style.colorScheme = value === "system" ? "" : value;
  // Figures are drawn anew in the colours of the moment.
  dispatchEvent(new Event("app:scheme"));
}

scheme.value = choice.get();
paint(scheme.value);
scheme.addEventListener("change", () => {
  choice.set(scheme.value);
  paint(scheme.value);
});
matchMedia(DARK).addEventListener("change", () => paint(scheme.value));

// ---------------------------------------------------------------- the skip link

// As a link it would put its own address in the place of the page's, which a reload then misses.
document.querySelector(".skip")?.addEventListener("click", (event) => {
  event.preventDefault();
  byId("page").focus();
});

// ---------------------------------------------------------------- the error panel

const panel = byId("error");
/** @type {Element | null} Where the visitor was before the panel took the focus. */
let formerFocus = null;
/** @type {Failure | undefined} What it shows, or showed last. */
let shown;
let repeats = 0;

/** @param {Failure} failure */
function show({ title, message, traceback = "", fatal = false }) {
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

  byId("error-message").textContent = message;
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

byId("error-reload").addEventListener("click", () => location.reload());
byId("error-copy").addEventListener("click", copy);
byId("error-dismiss").addEventListener("click", dismiss);

// ---------------------------------------------------------------- how the start goes on

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
/** @type {Set<string>} */
const missing = new Set();

/** @param {number} share how much is done, from 0 to 1 */
function advance(share) {
  quiet = 0;
  stalled.hidden = true;
  bar.value = Math.max(bar.value, share);
  boot.style.setProperty("--done", bar.value);
}

/** @param {Event} event */
function onStep(event) {
  const [words, share] = STEPS.get(/** @type {CustomEvent} */ (event).detail) ?? [];
  if (words) step.textContent = words;
  advance(share ?? 0);
}

const arrivals = new PerformanceObserver((list) => {
  for (const entry of /** @type {PerformanceResourceTiming[]} */ (list.getEntries())) {
    received += entry.encodedBodySize;
    if (entry.responseStatus >= 400) missing.add(`${entry.name} (${entry.responseStatus})`);
  }
  if (counted) return advance(0);
  bytes.textContent = `${megabytes(received)} MB received`;
  // How much there is to come is not known, so bytes bring the bar ever nearer to the next step.
  advance(FIRST_BYTE + (LAST_BYTE - FIRST_BYTE) * (1 - Math.exp(-received / 12e6)));
});

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

// Counting ticks instead of looking at a clock: while Python keeps the page busy, or the laptop is
// shut, no tick comes, and neither is a stall.
const watchdog = setInterval(() => {
  quiet += TICK;
  const { stalledAfter, failedAfter } = boot.dataset;
  stalled.hidden = quiet < Number(stalledAfter);
  // The engine waits in silence for a file that is not there. The loader has gone another way where it
  // says that it failed, and says itself what comes of that.
  const goesOn = root.dataset.preboot === "failed";
  if (missing.size && !stalled.hidden && !goesOn) fail("A part of the app is missing.");
  if (quiet >= Number(failedAfter)) {
    fail("Nothing has arrived for a long time. Check your connection, then reload.");
  }
}, TICK * 1000);

/** @param {string} message */
function fail(message) {
  clearInterval(watchdog);
  console.error(message);
  showUncaught(message);
}

function onReady() {
  clearInterval(watchdog);
  arrivals.disconnect();
  banners.disconnect();
  removeEventListener("py:progress", onStep);
  removeEventListener("preboot:progress", onBytes);
  performance.mark("app:ready");
  if (root.dataset.app === "failed") panel.hidden = true;
  root.dataset.app = "ready";
}

/** @type {ReturnType<typeof setTimeout> | undefined} */
let late;

/** @param {Event} event */
function onWaiting(event) {
  const words = /** @type {CustomEvent<string>} */ (event).detail;
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
    1000 * Number(boot.dataset.stalledAfter),
  );
}

addEventListener("py:progress", onStep);
addEventListener("preboot:progress", onBytes);
addEventListener("app:progress", onWaiting);
addEventListener("app:ready", onReady, { once: true });
byId("boot-reload").addEventListener("click", () => location.reload());

// ---------------------------------------------------------------- what went wrong

addEventListener("app:error", (event) => {
  const failure = /** @type {CustomEvent<Failure>} */ (event).detail;
  console.error(`${failure.title}\n${failure.traceback || failure.message}`);
  show(failure);
});

addEventListener("app:mended", (event) => {
  if (shown?.title === /** @type {CustomEvent<string>} */ (event).detail) panel.hidden = true;
});

// PyScript keeps a database of its own and does not start without.
const STORAGE_REFUSED =
  "Your browser refuses this site to store anything, which Python here needs: allow site data " +
  "(cookies) for this address, then reload.";

/**
 * An error that Python did not report itself.
 * @param {any} error
 */
function showUncaught(error) {
  const fatal = root.dataset.app !== "ready";
  const text = String(error?.message ?? error);
  const python = error?.name === "PythonError";
  // Above main.py's own lines stand only those of Pyodide that ran it.
  const own = text.replace(/  File "\/lib\/[^]*?(?=  File "<exec>")/, "");
  let message = (python ? text.trim().split("\n").at(-1) : text) || "No reason was given.";
  if (fatal && ["SecurityError", "InvalidStateError"].includes(error?.name)) message += ` ${STORAGE_REFUSED}`;
  if (fatal && missing.size) message += ` Could not be fetched: ${[...missing].join(", ")}.`;
  show({
    title: fatal ? "The app could not start" : "Something went wrong",
    message,
    traceback: python ? own : (error?.stack ?? ""),
    fatal,
  });
}

addEventListener("error", ({ error, message }) => {
  // Browsers report a late layout of observed elements this way; nothing is wrong.
  if (!message.startsWith("ResizeObserver loop")) showUncaught(error ?? message);
});
addEventListener("unhandledrejection", (event) => {
  // Who knows of it says so by preventDefault, and may be asked after this.
  setTimeout(() => event.defaultPrevented || showUncaught(event.reason));
});

// A broken configuration is the one thing that PyScript only writes into the page.
const banners = new MutationObserver(() => {
  const banner = document.querySelector(".py-error");
  if (banner) fail(banner.textContent ?? "");
});
banners.observe(document.body, { childList: true });

// Until it has come, it must hold up no script: the watchdog above is one.
addEventListener("load", () => byId("pyscript-style")?.removeAttribute("media"));

const core = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-pyscript]"));

/** The address of PyScript; in an app that is one document, no script has it as its source. */
const pyscript = core.dataset.pyscript || core.src;

/** PyScript's hooks, once it has them: WebKit hands out a module whose imports are still at work. */
async function hooksOf() {
  const module = await import(pyscript);
  for (;;) {
    try {
      return module.hooks;
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

hooksOf().then(
  (hooks) => {
    hooks.main.onReady.add((/** @type {any} */ { io, interpreter, config }) => {
      // What main.py raises goes to PyScript's stderr as an Error; what Python prints, as a string.
      const { stderr } = io;
      io.stderr = (/** @type {any[]} */ ...output) => {
        stderr(...output);
        if (output[0] instanceof Error) showUncaught(output[0]);
      };
      requirePackages(interpreter, config.packages ?? []);
    });
  },
  () => showUncaught(new Error(`PyScript could not be loaded from ${pyscript}.`)),
);

/**
 * Refuse to start without a package that was asked for or that another one needs: Pyodide only logs
 * that its file was missing or had the wrong hash, and the app would fail later, at some import.
 * @param {any} pyodide
 * @param {string[]} requested
 */
function requirePackages({ loadedPackages, lockfile: { packages } }, requested) {
  const wanted = requested.map((name) => name.toLowerCase().replace(/[-_.]+/g, "-"));
  const needed = Object.keys(loadedPackages).flatMap((name) => packages[name]?.depends ?? []);
  const absent = new Set(
    [...wanted, ...needed].filter((name) => name in packages && !(name in loadedPackages)),
  );
  if (!absent.size) return;
  throw new Error(`These packages could not be loaded: ${[...absent].join(", ")}.`);
}

arrivals.observe({ type: "resource", buffered: true });
