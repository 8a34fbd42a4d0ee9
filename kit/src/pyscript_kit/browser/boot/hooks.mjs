/**
 * Hooks into PyScript: it is to say on the page what it would only log, to refuse to start without a
 * package, and to offer the interpreter to the console of whoever writes the app.
 *
 * @module
 */

import { need } from "./arrivals.mjs";
import { showRaised, showUncaught } from "./failures.mjs";
import { askOfModules } from "./modules.mjs";
import { giveBackTitle } from "./prerendered.mjs";
import { showPrinted } from "./printing.mjs";
import { pyscriptHasCome, workerHasCome } from "./scripts.mjs";
import { watchPython } from "./watching.mjs";

/** Hosts on which apps are written, and not visited. */
const DEVELOPMENT = ["localhost", "127.0.0.1", "[::1]"];

/** PyScript's words for what it refuses to run begin with a number. */
export const REFUSAL = /^\(PY\d{4}\)/;

/** Whose output is heard already: scripts share theirs. @type {WeakSet<object>} */
const heard = new WeakSet();

/** Hook in, before PyScript runs any Python: it loads Pyodide first. */
export async function hookIntoPyScript() {
  const core = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-pyscript]"));
  // In an app that is one document, no script has it as its source.
  const address = core.dataset.pyscript || core.src;
  if (core.src) need(core.src);
  let pyscript;
  try {
    pyscript = await coreOf(address);
  } catch {
    showUncaught(new Error(`PyScript could not be loaded from ${address}.`), true);
    return;
  }
  const { hooks, config } = pyscript;
  hooks.main.onReady.add(onInterpreter);
  hooks.worker.onReady.add(onWorker);
  hooks.main.onWorker.add((/** @type {unknown} */ _, /** @type {unknown} */ worker) => workerHasCome(worker));
  // Those of a type that the document has no settings for are undefined.
  for (const settings of /** @type {any[]} */ (Object.values(config))) {
    if (settings?.interpreter) need(settings.interpreter);
  }
  pyscriptHasCome();
}

/**
 * PyScript, once it is there: WebKit hands out a module whose imports are still at work.
 *
 * @param {string} address
 */
async function coreOf(address) {
  const module = await import(address);
  for (;;) {
    try {
      return { hooks: module.hooks, config: module.config };
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

/** @param {any} wrapped what PyScript hands to its hooks, once for each script */
function onInterpreter({ type, io, interpreter, config }) {
  if (heard.has(io)) return;
  heard.add(io);
  giveBackTitle();
  hear(io);
  // MicroPython has no packages.
  if (type !== "py") return;
  askOfModules(interpreter);
  showPrinted(interpreter, io);
  const developing = DEVELOPMENT.includes(location.hostname);
  // Elsewhere it would tempt other scripts to rely on it.
  if (developing) Object.assign(globalThis, { pyodide: interpreter });
  watchPython(interpreter, developing);
  requirePackages(interpreter, config.packages ?? []);
}

/**
 * Hear what scripts raise, which goes to PyScript's stderr as an Error; what Python prints, as a string,
 * which is not an error. A terminal puts its own in place of that, and has errors for itself otherwise.
 *
 * @param {{ stderr: (...output: any[]) => void }} io
 */
function hear(io) {
  const { stderr: write } = io;
  let stderr = (/** @type {any[]} */ ...output) => (output[0] instanceof Error ? write : console.warn)(...output);
  const hearing = (/** @type {typeof stderr} */ own) => (/** @type {any[]} */ ...output) => {
    own(...output);
    const [said] = output;
    if (said instanceof Error || REFUSAL.test(String(said))) showRaised(said);
  };
  Object.defineProperty(io, "stderr", {
    configurable: true,
    enumerable: true,
    // Who takes it may put something around it, so that each gets the one that is there.
    get: () => hearing(stderr),
    set: (own) => {
      stderr = own;
    },
  });
}

/**
 * What goes to stderr in a worker is not an error there either. PyScript hands the text of this function
 * to the worker, so it knows of nothing around it.
 *
 * @param {any} wrapped
 */
function onWorker({ io }) {
  const { stderr } = io;
  io.stderr = (/** @type {any[]} */ ...output) => {
    const write = output[0] instanceof Error ? stderr : console.warn;
    write(...output);
  };
}

/**
 * Refuse to start without a package that was asked for or that another one needs. Pyodide only logs
 * that its file was missing or had the wrong hash, and the app would fail later, at some import.
 *
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
