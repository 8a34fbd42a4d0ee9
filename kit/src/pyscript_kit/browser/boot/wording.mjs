/**
 * What Python says of an error that nobody caught: what was raised, without the way to it, and with the way
 * out that an app has. Pyodide names others, for pages that load packages themselves.
 *
 * @module
 */

import { whatIs } from "./modules.mjs";

const TO_A_PAGE = "in the page's line of app/pages/__init__.py";
const ON_DEMAND = "to packages_on_demand in app/pyscript.toml";

/**
 * What Pyodide adds to an error, up to the end; what of it has to stay; and what helps here instead.
 *
 * @type {{ theirs: RegExp, kept: string, cure: (name: string) => string }[]}
 */
const CURES = [
  {
    theirs: /\s*The module '(.+?)' is (?:included in|unvendored from) [^]*$/,
    kept: "",
    cure: notLoaded,
  },
  {
    theirs: /\s*The module '(.+?)' is removed from [^]*$/,
    kept: "",
    cure: leftOut,
  },
  {
    theirs: /\.\s*(?:\\n)?\s*On Pyodide you must do [^]*?zoneinfo\.(['"]?)[^]*$/,
    kept: "$1",
    cure: () =>
      `The browser's Python has no time zones of its own: add "tzdata" ${ON_DEMAND}, run pyscript lock ` +
      `and pyscript vendor, and name it ${TO_A_PAGE}.`,
  },
  {
    theirs: /(?<=^ModuleNotFoundError: No module named '([^'.]+)')$/m,
    kept: "",
    cure: notFound,
  },
];

/** @param {string} name of a package */
function notLoaded(name) {
  return (
    `The package "${name}" is in this app's runtime, but is not loaded: name it ${TO_A_PAGE}, ` +
    "or in packages of app/pyscript.toml, which are loaded before main.py runs."
  );
}

/** @param {string} name of a module of Python */
function leftOut(name) {
  return (
    `Python in the browser does not include ${name}, or has it as a package: add it ${ON_DEMAND} and run ` +
    "pyscript lock, which tells you."
  );
}

/** @param {string} name of a module of which Pyodide says nothing, as where the app reports it */
function notFound(name) {
  const { packageName, ofPython } = whatIs(name);
  if (packageName) return notLoaded(packageName);
  if (ofPython) return leftOut(name);
  return (
    "No package in this app's runtime provides it, nor does a file in [files] of app/pyscript.toml: run pyscript " +
    "dev, which adds your own modules and Pyodide's packages; for any other package, run pyscript add with its " +
    "name."
  );
}

/**
 * @param {string} text a traceback, as Pyodide has it
 * @returns {string} its end: what was raised, and the way out
 */
export function raised(text) {
  const lines = text.trim().split("\n");
  const frame = lines.map((line) => line.startsWith('  File "')).lastIndexOf(true);
  const start = lines.findIndex((line, at) => at > frame && /^\S/.test(line));
  // Without the way to it, nobody can tell where it begins.
  const words = lines.slice(frame < 0 || start < 0 ? -1 : start).join("\n");
  for (const { theirs, kept, cure } of CURES) {
    const match = theirs.exec(words);
    if (match) return `${words.replace(theirs, kept)}. ${cure(match[1])}`;
  }
  return words;
}

/**
 * The same for an error that Python has reported: what Pyodide adds is below the traceback, unless it
 * is part of what was raised.
 *
 * @template {{ message: string, traceback?: string }} T
 * @param {T} failure
 * @returns {T} with the way out
 */
export function cured(failure) {
  const { message, traceback = "" } = failure;
  for (const { theirs, kept, cure } of CURES) {
    const match = theirs.exec(message) ?? theirs.exec(traceback);
    if (!match) continue;
    const words = `${message.replace(theirs, kept)}. ${cure(match[1])}`;
    return { ...failure, message: words, traceback: traceback.replace(theirs, kept) };
  }
  return failure;
}

/**
 * @param {string} text a traceback, as Pyodide has it
 * @returns {string} the same without the ways out that are not the app's
 */
export function withoutAdvice(text) {
  return CURES.reduce((rest, { theirs, kept }) => rest.replace(theirs, kept), text);
}
