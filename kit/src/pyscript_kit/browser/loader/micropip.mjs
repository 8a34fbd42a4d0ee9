/**
 * Stands in for micropip where the lock has none. PyScript has it install the packages of settings that do
 * not say `packages_cache = "passthrough"`, as those that a worker has of its own.
 *
 * @module
 */

import { run } from "./waking.mjs";

const NAME = "micropip";

/** What PyScript asks of it. All that there is to install is the runtime's own, and needs no index. */
const STAND_IN = `
import importlib.machinery, json, re, sys, types
import pyodide_js
from pyodide.ffi import to_js


async def install(requirements, keep_going=False, **_):
    """Load packages of the app's runtime, or wheels by their addresses."""
    asked = [requirements] if isinstance(requirements, str) else list(requirements)
    known = pyodide_js.lockfile.packages.to_py()
    names = [each if "/" in each else re.match(r"[\\w.-]*", each)[0] for each in asked]
    absent = [each for each in names if "/" not in each and canonical(each) not in known]
    if absent:
        raise ValueError(
            f"The runtime of this app has no package {', '.join(map(repr, absent))}: add it to "
            "packages_on_demand in app/pyscript.toml, then run pyscript lock and pyscript vendor."
        )
    await pyodide_js.loadPackage(to_js(names))


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def freeze():
    """Return the lock, in which nothing is new."""
    return json.dumps(pyodide_js.lockfile.to_py())


def set_index_urls(_):
    """Do nothing: no index is asked."""


module = types.ModuleType("micropip", "Stands in for micropip, which this app's runtime does not have.")
module.__spec__ = importlib.machinery.ModuleSpec("micropip", None)
module.install, module.freeze, module.set_index_urls = install, freeze, set_index_urls
sys.modules.setdefault("micropip", module)
`;

/**
 * Have an interpreter without micropip load the stand-in when it is asked for it.
 *
 * @param {any} py
 */
export function standInForMicropip(py) {
  const { loadPackage } = py;
  if (NAME in (py.lockfile?.packages ?? { [NAME]: true })) return;
  py.loadPackage = async (/** @type {any} */ asked, /** @type {any} */ options) => {
    const names = [asked?.toJs?.() ?? asked].flat();
    const others = names.filter((name) => name !== NAME);
    if (others.length < names.length) run(py, STAND_IN);
    if (names.length && !others.length) return [];
    return loadPackage.call(py, others, options);
  };
}
