/**
 * Tells the browser of the web app manifest, by which it can install the app.
 *
 * @module
 */

/** In milliseconds: what a page draws once it stands comes first. */
const PAUSE = 2000;

/**
 * Tell Chromium once the app stands. It offers to install an app as soon as it knows the manifest, in words that
 * slide into its window. For more than half a second it draws that again and again, while Python waits for the
 * processor. Others look for a manifest when the document has been read, and not later.
 */
export function nameManifest() {
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[data-rel=manifest]"));
  if (!link) return;
  const name = () => (link.rel = "manifest");
  if (!("BeforeInstallPromptEvent" in globalThis)) return name();
  addEventListener("app:ready", () => setTimeout(name, PAUSE), { once: true });
}
