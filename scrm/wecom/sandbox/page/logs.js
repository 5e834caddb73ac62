// Right, third tab: callback deliveries, API requests, accepted sends.
import { $, deed, draw, el, empty, get, nameOf, post, state, when } from "./core.js";

const CHANGES = {
  add_external_contact: "添加客户",
  add_half_external_contact: "免验证添加",
  edit_external_contact: "编辑客户",
  del_external_contact: "员工删除客户",
  del_follow_user: "客户删除员工",
};
const STATES = {
  delivered: ["已送达", "green"],
  failed: ["投递失败", "red"],
  dropped: ["已丢弃", "grey"],
  queued: ["投递中", "amber"],
};
const LIMIT = 80;
const opened = new Set();

export async function loadLogs() {
  const deliveries = (await get("deliveries", { corp_id: state.corp, limit: LIMIT })).data.reverse();
  const failed = deliveries.filter((d) => d.state === "failed").length;
  $("failed-count").hidden = failed === 0;
  $("failed-count").textContent = String(failed);
  if (state.panel !== "logs") return;
  if (state.log === "callbacks") draw($("log-list"), ["callbacks", deliveries], () => callbacks(deliveries));
  else if (state.log === "requests") await loadRequests();
  else await loadSends();
}

function callbacks(deliveries) {
  if (!deliveries.length) {
    const corp = state.corps.find((c) => c.corp_id === state.corp);
    const bound = corp?.agents.some((a) => a.url);
    return empty("还没有回调", bound ? "客户或员工有动作时，事件会投递到 SCRM" : "该企业的应用还没有配置回调地址");
  }
  return deliveries.map((item) => {
    const [label, kind] = STATES[item.state];
    const again = el("button", { type: "button", class: "small" }, "重发");
    again.addEventListener("click", () => deed(again, () => post("callbacks/redeliver", { id: item.id }), "已重发"));
    return el(
      "details",
      { class: "log", open: opened.has(item.id), on: { toggle: (event) => (event.target.open ? opened.add(item.id) : opened.delete(item.id)) } },
      el("summary", {}, el("span", { class: `state ${kind}` }, label), el("strong", {}, CHANGES[item.change_type] || item.change_type), item.copy ? el("span", { class: "state grey" }, `重复 ${item.copy}`) : null, el("span", { class: "muted" }, `${when(item.created_at)} · ${item.attempts.length} 次尝试${lastAttempt(item)}`)),
      el("pre", {}, pretty(item.xml)),
      item.attempts.length ? el("ol", { class: "attempts" }, ...item.attempts.map((a) => el("li", {}, `${a.error || `HTTP ${a.status}`}，${Math.round(a.seconds * 1000)} 毫秒`))) : null,
      item.state === "dropped" ? null : again,
    );
  });
}

function lastAttempt(item) {
  const last = item.attempts.at(-1);
  if (!last) return "";
  return last.error ? " · 连不上" : ` · HTTP ${last.status} · ${Math.round(last.seconds * 1000)} 毫秒`;
}

function pretty(xml) {
  return xml.replaceAll("<![CDATA[", "").replaceAll("]]>", "").replaceAll("><", ">\n<");
}

async function loadRequests() {
  const rows = (await get("requests", { corp_id: state.corp, limit: LIMIT })).data.reverse();
  draw($("log-list"), ["requests", rows], () =>
    rows.length
      ? table(["时间", "接口", "结果", "耗时"], rows.map((r) => [when(r.at), r.api, outcome(r), `${r.milliseconds} ms`]))
      : empty("还没有接口请求", "SCRM 调用 /cgi-bin/ 后会出现在这里"),
  );
}

function outcome(request) {
  if (request.status === 0) return el("span", { class: "state red" }, "断线");
  if (request.status !== 200 && request.status !== 206) return el("span", { class: "state red" }, `HTTP ${request.status}`);
  return el("span", { class: `state ${request.errcode ? "amber" : "green"}` }, request.errcode ? String(request.errcode) : "ok");
}

async function loadSends() {
  const rows = (await get("sends", { corp_id: state.corp, newest: LIMIT })).data.reverse();
  const kinds = { welcome: "欢迎语", broadcast: "群发" };
  draw($("log-list"), ["sends", rows], () =>
    rows.length
      ? table(["时间", "类型", "发送员工", "收件人", "内容"], rows.map((s) => [when(s.at), kinds[s.kind], s.sender ? nameOf(s.sender) : "最近聊天的员工", String(s.recipients.length), s.text.slice(0, 40) || "（附件）"]))
      : empty("还没有受理过发送", "群发和欢迎语被受理后会记在这里，重启也不会丢"),
  );
}

function table(heads, rows) {
  return el(
    "div",
    { class: "table", tabindex: "0", role: "region", "aria-label": "日志表格" },
    el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))), el("tbody", {}, ...rows.map((row) => el("tr", {}, ...row.map((cell) => el("td", {}, cell)))))),
  );
}

export function startLogs() {
  for (const button of document.querySelectorAll("[data-log]")) {
    button.addEventListener("click", () => {
      state.log = button.dataset.log;
      for (const other of document.querySelectorAll("[data-log]")) other.setAttribute("aria-pressed", String(other === button));
      document.dispatchEvent(new Event("refresh"));
    });
  }
}
