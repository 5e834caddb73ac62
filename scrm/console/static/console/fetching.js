/* While a part of the page is fetched, and when that fails: never a blank. */
(() => {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const words = () => document.body.dataset;
  const drawn = (id) => $(`#${id}`).content.firstElementChild.cloneNode(true);
  const PATIENCE = 300;

  /* -- waiting --------------------------------------------------------------------------------- */

  const timers = new Map();

  function slow(target) {
    timers.delete(target);
    const dialog = target.closest("dialog");
    if (dialog && !dialog.open && target.classList.contains("dialog-body")) {
      target.replaceChildren(drawn("waiting-dialog"));
      dialog.showModal();
    }
    target.setAttribute("aria-busy", "true");
  }

  function over(target) {
    clearTimeout(timers.get(target));
    timers.delete(target);
    target.removeAttribute?.("aria-busy");
  }

  document.addEventListener("htmx:beforeRequest", (event) => {
    const { target, requestConfig } = event.detail;
    if (!target || target === document.body || requestConfig.verb !== "get" || target.closest("[data-quiet]")) return;
    clearTimeout(timers.get(target));
    timers.set(target, setTimeout(() => slow(target), PATIENCE));
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.target) over(event.detail.target);
    if (event.detail.successful) banners.get(event.detail.target)?.remove();
  });

  /* -- failing --------------------------------------------------------------------------------- */

  const banners = new WeakMap();

  function again(place, asked) {
    const address = asked.pathInfo.finalRequestPath || asked.requestConfig.path;
    const style = (name) => asked.elt.closest?.(`[${name}]`)?.getAttribute(name);
    if (style("hx-push-url") === "true") history.pushState({ htmx: true }, "", address);
    htmx.ajax("GET", address, { target: place, swap: style("hx-swap") || "innerHTML" });
  }

  function banner(asked, told) {
    const place = asked.target;
    if (banners.get(place)?.isConnected) return;
    const box = drawn("fetch-failed");
    $("[data-told]", box).textContent = told;
    $("button", box).addEventListener("click", () => {
      box.remove();
      again(place, asked);
    });
    banners.set(place, box);
    const dialog = place.closest("dialog");
    const waiting = $(".skeleton", place);
    if (dialog && !$(".dialog-head", place)) {
      place.replaceChildren(drawn("waiting-dialog"));
      $(".skeleton", place).replaceWith(box);
      if (!dialog.open) dialog.showModal();
    } else if (waiting) waiting.replaceWith(box);
    else place.before(box);
  }

  // Reading failed: say it where the answer would stand. Writing failed: say it once, the input stays.
  function failed(event, told) {
    const asked = event.detail;
    const reads = asked.requestConfig?.verb === "get";
    const place = asked.target;
    if (asked.elt?.closest?.("[data-quiet]")) return;
    if (reads && place && place !== document.body && place.isConnected) banner(asked, told);
    else scrm.toast({ level: "error", text: told });
  }

  document.addEventListener("htmx:sendError", (event) => failed(event, words().wordOffline));
  document.addEventListener("htmx:timeout", (event) => failed(event, words().wordOffline));
  document.addEventListener("htmx:responseError", (event) => {
    const xhr = event.detail.xhr;
    if (xhr.status === 401 || (xhr.getResponseHeader("HX-Trigger") || "").includes("toast")) return;
    const told = { 403: words().wordForbidden, 404: words().wordGone, 503: words().wordMaintenance }[xhr.status];
    failed(event, told || words().wordError);
  });

  /* -- no network at all ----------------------------------------------------------------------- */

  function network() {
    const bar = $("#offline");
    if (bar) bar.hidden = navigator.onLine;
  }
  addEventListener("offline", network);
  addEventListener("online", network);
  document.addEventListener("DOMContentLoaded", network);
})();
