/**
 * Compiles, inside a browser, modules of an app with the pinned Python. snapshot/bytecode.py serves this
 * page, gives it its job and takes what it makes.
 *
 * @module
 */

import { loadPyodide } from "./pyodide/pyodide.mjs";

/**
 * Bytecode that is not checked against its source again: an archive holds both, and nothing changes
 * there.
 */
const COMPILE = `
import importlib.util
from importlib._bootstrap_external import _code_to_hash_pyc

def compiled(path, text):
    source = text.encode()
    place = f"/home/pyodide/{path}"
    try:
        code = compile(source, place, "exec", dont_inherit=True, optimize=0)
    except SyntaxError as error:
        return None, f"app/{path}, line {error.lineno}: {error.msg}"
    name = importlib.util.cache_from_source(path, optimization="")
    return name, bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))

compiled
`;

/** @param {string} where @param {BodyInit} body */
const post = (where, body) => fetch(`./${where}`, { method: "POST", body });

try {
  /** @type {{ sources: Record<string, string> }} */
  const { sources } = await (await fetch("./job.json")).json();
  const py = await loadPyodide();
  const compiled = py.runPython(COMPILE);
  /** @type {Record<string, string>} */
  const names = {};
  let refused = "";
  for (const [path, text] of Object.entries(sources)) {
    const pair = compiled(path, text);
    const [name, code] = pair;
    if (!name) {
      refused = code;
      break;
    }
    names[path] = name;
    const buffer = code.getBuffer("u8");
    await post(`blob?name=${encodeURIComponent(path)}`, buffer.data.slice());
    buffer.release();
  }
  await (refused ? post("refused", refused) : post("result", JSON.stringify(names)));
} catch (error) {
  await post("failed", String(/** @type {any} */ (error)?.message ?? error));
}
