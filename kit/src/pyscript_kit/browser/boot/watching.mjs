/**
 * Has Python report what it would only print: what tasks and delayed calls raise that nobody awaits,
 * and, while an app is written, that its page stood still.
 *
 * @module
 */

import { show } from "./panel.mjs";
import { WATCH } from "./watched.mjs";
import { raised, withoutAdvice } from "./wording.mjs";

/**
 * @param {any} interpreter
 * @param {boolean} developing whether the person at the browser writes the app
 */
export function watchPython(interpreter, developing) {
  const globals = interpreter.toPy({ developing, report, held });
  interpreter.runPython(WATCH, { globals });
  globals.destroy();
}

/** @param {string} what @param {string} message @param {string} traceback */
function report(what, message, traceback) {
  const detail = {
    title: `${what} stopped with an error`,
    message: withoutAdvice(message) === message ? message : raised(traceback),
    traceback: withoutAdvice(traceback),
    fatal: false,
  };
  dispatchEvent(new CustomEvent("app:error", { detail }));
}

/** @param {number} seconds @param {string} traceback where it slept */
function held(seconds, traceback) {
  const title = `The page did not respond for ${seconds} s`;
  console.warn(`${title}\n${traceback}`);
  show({ title, message: "time.sleep() holds up everything on a page.", traceback });
}
