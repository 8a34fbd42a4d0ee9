/**
 * Puts PyScript and the loader into a document that is served as its author wrote it. In a built one
 * they stand already, so that the browser asks for them sooner.
 *
 * @module
 */

import { showIdentity } from "./identity.mjs";
import { byId } from "./page.mjs";
import { parts } from "./parts.mjs";

/** Insert what the document lacks, in the order in which `pyscript build` would write it. */
export function insertParts() {
  if (!document.querySelector("script[data-pyscript]")) {
    showIdentity();
    parts.forEach(insert);
  }
  // Until it has come, it must hold up no script: the watchdog is one.
  const apply = () => byId("pyscript-style")?.removeAttribute("media");
  if (document.readyState === "complete") apply();
  else addEventListener("load", apply);
}

/** @param {[name: string, attributes: Record<string, string>]} part */
function insert([name, attributes]) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  // What a script inserts runs as soon as it comes, unless told to keep the order.
  if (element instanceof HTMLScriptElement) element.async = "async" in attributes;
  (attributes.rel === "stylesheet" ? document.body : document.head).append(element);
}
