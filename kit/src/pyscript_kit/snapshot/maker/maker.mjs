/**
 * Makes, inside a browser, what preboot.mjs boots from: packs of bytecode and sources, and images of
 * Python's memory with and without packages. snapshot/snapshots.py serves this page, gives it its job
 * and takes what it makes.
 *
 * @module
 */

import { loadPyodide } from "./pyodide/pyodide.mjs";
import { Pack, fetchBlob, mount } from "./files.mjs";
import { difference } from "./memory.mjs";
import { layout, trampolineField } from "./layout.mjs";

/** @typedef {import("./files.mjs").Tree} Tree */

const job = await (await fetch("./job.json")).json();

/** Work on files that Python does better: reads, compiles, packs. */
const FILES = `
import importlib.util, json, os, sys, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

def pyc_path(path):
    return importlib.util.cache_from_source(path, optimization="")

def compiled(path, source, checked):
    code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    return bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), checked))

# Unchecked where the source is that of the lock, and need not be read to be sure of it.
def parts(files, checked=False):
    code, source = {}, {}
    for path in sorted(files):
        content = files[path]
        if not path.endswith(".py"):
            code[path] = content
            continue
        try:
            code[pyc_path(path)] = compiled(path, content, checked)
        except (SyntaxError, ValueError):
            pass  # A template, or a test of a refusal: as a source it is whole.
        source[path] = content
    return code, source

def packed(files):
    return json.dumps([[path, len(content)] for path, content in files.items()]), b"".join(files.values())

def standard_library():
    archive = next(path for path in sys.path if path.endswith(".zip"))
    folder = f"/lib/python{sys.version_info.major}.{sys.version_info.minor}"
    with zipfile.ZipFile(archive) as opened:
        return {f"{folder}/{name}": opened.read(name) for name in opened.namelist() if not name.endswith("/")}

# What is the system's own, or nobody's for long.
KEPT = {"/dev", "/home", "/proc", "/tmp"}

def installed(root="/"):
    found = set()
    for folder, folders, names in os.walk(root):
        folders[:] = [each for each in folders if os.path.join(folder, each) not in KEPT and each != "__pycache__"]
        found |= {os.path.join(folder, name) for name in names}
    return found

def read(paths):
    files = {}
    for path in paths:
        with open(path, "rb") as opened:
            files[path] = opened.read()
    return files
`;

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

