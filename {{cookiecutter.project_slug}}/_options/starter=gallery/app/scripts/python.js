/**
 * JavaScript that uses Python, for the page "Python from JavaScript", which shows each function
 * and runs it. `pyodide` is the interpreter; in development the console has it by that name.
 */

export function callPython() {
  return remaining(100, 6);
}

export function callNumpy(pyodide) {
  const numpy = pyodide.pyimport("numpy");
  const shape = pyodide.toPy([2, 3]);
  const ones = numpy.ones(shape);
  const rows = ones.toJs();
  for (const proxy of [numpy, shape, ones]) proxy.destroy();
  return rows.map((row) => `${row.constructor.name} [${row.join(", ")}]`).join(", ");
}

export function readArray(pyodide) {
  const counts = pyodide.globals.get("counts");
  const buffer = counts.getBuffer();
  const values = buffer.data;
  const said = `${values.constructor.name} of ${values.length}, highest ${Math.max(...values)}`;
  buffer.release();
  counts.destroy();
  return said;
}

export function setVariable(pyodide, text) {
  pyodide.globals.set("sample", text);
}

export function setFunction(pyodide) {
  pyodide.globals.set("show_area", (width, height) => {
    const area = (width * height).toLocaleString();
    document.querySelector("#area").textContent = `The window has ${area} square pixels.`;
  });
}
