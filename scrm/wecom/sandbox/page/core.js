// Small pieces every panel uses: elements, requests, time, toasts.
export const $ = (id) => document.getElementById(id);

export function el(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "on") for (const [name, run] of Object.entries(value)) node.addEventListener(name, run);
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key in node && typeof value !== "string") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export const state = {
  corp: "",
  corps: [],
  customer: "",
  customers: [],
  staff: "",
  staffList: [],
  names: new Map(),
  conversation: "",
  panel: "staff",
  log: "callbacks",
  online: null,
};

export class Refusal extends Error {}

export async function get(path, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== "" && value !== undefined);
  return call(`/_sandbox/${path}?${new URLSearchParams(kept)}`, { cache: "no-store" });
}

export async function post(path, body = {}) {
  return call(`/_sandbox/${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function call(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch {
    throw new Refusal("连不上沙箱，请确认进程还在运行");
  }
  const data = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(data.error || `操作失败（HTTP ${response.status}）`);
  return data;
}

export function toast(text, kind = "ok") {
  const node = el("div", { class: `toast ${kind}` }, text);
  $("toasts").append(node);
  setTimeout(() => node.remove(), kind === "bad" ? 6000 : 3500);
}

// Run a deed from a click: the button waits, a refusal is told, then the panels look again.
export async function deed(button, run, done) {
  if (button) button.disabled = true;
  try {
    const answer = await run();
    if (done) toast(typeof done === "function" ? done(answer) : done);
    document.dispatchEvent(new Event("refresh"));
    return answer;
  } catch (error) {
    toast(error.message, "bad");
    return null;
  } finally {
    if (button) button.disabled = false;
  }
}

// Replace content only when its data changed, so that focus, selection and scroll stay.
const shown = new WeakMap();
export function draw(node, data, build) {
  const key = JSON.stringify(data);
  if (shown.get(node) === key) return false;
  shown.set(node, key);
  node.replaceChildren(...[].concat(build()).filter(Boolean));
  return true;
}

export function empty(title, note) {
  return el("div", { class: "empty" }, el("strong", {}, title), note ? el("p", {}, note) : "");
}

const pad = (n) => String(n).padStart(2, "0");
export function when(seconds) {
  const d = new Date(seconds * 1000);
  return `${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${pad(d.getHours())}:${pad(d.getMinutes())}`;
}
export function clockText(seconds) {
  const d = new Date(seconds * 1000);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

const HUES = [212, 152, 24, 276, 338, 188, 48, 104];
export function avatar(id, name) {
  let sum = 0;
  for (const c of id) sum = (sum * 31 + c.codePointAt(0)) % 997;
  const node = el("span", { class: `avatar hue-${sum % HUES.length}`, "aria-hidden": "true" });
  node.textContent = [...(name || "?")][0] || "?";
  return node;
}

export const nameOf = (userid) => state.names.get(userid) || userid;