/** PyScript comes as Python that writes its modules, then goes on as only its own page can. */
const WRITE_PYSCRIPT = `
os.chdir(os.environ["HOME"])
try:
    exec(stdlib, {})
except ModuleNotFoundError:
    pass
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

/** @typedef {{ tree: Tree, bytes: Uint8Array }} Content */

// ---------------------------------------------------------------- memory that nobody uses

/** Up to this size Python hands blocks out itself, in steps; in bytes. */
const [LARGEST_BLOCK, BLOCK_STEP] = [512, 16];
/** The pieces asked of the C library, each half of the one before, in bytes. */
const PIECES = Array.from({ length: 13 }, (_, step) => 1 << (16 - step));

/**
 * Fill with zeros what stands free in the memory: it holds remains of what was there before, which
 * every visitor would have to fetch.
 *
 * Takes all of it and gives it back: the C library's first, so that whatever Python then asks of it
 * anew lies above the former end.
 *
 * @param {any} module
 */
function wipe(module) {
  const end = module._sbrk?.(0) ?? 0;
  const give = PIECES.map((size) => take(size, module._malloc, module._free));
  for (let size = LARGEST_BLOCK; size > 0; size -= BLOCK_STEP) {
    give.push(take(size, module._PyObject_Malloc, module._PyObject_Free));
  }
  for (const back of give) back();

  /**
   * @param {number} size
   * @param {(size: number) => number} allocate
   * @param {(start: number) => void} release
   */
  function take(size, allocate, release) {
    /** @type {number[]} */
    const taken = [];
    // Not every release lets its allocators be called from here.
    if (!allocate || !release) return () => {};
    for (;;) {
      const start = allocate(size);
      taken.push(start);
      if (start >= end) return () => taken.forEach(release);
      module.HEAPU8.fill(0, start, start + size);
    }
  }
}

// ---------------------------------------------------------------- steps

/**
 * @template T
 * @param {() => Promise<T>} step
 * @returns {Promise<T | undefined>} undefined, after a warning, when it fails
 */
async function attempt(step) {
  try {
    return await step();
  } catch (error) {
    await post("warning", `no snapshot with packages: ${/** @type {any} */ (error)?.message ?? error}`);
    return undefined;
  }
}

/**
 * Install everything the plain way, and take it apart.
 *
 * @returns {Promise<{ stdlib: { code: Content, source: Content },
 *     packages: Map<string, { code: Content, source: Content, libraries: string[] }> }>}
 */
async function unpack() {
  const py = await loadPyodide();
  py.runPython(FILES);
  const stdlib = takeApart(py, "standard_library()");
  const pyscript = await compilePyScript(py);
  py.runPython("before = installed()");
  const packages = new Map();
  const { loadedLibsByName } = py._module.LDSO;
  for (const { name } of job.packages) {
    const known = new Set(Object.keys(loadedLibsByName));
    await py.loadPackage(name, { messageCallback() {} });
    const libraries = Object.keys(loadedLibsByName).filter((path) => !known.has(path) && path.startsWith("/"));
    py.runPython("after = installed()");
    packages.set(name, { ...takeApart(py, "read(sorted(after - before))"), libraries });
    py.runPython("before = after");
  }
  return { stdlib, pyscript, packages };
}

/**
 * Compile PyScript's own modules, which it writes and imports on the page. Their bytecode is checked
 * against the source that stands there.
 *
 * @param {any} py
 * @returns {Promise<Content>}
 */
async function compilePyScript(py) {
  const { stdlib } = await import("./pyscript/core.js");
  py.globals.set("stdlib", stdlib);
  py.runPython(WRITE_PYSCRIPT);
  return takeApart(py, "read(sorted(installed(os.path.abspath('pyscript'))))", true).code;
}

/** Take what another engine has compiled and packed: bytecode is the same in all of them. */
async function fetchMade() {
  const base = new URL("./preboot/", location.href);
  const { stdlib, packages, trees, first } = job.made;
  const take = async (/** @type {any} */ blob, /** @type {Tree} */ tree) => ({ tree, bytes: await fetchBlob(blob, base) });
  const read = async (/** @type {any} */ blob) => JSON.parse(new TextDecoder().decode(await fetchBlob(blob, base)));
  const [standard, ofPackages] = [await read(trees.stdlib), await read(trees.packages)];
  const both = async (/** @type {any} */ blobs, /** @type {any} */ { code, source }) => ({
    code: await take(blobs.code, code),
    source: await take(blobs.source, source),
  });
  const found = new Map();
  for (const name of Object.keys(packages)) found.set(name, await both(packages[name], ofPackages[name]));
  return { stdlib: await both(stdlib, standard), packages: found, first: await take(first.blob, first.tree) };
}

/**
 * @param {any} py
 * @param {string} files an expression
 * @param {boolean} [checked] whether bytecode is to be checked against its source when it is read
 */
function takeApart(py, files, checked = false) {
  py.runPython(`code, source = parts(${files}, checked=${checked ? "True" : "False"})`);
  const take = (/** @type {string} */ which) => {
    const [tree, bytes] = py.runPython(`packed(${which})`);
    const buffer = bytes.getBuffer("u8");
    const content = { tree: JSON.parse(tree), bytes: buffer.data.slice() };
    buffer.release();
    bytes.destroy();
    return content;
  };
  return { code: take("code"), source: take("source") };
}

/** @param {any} content */
async function makeBase({ stdlib }) {
  const py = await boot(stdlib, { _makeSnapshot: true });
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
  return { snapshot, table, trampoline: Boolean(trampoline) };
}

/** @param {any} content @param {any} base */
async function makePackages(content, base) {
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
  return { image, libraries: laid, touched };
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
const headOf = (snapshot) => new Uint32Array(snapshot.buffer, snapshot.byteOffset, 2)[1];

/** @param {Uint8Array} snapshot */
const memoryOf = (snapshot) => snapshot.subarray(headOf(snapshot));

/** @param {any} content @param {any} base @param {any} packages */
async function deliver(content, base, packages) {
  const result = {
    ...(job.made ? {} : await deliverContent(content, packages?.touched ?? new Set())),
    layout: layout(),
    base: {
      image: await blob(`memory-${layout()}`, [difference(memoryOf(base.snapshot))]),
      head: btoa(String.fromCharCode(...base.snapshot.subarray(0, headOf(base.snapshot)))),
      length: base.snapshot.length,
      table: base.table,
      trampoline: base.trampoline,
    },
    held: packages && {
      image: await blob(`memory-packages-${layout()}`, [packages.image]),
      libraries: packages.libraries,
    },
  };
  await post("result", JSON.stringify(result));
}

/**
 * @param {any} content
 * @param {Set<string>} touched files that come first, in a pack of their own
 */
async function deliverContent({ stdlib, pyscript, packages }, touched) {
  /** @type {[path: string, size: number, name: string][]} */
  const first = [];
  const firstBytes = [];
  /** @type {Record<string, any>} */
  const trees = {};
  /** @type {Record<string, any>} */
  const blobs = {};
  for (const [name, { code, source, libraries }] of packages) {
    const tree = [];
    const rest = [];
    let start = 0;
    for (const [path, size] of code.tree) {
      const bytes = code.bytes.subarray(start, start + size);
      start += size;
      if (touched.has(path)) {
        first.push([path, size, name]);
        firstBytes.push(bytes);
      } else {
        tree.push([path, size]);
        rest.push(bytes);
      }
    }
    trees[name] = { code: tree, source: source.tree, libraries };
    blobs[name] = {
      code: await blob(`${name}-code`, rest),
      source: await blob(`${name}-source`, [source.bytes]),
    };
  }
  return {
    stdlib: {
      code: await blob("standard-library-code", [stdlib.code.bytes]),
      source: await blob("standard-library-source", [stdlib.source.bytes]),
    },
    packages: blobs,
    pyscript: { blob: await blob("pyscript", [pyscript.bytes]), tree: pyscript.tree },
    first: { blob: await blob("first", firstBytes), tree: first },
    trees: {
      stdlib: await blob("standard-library-tree", [
        json({ code: stdlib.code.tree, source: stdlib.source.tree }),
      ]),
      packages: await blob("packages-tree", [json(trees)]),
    },
  };
}

/** @param {unknown} value */
const json = (value) => new TextEncoder().encode(JSON.stringify(value));

// ---------------------------------------------------------------- to the server

/**
 * @param {string} name
 * @param {Uint8Array[]} pieces
 * @returns {Promise<string>} its name, for the result
 */
async function blob(name, pieces) {
  const body = new Blob(/** @type {any} */ (pieces));
  const response = await fetch(`./blob?name=${encodeURIComponent(name)}`, { method: "POST", body });
  if (!response.ok) throw new Error(`${name} was not taken: ${response.status}`);
  return name;
}

/** @param {string} where @param {string} text */
async function post(where, text) {
  await fetch(`./${where}`, { method: "POST", body: text });
}

/** @param {string} step */
function say(step) {
  void post("step", step);
}

// ---------------------------------------------------------------- now

try {
  say(job.made ? "fetching what another browser has compiled" : "compiling the standard library and packages");
  const content = job.made ? await fetchMade() : await unpack();
  say("taking the snapshot of the standard library");
  const base = await makeBase(content);
  const packages = job.packages.length ? await attempt(() => makePackages(content, base)) : undefined;
  say("packing");
  await deliver(content, base, packages);
} catch (error) {
  await post("failed", String(/** @type {any} */ (error)?.stack ?? error) + `\n${/** @type {any} */ (error)?.message}`);
}
