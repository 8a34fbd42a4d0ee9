/**
 * The page's shell: shows how the start goes on, notices when it does not, and puts every error
 * where the visitor sees it. It alone writes `document.documentElement.dataset.app`:
 *
 *   booting   until the first page stands
 *   ready     from then on
 *   failed    when the app could not start; index.html says so when this script does not come
 *
 * An app is ready when PyScript has run its scripts and none has failed. One that opens pages of its
 * own says so itself. Python tells it by events on window (see patterns/report.py):
 *
 *   app:opening    a page is on its way, and app:ready will say that it stands
 *   app:ready
 *   app:progress   detail: words on what the visitor waits for, "" for nothing
 *   app:error      detail: { title, message, traceback, fatal }
 *   app:mended     detail: the title of an error that is no more
 *
 * and is told by app:scheme that the colours have changed.
 *
 * @module
 */

import { followColours } from "./colours.mjs";
import { hearFailures } from "./failures.mjs";
import { hookIntoPyScript } from "./hooks.mjs";
import { insertParts } from "./insertion.mjs";
import { nameManifest } from "./installing.mjs";
import { byId, isStarting, root, start } from "./page.mjs";
import { isLost, preparePanel, recover } from "./panel.mjs";
import { replacePrerendered, showPrerendered, visiblePage, whenPainted } from "./prerendered.mjs";
import { followStart } from "./progress.mjs";
import { followScripts, opensItself } from "./scripts.mjs";

takeOver();
nameManifest();
followColours();
showPrerendered();
prepareSkipLink();
preparePanel();
followStart(onScriptsDone);
followScripts(onScriptsDone);
hearFailures();
whenPainted().then(() => {
  insertParts();
  hookIntoPyScript();
});

/** The document has waited for this script, and may have said already that it does not come. */
function takeOver() {
  for (const script of document.querySelectorAll("script[blocking]")) script.removeAttribute("blocking");
  root.dataset.app = "booting";
  if (!document.querySelector("link[disabled]")) byId("missing").hidden = true;
  addEventListener("app:ready", declareReady, { once: true });
}

/** What the app has not said itself, it says by having run. */
function onScriptsDone() {
  if (isStarting() && !opensItself() && !isLost()) dispatchEvent(new Event("app:ready"));
}

async function declareReady() {
  performance.mark("app:ready");
  if (root.dataset.app === "failed") recover();
  start.over = true;
  await replacePrerendered(() => (root.dataset.app = "ready"));
}

/** As a link it would put its own address in place of the page's, which a reload then misses. */
function prepareSkipLink() {
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    visiblePage()?.focus();
  });
}
