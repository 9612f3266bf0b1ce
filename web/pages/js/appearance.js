/*
 * How pages look, as their reader set it (S33): what the cookies `theme` and `font_size` say stands on the
 * page before anything of it is drawn. It runs in the head and holds up the page, and so is no module.
 */
(() => {
  const apply = () => {
    const kept = new Map(document.cookie.split("; ").map((each) => each.split("=")));
    for (const name of ["theme", "font_size"]) document.documentElement.dataset[name] = kept.get(name) ?? "";
  };
  apply();
  addEventListener("appearance", apply);
  addEventListener("pageshow", apply);
})();
