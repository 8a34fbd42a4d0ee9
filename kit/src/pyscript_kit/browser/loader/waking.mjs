/**
 * Makes what a snapshot has of its maker the visitor's own: the memory is laid over the instance's, and
 * gets this engine, new random states, time zone and language.
 *
 * @module
 */

import { SEED_ANEW } from "./chance.mjs";
import { trampolineField } from "./layout.mjs";
import { lay, lengthOf } from "./memory.mjs";

/** @param {any} module @param {Uint8Array[]} image */
export function restore(module, image) {
  const length = lengthOf(image);
  if (module.HEAPU8.length < length && !module._emscripten_resize_heap(length)) {
    throw new Error(`${Math.ceil(length / 1e6)} MB of memory are not available`);
  }
  lay(image, module.HEAPU8);
}

/**
 * Point Python to the function that makes its calls fast, where this engine has one. Snapshots say
 * that there is none, for an index into another engine's table would lead astray.
 *
 * @param {any} module @param {any} base
 */
export function setTrampoline(module, base) {
  const field = trampolineField(module);
  if (!field) return;
  const slot = base.table - 1;
  const present = base.trampoline && module.wasmTable.get(slot);
  module.HEAP32[field] = present ? slot : 0;
}

/**
 * Makes what a snapshot has of its maker the visitor's own: chance, time zone and language. The names
 * of the zone come from libc, which has been told before; the rest as Python itself works it out.
 */
const WAKE = `${SEED_ANEW}
import locale, os, sys, time

for source in vars(sys).pop(KEPT, ()):
    seed_anew(source)
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

/**
 * Where the engine cannot wait for a promise, say so: Python has noted that its maker's engine can, and
 * would blame the function that asks.
 */
const CANNOT_WAIT = `
import sys
from pyodide.ffi import run_sync as mistaken

def run_sync(x):
    raise RuntimeError("WebAssembly stack switching not supported in this JavaScript runtime")

run_sync.__doc__ = mistaken.__doc__
for module in list(sys.modules.values()):
    if getattr(module, "__dict__", {}).get("run_sync") is mistaken:
        module.run_sync = run_sync
`;

/** All of it. */
export const WAKING = [WAKE, CANNOT_WAIT];

/** @param {any} py */
export function wake(py) {
  const { _module: module } = py;
  const address = (/** @type {any} */ symbol) => Number(symbol?.value ?? symbol);
  const [first, second] = [0, 1].map((place) => module.HEAPU32[(address(module._tzname) >> 2) + place]);
  module.__tzset_js(address(module._timezone), address(module._daylight), first, second);
  const language = (globalThis.navigator?.language ?? "C").replace("-", "_");
  run(py, WAKE, { language: `${language}.UTF-8` });
  if (!module.jspiSupported) run(py, CANNOT_WAIT);
}

/** @param {any} py @param {string} code run in a namespace of its own @param {object} [names] in it */
export function run(py, code, names = {}) {
  const globals = py.toPy(names);
  py.runPython(code, { globals });
  globals.destroy();
}
