/**
 * What a visitor sees of a prerendered page, from its first sight until Python's page has stood for a
 * while. It runs in every engine, begun while Python still boots, and returns nothing but JSON.
 *
 * A page jumps where anything in it is elsewhere in a frame than in the one before.
 *
 * @param {{ seconds: number }} wanted how long to wait for anything
 */
async ({ seconds }) => {
  const root = document.documentElement;
  const PARTS = "h1, h2, p, label, button, input, select, img, canvas, svg, table";
  const FIGURES = "img, canvas, svg";
  /** For how long Python's page is watched, in milliseconds. */
  const AFTER = 1500;

  const frame = () => new Promise(requestAnimationFrame);
  /** @param {Element} element */
  const shows = (element) => {
    const { visibility } = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    return visibility === "visible" && width > 0 && height > 0;
  };
  const copy = () => document.querySelector("main[data-prerendered]");
  const live = () => document.querySelector("#page");

  /**
   * What is seen of a page: names and places of its parts.
   * @param {Element | null} page
   */
  const seenOf = (page) =>
    [...(page?.querySelectorAll(PARTS) ?? [])].filter(shows).map((element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      return {
        // A figure is one, whatever it consists of.
        name: element.matches(FIGURES) ? "figure" : element.localName,
        id: element.id,
        place: [x + scrollX, y + scrollY, width, height],
      };
    });

  /**
   * How far the parts of one page are from those of another in pixels, at most, and of which.
   * @param {ReturnType<typeof seenOf>} before
   * @param {ReturnType<typeof seenOf>} after
   */
  const distance = (before, after) => {
    const names = [before, after].map((parts) => parts.map(({ name }) => name).join(" "));
    if (names[0] !== names[1]) return [Infinity, `${names[0]} became ${names[1]}`];
    let [most, which] = [0, ""];
    for (const [index, { name, id, place }] of before.entries()) {
      for (const [side, value] of place.entries()) {
        const far = Math.abs(value - after[index].place[side]);
        if (far > most) [most, which] = [far, `${name}${id && `#${id}`} by ${far.toFixed(1)}`];
      }
    }
    return [most, which];
  };

  /** @param {Element | null} page */
  const drawn = (page) =>
    [...(page?.querySelectorAll("img") ?? [])].filter(shows).every((image) => image.complete && image.naturalWidth > 0);

  const end = performance.now() + seconds * 1000;
  const wait = async (/** @type {string} */ what, /** @type {() => unknown} */ look) => {
    while (!look()) {
      if (performance.now() > end) throw new Error(`${what} did not come in ${seconds} s`);
      await frame();
    }
  };

  await wait("a page that was kept", () => {
    if (root.dataset.app === "ready" && !copy()) throw new Error("Python's page was there first, or none was kept");
    // Before the browser paints, style sheets may be missing; and a document that comes grows.
    if (!performance.getEntriesByName("first-contentful-paint").length || document.readyState === "loading") return false;
    return copy() && seenOf(copy()).length && drawn(copy());
  });
  await frame();
  const keptMs = performance.now();
  const isBeforePython = root.dataset.app !== "ready";
  const text = copy()?.querySelector("h1")?.textContent;
  let [before, jump, why, blank] = [seenOf(copy()), 0, "", 0];
  const first = before;
  let liveMs = 0;
  while (!liveMs || performance.now() < liveMs + AFTER) {
    await frame();
    if (performance.now() > end) throw new Error(`Python's page did not come in ${seconds} s`);
    if (!liveMs && !copy()) liveMs = performance.now();
    const now = seenOf(copy() ?? live());
    if (!now.length || !drawn(copy() ?? live())) blank += 1;
    else {
      const [far, what] = distance(before, now);
      if (far > jump) [jump, why] = [far, `${what}${liveMs ? "" : ", before Python's page"}`];
      before = now;
    }
  }
  return {
    kept_ms: keptMs,
    live_ms: liveMs,
    is_before_python: isBeforePython,
    parts: first.length,
    figures: first.filter(({ name }) => name === "figure").length,
    heading: text,
    live_heading: live()?.querySelector("h1")?.textContent,
    // Infinity is none of JSON.
    jump: Math.min(jump, 1e6),
    why,
    blank,
    told: document.getElementById("error-title")?.textContent ?? "",
  };
};
