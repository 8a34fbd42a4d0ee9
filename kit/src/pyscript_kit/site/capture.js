/**
 * What `pyscript build` runs in a page to keep what Python has made of it: it waits until the page has
 * settled, and writes its content down as HTML that stands by itself, its figures apart.
 */
globalThis.prerendering = (() => {
  /** What the kit's own scripts fill. */
  const SHELL = "#boot, #error, #missing, #waiting";
  const GONE = "script, noscript, iframe, object, embed, template";
  /** What nobody is to see before Python is there; its place stays free. */
  const LEFT_OUT = "[data-prerender=no]";
  /** How a figure is in the page: rules for <canvas> do not reach the <img> in its place. */
  const LAID_OUT = [
    ...["display", "vertical-align", "float", "object-fit", "box-sizing"],
    ...["top", "right", "bottom", "left"].flatMap((side) => [`margin-${side}`, `padding-${side}`]),
  ];
  /** Of what pixels are kept as: good enough until the live figure is there. */
  const [FORMAT, QUALITY] = ["image/webp", 0.9];
  /** In milliseconds, for what comes into view to notice it. */
  const GLANCE = 120;
  /** A table of thousands of lines is not looked at screen by screen. */
  const MOST_STOPS = 25;
  /** What a visitor does to an element that is not a control, but that scripts answer. */
  const ACTS = ["click", "dblclick", "keydown", "mousedown", "pointerdown", "touchstart"];
  const CONTROLS = "a[href], audio, button, details, form, input, label, option, select, summary, textarea, video";
  /** Elements that answer these. @type {WeakSet<EventTarget>} */
  const answers = new WeakSet();

  const { addEventListener: listen } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (...given) {
    if (ACTS.includes(given[0]) && this instanceof Element) answers.add(this);
    return listen.apply(this ?? globalThis, given);
  };

  /** The style sheets that hold for every page, and are in the document as it was sent. @type {WeakSet<Node>} */
  const sent = new WeakSet();
  // All of it is read then, and no module has run yet: Python's own sheets may come before DOMContentLoaded.
  document.addEventListener("readystatechange", () => {
    if (document.readyState !== "interactive") return;
    for (const sheet of document.querySelectorAll(":is(link[rel=stylesheet], style):not([data-page])")) sent.add(sheet);
  });

  const pause = (/** @type {number} */ time) => new Promise((resolve) => setTimeout(resolve, time));

  /**
   * Wait until the app is ready.
   *
   * @param {number} patience in milliseconds
   * @returns {Promise<string>} why it is not; nothing when it is
   */
  async function started(patience) {
    const end = performance.now() + patience;
    while (performance.now() < end) {
      const app = document.documentElement?.dataset.app;
      const said = wrong();
      if (said) return said;
      if (app === "ready") return "";
      await pause(50);
    }
    return `it is not ready after ${patience / 1000} s`;
  }

  /** What the error panel says, the last line of a traceback where there is one. */
  function wrong() {
    const panel = document.getElementById("error");
    if (!panel || panel.hidden) return "";
    return `it raises: ${document.getElementById("error-message")?.textContent?.trim().split("\n").at(-1)}`;
  }

  /** What the page waits for; nothing where it waits for nothing. */
  function pending() {
    if (document.querySelector("main[aria-busy=true]")) return "it is still being filled";
    if (document.getElementById("waiting")?.textContent) return "it waits for what it fetches";
    if ([...document.querySelectorAll("[aria-busy=true]")].some(isInView)) return "a part of it stays busy (aria-busy)";
    if ([...document.images].some((image) => !image.complete && isInView(image))) return "a picture does not come";
    return "";
  }

  const isInView = (/** @type {Element} */ element) => {
    const { top, bottom, width } = element.getBoundingClientRect();
    return width > 0 && bottom > 0 && top < innerHeight;
  };

  /**
   * Come by everything, since what is out of view may not be drawn yet, until the page has settled.
   *
   * @param {number} quiet how long nothing changes then, in milliseconds
   * @param {number} patience how long to wait for that
   * @returns {Promise<string>} what keeps it from it; nothing when it has settled
   */
  async function settled(quiet, patience) {
    const end = performance.now() + patience;
    let changed = performance.now();
    const observer = new MutationObserver(() => (changed = performance.now()));
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    const still = async (/** @type {number} */ time) => {
      changed = performance.now();
      for (;;) {
        const said = wrong();
        if (said) return said;
        const reason = pending();
        const now = performance.now();
        if (reason) changed = now;
        else if (now - changed >= time) return "";
        if (now > end) return reason || "it never stops changing";
        await pause(30);
      }
    };
    await document.fonts.ready;
    let reason = await still(quiet);
    const glance = Math.min(GLANCE, quiet);
    const step = () => Math.max(innerHeight * 0.8, document.documentElement.scrollHeight / MOST_STOPS);
    for (let y = innerHeight; !reason && y < document.documentElement.scrollHeight; y += step()) {
      scrollTo(0, y);
      reason = await still(glance);
    }
    // What was passed by between two stops.
    for (const part of document.querySelectorAll("[aria-busy=true], img[loading=lazy]")) {
      part.scrollIntoView();
      reason ||= await still(glance);
    }
    scrollTo(0, 0);
    reason ||= await still(glance);
    observer.disconnect();
    return reason;
  }

  /**
   * What the page shows.
   *
   * @param {string[]} empty ids of what was empty in the document as it was sent
   */
  async function capture(empty) {
    /** @type {object[]} */
    const figures = [];
    const parts = [];
    for (const part of filled(empty)) parts.push([part.id, await written(part, figures)]);
    const main = document.querySelector("main[id]")?.id ?? "";
    return { title: document.title, main, parts, figures, sheets: sheets() };
  }

  /** The parts of the document that Python has filled: <main>, and what was empty in it as it was sent. */
  function filled(/** @type {string[]} */ empty) {
    const main = document.querySelector("main[id]");
    const found = [...document.body.querySelectorAll("[id]")].filter((element) => {
      if (element === main) return !element.querySelector("#boot");
      if (element.closest(SHELL) || main?.contains(element) || (main && element.contains(main))) return false;
      return empty.includes(element.id) && element.childElementCount;
    });
    return found.filter((element) => !found.some((other) => other !== element && other.contains(element)));
  }

  /** The style sheets that hold for this page: its own, and those that scripts have added. */
  function sheets() {
    const found = [];
    for (const sheet of [...document.styleSheets, ...document.adoptedStyleSheets]) {
      const owner = /** @type {Element | null} */ (sheet.ownerNode);
      const media = sheet.media.mediaText;
      if (sheet.disabled || (owner && sent.has(owner)) || media === "not all" || media === "print") continue;
      if (owner?.localName === "link") found.push({ href: owner.getAttribute("href"), media });
      else found.push({ text: [...sheet.cssRules].map(({ cssText }) => cssText).join("\n"), media });
    }
    return found;
  }

  /** The content of an element as trees: texts, and elements with name, attributes and content. */
  async function written(/** @type {Element} */ element, /** @type {object[]} */ figures) {
    const copy = /** @type {Element} */ (element.cloneNode(true));
    const copies = [...copy.querySelectorAll("*")];
    for (const [index, original] of [...element.querySelectorAll("*")].entries()) {
      if (original.parentElement?.closest(LEFT_OUT)) continue;
      keepState(original, copies[index]);
      if (original.matches(LEFT_OUT)) leaveOut(original, copies[index]);
      else if (original.matches("canvas, img")) await keepFigure(original, copies[index], figures);
    }
    for (const gone of copy.querySelectorAll(GONE)) gone.remove();
    return [...copy.childNodes].flatMap(treeOf);
  }

  /** @returns {any[]} */
  function treeOf(/** @type {any} */ node) {
    if (node.nodeType === Node.TEXT_NODE) return [node.data];
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    const attributes = Object.fromEntries([...node.attributes].map(({ name, value }) => [name, value]));
    return [[node.localName, attributes, [...node.childNodes].flatMap(treeOf)]];
  }

  /** An empty element of the same size in place of one. */
  function leaveOut(/** @type {Element} */ original, /** @type {any} */ copy) {
    const { width, height } = original.getBoundingClientRect();
    copy.replaceChildren();
    for (const { name } of [...copy.attributes]) if (!["class", "id", "style"].includes(name)) copy.removeAttribute(name);
    Object.assign(copy.style, { boxSizing: "border-box", minHeight: `${height}px` });
    if (getComputedStyle(original).display.startsWith("inline")) {
      Object.assign(copy.style, { display: "inline-block", minWidth: `${width}px` });
    }
  }

  /** What a control holds is in its attributes then; and nothing acts by itself. */
  function keepState(/** @type {any} */ original, /** @type {any} */ copy) {
    for (const { name } of [...copy.attributes]) {
      if (name.startsWith("on") || name === "autofocus" || name === "autoplay") copy.removeAttribute(name);
      // It is of this visit only.
      if (/^(href|src|srcset|poster|data|action)$/.test(name) && /^\s*blob:/.test(copy.getAttribute(name))) copy.removeAttribute(name);
    }
    if ((answers.has(original) || original.onclick) && !original.matches(CONTROLS)) copy.setAttribute("data-acts", "");
    if (copy.hasAttribute("contenteditable")) {
      copy.setAttribute("contenteditable", "false");
      copy.setAttribute("aria-disabled", "true");
    }
    const { localName, type } = original;
    // Else it would be of one group with Python's own, of which one at a time is chosen.
    if (type === "radio" && original.name && !original.form) copy.setAttribute("name", `prerendered ${original.name}`);
    if (localName === "input" && ["checkbox", "radio"].includes(type)) copy.toggleAttribute("checked", original.checked);
    else if (localName === "input" && !["password", "file"].includes(type)) copy.setAttribute("value", original.value);
    else if (localName === "textarea") copy.textContent = original.value;
    else if (localName === "option") copy.toggleAttribute("selected", original.selected);
  }

  /** A figure apart from the page, and in its place an <img> that waits for an address. */
  async function keepFigure(/** @type {any} */ original, /** @type {Element} */ copy, /** @type {object[]} */ figures) {
    const content = await contentOf(original);
    if (!content) return;
    const image = document.createElement("img");
    for (const { name, value } of copy.attributes) {
      if (!["src", "srcset", "width", "height", "role", "aria-label", "loading"].includes(name)) image.setAttribute(name, value);
    }
    image.alt = original.getAttribute("alt") ?? original.getAttribute("aria-label") ?? original.textContent.trim();
    const style = getComputedStyle(original);
    for (const name of LAID_OUT) image.style.setProperty(name, style.getPropertyValue(name));
    const box = original.getBoundingClientRect();
    const room = original.parentElement;
    const inside = getComputedStyle(room);
    const width = room.clientWidth - parseFloat(inside.paddingLeft) - parseFloat(inside.paddingRight);
    image.style.width = Math.abs(width - box.width) < 1.5 ? "100%" : `${Math.round(box.width)}px`;
    image.style.maxWidth = "100%";
    image.style.height = "auto";
    image.dataset.figure = String(figures.length);
    figures.push({ ...content, width: Math.round(box.width), height: Math.round(box.height) });
    copy.replaceWith(image);
  }

  /** The first figure of the page that is large enough to stand for it. */
  function firstFigure() {
    return [...document.querySelectorAll("main :is(canvas, img, svg)")].find((figure) => {
      const { width, height } = figure.getBoundingClientRect();
      return width >= 300 && height >= 150;
    });
  }

  /** The bytes, in base64, of a figure that is nowhere but in this page. */
  async function contentOf(/** @type {any} */ element) {
    let blob;
    if (element.localName === "canvas") {
      if (!element.width || !element.height) return null;
      try {
        blob = await new Promise((resolve) => element.toBlob(resolve, FORMAT, QUALITY));
      } catch {
        return null; // it holds pixels of another origin
      }
    } else if (/^(blob|data):/.test(element.currentSrc || element.src)) {
      blob = await (await fetch(element.currentSrc || element.src)).blob();
    }
    return blob ? { type: blob.type, content: await base64(blob) } : null;
  }

  const base64 = (/** @type {Blob} */ blob) =>
    new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(blob);
    });

  return { started, settled, capture, firstFigure };
})();
