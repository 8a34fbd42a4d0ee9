/**
 * Takes images of Python's memory: with the standard library imported, and with the packages too.
 *
 * @module
 */

import { trampolineField } from "./layout.mjs";
import { difference } from "./memory.mjs";
import { mount } from "./mounting.mjs";
import { Pack } from "./packs.mjs";
import { loadPyodide } from "./pyodide/pyodide.mjs";
import { wipe } from "./wiping.mjs";
import { job, say } from "./workshop.mjs";

/** @typedef {import("./unpacking.mjs").Content} Content */

/** Leave nothing behind that a later visit cannot have: open files, caches of folders. */
const SETTLE = `
import gc, importlib, linecache, sys
if "matplotlib.font_manager" in sys.modules:
    sys.modules["matplotlib.font_manager"]._get_font.cache_clear()
importlib.invalidate_caches()
linecache.clearcache()
sys.path_importer_cache.clear()
gc.collect()
`;

/** Length of Pyodide's header of a snapshot, in bytes. */
const HEAD = 48;

const HOLDS_JAVASCRIPT = `
from pyodide.ffi import JsProxy
any(
    isinstance(value, JsProxy)
    for name, module in list(sys.modules.items())
    if name not in before
    for value in list(getattr(module, "__dict__", {}).values())
)
`;

/** @param {any} content */
export async function makeBase({ stdlib }) {
  const py = await boot(stdlib, { _makeSnapshot: true });
  const plain = new Set(modulesOf(py));
  for (const name of job.standard_imports) {
    py.runPython(`try:\n    import ${name}\nexcept ImportError:\n    pass\n`, { globals: py.toPy({}) });
  }
  py.runPython(SETTLE, { globals: py.toPy({}) });
  // Each boot puts the working directory in front; once is enough.
  py.runPython("import sys; sys.path.remove('')", { globals: py.toPy({}) });
  const { wasmTable } = py._module;
  const table = wasmTable.length;
  const trampoline = clearTrampoline(py._module);
  if (trampoline && trampoline !== table - 1) throw new Error(`The call trampoline is in slot ${trampoline}`);
  closed(py);
  const snapshot = py.makeMemorySnapshot();
  return { snapshot, table, trampoline: Boolean(trampoline), plain, modules: modulesOf(py, plain) };
}

/** @param {any} content @param {any} base */
export async function makePackages(content, base) {
  say("trying the packages out");
  const { libraries, warmUps } = await tryOut(content);
  say("taking the snapshot with packages");
  const py = await boot(content.stdlib, { _makeSnapshot: true, _loadSnapshot: base.snapshot.slice() });
  const { _module: module, FS } = py;
  if (module.wasmTable.length !== base.table) throw new Error("A boot from the base has another table");
  mountPackages(FS, content);
  const laid = [];
  for (const path of libraries) {
    await py._api.loadDynlib(path, false, []);
    laid.push([path, module.wasmTable.length]);
  }
  const before = module.HEAPU8.slice();
  const table = module.wasmTable.length;
  for (const code of warmUps) py.runPython(code, { globals: py.toPy({}) });
  py.runPython(SETTLE, { globals: py.toPy({}) });
  clearTrampoline(module);
  closed(py);
  onlyInitialisers(module, table);
  wipe(module);
  const snapshot = py.makeMemorySnapshot();
  const [held, former] = [heldObjects(snapshot), heldObjects(base.snapshot)];
  if (held !== former) throw new Error(`Packages hold objects of JavaScript: ${held}, before ${former}`);
  const image = difference(memoryOf(snapshot), before);

  // What a first use reads has to come along with the libraries.
  const touched = new Set(libraries);
  mountPackages(FS, content, (path) => touched.add(path));
  for (const code of warmUps) py.runPython(code, { globals: py.toPy({}) });
  return { image, libraries: laid, touched, modules: modulesOf(py, base.plain) };
}

/**
 * The modules that Python has imported, by the first part of their names: what it does not look for again,
 * wherever an app may have a module of that name.
 *
 * @param {any} py @param {Set<string>} [but] those of a boot without a snapshot, which are no news
 * @returns {string[]}
 */
