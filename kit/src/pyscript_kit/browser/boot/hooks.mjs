/**
 * Hooks into PyScript: it is to say on the page what it would only log, to refuse to start without a
 * package, and to offer the interpreter to the console of whoever writes the app.
 *
 * @module
 */

import { showUncaught } from "./failures.mjs";
import { showPrinted } from "./printing.mjs";
import { watchPython } from "./watching.mjs";

/** Hosts on which apps are written, and not visited. */
const DEVELOPMENT = ["localhost", "127.0.0.1", "[::1]"];

/** Hook in, before PyScript runs any Python: it loads Pyodide first. */
export async function hookIntoPyScript() {
  const core = /** @type {HTMLScriptElement} */ (document.querySelector("script[data-pyscript]"));
  // In an app that is one document, no script has it as its source.
  const address = core.dataset.pyscript || core.src;
  try {
    const { main, worker } = await hooksOf(address);
    main.onReady.add(onInterpreter);
    worker.onReady.add(onWorker);
  } catch {
    showUncaught(new Error(`PyScript could not be loaded from ${address}.`));
  }
}

/**
 * PyScript's hooks, once it has them: WebKit hands out a module whose imports are still at work.
 *
 * @param {string} address
 */
async function hooksOf(address) {
  const module = await import(address);
  for (;;) {
    try {
      return module.hooks;
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

/** @param {any} wrapped what PyScript hands to its hooks */
function onInterpreter({ io, interpreter, config }) {
  // What main.py raises goes to PyScript's stderr as an Error; what Python prints, as a string.
  const { stderr } = io;
  io.stderr = (/** @type {any[]} */ ...output) => {
    if (!(output[0] instanceof Error)) return console.warn(...output);
    stderr(...output);
    showUncaught(output[0]);
  };
  showPrinted(interpreter, io);
  const developing = DEVELOPMENT.includes(location.hostname);
  // Elsewhere it would tempt other scripts to rely on it.
  if (developing) Object.assign(globalThis, { pyodide: interpreter });
  watchPython(interpreter, developing);
  requirePackages(interpreter, config.packages ?? []);
}

/**
 * What goes to stderr in a worker is no error there either. PyScript hands the text of this function
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
 * Refuse to start without a package that was asked for or that another one needs: Pyodide only logs
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
