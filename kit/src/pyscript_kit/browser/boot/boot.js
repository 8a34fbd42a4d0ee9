/**
 * The page's shell: shows how the start goes on, notices when it does not, and puts every error
 * where the visitor sees it. It alone writes `document.documentElement.dataset.app`:
 *
 *   booting   until the first page stands
 *   ready     from then on
 *   failed    when the app could not start; index.html says so when this script does not come
 *
 * Python tells it so by events on window (see patterns/report.py):
 *
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
import { byId, root } from "./page.mjs";
import { preparePanel, takeAway } from "./panel.mjs";
import { followStart } from "./progress.mjs";

takeOver();
followColours();
prepareSkipLink();
preparePanel();
followStart();
hearFailures();
insertParts();
hookIntoPyScript();

/** The document has waited for this script, and may have said already that it does not come. */
function takeOver() {
  document.querySelector("script[blocking]")?.removeAttribute("blocking");
  root.dataset.app = "booting";
  if (!document.querySelector("link[disabled]")) byId("missing").hidden = true;
  addEventListener("app:ready", declareReady, { once: true });
}

function declareReady() {
  performance.mark("app:ready");
  if (root.dataset.app === "failed") takeAway();
  root.dataset.app = "ready";
}

/** As a link it would put its own address in the place of the page's, which a reload then misses. */
function prepareSkipLink() {
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault();
    byId("page").focus();
  });
}
