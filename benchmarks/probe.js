/**
 * Notes, in milliseconds from the start of the navigation, when a visitor sees what. It runs in
 * every candidate's page ahead of the page's own scripts, and reads no mark that a page sets of
 * itself but the event that ends its start.
 *
 *   paint    the browser's first contentful paint
 *   largest  its largest contentful paint
 *   first    the first figure on screen, be it one that was kept when the site was built
 *   live     the first figure on screen that Python has drawn in this browser
 *   python   the frame after the one that shows the first element that Python made
 *   ready    the event that ends the page's start
 *   shift    the browser's cumulative layout shift so far, which is not a time
 *
 * When an <img> is painted, the browser says itself, by element timing. Of a <canvas> it says
 * nothing: that counts from the frame after the one in which it has pixels.
 *
 * @param {{ ready: string, element: string, smallest: number }} wanted
 */
(wanted) => {
  if (window !== top || location.protocol === "about:") return;

  // What shows the content that was kept of a page, until Python's takes its place.
  const KEPT = "[data-prerendered]";
  // Layout shifts within a second of each other, over five seconds at most, add up.
  const [GAP, SPAN] = [1000, 5000];

  /** @type {Record<string, any>} */
  const seen = { shift: 0, sizes: {} };
  /** @type {any} */ (window).__seen = seen;

  /** @param {string} name */
  const note = (name) => {
    seen[name] ??= performance.now();
  };

  /**
   * Call from within an animation frame: what it shows is on screen once the next task runs.
   * @param {() => void} then
   */
  const afterFrame = (then) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = then;
    port2.postMessage(0);
  };

  /**
   * @param {string} type
   * @param {(entry: any) => void} take
   */
  const observe = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });

  observe("paint", ({ name, startTime }) => {
    if (name === "first-contentful-paint") seen.paint ??= startTime;
  });
  observe("largest-contentful-paint", ({ startTime }) => (seen.largest = startTime));
  let [sum, begun, last] = [0, -Infinity, -Infinity];
  observe("layout-shift", ({ startTime, value, hadRecentInput }) => {
    if (hadRecentInput) return;
    if (startTime - last > GAP || startTime - begun > SPAN) [sum, begun] = [0, startTime];
    last = startTime;
    sum += value;
    seen.shift = Math.max(seen.shift, sum);
  });
  observe("element", ({ element, identifier, intersectionRect, startTime }) => {
    const { width, height } = element ? element.getBoundingClientRect() : intersectionRect;
    onFigure(identifier, width, height, startTime);
  });

  // On the way down, where events that do not bubble pass too.
  addEventListener(wanted.ready, () => note("ready"), { capture: true, once: true });

  /**
   * @param {"kept" | "live"} kind
   * @param {number} width
   * @param {number} height
   * @param {number} time
   */
  const onFigure = (kind, width, height, time) => {
    if (width < wanted.smallest || height < wanted.smallest / 2) return;
    seen.first ??= time;
    seen[kind] ??= time;
    seen.sizes[kind] ??= [width, height];
  };

  /** @param {Element} element */
  const shows = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });

  /** @param {HTMLCanvasElement} canvas */
  const isBlank = (canvas) => {
    const context = new OffscreenCanvas(16, 16).getContext("2d");
    context.drawImage(canvas, 0, 0, 16, 16);
    return context.getImageData(0, 0, 16, 16).data.every((value) => value === 0);
  };

  let waiting = false;
  let python = false;

  const look = () => {
    waiting = false;
    if (!python && [...document.querySelectorAll(wanted.element)].some(shows)) {
      python = true;
      afterFrame(() => note("python"));
    }
    if (!seen.live) document.querySelectorAll("canvas").forEach(lookAt);
    if (python && seen.live) changes.disconnect();
  };

  /** @param {HTMLCanvasElement} canvas */
  const lookAt = (canvas) => {
    const { width, height } = canvas.getBoundingClientRect();
    if (width < wanted.smallest) return;
    if (!shows(canvas) || isBlank(canvas)) lookSoon();
    else afterFrame(() => onFigure("live", width, height, performance.now()));
  };

  const lookSoon = () => {
    if (!waiting) requestAnimationFrame(look);
    waiting = true;
  };

  const changes = new MutationObserver(() => {
    // Before it is painted: the browser reports only the images that it was asked about.
    for (const image of document.images) {
      if (!image.hasAttribute("elementtiming")) {
        image.setAttribute("elementtiming", image.closest(KEPT) ? "kept" : "live");
      }
    }
    lookSoon();
  });
  changes.observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["src", "hidden", "width", "height"],
  });
};
