/**
 * The Python that has Python report what it would only print. A snapshot has it compiled.
 *
 * @module
 */

export const WATCH = `
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
