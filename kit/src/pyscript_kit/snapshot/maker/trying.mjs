/**
 * Imports the packages once, as a plain boot does, to learn which of their modules a snapshot can hold,
 * which libraries they load, and which sources of chance they seed themselves.
 *
 * @module
 */

import { SETTLE, boot, mountPackages, openFiles, run } from "./booting.mjs";
import { FIND_SOURCES } from "./finding.mjs";
import { job, say } from "./workshop.mjs";

/**
 * A package, or one of its modules, that stays out of the snapshot: to be imported when it is wanted.
 *
 * @typedef {{ package: string, module?: string, reason: string }} LeftOut
 */
/** @typedef {{ name: string, modules: string[], use: string }} WarmUp */

/** What Python says of an import that fails, in one line; nothing where it succeeds. */
const IMPORT = `
import importlib

def refusal(name):
    try:
        importlib.import_module(name)
    except BaseException as error:
        if isinstance(error, ModuleNotFoundError) and error.name == name and "." in name:
            return MISSING
        said = " ".join(str(error).split())
        return f"{type(error).__name__}: {said[:200]}" if said else type(error).__name__

refusal(name)
`;

/** Said of a name that may be one out of a module, and no module itself. */
const MISSING = "missing";

const HOLDS_JAVASCRIPT = `
import sys
from pyodide.ffi import JsProxy
any(
    isinstance(value, JsProxy)
    for name, module in list(sys.modules.items())
    if name not in before
    for value in list(getattr(module, "__dict__", {}).values())
)
`;

/**
 * What a snapshot can hold. An import that fails half-way leaves something behind, libraries at least:
 * so after each failure everything is tried again without what has failed.
 *
 * @param {any} content
 * @returns {Promise<{ warmUps: WarmUp[], libraries: string[], seeded: string[], leftOut: LeftOut[] }>}
 *     `seeded`, the states of sources of chance that are the same on each boot
 */
export async function tryOut(content) {
  /** @type {LeftOut[]} */
  const leftOut = [];
  for (;;) {
    const { failures, ...tried } = await tryWithout(content, leftOut);
    if (!failures.length) return { ...tried, leftOut };
    leftOut.push(...failures);
  }
}

/** What is learnt of an attempt that fails. @type {{ warmUps: WarmUp[], libraries: string[], seeded: string[] }} */
const NOTHING = { warmUps: [], libraries: [], seeded: [] };

/** @param {any} content @param {LeftOut[]} leftOut */
async function tryWithout(content, leftOut) {
  const py = await boot(content.stdlib, {});
  mountPackages(py.FS, content);
  const isOut = (/** @type {string} */ name, /** @type {string} */ module) =>
    leftOut.some((each) => each.package === name && (!each.module || each.module === module));
  /** @type {LeftOut[]} */
  const failures = [];
  /** @type {WarmUp[]} */
  const warmUps = [];
  for (const { name, modules, use } of job.packages) {
    const before = run(py, "import sys; [*sys.modules]");
    /** @type {string[]} */
    const imported = [];
    for (const module of modules) {
      if (isOut(name, module)) continue;
      const { said: refusal, dead } = attempt(py, IMPORT, { name: module, MISSING });
      if (!refusal) imported.push(module);
      else if (refusal !== MISSING) failures.push({ package: name, module, reason: refusal });
      if (dead) return { failures, ...NOTHING };
    }
    // What has failed may be to blame for all that is amiss from here on.
    if (!imported.length || failures.length) continue;
    const { said: reason } = afterUse(py, use);
    if (reason) return { failures: [{ package: name, reason }], ...NOTHING };
    if (run(py, HOLDS_JAVASCRIPT, { before })) say(`${name} holds objects of JavaScript: it is not in the snapshot`);
    else warmUps.push({ name, modules: imported, use });
  }
  if (failures.length) return { failures, ...NOTHING };
  const loaded = Object.keys(py._module.LDSO.loadedLibsByName);
  return {
    failures,
    warmUps,
    libraries: loaded.filter((path) => path.startsWith("/")),
    seeded: JSON.parse(run(py, `${FIND_SOURCES}\nstates(find_sources())`)),
  };
}

/**
 * Use a package for the first time, and say why what it has imported cannot be in a snapshot, if so.
 *
 * @param {any} py @param {string} use
 */
function afterUse(py, use) {
  const used = attempt(py, `${use}\nNone`);
  if (used.said) return used;
  run(py, SETTLE);
  const open = openFiles(py);
  if (open.length) return { said: `it keeps files open: ${open.join(", ")}` };
  return attempt(py, `${FIND_SOURCES}\nunseedable()`);
}

/**
 * @param {any} py @param {string} code of which the last line says why something is not to be
 * @param {object} [names] in it
 * @returns {{ said?: string, dead?: boolean }} that, or the last line of its error; and whether Python
 *     itself has ended with it
 */
function attempt(py, code, names) {
  try {
    return { said: run(py, code, names) };
  } catch (/** @type {any} */ error) {
    const said = String(error?.message ?? error).trim().split("\n").at(-1);
    return { said, dead: !(error instanceof py.ffi.PythonError) };
  }
}
