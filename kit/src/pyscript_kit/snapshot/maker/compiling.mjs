/**
 * Compiles, before a snapshot, the Python that every visit runs ahead of the app's own: on its first use,
 * Python's compiler takes longer than all of that, as no one has called its WebAssembly yet.
 *
 * @module
 */

/** What Pyodide itself runs at each boot from a snapshot. */
const OF_PYODIDE = [
  "{}",
  "import importlib; importlib",
  "import __main__; __main__.__dict__",
  "import builtins; builtins.__dict__",
];

/** What PyScript's Python does, beside writing its modules: the file system has those already. */
const OF_PYSCRIPT = "import pyscript";

/** Tracebacks name it, and the error panel leaves out what is below this folder. */
const PLACE = "/lib/compiled_ahead.py";

/**
 * Pyodide compiles what it is to run in one place. There, each text is looked for among those that are known,
 * once: who runs the same later may want its syntax tree, which is not kept.
 */
const COMPILE_AHEAD = `
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from _pyodide import _base

def watched(parse_and_compile, instead):
    known = {}

    def key(source, options):
        return source, *sorted(options.items())

    def noting(source, **options):
        code = known[key(source, options)] = yield from parse_and_compile(instead.get(source, source), **options)
        return code

    def knowing(source, **options):
        code = known.pop(key(source, options), None)
        if code is None:
            return (yield from parse_and_compile(source, **options))
        yield None
        return code

    return noting, knowing

noting, knowing = watched(_base._parse_and_compile_gen, {pyscript: instead})
_base._parse_and_compile_gen = noting
for text in texts:
    _base.CodeRunner(text).compile()
_base.CodeRunner(pyscript, flags=PyCF_ALLOW_TOP_LEVEL_AWAIT).compile()
_base._parse_and_compile_gen = knowing
`;

/**
 * Have Python's memory hold code compiled.
 *
 * @param {any} py
 * @param {string[]} texts what `runPython` will be given
 * @param {string} pyscript what PyScript will give `runPythonAsync`, to write its modules and import them
 */
export function compileAhead(py, texts, pyscript) {
  const globals = py.toPy({ texts: [...OF_PYODIDE, ...texts], pyscript, instead: OF_PYSCRIPT });
  py.runPython(COMPILE_AHEAD, { globals, filename: PLACE });
  globals.destroy();
}
