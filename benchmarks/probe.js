/**
 * Notes, in milliseconds from the start of the navigation, when a visitor sees what. It runs in
 * every candidate's page ahead of the page's own scripts, and reads no mark that a page sets of
 * itself but the event that ends its start.
 *
 *   paint    the browser's first contentful paint
 *   python   the frame after the one with the first element that Python made
 *   ready    the event that ends the page's start
 *   figure   the frame after the one with the decoded figure, an <img> or a <canvas>
 *
 * @param {{ ready: string, element: string, smallest: number }} wanted
 */
(wanted) => {
  if (window !== top || location.protocol === "about:") return;

  /** @type {Record<string, number>} */
  const seen = {};
  /** @type {any} */ (window).__seen = seen;

  /** @param {string} name */
  const note = (name) => {
    seen[name] ??= performance.now();
  };

  /**
   * Call from within an animation frame: what it shows is on screen once the next task runs.
   * @param {string} name
   */
  const noteAfterFrame = (name) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => note(name);
    port2.postMessage(0);
  };

  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) {
      if (name === "first-contentful-paint") seen.paint ??= startTime;
    }
  }).observe({ type: "paint", buffered: true });

  // On the way down, where events that do not bubble pass too.
  addEventListener(wanted.ready, () => note("ready"), { capture: true, once: true });

  /** @param {HTMLCanvasElement} canvas */
  const isBlank = (canvas) => {
    const context = new OffscreenCanvas(16, 16).getContext("2d");
    context.drawImage(canvas, 0, 0, 16, 16);
    return context.getImageData(0, 0, 16, 16).data.every((value) => value === 0);
  };

  let waiting = false;
  let python = false;
  /** @type {Element | undefined} */
  let figure;

  const look = () => {
    waiting = false;
    if (!python && document.querySelector(wanted.element)) {
      python = true;
      noteAfterFrame("python");
    }
    if (!figure) document.querySelectorAll("img, canvas").forEach(lookAt);
    if (python && figure) changes.disconnect();
  };

  /** @param {any} node */
  const lookAt = (node) => {
    if (figure || node.getBoundingClientRect().width < wanted.smallest) return;
    if (node instanceof HTMLImageElement) {
      node.decode().then(() => requestAnimationFrame(() => onFigure(node)), () => {});
    } else if (isBlank(node)) lookSoon();
    else onFigure(node);
  };

  /** @param {Element} node */
  const onFigure = (node) => {
    if (figure) return;
    const { width, height } = node.getBoundingClientRect();
    if (height < wanted.smallest / 2) return;
    figure = node;
    Object.assign(seen, { width, height });
    noteAfterFrame("figure");
  };

  const lookSoon = () => {
    if (!waiting) requestAnimationFrame(look);
    waiting = true;
  };

  const changes = new MutationObserver(lookSoon);
  changes.observe(document, {
    subtree: true,
    childList: true,
    attributes: true,
    attributeFilter: ["src", "hidden", "width", "height"],
  });
};
