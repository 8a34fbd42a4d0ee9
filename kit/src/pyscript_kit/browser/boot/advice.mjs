/**
 * The way out where a line fails that works elsewhere: a browser has no threads, no files and no
 * keyboard to read from, and lets Python ask no server but through the page.
 *
 * @module
 */

const FETCH =
  "Most of Python's own HTTP clients fail in a browser: await get_text or get_bytes of patterns.fetch, and " +
  "give pandas io.StringIO(text). List any other server under connect in pyproject.toml.";
const THREADS =
  "A browser has no threads or processes for Python: await what waits, and compute in a worker (see " +
  "patterns.worker).";

/**
 * What an error says, and what to do about it; `$1` and `$2` are groups of it.
 *
 * @type {[says: RegExp, advice: string][]}
 */
const ADVICE = [
  [/TLS not supported in this environment|unknown url type: https|<urlopen error|RemoteDisconnected:/, FETCH],
  [/^(?:requests|urllib3)\.exceptions\.\w+|'send' on 'XMLHttpRequest'/m, FETCH],
  [
    /FileNotFoundError: .*No such file or directory: '(?:\.\/)?((?:[^/'][^'/]*\/)*)([^/']+)'/,
    "Python here has only the files that [files] in app/pyscript.toml lists: for one in app/, add " +
      '"./$1$2" = "./$1" there, or await get_text("./$1$2") of patterns.fetch.',
  ],
  [
    /FileNotFoundError: /,
    "Python here cannot see your computer's files: put the file into app/ and under [files] in app/pyscript.toml, " +
      "or let the visitor choose it (see patterns.files).",
  ],
  [
    /EOFError: EOF when reading a line|OSError: \[Errno 29\] I\/O error/,
    "input() has nothing to read from on a page: use a form (see field of patterns.dom and handlers.on_submit).",
  ],
  [/can't start new thread|emscripten does not support processes|'?_multiprocessing'?/, THREADS],
  [
    /Cannot stack switch|stack switching not supported|asyncio\.run\(\) cannot be called/,
    'A plain function cannot wait for a coroutine here: make it "async def", and write await instead of ' +
      "asyncio.run().",
  ],
  [/time\.sleep\(\) holds up/, 'Make the function "async def", and write await asyncio.sleep() instead.'],
  [
    /borrowed proxy was automatically destroyed|Object has already been destroyed/,
    "JavaScript kept a Python function after it was freed: give it handlers.callback(function), which lives " +
      "as long as the page.",
  ],
];

/**
 * @param {string} message what an error says
 * @returns {string} the same, with the way out at its end where there is one
 */
export function withAdvice(message) {
  for (const [says, advice] of ADVICE) {
    const match = says.exec(message);
    if (!match) continue;
    const end = /[.!?]$/.test(message) ? "" : ".";
    return `${message}${end} ${advice.replace(/\$(\d)/g, (_, group) => match[group])}`;
  }
  return message;
}
