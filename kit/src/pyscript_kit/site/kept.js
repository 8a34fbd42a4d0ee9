// The first thing that a document with kept pages does: where the address names another page than the
// first, it asks for what was kept of that, and hides the first; boot.js shows it. It may be painted
// before boot.js has come: what is pressed until then is held for that. What starts Python waits in a
// template until the page and its figure have come, so as to take nothing of a slow line from them.
globalThis.prerendered = ((kept) => {
  const root = document.documentElement;
  kept.pressed = [];
  kept.hold = (event) => {
    const { type, target, submitter } = event;
    const pressed = type === "submit" ? (submitter ?? target) : target.closest("BUTTONS, [data-acts]");
    if (!pressed?.closest("[data-prerendered]")) return;
    event.preventDefault();
    event.stopPropagation();
    kept.pressed.push(pressed);
  };
  for (const type of ["click", "submit"]) addEventListener(type, kept.hold, true);
  kept.hereOf = (element) =>
    new Promise((resolve) => {
      for (const type of ["load", "error"]) element.addEventListener(type, resolve, { once: true });
    });
  kept.askForEngine = () => {
    if (kept.engine) kept.coming ??= fetch(kept.engine, { credentials: "same-origin" });
    kept.coming?.catch(() => {});
  };
  kept.goesOn = new Promise((resolve) => {
    kept.goOn = () => {
      const late = document.getElementById("late");
      // One by one: of what is inserted at once, scripts are asked for after all links.
      for (const node of [...(late?.content.childNodes ?? [])]) {
        // Else they would run in the order in which they come.
        if (node.localName === "script") node.async = node.hasAttribute("async");
        late.before(node);
      }
      late?.remove();
      resolve();
    };
  });
  kept.goOnOncePainted = async (page) => {
    const figure = page?.querySelector("img[fetchpriority=high]");
    if (figure && !figure.complete) await kept.hereOf(figure);
    // All that the page consists of is here, and the line is free.
    kept.askForEngine();
    requestAnimationFrame(kept.goOn);
  };
  // What this device keeps takes nothing from the page; and one that nobody sees is not painted.
  const isFree = navigator.serviceWorker?.controller || document.hidden;
  if (isFree) kept.askForEngine();
  kept.end = (page) => {
    const hasPage = kept.asked || (kept.first !== null && !("elsewhere" in root.dataset));
    if (!hasPage || isFree) return kept.goOn();
    setTimeout(kept.goOn, 1000);
    if (!kept.asked) kept.goOnOncePainted(page);
  };
  if (!kept.shell) kept.goOn();
  let scheme = "system";
  try {
    scheme = localStorage.getItem("scheme") ?? scheme;
  } catch {}
  if (kept.shell && scheme !== "system") {
    // It puts the chosen colours on, before anything is seen.
    const shell = document.createElement("script");
    Object.assign(shell, { type: "module", src: kept.shell });
    shell.setAttribute("blocking", "render");
    document.head.append(shell);
  }
  const { hash } = location;
  if (!hash.startsWith("#/")) return kept;
  try {
    kept.route = decodeURIComponent(hash.slice(2).split("?")[0]).replace(/^\/+|\/+$/g, "");
  } catch {
    kept.route = hash.slice(2);
  }
  if (!kept.route || kept.route === kept.first) return kept;
  root.dataset.elsewhere = "";
  const [address, integrity, figures] = Object.hasOwn(kept.pages, kept.route) ? kept.pages[kept.route] : [];
  if (!address) return kept;
  kept.asked = fetch(address, { integrity, priority: "high" });
  kept.asked.catch(() => {});
  const coming = [kept.asked];
  const figure = figures.find(([, media]) => matchMedia(media).matches);
  if (figure) {
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "image", href: figure[0], fetchPriority: "high" });
    coming.push(kept.hereOf(link));
    document.head.append(link);
  }
  // The line is free then, whatever boot.js has yet to do.
  Promise.all(coming).then(kept.askForEngine, () => {});
  return kept;
})(INDEX);
