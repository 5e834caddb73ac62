/* Behaviour of the console's frame and kit. No framework, no eval; htmx owns data, Alpine owns local state. */
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = () => document.body.dataset;
  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  };

  /* -- toasts ---------------------------------------------------------------------------------- */

  function toast({ level = "info", text = "", undo = "" }) {
    const area = $("#toasts");
    if (!area || !text) return;
    const box = make("div", `toast-box toast-${level}`);
    box.append(make("span", "", text));
    const leave = () => box.remove();
    if (undo) {
      const back = make("button", "button", words().wordUndo);
      back.type = "button";
      back.dataset.undo = "";
      back.append(make("kbd", "", "Z"));
      back.addEventListener("click", () => {
        leave();
        htmx.ajax("POST", undo, { target: "body", swap: "none" });
      });
      box.append(back);
    }
    const close = make("button", "button button-icon", "×");
    close.type = "button";
    close.setAttribute("aria-label", words().wordClose);
    close.addEventListener("click", leave);
    box.append(close);
    area.append(box);
    // An open dialog lies above everything else, so the toasts move into it.
    const above = $$("dialog[open]").pop();
    if (above) above.append(area);
    // Errors stay until closed; 撤销 is offered for ten seconds, longer while one points at it.
    if (level === "error") return;
    let timer = 0;
    const wait = () => { timer = setTimeout(leave, undo ? 10000 : 5000); };
    ["mouseenter", "focusin"].forEach((name) => box.addEventListener(name, () => clearTimeout(timer)));
    ["mouseleave", "focusout"].forEach((name) => box.addEventListener(name, wait));
    wait();
  }

  // A dialog that opens while something can be undone takes the toasts along.
  new MutationObserver((seen) => seen.forEach(({ target }) => {
    const area = $("#toasts");
    if (area && area.childElementCount && target.matches("dialog[open]")) target.append(area);
  })).observe(document.documentElement, { attributes: true, attributeFilter: ["open"], subtree: true });

  document.addEventListener("close", (event) => {
    const area = $("#toasts", event.target);
    if (area) document.body.append(area);
  }, true);

  function toastsWaiting(root) {
    $$("template[data-toast]", root).forEach((item) => {
      toast({ level: item.dataset.level, undo: item.dataset.undo, text: item.content.textContent });
      item.remove();
    });
  }

  document.addEventListener("toast", (event) => {
    const list = event.detail && (event.detail.value || event.detail);
    (Array.isArray(list) ? list : [list]).forEach(toast);
  });

  /* -- htmx ------------------------------------------------------------------------------------ */

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = words().csrf;
  });
  // What is fetched into the drawer or the modal opens it.
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "drawer-body" || target.id === "modal-body") {
      const dialog = target.closest("dialog");
      if (!dialog.open) dialog.showModal();
      const title = $("h2", target);
      if (title) dialog.setAttribute("aria-label", title.textContent);
      $("form input:not([type=hidden]), form textarea, form select", target)?.focus();
    }
  });
  document.addEventListener("closeDialog", () => $$("dialog[open]").forEach((dialog) => dialog.close()));

  /* -- Chinese input: nothing reacts while characters are being composed ------------------------- */

  let composing = false;
  document.addEventListener("compositionstart", () => { composing = true; }, true);
  document.addEventListener("compositionend", (event) => {
    composing = false;
    event.target.dispatchEvent(new Event("input", { bubbles: true }));
  }, true);
  document.addEventListener("input", (event) => {
    if (composing || event.isComposing) event.stopPropagation();
  }, true);

  /* -- filter bar ------------------------------------------------------------------------------ */

  const waiting = new WeakMap();
  function later(node, wait, act) {
    clearTimeout(waiting.get(node));
    waiting.set(node, setTimeout(act, wait));
  }

  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.matches("[data-search]")) later(box, 300, () => htmx.trigger(box.form, "search-now"));
    if (box.matches("[data-menu-search]")) menuSearch(box);
  });

  // Leaving the search box is no new search: it was sent while typing.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-search], [data-menu-search]")) event.stopPropagation();
  }, true);

  function menuSearch(box) {
    const text = box.value.trim().toLowerCase();
    $$(".menu-check, .menu-item", box.parentElement).forEach((item) => {
      item.hidden = text !== "" && !item.textContent.toLowerCase().includes(text);
    });
  }

  // Empty controls do not belong in an address that people share.
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches || !form.matches("[data-filter-bar]")) return;
    const kept = event.detail.formData;
    [...kept.entries()].forEach(([key, value]) => { if (value === "") kept.delete(key); });
    const first = $("select[name=sort] option", form);
    if (first && kept.get("sort") === first.value) kept.delete("sort");
  });

  document.addEventListener("change", (event) => {
    const node = event.target;
    const menu = node.closest("[data-filter-bar] .filter");
    if (menu) {
      const count = $("[data-count]", menu);
      const chosen = $$("input:checked", menu).filter((box) => box.value !== "" && box.name).length;
      const ranges = $$(".range", menu).filter((range) => $$("input", range).some((box) => box.value)).length;
      if (count) {
        count.textContent = chosen + ranges;
        count.hidden = chosen + ranges === 0;
      }
    }
    if (node.matches("[data-column]")) {
      event.stopPropagation();
      columnsSave(node.form, $$("[data-column]", node.form).filter((box) => box.checked).map((box) => box.dataset.column));
    }
    if (node.matches("[data-check], [data-check-all]")) bulkChange(node);
  });

  // The choice is the person's, not the address's; a list without a memory keeps it in the address.
  async function columnsSave(form, chosen) {
    const address = $("[data-columns]", form).dataset.columns;
    $$("input[name=col]", form).forEach((input) => input.remove());
    if (address) await columnsPost(address, chosen);
    else form.append(...chosen.map((name) => Object.assign(make("input"), { type: "hidden", name: "col", value: name })));
    htmx.trigger(form, "search-now");
  }

  const columnsPost = (address, chosen) => fetch(address, {
    method: "POST",
    headers: { "X-CSRFToken": words().csrf },
    body: new URLSearchParams(chosen.map((name) => ["col", name])),
  }).catch(() => toast({ level: "error", text: words().wordOffline }));

  function columnsReset(button) {
    columnsPost(button.closest("[data-columns]").dataset.columns, []).then(() => location.reload());
  }

  /* -- bulk bar -------------------------------------------------------------------------------- */

  let everything = false;
  const bar = () => $("[data-bulk]");
  const checks = () => $$("[data-check]");

  function bulkChange(node) {
    everything = false;
    if (node.matches("[data-check-all]")) checks().forEach((box) => { box.checked = node.checked; });
    bulkDraw();
  }

  function bulkDraw() {
    const holder = bar();
    if (!holder) return;
    const chosen = checks().filter((box) => box.checked);
    checks().forEach((box) => box.closest("tr").classList.toggle("is-checked", box.checked));
    const all = $("[data-check-all]");
    if (all) {
      all.checked = chosen.length > 0 && chosen.length === checks().length;
      all.indeterminate = chosen.length > 0 && !all.checked;
    }
    holder.hidden = chosen.length === 0;
    const more = $("[data-bulk-all]", holder);
    $("[data-bulk-count]", holder).textContent = everything
      ? Number(more.dataset.total).toLocaleString("en-US")
      : chosen.length;
    more.hidden = everything || Number(more.dataset.total) <= chosen.length;
  }

  function bulkOpen({ bulkAction: address, bulkWhole: whole }) {
    const chosen = checks().filter((box) => box.checked).map((box) => box.value);
    const ids = encodeURIComponent(chosen.join(","));
    const state = bar().dataset.state;
    let url = `${address}?${everything ? `scope=all${state ? `&${state}` : ""}` : `ids=${ids}`}`;
    if (whole) url = everything ? whole : `${address}${encodeURIComponent(ids)}`;
    htmx.ajax("GET", url, { target: "#drawer-body", swap: "innerHTML" });
  }

  /* -- clicks ---------------------------------------------------------------------------------- */

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    $$("details[data-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    if (at("[data-nav-toggle]")) navOpen(!document.body.classList.contains("nav-is-open"));
    else if (at("[data-nav-close]")) navOpen(false);
    else if (at("[data-columns-reset]")) columnsReset(at("[data-columns-reset]"));
    else if (at("[data-dialog-close]")) at("dialog").close();
    else if (at("[data-dialog-open]")) $(`#${at("[data-dialog-open]").dataset.dialogOpen}`).showModal();
    else if (event.target.matches("dialog[open]")) event.target.close();
    else if (at("[data-bulk-all]")) { everything = true; bulkDraw(); }
    else if (at("[data-bulk-clear]")) { everything = false; checks().forEach((box) => { box.checked = false; }); bulkDraw(); }
    else if (at("[data-bulk-action]")) bulkOpen(at("[data-bulk-action]").dataset);
    else if (at("[data-copy]")) {
      navigator.clipboard.writeText(at("[data-copy]").dataset.copy);
      toast({ level: "success", text: words().wordCopied });
    }
  });

  // A panel that would leave the window opens to the other side.
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches || !menu.matches("details[data-menu]") || !menu.open) return;
    const panel = $(".menu-panel", menu);
    menu.classList.remove("menu-flip");
    if (panel && panel.getBoundingClientRect().right > innerWidth - 8) menu.classList.add("menu-flip");
  }, true);

  function navOpen(open) {
    document.body.classList.toggle("nav-is-open", open);
    const toggle = $("[data-nav-toggle]");
    toggle.setAttribute("aria-expanded", String(open));
    (open ? $("#nav [aria-current], #nav summary, #nav a") : toggle)?.focus();
  }

  /* -- hints ----------------------------------------------------------------------------------- */

  let bubble = null;
  function hintShow(node) {
    hintHide();
    bubble = make("div", "hint-bubble", node.dataset.hint);
    document.body.append(bubble);
    const box = node.getBoundingClientRect();
    const left = Math.min(box.left, innerWidth - bubble.offsetWidth - 12);
    bubble.style.left = `${Math.max(12, left)}px`;
    bubble.style.top = `${box.bottom + 6}px`;
  }
  function hintHide() {
    if (bubble) bubble.remove();
    bubble = null;
  }
  ["mouseover", "focusin"].forEach((name) => document.addEventListener(name, (event) => {
    const node = event.target.closest && event.target.closest("[data-hint]");
    if (node) hintShow(node); else hintHide();
  }));

  /* -- keys of the frame; those of lists and palette are in keys.js ------------------------------- */

  document.addEventListener("keydown", (event) => {
    if (composing || event.isComposing || event.key !== "Escape") return;
    hintHide();
    if (document.body.classList.contains("nav-is-open")) navOpen(false);
    $$("details[data-menu][open]").forEach((menu) => {
      menu.open = false;
      $("summary", menu).focus();
    });
  });

  /* -- charts ---------------------------------------------------------------------------------- */

  let charts = null;
  function chartsDraw(root) {
    const waiting = $$("[data-chart]", root).filter((node) => !node.dataset.drawn);
    if (!waiting.length) return;
    charts ||= Promise.all([import(words().charts), import(words().echarts)]);
    charts.then(([ours, library]) => waiting.forEach((node) => {
      const data = document.getElementById(node.dataset.chart);
      if (node.dataset.drawn || !data) return;
      node.dataset.drawn = "1";
      ours.draw(library, node, JSON.parse(data.textContent));
    }));
  }

  /* -- on a phone a row is a card: every value needs its heading beside it ----------------------- */

  const narrow = matchMedia("(max-width: 600px)");
  function cardsLabel(root) {
    if (!narrow.matches) return;
    const tables = $$(".data-table", root);
    const above = root.closest && root.closest(".data-table");
    (above ? [...tables, above] : tables).forEach((table) => {
      const names = $$("thead th", table).map((head) => head.textContent.trim());
      $$("tbody tr", table).forEach((row) => [...row.cells].forEach((cell, place) => {
        if (!cell.matches(".col-check, .cell-actions")) cell.dataset.label = names[place];
      }));
    });
  }
  narrow.addEventListener("change", () => cardsLabel(document));

  /* -- fields of a form ------------------------------------------------------------------------ */

  // What only some choice of another field needs is hidden for the others; its value is not sent.
  function fieldsFit(root) {
    const inside = root.matches?.("[data-when]") ? [root] : $$("[data-when]", root);
    inside.forEach((control) => {
      const [name, ...wanted] = control.dataset.when.split(" ");
      const other = control.form?.elements.namedItem(name);
      if (!other) return;
      const fits = wanted.includes(other.value);
      control.closest(".form-row").hidden = !fits;
      control.disabled = !fits;
    });
  }

  document.addEventListener("change", (event) => {
    const control = event.target;
    if (control.form) fieldsFit(control.form);
    if (!control.matches("[data-file]")) return;
    const name = $("[data-file-name]", control.parentElement);
    name.dataset.none ||= name.textContent;
    name.textContent = [...control.files].map((file) => file.name).join(" · ") || name.dataset.none;
    name.classList.toggle("text-muted", !control.files.length);
  });

  /* -- whatever arrives ------------------------------------------------------------------------ */

  function ready(root) {
    toastsWaiting(root);
    chartsDraw(root);
    cardsLabel(root);
    fieldsFit(root);
    const bad = $("[data-form] [aria-invalid=true], [data-form] .choices:has(.form-error) input", root);
    if (bad) bad.focus();
  }

  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:load", (event) => {
    ready(event.detail.elt);
    everything = false;
    bulkDraw();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const target = event.detail.target;
    if (target.id === "results" || target.id === "listing") everything = false;
  });

  globalThis.scrm = { toast };
})();
