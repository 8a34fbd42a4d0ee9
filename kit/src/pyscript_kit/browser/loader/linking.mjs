/**
 * Loads the libraries of packages, and spares Emscripten what it does again for each of them.
 *
 * @module
 */

/** In bytes. Of longer ones, Chromium makes no instance in the page's thread at once, as Emscripten would. */
const LONGEST = 8 * 2 ** 20;
/** Emscripten's number for a file that is not there. */
const ENOENT = 44;

/**
 * Compile libraries, beside the main thread.
 *
 * @param {[path: string, bytes: Uint8Array][]} files
 * @returns {Promise<Map<string, WebAssembly.Module>>} by path, without those that are too long
 */
export async function compile(files) {
  const compiling = files
    .filter(([, { length }]) => length <= LONGEST)
    .map(async ([path, bytes]) => [path, await WebAssembly.compile(/** @type {any} */ (bytes))]);
  return new Map(/** @type {any} */ (await Promise.all(compiling)));
}

/**
 * Load libraries one after the other. None of them lends its symbols to another one.
 *
 * @param {any} py
 * @param {string[]} paths
 * @param {Map<string, WebAssembly.Module>} compiled by path. The addresses of all libraries' data
 *     depend on which are among them.
 * @param {(path: string) => void} [onLoaded] called after each
 */
export async function loadLibraries(py, paths, compiled, onLoaded = () => {}) {
  const giveBack = [findCompiled(py.FS, compiled), settleNewSymbols(py._module)];
  try {
    for (const path of paths) {
      await py._api.loadDynlib(path, false, []);
      onLoaded(path);
    }
  } finally {
    for (const each of giveBack) each();
  }
}

/**
 * Have Emscripten find compiled libraries where it reads their files. Where it can open them, it reads
 * them into Python's memory and compiles them again, one after the other.
 *
 * @param {any} FS
 * @param {Map<string, WebAssembly.Module>} compiled
 * @returns {() => void} to have it read them again
 */
function findCompiled(FS, compiled) {
  const { open, readFile } = FS;
  FS.open = (/** @type {string} */ path, /** @type {any[]} */ ...how) => {
    if (compiled.has(path)) throw new FS.ErrnoError(ENOENT);
    return open.call(FS, path, ...how);
  };
  FS.readFile = (/** @type {string} */ path, /** @type {any} */ options) =>
    compiled.get(path) ?? readFile.call(FS, path, options);
  return () => void Object.assign(FS, { open, readFile });
}

/**
 * Have Emscripten look for symbols without an address among those that a library has asked for. By itself
 * it goes through all that it has ever heard of, nine thousand, after each library; a library that lends
 * nothing changes nothing for the others.
 *
 * @param {any} module Pyodide's
 * @returns {() => void} to have it look at all again
 */
function settleNewSymbols({ GOT, GOTHandler }) {
  if (!GOT || !GOTHandler) return () => {};
  const { entries } = Object;
  const { get } = GOTHandler;
  /** @type {Set<string>} */
  const asked = new Set();
  GOTHandler.get = (/** @type {any} */ weak, /** @type {string} */ name) => {
    asked.add(name);
    return get.call(GOTHandler, weak, name);
  };
  const entriesAsked = (/** @type {any} */ object) => {
    if (object !== GOT) return entries(object);
    const found = [...asked].map((name) => [name, GOT[name]]);
    asked.clear();
    return found;
  };
  Object.entries = entriesAsked;
  return () => {
    GOTHandler.get = get;
    if (Object.entries === entriesAsked) Object.entries = entries;
  };
}
