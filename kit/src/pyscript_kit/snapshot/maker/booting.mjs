/**
 * Boots Pyodide for the maker: with the standard library as bytecode in its file system, and none of
 * it in a zip, as visitors' pages do.
 *
 * @module
 */

import { withoutMemory } from "./laying.mjs";
import { mount } from "./mounting.mjs";
import { withMemory } from "./ownmemory.mjs";
import { Pack } from "./packs.mjs";
import { loadPyodide } from "./pyodide/pyodide.mjs";

/** @typedef {import("./unpacking.mjs").Content} Content */

/** Leave nothing behind that a later visit cannot have: open files, caches of folders. */
export const SETTLE = `
import gc, importlib, linecache, sys
if "matplotlib.font_manager" in sys.modules:
    sys.modules["matplotlib.font_manager"]._get_font.cache_clear()
importlib.invalidate_caches()
linecache.clearcache()
sys.path_importer_cache.clear()
gc.collect()
`;

/** @param {any} stdlib @param {any} options */
export function boot(stdlib, options) {
  return loadPyodide({
    ...options,
    stdLibURL: new URL("./no-stdlib.zip", location.href).href,
    fsInit: async (/** @type {any} */ FS) => {
      mount(FS, stdlib.code.tree, held(stdlib.code));
      mount(FS, stdlib.source.tree, held(stdlib.source));
    },
  });
}

/**
 * Boot from a snapshot as visitors do, who have its memory laid over their own.
 *
 * @param {any} stdlib
 * @param {Uint8Array} snapshot
 * @returns {Promise<{ py: any, former: Uint8Array }>} and what was in memory before
 */
export async function bootLaid(stdlib, snapshot) {
  const start = headOf(snapshot);
  /** @type {Uint8Array | undefined} */
  let former;
  const py = await withMemory((memoryNow) =>
    boot(stdlib, {
      _loadSnapshot: withoutMemory(snapshot.slice(0, start), snapshot.length, () => {
        former = memoryNow().slice();
        memoryNow().set(snapshot.subarray(start));
      }),
    }),
  );
  if (!former) throw new Error("Pyodide has not asked for the memory");
  return { py, former };
}

/** @param {any} FS @param {any} content @param {(path: string) => void} [onRead] */
export function mountPackages(FS, { packages, first }, onRead) {
  for (const { code, source } of packages.values()) {
    mount(FS, code.tree, held(code), { onRead });
    mount(FS, source.tree, held(source), { onRead });
  }
  if (first) mount(FS, first.tree, held(first), { onRead });
}

/** @param {any} py @param {string} code run in a namespace of its own @param {object} [names] in it */
export function run(py, code, names = {}) {
  const globals = py.toPy(names);
  const result = py.runPython(code, { globals });
  globals.destroy();
  return result;
}

/** The files that are open. @param {any} py @returns {string[]} their paths */
export function openFiles({ FS }) {
  const open = FS.streams.filter(Boolean).filter((/** @type {any} */ { fd }) => fd > 2);
  return open.map((/** @type {any} */ { path }) => path);
}

/** How many bytes stand ahead of the memory. @param {Uint8Array} snapshot */
export const headOf = (snapshot) => new Uint32Array(snapshot.buffer, snapshot.byteOffset, 2)[1];

/** @param {Uint8Array} snapshot */
export const memoryOf = (snapshot) => snapshot.subarray(headOf(snapshot));

/** @param {Content} content @returns {Pack} with its bytes at hand */
function held({ bytes }) {
  return Object.assign(new Pack([], new URL(location.href)), { bytes });
}
