/**
 * Boots Pyodide from a snapshot of its memory, made when the runtime was vendored, instead of from
 * nothing. PyScript's setting `interpreter` names this module in the place of pyodide.mjs.
 *
 * Whatever fails on the way, it says why in one line of the console and boots plainly. On the page
 * it starts as soon as it is loaded, so that Python boots while PyScript itself is still coming; in
 * a worker it starts when it is called. `?preboot=off` in the page's address boots plainly.
 *
 * @module
 */

import { loadPyodide as loadPlain, version } from "../pyodide/pyodide.mjs";
import manifest from "./manifest.mjs";
import { Pack, fetchBlob, mount } from "./files.mjs";
import { layout } from "./layout.mjs";
import { lay, lengthOf } from "./memory.mjs";

export { version };

const here = new URL("./", import.meta.url);
const page = globalThis.document?.documentElement;

/** What PyScript passes; a call with anything more is somebody else's, and boots plainly. */
const KNOWN_OPTIONS = new Set(["indexURL", "packages", "stdout", "stderr"]);
const CHANNEL = "default channel";

/** @type {Attempt | undefined} */
let early;

/**
 * As Pyodide's own, from a snapshot where there is one that suits.
 *
 * @param {Record<string, any>} options
 * @returns {Promise<any>} the interpreter
 */
export async function loadPyodide(options = {}) {
  const packages = (options.packages ?? []).map(canonical);
  const other = Object.keys(options).find((name) => !KNOWN_OPTIONS.has(name));
  const { streams, interpreter } = (!other && taken()) || attempt(other ? "off" : kindFor(packages));
  Object.assign(streams, { stdout: options.stdout, stderr: options.stderr });
  const py = (await interpreter) ?? (await loadPlain({ ...options, indexURL: new URL("../pyodide/", here).href }));
  if (packages.length) await py.loadPackage(packages, { messageCallback() {} });
  return py;
}

/** The attempt that began with the page, for the first who asks. */
function taken() {
  const begun = early;
  early = undefined;
  return begun;
}

