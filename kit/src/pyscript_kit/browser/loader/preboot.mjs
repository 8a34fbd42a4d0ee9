/**
 * Boots Pyodide from a snapshot of its memory, made when the runtime was vendored, instead of from
 * nothing. PyScript's setting `interpreter` names this module in the place of pyodide.mjs.
 *
 * Whatever fails on the way, it says why in one line of the console and boots plainly. On the page
 * it starts as soon as it is loaded, so that Python boots while PyScript itself is still coming; in
 * a worker it starts when it is called. `?preboot=off` in the page's address boots plainly.
 *
 * On the page it tells how it went in `document.documentElement.dataset.preboot`: "packages" or
 * "base" for the snapshot that it booted from, "bytecode" where none suits the browser, "off", or
 * "failed"; and how far it is by events "preboot:progress" on window, with the numbers of bytes
 * `received` and `total`, which is 0 when they are not known any more.
 *
 * @module
 */

import { loadPyodide as loadPlain, version } from "../pyodide/pyodide.mjs";
import { withAhead } from "./ahead.mjs";
import * as made from "./manifest.mjs";
import { LOCAL, Pack, Stalled, fetchAhead, fetchPieces, mount, whenNotBlocked } from "./files.mjs";
import { layout, trampolineField } from "./layout.mjs";
import { lay, lengthOf } from "./memory.mjs";

export { version };

/** @typedef {import("./files.mjs").Blob} Blob */
/** @typedef {import("./files.mjs").Tree} Tree */
/** @typedef {"packages" | "base" | "bytecode" | "off"} Kind */
/** @typedef {{ stdout?: (line: string) => void, stderr?: (line: string) => void }} Streams */
/** @typedef {{ streams: Streams, interpreter: Promise<any> }} Attempt */

/** What it boots from, and in a site the app's own modules. */
const { default: manifest, app } = /** @type {any} */ (made);

const here = new URL("./", import.meta.url);
/** Where what it boots from lies; in a site, apart from this module. */
const packsURL = new URL(app?.packs ?? "./", here);
const indexURL = new URL("../pyodide/", here).href;
const page = globalThis.document?.documentElement;

/** What PyScript passes; a call with anything more is somebody else's, and boots plainly. */
const KNOWN_OPTIONS = new Set(["indexURL", "packages", "stdout", "stderr"]);
/** Where Pyodide says that its own packages come from. */
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
  const known = Object.keys(options).every((name) => KNOWN_OPTIONS.has(name));
  const { streams, interpreter } = (known && taken()) || attempt(() => (known ? kindFor(packages) : "off"));
  Object.assign(streams, { stdout: options.stdout, stderr: options.stderr });
  const py = await interpreter;
  if (!py) return loadPlainly(options);
  if (packages.length) await py.loadPackage(packages, { messageCallback() {} });
  return py;
}

/** @param {Record<string, any>} options */
async function loadPlainly(options) {
  try {
    const [py] = await Promise.all([loadAlone({ ...options, indexURL }).finally(listenNoMore), fetchApp()]);
    mountApp(py.FS);
    return py;
  } catch (/** @type {any} */ error) {
    // An error of our own: browsers tell a page nothing of a rejection with one that they made outside
    // of any script, as where JSON is none, and the page would wait for the interpreter.
    throw new Error(`Python could not be loaded: ${error?.message ?? error}`, { cause: error });
  }
}

/** The attempt that began with the page, for the first who asks. */
function taken() {
  const begun = early;
  early = undefined;
  return begun;
}

