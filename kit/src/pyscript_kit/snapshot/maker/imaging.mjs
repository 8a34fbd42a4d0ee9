/**
 * Takes images of Python's memory: with the standard library imported, and with the packages too.
 *
 * @module
 */

import { SETTLE, boot, bootLaid, memoryOf, mountPackages, openFiles, run } from "./booting.mjs";
import { SEED_ANEW } from "./chance.mjs";
import { compileAhead } from "./compiling.mjs";
import { FIND_SOURCES } from "./finding.mjs";
import { trampolineField } from "./layout.mjs";
import { compile, loadLibraries } from "./linking.mjs";
import { difference } from "./memory.mjs";
import { moduleAt } from "./mounting.mjs";
import { hashOf } from "./ownmemory.mjs";
import { tryOut } from "./trying.mjs";
import { writingPyScript } from "./unpacking.mjs";
import { WAKING, setTrampoline } from "./waking.mjs";
import { WATCH } from "./watched.mjs";
import { wipe } from "./wiping.mjs";
import { job, say } from "./workshop.mjs";

/** Length of Pyodide's header of a snapshot, in bytes. */
const HEAD = 48;

/** A module of the standard library, which not every release has. @param {string} name */
const importing = (name) => `try:\n    import ${name}\nexcept ImportError:\n    pass\n`;

/** The modules of a package, and a first use of it. @param {import("./trying.mjs").WarmUp} warmUp */
const warmUpCode = ({ modules, use }) =>
  `import importlib\nfor name in ${JSON.stringify(modules)}:\n    importlib.import_module(name)\n${use}`;

/** @param {any} content */
export async function makeBase({ stdlib }) {
  const py = await boot(stdlib, { _makeSnapshot: true });
  const plain = new Set(modulesOf(py));
  for (const name of job.standard_imports) run(py, importing(name));
  const held = new Set(namesOf(py));
  compileAhead(py, [...WAKING, WATCH], await writingPyScript());
  run(py, SETTLE);
  // Each boot puts the working directory in front; once is enough.
  run(py, "import sys; sys.path.remove('')");
  // The only source of chance in the standard library that has a state.
  run(py, `${SEED_ANEW}\nimport random, sys\nsetattr(sys, KEPT, [random._inst])`);
  const { wasmTable } = py._module;
  const table = wasmTable.length;
  const trampoline = clearTrampoline(py._module);
  if (trampoline && trampoline !== table - 1) throw new Error(`The call trampoline is in slot ${trampoline}`);
  closed(py);
  const modules = modulesOf(py, plain);
  wipe(py._module);
  const snapshot = py.makeMemorySnapshot();
  // It has done its part, and may import more.
  for (const name of job.common_imports) run(py, importing(name));
  const common = new Set(namesOf(py));
  // A visitor's memory is not empty when the image is laid: it has the WebAssembly's own data.
  const { py: laid, former } = await atAnotherTime(() => bootLaid(stdlib, snapshot));
  return {
    laid,
    snapshot,
    image: difference(memoryOf(snapshot), former),
    memory: await hashOf(memoryOf(snapshot)),
    table,
    trampoline: Boolean(trampoline),
    plain,
    modules,
    held,
    common,
  };
}

/** @param {any} content @param {any} base */
export async function makePackages(content, base) {
  say("trying the packages out");
  const { libraries, warmUps, seeded, leftOut } = await tryOut(content);
  if (!warmUps.length) return { leftOut };
  say("taking the snapshot with packages");
  const py = await boot(content.stdlib, { _makeSnapshot: true, _loadSnapshot: base.snapshot.slice() });
  const { _module: module, FS } = py;
  if (module.wasmTable.length !== base.table) throw new Error("A boot from the base has another table");
  const laid = await loadAll(py, content, libraries);
  // Not all of it is the same on each boot: what a visitor may have instead is noted, too.
  setTrampoline(base.laid._module, base);
  await atAnotherTime(() => loadAll(base.laid, content, libraries));
  const formers = [module, base.laid._module].map(({ HEAPU8 }) => HEAPU8.slice());
  const table = module.wasmTable.length;
  for (const warmUp of warmUps) run(py, warmUpCode(warmUp));
  for (const name of job.beside_packages) run(py, importing(name));
  const library = new Set(content.stdlib.code.tree.map((/** @type {[string, number]} */ [path]) => moduleAt(path)));
  const standard = namesOf(py).filter((name) => library.has(name) && !base.held.has(name));
  run(py, SETTLE);
  run(py, `${FIND_SOURCES}\nkeep_sources(seeded)`, { seeded });
  clearTrampoline(module);
  closed(py);
  onlyInitialisers(module, table);
  wipe(module);
  const snapshot = py.makeMemorySnapshot();
  const [held, former] = [heldObjects(snapshot), heldObjects(base.snapshot)];
  if (held !== former) throw new Error(`Packages hold objects of JavaScript: ${held}, before ${former}`);
  const memory = memoryOf(snapshot);

  // What a first use reads has to come along with the libraries.
  const touched = new Set(libraries);
  mountPackages(FS, content, (path) => touched.add(path));
  for (const warmUp of warmUps) run(py, warmUpCode(warmUp));
  return {
    image: difference(memory, ...formers),
    memory: await hashOf(memory),
    libraries: laid,
    touched,
    leftOut,
    modules: modulesOf(py, base.plain),
    standard,
  };
}

/**
 * The modules that Python has imported, by the first part of their names: what it does not look for again,
 * wherever an app may have a module of that name.
 *
 * @param {any} py @param {Set<string>} [but] those of a boot without a snapshot, which are not new
 * @returns {string[]}
 */
function modulesOf(py, but = new Set()) {
  const tops = new Set(namesOf(py).map((name) => name.split(".")[0]));
  return [...tops].sort().filter((name) => !but.has(name));
}

/** What Python has imported. @param {any} py @returns {string[]} names of modules */
const namesOf = (py) => run(py, "import sys; ' '.join(sys.modules)").split(" ");

/**
 * Work at a time far from now: what Python keeps of the time would be taken for the same everywhere if
 * two boots came in one second.
 *
 * @template T
 * @param {() => Promise<T>} work
 */
async function atAnotherTime(work) {
  const { now } = Date;
  Date.now = () => now() - 1e12;
  try {
    return await work();
  } finally {
    Date.now = now;
  }
}

/**
 * Load libraries as the loader does, so that their data has the addresses that it will have in each visit.
 *
 * @param {any} py @param {any} content @param {string[]} libraries
 * @returns {Promise<[path: string, length: number][]>} each with the length of the table after it
 */
async function loadAll(py, content, libraries) {
  mountPackages(py.FS, content);
  /** @type {[path: string, length: number][]} */
  const loaded = [];
  const compiled = await compile(libraries.map((path) => [path, py.FS.readFile(path)]));
  await loadLibraries(py, libraries, compiled, (path) => loaded.push([path, py._module.wasmTable.length]));
  return loaded;
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

/** @param {any} module @returns {number} the slot that it had; 0 for none */
function clearTrampoline(module) {
  const field = trampolineField(module);
  if (!field) return 0;
  const slot = module.HEAP32[field];
  module.HEAP32[field] = 0;
  return slot;
}

/** @param {any} py */
function closed(py) {
  const open = openFiles(py);
  if (open.length) throw new Error(`Files are open: ${open.join(", ")}`);
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
