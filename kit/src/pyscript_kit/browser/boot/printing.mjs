/**
 * What Python prints, written to the console: also a line that has no end yet, and never as an error,
 * for stderr is where logging, warnings and progress go as well.
 *
 * @module
 */

/** Milliseconds of quiet after which a line that has not ended is shown. */
const QUIET = 100;

/**
 * @param {any} interpreter
 * @param {{ stdout: (text: string) => void, stderr: (text: string) => void }} io PyScript's, which others may replace
 */
export function showPrinted(interpreter, io) {
  // A terminal writes there itself.
  if (document.querySelector("[terminal]")) return;
  interpreter.setStdout(inLines((line) => io.stdout(line)));
  interpreter.setStderr(inLines((line) => io.stderr(line)));
}

/**
 * Turn pieces of text into lines. What a carriage return would write over is left out, as a progress
 * bar has it.
 *
 * @param {(line: string) => void} show
 */
export function inLines(show) {
  const decoder = new TextDecoder();
  let rest = "";
  let timer = 0;
  const showLine = (/** @type {string} */ line) => show(line.replace(/\r+$/, "").replace(/^.*\r/s, ""));
  const showRest = () => {
    const line = rest;
    rest = "";
    if (line.replaceAll("\r", "")) showLine(line);
  };
  return {
    write(/** @type {Uint8Array} */ bytes) {
      clearTimeout(timer);
      const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
      rest = /** @type {string} */ (lines.pop());
      lines.forEach(showLine);
      if (rest) timer = /** @type {any} */ (setTimeout(showRest, QUIET));
      return bytes.length;
    },
  };
}
