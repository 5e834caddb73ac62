// Starts the panels and looks again every two seconds while the page is visible.
import { $, draw, el, get, state, toast } from "./core.js";
import { loadCustomers, startCustomers } from "./customers.js";
import { loadFaults, showClock, startFaults } from "./faults.js";
import { loadLogs, startLogs } from "./logs.js";
import { loadPhone, startPhone } from "./phone.js";
import { loadStaff, startStaff } from "./staff.js";

const EVERY = 2000;
let busy = false;
let again = false;

async function refresh() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    await look();
    online(true);
  } catch (error) {
    online(false);
    if (state.online) toast(error.message, "bad");
  } finally {
    busy = false;
  }
  if (again) {
    again = false;
    refresh();
  }
}

async function look() {
  const [corps, clock] = await Promise.all([get("corps"), get("clock")]);
  state.corps = corps.data;
  showClock(clock);
  if (!state.corps.some((c) => c.corp_id === state.corp)) {
    chooseCorp(remembered() || state.corps[0]?.corp_id || "");
  }
  drawCorps();
  if (!state.corp) {
    document.body.classList.add("no-corp");
    noCorp();
    await loadFaults();
    return;
  }
  await loadStaff();
  await loadCustomers();
  document.body.classList.remove("no-corp");
  await Promise.all([loadPhone(), loadFaults(), loadLogs()]);
}

function noCorp() {
  const text = (title, note) => () => el("div", { class: "empty" }, el("strong", {}, title), el("p", {}, note));
  draw($("customer-list"), ["no-corp"], () => el("li", {}, text("还没有企业", "演示环境启动时会写入企业、员工和客户")()));
  draw($("task-list"), ["no-corp"], text("没有数据", "先用控制接口 POST /_sandbox/seed 写入一个企业"));
  draw($("chat"), ["no-corp"], text("等待数据", "写入企业后，这里就是客户的手机"));
  draw($("log-list"), ["no-corp"], text("没有日志", "写入企业后开始记录"));
}

const remembered = () => state.corps.find((c) => c.corp_id === localStorage.getItem("corp"))?.corp_id;

function chooseCorp(corpId) {
  Object.assign(state, { corp: corpId, customer: "", staff: "", conversation: "" });
}

function drawCorps() {
  const select = $("corp");
  draw(select, state.corps.map((c) => [c.corp_id, c.name]), () =>
    state.corps.length ? state.corps.map((c) => el("option", { value: c.corp_id }, c.name)) : el("option", { value: "" }, "（无企业）"),
  );
  select.value = state.corp;
  select.disabled = state.corps.length < 2;
}

function online(now) {
  const node = $("health");
  node.textContent = now ? "运行中" : "已断开";
  node.className = `health ${now ? "up" : "down"}`;
  state.online = now;
}

function showArea(area, panel) {
  $("main").dataset.area = area;
  for (const button of document.querySelectorAll(".mobile-tabs button")) {
    const own = button.dataset.area === area && (!button.dataset.panel || button.dataset.panel === (panel || state.panel));
    button.setAttribute("aria-pressed", String(own));
  }
}

function showPanel(panel) {
  state.panel = panel;
  for (const tab of document.querySelectorAll("[role=tab]")) {
    const own = tab.dataset.panel === panel;
    tab.setAttribute("aria-selected", String(own));
    tab.tabIndex = own ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !own;
  }
  refresh();
}

function startTabs() {
  const tabs = [...document.querySelectorAll("[role=tab]")];
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener("click", () => showPanel(tab.dataset.panel));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(index + step + tabs.length) % tabs.length];
      next.focus();
      showPanel(next.dataset.panel);
    });
  }
  for (const button of document.querySelectorAll(".mobile-tabs button")) {
    button.addEventListener("click", () => {
      if (button.dataset.panel) showPanel(button.dataset.panel);
      showArea(button.dataset.area, button.dataset.panel);
    });
  }
}

$("corp").addEventListener("change", (event) => {
  localStorage.setItem("corp", event.target.value);
  chooseCorp(event.target.value);
  refresh();
});
document.addEventListener("refresh", refresh);
document.addEventListener("area", (event) => showArea(event.detail.area));
startTabs();
startCustomers();
startPhone();
startStaff();
startFaults();
startLogs();
refresh();
setInterval(() => {
  if (!document.hidden) refresh();
}, EVERY);
