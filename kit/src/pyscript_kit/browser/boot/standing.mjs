/**
 * Tells when Python's page may take the place of what was kept of it.
 *
 * @module
 */

const FIGURES = "canvas, img, svg";
const BUSY = "[aria-busy=true]";

/**
 * Whether a page has drawn, in view, what another one shows.
 *
 * @param {HTMLElement} live
 * @param {HTMLElement} copy
 */
export function stands(live, copy) {
  if (live.matches(BUSY)) return false;
  const figures = [...live.querySelectorAll(FIGURES)];
  if (figures.length < copy.querySelectorAll(FIGURES).length) return false;
  return ![...live.querySelectorAll(BUSY)].some(isInView) && figures.filter(isInView).every(isDrawn);
}

/** @param {Element} element */
function isInView(element) {
  const { top, bottom, width } = element.getBoundingClientRect();
  return width > 0 && bottom > 0 && top < innerHeight;
}

/** @param {Element} figure */
function isDrawn(figure) {
  if (figure instanceof HTMLImageElement) return figure.complete && figure.hasAttribute("src");
  if (!(figure instanceof HTMLCanvasElement) || !figure.width || !figure.height) return true;
  const small = new OffscreenCanvas(16, 16).getContext("2d");
  if (!small) return true;
  try {
    small.drawImage(figure, 0, 0, 16, 16);
    return small.getImageData(0, 0, 16, 16).data.some(Boolean);
  } catch {
    return true; // it shows a picture of another origin
  }
}
