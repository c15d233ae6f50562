// Draws the diagrams of a page with Mermaid, which `make docs` puts beside this file.
// It is loaded only where a page has a diagram, and only from this site.

const HERE = document.currentScript.src;

function loadMermaid() {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = new URL("mermaid.js", HERE).href;
    script.onload = () => resolve(window.mermaid);
    script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
    document.head.append(script);
  });
}

function isDark() {
  return document.body.dataset.mdColorScheme === "slate";
}

/** Draws every diagram anew from its text, in the colours of the page. */
async function drawDiagrams(mermaid, places) {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    theme: isDark() ? "dark" : "neutral",
    fontFamily: getComputedStyle(document.body).fontFamily,
  });
  for (const [number, { place, text }] of places.entries()) {
    const { svg } = await mermaid.render(`diagram-${number}`, text);
    place.innerHTML = svg;
  }
}

async function showDiagrams() {
  const places = [...document.querySelectorAll("div.diagram")].map((place) => ({ place, text: place.textContent }));
  if (places.length === 0) return;
  const mermaid = await loadMermaid();
  await drawDiagrams(mermaid, places);
  let dark = isDark();
  new MutationObserver(() => {
    if (dark === isDark()) return;
    dark = isDark();
    void drawDiagrams(mermaid, places);
  }).observe(document.body, { attributeFilter: ["data-md-color-scheme"] });
}

void showDiagrams();