/** What the page that the address names will need. */
function packagesOfRoute() {
  const route = location.hash.match(/^#\/([^/?]+)/)?.[1] ?? "";
  return manifest?.routes[route] ?? [];
}

/** @param {string} name */
function canonical(name) {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/**
 * @typedef {"packages" | "base" | "bytecode" | "off"} Kind
 * @typedef {{ streams: { stdout?: Function, stderr?: Function }, interpreter: Promise<any> }} Attempt
 */

/**
 * @param {string[]} packages what will be needed at once
 * @returns {Kind}
 */
function kindFor(packages) {
  if (!manifest || /[?&]preboot=off\b/.test(globalThis.location?.search ?? "")) return "off";
  const snapshot = manifest.snapshots[layout()];
  if (!snapshot) return "bytecode";
  const held = snapshot.packages?.names ?? [];
  return packages.some((name) => held.includes(name)) ? "packages" : "base";
}

/**
 * @param {Kind} kind
 * @returns {Attempt} its interpreter undefined when nothing came of it
 */
function attempt(kind) {
  /** @type {Attempt["streams"]} */
  const streams = {};
  const boots = { packages: bootPackages, base: bootBase, bytecode: bootBytecode, off: async () => undefined };
  tell(kind);
  const interpreter = boots[kind](streams).catch((/** @type {any} */ error) => {
    tell("failed");
    console.warn(`preboot: ${error?.message ?? error}. Booting plainly.`);
    return undefined;
  });
  return { streams, interpreter };
}

/** @param {string} state */
function tell(state) {
  if (page) page.dataset.preboot = state;
  if (state === "off" && manifest) console.info("preboot: off. Booting plainly.");
  if (state === "bytecode") console.info("preboot: no snapshot suits this browser. Booting from bytecode.");
}

/** @param {string} name */
function mark(name) {
  if (page) performance.mark(`preboot:${name}`);
}

// ---------------------------------------------------------------- boots

/** @param {Attempt["streams"]} streams */
async function bootBytecode(streams) {
  mark("start");
  const standard = standardLibrary();
  const py = await load(streams, { fsInit: standard.mount, ready: standard.code.fetch(count) });
  mark("booted");
  offerPrepared(py);
  return py;
}

/** @param {Attempt["streams"]} streams */
async function bootBase(streams) {
  mark("start");
  const { base } = manifest.snapshots[layout()];
  expect(base.image);
  const py = await fromBase(streams, base);
  mark("booted");
  wake(py);
  offerPrepared(py);
  return py;
}

/** @param {Attempt["streams"]} streams */
async function bootPackages(streams) {
  mark("start");
  const { base, packages } = manifest.snapshots[layout()];
  expect(base.image, packages.image, manifest.first, manifest.trees.packages);
  const first = packOf(manifest.first);
  const paths = packages.libraries.map(([path]) => path);
  const compiled = first.fetch(count).then((bytes) => compile(bytes, manifest.first.tree, paths));
  const [image, trees] = [fetchBlob(packages.image, here, count), packageTrees()];
  // Awaited below, one after the other; what fails meanwhile is to be said there.
  for (const promise of [compiled, image, trees]) promise.catch(() => {});

  const py = await fromBase(streams, base);
  mark("booted");
  for (const name of packages.names) mountPackage(py, name, (await trees)[name]);
  await first.fetch();
  mount(py.FS, manifest.first.tree, first);
  const { wasmTable } = py._module;
  await withCompiled(py, await compiled, async () => {
    for (const [path, length] of packages.libraries) {
      await py._api.loadDynlib(path, false, []);
      if (wasmTable.length !== length) throw new Error(`${path} lies elsewhere than in the snapshot`);
    }
  });
  mark("libraries");
  restore(py, await image);
  setTrampoline(py, base);
  for (const name of packages.names) py.loadedPackages[name] = CHANNEL;
  wake(py);
  offerPrepared(py);
  mark("restored");
  return py;
}

/**
 * @param {Attempt["streams"]} streams
 * @param {any} base
 */
async function fromBase(streams, base) {
  const standard = standardLibrary();
  const memory = fetchBlob(base.image, here, count).then((image) => {
    const snapshot = new Uint8Array(lengthOf(image));
    lay(image, snapshot);
    mark("fetched");
    return snapshot;
  });
  const py = await load(streams, { fsInit: standard.mount, _loadSnapshot: memory, ready: memory });
  const missing = base.table - py._module.wasmTable.length;
  // Without a trampoline for calls, the table is one slot shorter, and the last one stays empty.
  if (missing === 1 && base.trampoline) py._module.wasmTable.grow(1);
  else if (missing) throw new Error("this browser lays functions out otherwise than the snapshot");
  setTrampoline(py, missing ? undefined : base);
  return py;
}

/**
 * @param {Attempt["streams"]} streams
 * @param {any} options
 */
async function load(streams, { ready, ...options }) {
  const print = (/** @type {"stdout" | "stderr"} */ name, /** @type {Function} */ otherwise) =>
    (/** @type {string} */ line) => (streams[name] ?? otherwise)(line);
  const loading = loadPlain({
    indexURL: new URL("../pyodide/", here).href,
    stdLibURL: new URL("no-stdlib.zip", here).href,
    stdout: print("stdout", console.log),
    stderr: print("stderr", console.warn),
    ...options,
  });
  // What is missing is told at once: Pyodide itself would wait for ever in some cases.
  return Promise.race([loading, ready.then(() => loading)]);
}

/**
 * Point Python to the function that makes its calls fast, where this engine has one; snapshots say
 * that there is none, as its place is another in each engine.
 *
 * @param {any} py
 * @param {any} base undefined where there is none
 */
function setTrampoline({ _module: module }, base) {
  if (!("__PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET" in module)) return;
  const { HEAP32, __PyRuntime: runtime, __PyEM_EMSCRIPTEN_TRAMPOLINE_OFFSET: offset } = module;
  const present = base?.trampoline && module.wasmTable.get(base.table - 1);
  HEAP32[(runtime + HEAP32[offset >> 2]) >> 2] = present ? base.table - 1 : 0;
}

/** @param {any} py @param {Uint8Array} image */
function restore({ _module: module }, image) {
  const length = lengthOf(image);
  if (module.HEAPU8.length < length && !module._emscripten_resize_heap(length)) {
    throw new Error(`${Math.ceil(length / 1e6)} MB of memory are not to be had`);
  }
  lay(image, module.HEAPU8);
}

/** Make random again what all visitors would find alike. */
const WAKE = `
import random, sys
random.seed()
if "numpy.random" in sys.modules:
    sys.modules["numpy.random"].seed()
if "tempfile" in sys.modules:
    sys.modules["tempfile"]._name_sequence = None
del random, sys
`;

/** @param {any} py */
function wake(py) {
  const globals = py.runPython("{}");
  py.runPython(WAKE, { globals });
  globals.destroy();
}

// ---------------------------------------------------------------- files and libraries

function standardLibrary() {
  const code = new Pack(manifest.stdlib.code, here);
  const source = new Pack(manifest.stdlib.source, here);
  const tree = readTree(manifest.trees.stdlib);
  tree.catch(() => {});
  return {
    code,
    /** @param {any} FS */
    mount: async (FS) => {
      const { code: compiled, source: text } = await tree;
      mount(FS, compiled, code);
      mount(FS, text, source);
    },
  };
}

/** @type {Promise<any> | undefined} */
let treesOfPackages;
function packageTrees() {
  treesOfPackages ??= readTree(manifest.trees.packages);
  return treesOfPackages;
}

/** @param {any} blob */
async function readTree(blob) {
  return JSON.parse(new TextDecoder().decode(await fetchBlob(blob, here, count)));
}

/** @type {Map<string, Pack>} */
const packs = new Map();

/** @param {any} blob */
function packOf(blob) {
  let pack = packs.get(blob.file);
  if (!pack) packs.set(blob.file, (pack = new Pack(blob, here)));
  return pack;
}

/** @param {any} py @param {string} name @param {any} tree */
function mountPackage({ FS }, name, { code, source }) {
  mount(FS, code, packOf(manifest.packages[name].code));
  mount(FS, source, packOf(manifest.packages[name].source));
}

/**
 * Compile libraries among a pack's files, beside the main thread.
 *
 * @param {Uint8Array} bytes
 * @param {[path: string, size: number][]} tree
 * @param {string[]} wanted paths, of which the pack may hold some
 * @returns {Promise<Map<string, WebAssembly.Module>>} by path
 */
async function compile(bytes, tree, wanted) {
  let start = 0;
  /** @type {Promise<[string, WebAssembly.Module]>[]} */
  const compiling = [];
  for (const [path, size] of tree) {
    const library = bytes.subarray(start, start + size);
    start += size;
    if (wanted.includes(path)) compiling.push(WebAssembly.compile(library).then((module) => [path, module]));
  }
  return new Map(await Promise.all(compiling));
}

/**
 * Have Emscripten find compiled libraries where it reads their files.
 *
 * @param {any} py
 * @param {Map<string, WebAssembly.Module>} compiled
 * @param {() => Promise<void>} work
 */
async function withCompiled({ FS }, compiled, work) {
  const { readFile } = FS;
  FS.readFile = (/** @type {string} */ path, /** @type {any} */ options) =>
    compiled.get(path) ?? readFile.call(FS, path, options);
  try {
    await work();
  } finally {
    FS.readFile = readFile;
  }
}

// ---------------------------------------------------------------- packages that come later

/**
 * Have `loadPackage` take the packages of the manifest from their packs, which hold bytecode.
 *
 * @param {any} py
 */
function offerPrepared(py) {
  const { loadPackage } = py;
  let last = Promise.resolve();
  py.loadPackage = async (/** @type {any} */ asked, /** @type {any} */ options = {}) => {
    const names = [asked?.toJs?.() ?? asked].flat();
    const prepared = closure(names.map(canonical)).filter((name) => !(name in py.loadedPackages));
    const before = last;
    const done = before.then(() => install(py, prepared.filter((name) => !(name in py.loadedPackages)), options));
    last = done.catch(() => {});
    await done.catch((error) => console.warn(`preboot: ${error.message}. Loading wheels.`));
    const others = names.filter((name) => !(canonical(name) in py.loadedPackages));
    const loaded = others.length ? await loadPackage.call(py, others, options) : [];
    return [...prepared.map(describe), ...loaded];
  };
}

/** @param {string[]} names @returns {string[]} those prepared, after what they depend on */
function closure(names) {
  /** @type {Set<string>} */
  const needed = new Set();
  const add = (/** @type {string} */ name) => {
    if (!(name in manifest.packages) || needed.has(name)) return;
    needed.add(name);
    manifest.packages[name].depends.forEach(add);
  };
  names.forEach(add);
  return manifest.order.filter((/** @type {string} */ name) => needed.has(name));
}

/** @param {string} name */
function describe(name) {
  const { version, file_name } = manifest.packages[name];
  return { name, version, fileName: file_name, packageType: "package" };
}

/** @param {any} py @param {string[]} names @param {any} options */
async function install(py, names, { messageCallback }) {
  if (!names.length) return;
  messageCallback?.(`Loading ${names.join(", ")}`);
  const parts = names.map((name) => packOf(manifest.packages[name].code));
  const first = packOf(manifest.first);
  const [trees] = await Promise.all([packageTrees(), first.fetch(), ...parts.map((pack) => pack.fetch())]);
  for (const name of names) mountPackage(py, name, trees[name]);
  const mine = manifest.first.tree.filter(([, , name]) => names.includes(name)).map(([path]) => path);
  mount(py.FS, manifest.first.tree, first, { only: (path) => mine.includes(path) });
  const libraries = names.flatMap((name) => trees[name].libraries);
  const compiled = new Map(
    (
      await Promise.all([
        compile(first.now(py.FS), manifest.first.tree, libraries),
        ...names.map((name, index) => compile(parts[index].now(py.FS), trees[name].code, libraries)),
      ])
    ).flatMap((modules) => [...modules]),
  );
  await withCompiled(py, compiled, async () => {
    for (const path of libraries) await py._api.loadDynlib(path, false, []);
  });
  py.runPython("import importlib; importlib.invalidate_caches()", { globals: py.toPy({}) });
  for (const name of names) py.loadedPackages[name] = CHANNEL;
  messageCallback?.(`Loaded ${names.join(", ")}`);
}

// ---------------------------------------------------------------- how far along

const progress = { received: 0, total: 0 };

/** @param {any[]} blobs */
function expect(...blobs) {
  for (const { size } of blobs) progress.total += size;
}

/** @param {number} bytes */
function count(bytes) {
  progress.received += bytes;
  if (page) dispatchEvent(new CustomEvent("preboot:progress", { detail: { ...progress } }));
}

// ---------------------------------------------------------------- at once

if (page && document.querySelector("script[data-preboot]")) early = attempt(kindFor(packagesOfRoute()));