/** @param {string} name */
function canonical(name) {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

/** Begin with what PyScript and the page that the address names will need. */
function beginEarly() {
  if (!manifest) return;
  const route = location.hash.match(/^#\/([^/?]+)/)?.[1] ?? "";
  const { files, modules, pages, routes, start } = manifest;
  early = attempt(() => kindFor([...start, ...(named(routes, route) ?? [])]));
  try {
    for (const module of modules) preload({ rel: "modulepreload", href: new URL(module, here).href });
    for (const href of [...files, named(pages, route)].filter(Boolean)) {
      preload({ rel: "preload", as: "fetch", crossOrigin: "anonymous", href });
    }
  } catch {
    // All of it comes later, too.
  }
}

/**
 * What a table has under a name that comes from outside: every object has a "constructor".
 *
 * @param {any} table @param {string} name
 */
function named(table, name) {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** @param {Partial<HTMLLinkElement>} attributes */
function preload(attributes) {
  document.head.append(Object.assign(document.createElement("link"), attributes));
}

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
 * @param {() => Kind} choose
 * @returns {Attempt} its interpreter undefined when nothing came of it
 */
function attempt(choose) {
  /** @type {Streams} */
  const streams = {};
  const boots = { packages: bootPackages, base: bootBase, bytecode: bootBytecode, off: async () => undefined };
  globalThis.addEventListener("unhandledrejection", onGivenUp);
  const begin = async () => {
    const kind = choose();
    tell(kind);
    return boots[kind](streams);
  };
  const interpreter = begin().then(
    (py) => {
      listenNoMore();
      return py;
    },
    (/** @type {any} */ error) => {
      tell("failed");
      forgetProgress();
      console.warn(`preboot: ${error?.message ?? error}. Booting plainly.`);
      return undefined;
    },
  );
  return { streams, interpreter };
}

/**
 * An instance that is given up half-way complains of it, in promises that nobody holds: that is no
 * error of the app, which boots plainly meanwhile.
 *
 * @param {any} event
 */
function onGivenUp(event) {
  if (!/pyodide\.asm/.test(event.reason?.stack ?? "")) return;
  event.preventDefault();
}

function listenNoMore() {
  globalThis.removeEventListener("unhandledrejection", onGivenUp);
}

/** @param {Kind | "failed"} state */
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

/** @param {Streams} streams */
async function bootBytecode(streams) {
  mark("start");
  const { trees, stdlib, pyscript } = manifest;
  expect([trees.stdlib, stdlib.code, pyscript.blob]);
  const py = await load(streams, { needed: packOf(stdlib.code).fetch(count) });
  mark("booted");
  offerPrepared(py);
  return py;
}

/** @param {Streams} streams */
async function bootBase(streams) {
  mark("start");
  const { base } = manifest.snapshots[layout()];
  const { trees, pyscript } = manifest;
  expect([base.image, trees.stdlib, pyscript.blob]);
  const py = await fromBase(streams, base, fetchPieces(base.image, packsURL, count));
  mark("booted");
  wake(py);
  offerPrepared(py);
  return py;
}

/** @param {Streams} streams */
async function bootPackages(streams) {
  mark("start");
  const { base, packages } = manifest.snapshots[layout()];
  const { trees, first, pyscript } = manifest;
  expect([base.image, packages.image, first.blob, trees.stdlib, trees.packages, pyscript.blob]);
  const coming = fetchPieces(base.image, packsURL, count);
  const booting = fromBase(streams, base, coming);
  const paths = packages.libraries.map(([path]) => path);
  const files = packOf(first.blob);
  const compiling = files.fetch(count).then((bytes) => compile(bytes, first.tree, paths));
  // Wanted last: what comes at once comes slowly, and Python boots meanwhile.
  const fetching = coming.then(() => fetchPieces(packages.image, packsURL, count));
  const planting = packOf(trees.packages).fetch(count).then(asJSON);
  // Awaited one after the other; what fails meanwhile is to be said there.
  for (const promise of [compiling, fetching, planting]) promise.catch(() => {});

  const py = await booting;
  mark("booted");
  const tree = await planting;
  for (const name of packages.names) mountPackage(py.FS, name, tree[name]);
  const compiled = await compiling;
  mount(py.FS, first.tree, files);
  const { wasmTable } = py._module;
  await withCompiled(py.FS, compiled, async () => {
    for (const [path, length] of packages.libraries) {
      await py._api.loadDynlib(path, false, []);
      if (wasmTable.length !== length) throw new Error(`${path} lies elsewhere than in the snapshot`);
    }
  });
  mark("libraries");
  restore(py._module, await fetching);
  setTrampoline(py._module, base);
  for (const name of packages.names) py.loadedPackages[name] = CHANNEL;
  wake(py);
  offerPrepared(py);
  mark("restored");
  return py;
}

/**
 * Pyodide is given the snapshot before its memory is there, and reads that last of all: so it compiles
 * and links itself meanwhile.
 *
 * @param {Streams} streams
 * @param {any} base
 * @param {Promise<Uint8Array[]>} coming its image
 */
async function fromBase(streams, base, coming) {
  /** @type {Uint8Array[] | undefined} */
  let image;
  const arriving = coming.then((pieces) => {
    if (lengthOf(pieces) + atob(base.head).length !== base.length) throw new Error("the memory has another length");
    image = pieces;
    mark("fetched");
  });
  /** @type {WebAssembly.Memory | undefined} */
  let memory;
  let laid = false;
  const snapshot = withoutMemory(base, () => {
    lay(/** @type {Uint8Array[]} */ (image), new Uint8Array(/** @type {WebAssembly.Memory} */ (memory).buffer));
    laid = true;
  });
  const onMemory = (/** @type {WebAssembly.Memory} */ its) => {
    memory = its;
  };
  const py = await load(streams, { _loadSnapshot: snapshot, needed: arriving, onMemory });
  if (!laid) throw new Error("Pyodide has not asked for the memory");
  const { _module: module } = py;
  const missing = base.table - module.wasmTable.length;
  // Without a trampoline for calls, the table is one slot shorter, and the last one stays empty.
  if (missing === 1 && base.trampoline) module.wasmTable.grow(1);
  else if (missing) throw new Error("this browser lays functions out otherwise than the snapshot");
  setTrampoline(module, base);
  return py;
}

/**
 * What Pyodide takes for a whole snapshot: a head, and the memory, which it copies over its own. Here
 * that is laid straight where it belongs, at the moment when Pyodide asks for it, and there is nothing
 * left to copy.
 *
 * @param {{ head: string, length: number }} base
 * @param {() => void} layMemory
 */
function withoutMemory({ head, length }, layMemory) {
  const snapshot = Uint8Array.from(atob(head), (character) => character.charCodeAt(0));
  const { subarray } = snapshot;
  return Object.defineProperties(snapshot, {
    length: { value: length },
    subarray: {
      /** @param {number} start @param {number} [end] */
      value(start, end) {
        if (end !== undefined) return subarray.call(snapshot, start, end);
        layMemory();
        return new Uint8Array();
      },
    },
  });
}

/**
 * @param {Streams} streams
 * @param {any} options for Pyodide; `needed`, which is to have come before it goes by the snapshot;
 *     and `onMemory`, called with its memory
 */
async function load(streams, { needed, onMemory, ...options }) {
  const { trees, stdlib, pyscript } = manifest;
  const stdlibTree = packOf(trees.stdlib).fetch(count).then(asJSON);
  const files = Promise.all([stdlibTree, packOf(pyscript.blob).fetch(count), fetchApp()]);
  /** @type {(error: unknown) => void} */
  let giveUp = () => {};
  /** @type {Promise<never>} */
  const givenUp = new Promise((_, reject) => {
    giveUp = reject;
  });
  for (const promise of [files, needed]) promise.catch(giveUp);
  const own = {
    indexURL,
    stdLibURL: new URL("no-stdlib.zip", packsURL).href,
    fsInit: async (/** @type {any} */ FS) => {
      try {
        const [tree] = await files;
        mount(FS, tree.code, packOf(stdlib.code));
        mount(FS, tree.source, packOf(stdlib.source));
        mount(FS, pyscript.tree, packOf(pyscript.blob));
        mountApp(FS);
        await needed;
      } catch (error) {
        giveUp(error);
        // An instance that lacks something waits for ever.
        await new Promise(() => {});
      }
    },
    stdout: (/** @type {string} */ line) => (streams.stdout ?? console.log)(line),
    stderr: (/** @type {string} */ line) => (streams.stderr ?? console.warn)(line),
    ...options,
  };
  const loading = loadAlone(own, onMemory);
  loading.catch(() => {});
  return Promise.race([loading, givenUp]);
}

/**
 * Load Pyodide. It asks for shared memory that it could wait on in a worker and not in a page; in one
 * that is not isolated from others, browsers warn that they will refuse it some day.
 *
 * @param {any} options
 * @param {(memory: WebAssembly.Memory) => void} [onMemory]
 */
async function loadAlone(options, onMemory) {
  if (!page || globalThis.crossOriginIsolated) return loadHeard(options, onMemory);
  const { Memory } = WebAssembly;
  WebAssembly.Memory = new Proxy(Memory, {
    construct: (target, [descriptor]) => new target({ ...descriptor, shared: false }),
  });
  try {
    return await loadHeard(options, onMemory);
  } finally {
    WebAssembly.Memory = Memory;
  }
}

/**
 * Load Pyodide, and hear of it when the browser refuses its WebAssembly: Pyodide only logs that, and
 * waits for ever. It may have been spoilt in a cache, so it is asked for once more, past all of them.
 * What Pyodide does about objects that JavaScript has let go of waits until Python is not reading.
 *
 * @param {any} options
 * @param {(memory: WebAssembly.Memory) => void} [onMemory] called with its memory
 */
async function loadHeard(options, onMemory) {
  const { instantiateStreaming } = WebAssembly;
  const { FinalizationRegistry: Registry } = globalThis;
  globalThis.FinalizationRegistry = /** @type {any} */ (
    function (/** @type {(held: unknown) => void} */ cleanup) {
      return new Registry(whenNotBlocked(cleanup));
    }
  );
  /** @type {Promise<never>} */
  const refused = new Promise((_, reject) => {
    WebAssembly.instantiateStreaming = async (source, imports) => {
      const compile = (/** @type {typeof source} */ from) =>
        instantiateStreaming.call(WebAssembly, from, imports);
      const fresh = () => fetch(new URL("pyodide.asm.wasm", indexURL), { cache: "reload" });
      try {
        const made = await compile(source).catch(() => compile(fresh()));
        // Some releases make their memory themselves, others bring it along.
        const memory = /** @type {any} */ (imports)?.env?.memory ?? made.instance.exports.memory;
        onMemory?.(memory);
        return made;
      } catch (error) {
        reject(error);
        throw error;
      }
    };
  });
  try {
    return await Promise.race([withAhead(() => loadPlain(options)), refused]);
  } finally {
    WebAssembly.instantiateStreaming = instantiateStreaming;
    globalThis.FinalizationRegistry = Registry;
  }
}

/**
 * Point Python to the function that makes its calls fast, where this engine has one. Snapshots say
 * that there is none, for an index into another engine's table would lead astray.
 *
 * @param {any} module @param {any} base
 */
function setTrampoline(module, base) {
  const field = trampolineField(module);
  if (!field) return;
  const slot = base.table - 1;
  const present = base.trampoline && module.wasmTable.get(slot);
  module.HEAP32[field] = present ? slot : 0;
}

/** @param {any} module @param {Uint8Array[]} image */
function restore(module, image) {
  const length = lengthOf(image);
  if (module.HEAPU8.length < length && !module._emscripten_resize_heap(length)) {
    throw new Error(`${Math.ceil(length / 1e6)} MB of memory are not to be had`);
  }
  lay(image, module.HEAPU8);
}

/**
 * Makes what a snapshot has of its maker the visitor's own: chance, time zone and language. The names
 * of the zone come from libc, which has been told before; the rest as Python itself works it out.
 */
const WAKE = `
import locale, os, random, sys, time

random.seed()
if "numpy.random" in sys.modules:
    sys.modules["numpy.random"].seed()
if "tempfile" in sys.modules:
    sys.modules["tempfile"]._name_sequence = None

os.environ["LANG"] = language
locale.setlocale(locale.LC_CTYPE, "")

year = time.gmtime().tm_year
days = [time.localtime(time.mktime((year, month, 1, 0, 0, 0, 0, 0, -1))) for month in (1, 7)]
winter, summer = sorted(days, key=lambda day: day.tm_gmtoff)
time.timezone, time.altzone = -winter.tm_gmtoff, -summer.tm_gmtoff
time.daylight = int(winter.tm_gmtoff != summer.tm_gmtoff)
time.tzname = winter.tm_zone, summer.tm_zone
`;

/** @param {any} py */
function wake(py) {
  const { _module: module } = py;
  const address = (/** @type {any} */ symbol) => Number(symbol?.value ?? symbol);
  const [first, second] = [0, 1].map((place) => module.HEAPU32[(address(module._tzname) >> 2) + place]);
  module.__tzset_js(address(module._timezone), address(module._daylight), first, second);
  const language = (globalThis.navigator?.language ?? "C").replace("-", "_");
  run(py, WAKE, { language: `${language}.UTF-8` });
}

/** @param {any} py @param {string} code run in a namespace of its own @param {object} [names] in it */
function run(py, code, names = {}) {
  const globals = py.toPy(names);
  py.runPython(code, { globals });
  globals.destroy();
}

// ---------------------------------------------------------------- files and libraries

/** @type {Map<string, Pack>} */
const packs = new Map();

/** @param {Blob} blob */
function packOf(blob) {
  const [{ file }] = blob;
  let pack = packs.get(file);
  if (!pack) packs.set(file, (pack = new Pack(blob, packsURL)));
  return pack;
}

/** @param {Uint8Array} bytes */
const asJSON = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

// A worker is sent the modules that it runs.
async function fetchApp() {
  if (page && app) await packOf(app.blob).fetch(count);
}

/** @param {any} FS */
function mountApp(FS) {
  if (page && app) mount(FS, app.tree, packOf(app.blob));
}

/** @param {any} FS @param {string} name @param {{ code: Tree, source: Tree }} tree */
function mountPackage(FS, name, tree) {
  const { code, source } = manifest.packages[name];
  mount(FS, tree.code, packOf(code));
  mount(FS, tree.source, packOf(source));
}

/**
 * Compile libraries among a pack's files, beside the main thread.
 *
 * @param {Uint8Array} bytes
 * @param {Tree} tree
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
    if (wanted.includes(path)) {
      compiling.push(WebAssembly.compile(/** @type {any} */ (library)).then((module) => [path, module]));
    }
  }
  return new Map(await Promise.all(compiling));
}

