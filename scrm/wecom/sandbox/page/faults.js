// Right, second tab: planted faults, callback faults, tokens, quota rule, clock.
import { $, clockText, deed, draw, el, get, post, state } from "./core.js";

const PRESETS = [
  ["errcode", 45009, "超过频率限制 45009"],
  ["errcode", 45033, "并发超限 45033"],
  ["errcode", -1, "系统繁忙 -1"],
  ["errcode", 45035, "写冲突 45035"],
  ["errcode", 48002, "应用无权限 48002"],
  ["http", 502, "网关错误 HTTP 502"],
  ["latency", 0, "变慢：受理后延迟应答"],
  ["drop_after", 0, "已受理，但断线不应答"],
  ["drop_before", 0, "未受理就断线"],
];
const APIS = [
  ["*", "全部接口"],
  ["gettoken", "获取令牌"],
  ["externalcontact/add_msg_template", "创建群发"],
  ["externalcontact/get_groupmsg_list_v2", "群发记录"],
  ["externalcontact/get_groupmsg_task", "群发任务"],
  ["externalcontact/get_groupmsg_send_result", "群发结果"],
  ["externalcontact/send_welcome_msg", "发送欢迎语"],
  ["externalcontact/get", "客户详情"],
  ["externalcontact/batch/get_by_user", "批量客户详情"],
  ["externalcontact/mark_tag", "给客户打标签"],
];
const TIMED = new Set(["latency", "drop_after", "drop_before"]);

export async function loadFaults() {
  const [rules, callback] = await Promise.all([get("faults"), get("callback_faults")]);
  const wrong = Object.values(callback).filter((value) => value > 0).length;
  const count = rules.data.length + wrong;
  $("fault-count").hidden = count === 0;
  $("fault-count").textContent = String(count);
  $("fault-state").textContent = count ? `${count} 项故障生效中` : "一切正常，没有开启任何故障";
  draw($("fault-rules"), rules.data, () => rules.data.map(rule));
  fill(callback);
  const corp = state.corps.find((c) => c.corp_id === state.corp);
  if (corp && document.activeElement !== $("quota-rule")) $("quota-rule").value = corp.quota_rule;
}

let filled = "";
function fill(callback) {
  const key = JSON.stringify(callback);
  if (filled === key) return;
  filled = key;
  for (const input of $("callback-form").elements) if (input.name in callback) input.value = callback[input.name];
}

function rule(item) {
  const preset = PRESETS.find(([kind, code]) => kind === item.kind && (code === item.code || kind !== "errcode"));
  const api = APIS.find(([path]) => path === item.api)?.[1] || item.api;
  const facts = [api];
  if (item.times) facts.push(`还剩 ${item.times} 次`);
  if (item.probability < 1) facts.push(`概率 ${Math.round(item.probability * 100)}%`);
  if (item.milliseconds) facts.push(`${item.milliseconds} 毫秒`);
  const button = el("button", { type: "button", class: "small" }, "关闭");
  button.addEventListener("click", () => deed(button, () => post("faults/remove", { id: item.id }), "已关闭"));
  const name = preset?.[2] || `${item.kind} ${item.code}`;
  return el("div", { class: "rule" }, el("span", { class: "state red" }, name), el("span", { class: "muted" }, facts.join(" · ")), button);
}

export function showClock(clock) {
  $("clock").textContent = clockText(clock.now);
  $("clock").classList.toggle("moved", clock.frozen || Math.abs(clock.offset) > 1);
  const note = clock.frozen ? "（已冻结）" : Math.abs(clock.offset) > 1 ? "（已偏移）" : "";
  $("clock-big").textContent = clockText(clock.now) + note;
  $("phone-time").textContent = clockText(clock.now).slice(11, 16);
}

function submitFault(event) {
  event.preventDefault();
  const form = new FormData(event.target);
  const [kind, code] = PRESETS[Number(form.get("preset"))];
  const body = { kind, code, api: form.get("api"), times: Number(form.get("times")), probability: Number(form.get("probability")) / 100 };
  if (TIMED.has(kind)) body.milliseconds = Number(form.get("milliseconds"));
  deed(event.submitter, () => post("faults", body), "故障已开启");
}

function submitCallback(event) {
  event.preventDefault();
  const body = Object.fromEntries([...new FormData(event.target)].map(([key, value]) => [key, Number(value)]));
  deed(event.submitter, () => post("callback_faults", body), "回调故障已应用");
}

export function startFaults() {
  const form = $("fault-form").elements;
  form.preset.replaceChildren(...PRESETS.map(([, , label], index) => el("option", { value: String(index) }, label)));
  form.api.replaceChildren(...APIS.map(([path, label]) => el("option", { value: path }, label)));
  $("fault-form").addEventListener("submit", submitFault);
  $("callback-form").addEventListener("submit", submitCallback);
  $("fault-clear").addEventListener("click", (e) => deed(e.currentTarget, () => post("faults/clear"), "已全部恢复正常"));
  $("token-expire").addEventListener("click", (e) => deed(e.currentTarget, () => post("tokens/expire", { corp_id: state.corp }), "令牌已过期"));
  $("token-revoke").addEventListener("click", (e) => deed(e.currentTarget, () => post("tokens/expire", { corp_id: state.corp, revoke: true }), "令牌已失效"));
  $("quota-rule").addEventListener("change", (e) => deed(null, () => post("corp", { corp_id: state.corp, quota_rule: e.target.value }), "群发规则已更新"));
  for (const button of document.querySelectorAll("[data-advance]")) {
    button.addEventListener("click", () => deed(button, () => post("clock", { advance: Number(button.dataset.advance) }), "时钟已前进"));
  }
  $("clock-freeze").addEventListener("click", (e) => deed(e.currentTarget, () => post("clock", { freeze: true }), "时钟已冻结"));
  $("clock-real").addEventListener("click", (e) => deed(e.currentTarget, () => post("clock", { offset: 0 }), "已回到真实时间"));
}
