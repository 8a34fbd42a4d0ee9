/**
 * Loads the libraries of packages, and spares Emscripten what it does again for each of them.
 *
 * @module
 */

/**
 * Load libraries one after the other. None of them lends its symbols to another one.
 *
 * @param {any} py
 * @param {string[]} paths
 * @param {Map<string, WebAssembly.Module>} compiled by path
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
 * Have Emscripten find compiled libraries where it reads their files.
 *
 * @param {any} FS
 * @param {Map<string, WebAssembly.Module>} compiled
 * @returns {() => void} to have it read them again
 */
function findCompiled(FS, compiled) {
  const { readFile } = FS;
  FS.readFile = (/** @type {string} */ path, /** @type {any} */ options) =>
    compiled.get(path) ?? readFile.call(FS, path, options);
  return () => void (FS.readFile = readFile);
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