/**
 * Have Emscripten find compiled libraries where it reads their files.
 *
 * @param {any} FS
 * @param {Map<string, WebAssembly.Module>} compiled
 * @param {() => Promise<void>} work
 */
async function withCompiled(FS, compiled, work) {
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
 * Have `loadPackage` take the packages of the manifest from their packs, which hold bytecode, and
 * `fetchAhead` see that the browser has those that will be needed.
 *
 * @param {any} py
 */
function offerPrepared(py) {
  const { loadPackage } = py;
  py.fetchAhead = async (/** @type {string[]} */ asked) => {
    const names = closure(asked).filter((name) => !(name in py.loadedPackages));
    if (!names.length) return;
    const { trees, first, packages } = manifest;
    const blobs = [trees.packages, first.blob, ...names.map((name) => packages[name].code)];
    for (const blob of blobs) {
      // Whoever loads a package hears of what does not come.
      if (!packOf(blob).coming) await fetchAhead(blob, packsURL).catch(() => {});
    }
  };
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  py.loadPackage = async (/** @type {any} */ asked, /** @type {any} */ options = {}) => {
    const names = [asked?.toJs?.() ?? asked].flat();
    const installing = last.then(() => install(py, names.map(canonical), options));
    last = installing.catch(() => {});
    let installed;
    try {
      installed = await installing;
    } catch (/** @type {any} */ error) {
      if (error instanceof Stalled) {
        // Nor would wheels come, and nobody would say so.
        options.errorCallback?.(error.message);
        return [];
      }
      console.warn(`preboot: ${error?.message ?? error}. Loading wheels.`);
      installed = [];
    }
    const others = names.filter((name) => !(canonical(name) in py.loadedPackages));
    if (!others.length) return installed;
    await makeWayForWheels(others);
    return [...installed, ...(await loadPackage.call(py, others, options))];
  };
}

/**
 * Pyodide fetches wheels side by side, and does not stop when Python reads what is not here yet. So
 * that is fetched before, for a server with one connection at a time, as `pyscript run` is, and where
 * something went wrong, which Python will read its sources to tell of.
 *
 * @param {string[]} names
 */
async function makeWayForWheels(names) {
  const { stdlib, packages } = manifest;
  const local = LOCAL.test(packsURL.hostname);
  if (!local && !names.some((name) => named(packages, canonical(name)))) return;
  const missing = local ? [...packs.values()] : [stdlib.code, stdlib.source].map(packOf);
  await Promise.allSettled(missing.map((pack) => pack.fetchAside()));
}

/**
 * @param {any} py
 * @param {string[]} asked
 * @param {{ messageCallback?: (message: string) => void }} options
 */
async function install(py, asked, { messageCallback }) {
  const names = closure(asked).filter((name) => !(name in py.loadedPackages));
  if (!names.length) return [];
  messageCallback?.(`Loading ${names.join(", ")}`);
  const first = packOf(manifest.first.blob);
  const parts = names.map((name) => packOf(manifest.packages[name].code));
  const trees = asJSON(await packOf(manifest.trees.packages).fetchAside());
  await Promise.all([first, ...parts].map((pack) => pack.fetchAside()));
  for (const name of names) mountPackage(py.FS, name, trees[name]);
  /** @type {[path: string, size: number, name: string][]} */
  const tree = manifest.first.tree;
  const own = new Set(tree.filter(([, , name]) => names.includes(name)).map(([path]) => path));
  mount(py.FS, /** @type {any} */ (tree), first, { only: (path) => own.has(path) });

  const libraries = names.flatMap((name) => trees[name].libraries);
  const compiled = await Promise.all([
    compile(first.now(py.FS), /** @type {any} */ (tree), libraries),
    ...names.map((name, index) => compile(parts[index].now(py.FS), trees[name].code, libraries)),
  ]);
  await withCompiled(py.FS, new Map(compiled.flatMap((modules) => [...modules])), async () => {
    for (const path of libraries) await py._api.loadDynlib(path, false, []);
  });
  run(py, "import importlib; importlib.invalidate_caches()");
  for (const name of names) py.loadedPackages[name] = CHANNEL;
  messageCallback?.(`Loaded ${names.join(", ")}`);
  return names.map((name) => {
    const { version: release, file_name: fileName } = manifest.packages[name];
    return { name, version: release, fileName, packageType: "package" };
  });
}

/** @param {string[]} names @returns {string[]} those prepared, each after what it depends on */
function closure(names) {
  /** @type {Set<string>} */
  const needed = new Set();
  const add = (/** @type {string} */ name) => {
    if (!Object.hasOwn(manifest.packages, name) || needed.has(name)) return;
    needed.add(name);
    manifest.packages[name].depends.forEach(add);
  };
  names.forEach(add);
  return manifest.order.filter((/** @type {string} */ name) => needed.has(name));
}

// ---------------------------------------------------------------- how far along

/** Between two events, in milliseconds: more would cost more than they tell. */
const PAUSE = 50;

let received = 0;
let total = 0;
let told = 0;

/** @param {Blob[]} blobs what will be fetched, beside Pyodide's own files */
function expect(blobs) {
  if (!page) return;
  const all = app ? [...blobs, app.blob] : blobs;
  total = all.flat().reduce((sum, { size }) => sum + size, 0);
  /** @type {Record<string, number>} */
  const sizes = manifest.pyodide;
  for (const size of Object.values(sizes)) total += size;
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) count(sizes[name.replace(indexURL, "")] ?? 0);
  }).observe({ type: "resource", buffered: true });
}

/** @param {number} bytes */
function count(bytes) {
  received += bytes;
  if (!page || !total || performance.now() - told < PAUSE) return;
  told = performance.now();
  report();
}

function forgetProgress() {
  total = 0;
  if (page) report();
}

function report() {
  dispatchEvent(new CustomEvent("preboot:progress", { detail: { received, total } }));
}

// ---------------------------------------------------------------- at once

if (page && document.querySelector("script[data-preboot]")) beginEarly();
