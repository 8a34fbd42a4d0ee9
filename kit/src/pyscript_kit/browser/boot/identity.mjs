/**
 * What the app is called and how its icon looks, wherever the document shows it: title, description,
 * drawing and colours each have one place, in index.html, icon.svg and style.css. In a built document all
 * of it stands already.
 *
 * @module
 */

const ICON = "./icon.svg";
const SHEET = "./style.css";
// A name, and what holds without it; `site/colours.py` of the kit reads the same.
const VARIABLE = /var\(\s*(--[\w-]+)\s*(?:,\s*([^()]*))?\)/g;

/** Have elements say what they are to show, and the icon be in the app's colours. */
export function showIdentity() {
  const description = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=description]"));
  const texts = new Map([
    ["title", document.title],
    ["description", description?.content],
  ]);
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-shows]"))) {
    element.textContent = texts.get(element.dataset.shows ?? "") ?? "";
  }
  drawIcon();
}

/** An image knows nothing of the colours of its document, so they are written into it. */
async function drawIcon() {
  const links = [...document.querySelectorAll(`link[href="${ICON}"]`)];
  const images = [...document.querySelectorAll(`img[src="${ICON}"]`)];
  if (!links.length && !images.length) return;
  const answer = await fetch(ICON);
  const drawing = await answer.text();
  // One in colours of its own stays as it is, as does one that is missing.
  if (!answer.ok || !drawing.includes("var(")) return;
  const address = `data:image/svg+xml,${encodeURIComponent(filled(drawing, declared()))}`;
  for (const link of links) link.setAttribute("href", address);
  for (const image of images) image.setAttribute("src", address);
}

/**
 * The custom properties of the app's style sheet: those of dark.css are not among them, for the icon
 * is the same in the dark.
 */
function declared() {
  const sheets = [...document.styleSheets].filter(
    ({ ownerNode }) => /** @type {Element} */ (ownerNode).getAttribute?.("href") === SHEET,
  );
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const rule of sheets.flatMap(({ cssRules }) => [...cssRules])) {
    if (!(rule instanceof CSSStyleRule) || !rule.selectorText.split(", ").includes(":root")) continue;
    for (const name of rule.style) {
      if (name.startsWith("--")) found.set(name, rule.style.getPropertyValue(name).trim());
    }
  }
  return found;
}

/**
 * A text with values in place of `var(--name)`; what nobody has declared stays.
 *
 * @param {string} text
 * @param {Map<string, string>} values
 * @param {string[]} [within] names whose values are being filled in
 * @returns {string}
 */
function filled(text, values, within = []) {
  return text.replace(VARIABLE, (whole, name, otherwise) => {
    const value = within.includes(name) ? undefined : values.get(name);
    return value === undefined ? (otherwise?.trim() ?? whole) : filled(value, values, [...within, name]);
  });
}
