// What is unfolded is kept in the address: #scaling&open=scaling.1,notes. A fold is named by its id, or by its section
// and its place there.
(() => {
  "use strict";
  const { settings, read, write } = authlab;
  const name = (fold) => {
    if (fold.id) return fold.id;
    const section = fold.closest("[id]") ?? document.body;
    return section.id + "." + ([...section.querySelectorAll("details")].indexOf(fold) + 1);
  };
  const folds = () => [...document.querySelectorAll("details")];
  const byDefault = new Set(folds().filter((fold) => fold.open).map(name));
  const note = () => {
    const open = folds().filter((fold) => fold.open).map(name);
    const same = open.length === byDefault.size && open.every((n) => byDefault.has(n));
    if (same) settings.delete("open"); else settings.set("open", open.join(","));
    write(["open"]);
  };
  const apply = () => {
    if (!settings.has("open")) return;
    const open = settings.get("open").split(",");
    for (const fold of folds()) fold.open = open.includes(name(fold));
    note();
  };
  document.addEventListener("toggle", (event) => {
    if (event.target.tagName === "DETAILS") note();
  }, true);
  addEventListener("hashchange", () => {
    if (read(["open"])) apply(); else write(["open"]);
  });
  // Print opens every fold.
  addEventListener("beforeprint", () => { for (const fold of folds()) fold.open = true; });
  read(["open"]);
  apply();
})();
