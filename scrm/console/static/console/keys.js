/* Palette, rows and keys. Nothing needs them, and none reacts while characters are being composed. */
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const drawer = () => $("#drawer");
  const fetchInto = (address) => htmx.ajax("GET", address, { target: "#drawer-body", swap: "innerHTML" });

  let composing = false;
  document.addEventListener("compositionstart", () => { composing = true; }, true);
  document.addEventListener("compositionend", () => { composing = false; }, true);

  /* -- palette --------------------------------------------------------------------------------- */

  let pasted = false;

  function paletteOpen() {
    const palette = $("#palette");
    if (!palette || palette.open) return;
    palette.showModal();
    const input = $("input", palette);
    input.select();
    if (!$("#palette-results", palette).childElementCount) htmx.trigger(input, "input");
  }

  // What is shown belongs to what is typed; otherwise Enter asks the server, which knows one hit when it sees it.
  function resultsFit(input) {
    const shown = $("#palette-results [data-query]");
    return Boolean(shown) && shown.dataset.query === input.value.trim();
  }

  function hitMark(hits, place) {
    hits.forEach((hit, index) => hit.classList.toggle("is-current", index === place));
    hits[place]?.scrollIntoView({ block: "nearest" });
  }

  function paletteKeys(event) {
    const hits = $$(".palette-hit");
    const place = hits.findIndex((hit) => hit.classList.contains("is-current"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      hitMark(hits, (place + step + hits.length) % (hits.length || 1));
    } else if (event.key === "Enter" && event.target.matches("input") && hits.length && resultsFit(event.target)) {
      event.preventDefault();
      hits[Math.max(place, 0)].click();
    }
  }

  document.addEventListener("paste", (event) => { pasted = Boolean(event.target.closest("#palette")); });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "palette-results") return;
    const only = $("[data-only-hit]", event.detail.target);
    if (pasted && only) only.click();
    pasted = false;
  });

  /* -- rows ------------------------------------------------------------------------------------ */

  const rows = () => $$("main .data-table tbody tr");
  const rowNow = () => $("main .data-table tr.is-current");

  function rowMark(row) {
    rows().forEach((other) => other.classList.toggle("is-current", other === row));
    row.scrollIntoView({ block: "nearest" });
    if ($("dialog[open]")) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  }

  function rowMove(step) {
    const all = rows();
    const place = all.indexOf(rowNow());
    const next = all[Math.max(0, Math.min(all.length - 1, place + step))];
    if (next) rowMark(next);
    return next;
  }

  // Where a row leads, relative to its own page; what all rows say alike stands at their table.
  const leads = (row, kind) => row?.dataset[kind] ?? row?.closest("table").dataset[kind];

  function besideRow(row, address) {
    const found = new URL(address, $(".cell-primary a", row)?.href || location.href);
    return found.pathname + found.search;
  }

  function rowOpen(row) {
    const address = leads(row, "glance");
    if (address !== undefined) fetchInto(besideRow(row, address));
    else $(".cell-primary a", row || document.createElement("i"))?.click();
  }

  function rowEdit() {
    const row = rowNow();
    const address = leads(row, "edit");
    if (address !== undefined) fetchInto(besideRow(row, address));
    else $("[data-key=e]", $("dialog[open]") || document)?.click();
  }

  document.addEventListener("click", (event) => {
    const row = event.target.closest("[data-glance] tbody tr, tr[data-glance]");
    const other = event.target.closest("a, button, input, label, summary");
    if (!row || other || String(getSelection())) return;
    rowMark(row);
    rowOpen(row);
  });

  /* -- the map --------------------------------------------------------------------------------- */

  const undo = () => $$(".toast-box [data-undo]").pop()?.click();
  const help = () => $("#keys-help")?.showModal();
  const onPage = {
    "/": () => $("main [data-search]")?.focus(),
    j: () => rowMove(1),
    k: () => rowMove(-1),
    x: () => $("[data-check]", rowNow() || document.createElement("i"))?.click(),
    b: () => $("[data-bulk]:not([hidden]) [data-bulk-action]")?.focus(),
    e: rowEdit,
    o: () => $(".cell-primary a", rowNow() || document.createElement("i"))?.click(),
    Enter: () => rowOpen(rowNow()),
    z: undo,
    "?": help,
  };
  // A glance steps on with the rows below it.
  const inGlance = {
    j: () => { const row = rowMove(1); if (row) rowOpen(row); },
    k: () => { const row = rowMove(-1); if (row) rowOpen(row); },
    e: rowEdit,
    o: () => $("[data-key=o]", drawer())?.click(),
    z: undo,
  };

  function mapFor(target) {
    if (target.closest("input, textarea, select, [contenteditable]")) return {};
    // What was in focus may just have been replaced: the open dialog counts, not where the key lands.
    const dialog = $$("dialog[open]").pop();
    if (dialog) return dialog === drawer() && $(".glance", dialog) ? inGlance : { z: undo };
    return onPage;
  }

  document.addEventListener("keydown", (event) => {
    // 229 is what a browser says while an input method has the key.
    if (composing || event.isComposing || event.keyCode === 229) return;
    if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      paletteOpen();
      return;
    }
    if (event.target.closest("#palette")) {
      paletteKeys(event);
      return;
    }
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    // A button or link keeps Enter for itself.
    if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
    const act = mapFor(event.target)[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette-open]")) paletteOpen();
    if (event.target.closest("[data-keys-help]")) {
      $("#palette")?.close();
      help();
    }
  });
})();
