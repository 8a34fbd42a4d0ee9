/**
 * What Python says of an error that nobody caught: what was raised, without the way to it, and with the way
 * out that an app has. Pyodide names others, for pages that load packages themselves.
 *
 * @module
 */

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
    cure: (name) =>
      `The package "${name}" is in the runtime of this app, and is not loaded: name it ${TO_A_PAGE}, ` +
      "or in packages of app/pyscript.toml, which are loaded before main.py runs.",
  },
  {
    theirs: /\s*The module '(.+?)' is removed from [^]*$/,
    kept: "",
    cure: (name) =>
      `Python in the browser leaves ${name} out, or has it apart: add it ${ON_DEMAND} and run ` +
      "pyscript lock, which knows.",
  },
  {
    theirs: /\.\s*(?:\\n)?\s*On Pyodide you must do [^]*?zoneinfo\.(['"]?)[^]*$/,
    kept: "$1",
    cure: () =>
      `The browser's Python has no time zones of its own: add "tzdata" ${ON_DEMAND}, run pyscript lock ` +
      `and pyscript vendor, and name it ${TO_A_PAGE}.`,
  },
];

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
 * @param {string} text a traceback, as Pyodide has it
 * @returns {string} the same without the ways out that are not the app's
 */
export function withoutAdvice(text) {
  return CURES.reduce((rest, { theirs, kept }) => rest.replace(theirs, kept), text);
}
