/**
 * Installs the standard library and the packages the plain way, and takes them apart into bytecode and
 * sources.
 *
 * @module
 */

import { fetchBlob, joined } from "./pieces.mjs";
import { loadPyodide } from "./pyodide/pyodide.mjs";
import { job } from "./workshop.mjs";

/** @typedef {import("./mounting.mjs").Tree} Tree */
/** @typedef {{ tree: Tree, bytes: Uint8Array }} Content */

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

/** PyScript comes as Python that writes its modules, then goes on as only its own page can. */
const WRITE_PYSCRIPT = `
os.chdir(os.environ["HOME"])
try:
    exec(stdlib, {})
except ModuleNotFoundError:
    pass
`;

/**
 * Install everything the plain way, and take it apart.
 *
 * @returns {Promise<{ stdlib: { code: Content, source: Content }, pyscript: Content,
 *     packages: Map<string, { code: Content, source: Content, libraries: string[] }> }>}
 */
export async function unpack() {
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
 * against the source that is there, in case it writes others. A base has it leave the writing out, so the
 * sources come along.
 *
 * @param {any} py
 * @returns {Promise<Content>}
 */
async function compilePyScript(py) {
  py.globals.set("stdlib", await writingPyScript());
  py.runPython(WRITE_PYSCRIPT);
  const { code, source } = takeApart(py, "read(sorted(installed(os.path.abspath('pyscript'))))", true);
  return { tree: [...code.tree, ...source.tree], bytes: joined([code.bytes, source.bytes]) };
}

/** PyScript's Python that writes its modules. @returns {Promise<string>} */
export async function writingPyScript() {
  const { stdlib } = await import("./pyscript/core.js");
  return stdlib;
}

/** Take what another engine has compiled and packed: bytecode is the same in all of them. */
export async function fetchMade() {
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
  const parts = Object.keys(stdlib).filter((part) => part !== "source");
  const code = await Promise.all(parts.map((part) => take(stdlib[part], standard[part])));
  const library = {
    code: { tree: code.flatMap(({ tree }) => tree), bytes: joined(code.map(({ bytes }) => bytes)) },
    source: await take(stdlib.source, standard.source),
  };
  return { stdlib: library, packages: found, first: await take(first.blob, first.tree) };
}

/**
 * @param {any} py
 * @param {string} files an expression
 * @param {boolean} [checked] whether to check bytecode against its source when it is read
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
