"""The headers by which a host isolates a page from other origins: what gives SharedArrayBuffer to
the page, and with it workers that use the page's `document`, ask with `input()`, or can be
interrupted. Most static hosts send none of them."""

ISOLATED = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