function modulesOf(py, but = new Set()) {
  const names = py.runPython("import sys; ' '.join(sorted({name.partition('.')[0] for name in sys.modules}))");
  return names.split(" ").filter((/** @type {string} */ name) => !but.has(name));
}

/**
 * The objects of JavaScript that Python held at the time of a snapshot, as Pyodide writes them down.
 *
 * @param {Uint8Array} snapshot
 */
function heldObjects(snapshot) {
  const [, , length] = new Uint32Array(snapshot.buffer, 0, 3);
  const { hiwireKeys } = JSON.parse(new TextDecoder().decode(snapshot.subarray(HEAD, HEAD + length)));
  // An empty slot holds nothing.
  return JSON.stringify(hiwireKeys.filter((/** @type {unknown} */ key) => key !== null));
}

/**
 * Import the packages once, as a plain boot does, to note which libraries that loads. A package
 * whose modules hold objects of JavaScript cannot be in a snapshot: it stays to be imported.
 *
 * @param {any} content
 */
async function tryOut(content) {
  const py = await boot(content.stdlib, {});
  mountPackages(py.FS, content);
  const warmUps = [];
  for (const { name, warm_up: code } of job.packages) {
    if (!code) continue;
    py.runPython("import sys; before = set(sys.modules)");
    py.runPython(code, { globals: py.toPy({}) });
    if (py.runPython(HOLDS_JAVASCRIPT)) say(`${name} holds objects of JavaScript: it is not in the snapshot`);
    else warmUps.push(code);
  }
  const loaded = Object.keys(py._module.LDSO.loadedLibsByName);
  return { warmUps, libraries: loaded.filter((path) => path.startsWith("/")) };
}

/** @param {any} stdlib @param {any} options */
function boot(stdlib, options) {
  return loadPyodide({
    ...options,
    stdLibURL: new URL("./no-stdlib.zip", location.href).href,
    fsInit: async (/** @type {any} */ FS) => {
      mount(FS, stdlib.code.tree, held(stdlib.code));
      mount(FS, stdlib.source.tree, held(stdlib.source));
    },
  });
}

/** @param {any} FS @param {any} content @param {(path: string) => void} [onRead] */
function mountPackages(FS, { packages, first }, onRead) {
  for (const { code, source } of packages.values()) {
    mount(FS, code.tree, held(code), { onRead });
    mount(FS, source.tree, held(source), { onRead });
  }
  if (first) mount(FS, first.tree, held(first), { onRead });
}

/** @param {Content} content @returns {Pack} with its bytes at hand */
function held({ bytes }) {
  return Object.assign(new Pack([], new URL(location.href)), { bytes });
}

/** @param {any} module @returns {number} the slot that it stood in; 0 for none */
function clearTrampoline(module) {
  const field = trampolineField(module);
  if (!field) return 0;
  const slot = module.HEAP32[field];
  module.HEAP32[field] = 0;
  return slot;
}

/** @param {any} py */
function closed({ FS }) {
  const open = FS.streams.filter(Boolean).filter((/** @type {any} */ { fd }) => fd > 2);
  if (open.length) throw new Error(`Files are open: ${open.map((/** @type {any} */ { path }) => path).join(", ")}`);
}

/**
 * Refuse functions that entered the table after the libraries, but for those that initialise a
 * module: they were called once, and nothing in memory leads to them again.
 *
 * @param {any} module @param {number} table
 */
function onlyInitialisers(module, table) {
  const known = new Set();
  for (const { exports } of Object.values(module.LDSO.loadedLibsByName)) {
    for (const [name, value] of Object.entries(exports ?? {})) {
      if (name.startsWith("PyInit_")) known.add(module.getFunctionAddress(value));
    }
  }
  for (let slot = table; slot < module.wasmTable.length; slot++) {
    if (module.wasmTable.get(slot) && !known.has(slot)) throw new Error(`A function entered slot ${slot} of the table`);
  }
}

/** How many bytes stand ahead of the memory. @param {Uint8Array} snapshot */
export const headOf = (snapshot) => new Uint32Array(snapshot.buffer, snapshot.byteOffset, 2)[1];

/** @param {Uint8Array} snapshot */
export const memoryOf = (snapshot) => snapshot.subarray(headOf(snapshot));
