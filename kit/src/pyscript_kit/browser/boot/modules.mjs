/**
 * What is known of a module that Python has not found.
 *
 * @module
 */

/** @type {any} */
let python;

/** @param {any} interpreter Pyodide, once it is there */
export function askOfModules(interpreter) {
  python = interpreter;
}

/**
 * @param {string} module the name that was imported, without a dot
 * @returns {{ packageName?: string, ofPython?: boolean }} the package that has it and is not loaded, and
 *     whether Python elsewhere has it of itself
 */
export function whatIs(module) {
  if (!python) return {};
  for (const [packageName, { imports }] of Object.entries(python.lockfile.packages)) {
    if (imports.includes(module) && !(packageName in python.loadedPackages)) return { packageName };
  }
  return { ofPython: python.runPython(`import sys\n${JSON.stringify(module)} in sys.stdlib_module_names`) };
}
