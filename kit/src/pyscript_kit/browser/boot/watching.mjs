/**
 * Has Python report what it would only print: what tasks and delayed calls raise that nobody awaits,
 * and, while an app is written, that its page stood still.
 *
 * @module
 */

import { show } from "./panel.mjs";
import { raised, withoutAdvice } from "./wording.mjs";

const WATCH = `
import asyncio, functools, io, sys, time, traceback
from pyodide.ffi import can_run_sync

def unbuffered(stream):
    # As python -u has it: what has no end of line yet arrives, too.
    raw = io.FileIO(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(raw, stream.encoding, stream.errors, write_through=True)

sys.stdout, sys.stderr = unbuffered(sys.stdout), unbuffered(sys.stderr)

def tell(loop, context):
    error = context.get("exception")
    if isinstance(error, SystemExit):
        return
    if not isinstance(error, Exception):
        loop.default_exception_handler(context)
        return
    # Above the app's own lines stand those of the loop that called it.
    frame = error.__traceback__
    while frame and frame.tb_next and frame.tb_frame.f_code.co_filename.startswith("/lib/"):
        frame = frame.tb_next
    summary = traceback.TracebackException(type(error), error, frame)
    whole = "".join(summary.format())
    summary.__notes__ = None
    what = "A delayed call" if "handle" in context else "A task"
    report(what, "".join(summary.format_exception_only()).strip(), whole.strip())

asyncio.get_event_loop().set_exception_handler(tell)

def watched(sleep):
    @functools.wraps(sleep)
    def sleeping(seconds, /):
        sleep(seconds)
        if seconds >= 0.1 and not can_run_sync():
            held(seconds, "".join(traceback.format_stack(sys._getframe(1))))
    return sleeping

if developing:
    time.sleep = watched(time.sleep)
`;

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
