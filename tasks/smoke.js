/**
 * What a visitor does on the pages of the default project, begun while the page still boots. It runs
 * in every engine through whatever that takes functions by, so it returns nothing but JSON.
 *
 * It has to come before the first figure does, whose time in milliseconds from the start of the
 * navigation it notes.
 *
 * @param {{ python: string, whole: boolean, seconds: number }} wanted code whose last expression is
 *     a text of JSON; whether to go on after the figure; and how long to wait for anything
 */
async ({ python, whole, seconds }) => {
  const root = document.documentElement;
  /** @param {string} selector @returns {any} */
  const find = (selector) => document.querySelector(selector);

  /** @type {string[]} */
  const problems = [];
  for (const level of /** @type {const} */ (["error", "warn"])) {
    const write = console[level];
    console[level] = (...words) => {
      problems.push(`console.${level}: ${words.join(" ")}`);
      write.apply(console, words);
    };
  }

  /**
   * @template T
   * @param {string} what
   * @param {() => T} look
   * @returns {Promise<T>} what `look` finds, once it finds something
   */
  const appears = (what, look) =>
    new Promise((resolve, reject) => {
      const end = performance.now() + seconds * 1000;
      const again = () => {
        const found = look();
        const told = find("#error-title")?.textContent;
        if (found) resolve(found);
        else if (told) {
          const words = ["message", "traceback"].map((part) => find(`#error-${part}`).textContent);
          reject(new Error(`Before ${what} the page says: ${[told, ...words, ...problems].join(" ")}`));
        }
        else if (performance.now() < end) requestAnimationFrame(again);
        else reject(new Error(`${what} did not appear in ${seconds} s. ${problems.join("\n")}`));
      };
      again();
    });

  /** @param {string} route */
  const open = async (route) => {
    location.hash = `#/${route}`;
    await appears(`the page ${route}`, () => find(`#page[data-route="${route}"][aria-busy="false"]`));
  };

  /** @param {string} name */
  const press = (name) => {
    const button = [...document.querySelectorAll("button")].find((each) => each.textContent === name);
    if (!button) throw new Error(`There is no button ${name}`);
    button.click();
  };

  /** Addresses that nothing came from, which no console.error reports. */
  const lost = () =>
    /** @type {any[]} */ (performance.getEntriesByType("resource"))
      .filter(({ responseStatus }) => responseStatus >= 400)
      .map(({ name, responseStatus }) => `${name}: ${responseStatus}`);

  const figure = () => find('#normal-density .plot[aria-busy="false"] canvas');
  if (figure()) throw new Error("The figure came before it could be watched for");
  const image = await appears("the figure", figure);
  await new Promise(requestAnimationFrame);
  const figureMs = performance.now();
  await appears("the end of the start", () => root.dataset.app === "ready");
  const status = await appears("the figure's description", () =>
    image.ariaLabel.includes("highest") && image.ariaLabel,
  );
  const booted = {
    figure_ms: figureMs,
    width: image.width,
    status,
    preboot: root.dataset.preboot,
    images: performance
      .getEntriesByType("resource")
      .map(({ name }) => name.split("/").pop() ?? "")
      .filter((name) => name.startsWith("memory-")),
  };
  if (!whole) return { ...booted, problems: [...problems, ...lost()] };

  const { whenDefined } = await import(find("script[data-pyscript]").src);
  const { interpreter } = await whenDefined("py");
  const outcome = JSON.parse(interpreter.runPython(python));
  const { layout, trampolineField } = await import(new URL("runtime/preboot/layout.mjs", document.baseURI).href);
  const trampoline = trampolineField(interpreter._module);

  await open("dom");
  find("#new-sample").value = "Gneiss";
  press("Create");
  const row = await appears("a new sample", () =>
    [...document.querySelectorAll("#samples .name")].find(({ textContent }) => textContent === "Gneiss"),
  );

  await open("worker");
  find("#iterations").value = 3000;
  press("Compute in the worker");
  await appears("the worker's end", () => find("#worker-status").textContent.startsWith("Worker: done"));
  const diagram = await appears("the worker's figure", () => find("#diagram[src]:not([hidden])"));
  await diagram.decode();

  return {
    ...booted,
    layout: layout(),
    // 0 where the engine has no trampoline for calls, null where this Pyodide knows of none.
    trampoline: trampoline ? interpreter._module.HEAP32[trampoline] : null,
    outcome,
    row: row.textContent,
    diagram: { width: diagram.naturalWidth, alt: diagram.alt },
    problems: [...problems, ...lost()],
  };
};
