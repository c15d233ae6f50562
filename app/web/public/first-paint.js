// Sets the colour scheme and language before the first paint, so that a dark page never flashes
// white. A file of its own because the content security policy allows no inline script.
(function () {
  var root = document.documentElement;
  var scheme = "auto";
  var language = navigator.language;
  try {
    scheme = localStorage.getItem("docchat.scheme") || "auto";
    language = localStorage.getItem("docchat.language") || language;
  } catch (error) {
    // Storage may be forbidden: the defaults stand.
  }
  var dark = scheme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : scheme === "dark";
  root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  root.lang = /^zh/i.test(language) ? "zh-CN" : "en";
})();
