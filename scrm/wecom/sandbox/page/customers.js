// Left column: customers, search, and scanning contact codes.
import { $, avatar, deed, draw, el, empty, get, nameOf, post, Refusal, state, toast } from "./core.js";

let ways = [];
let total = 0;
const NICKNAMES = ["晨曦", "小鱼儿", "南风知我意", "阿May", "春田花花", "橙子汽水", "一只柚子", "木子李", "山野", "Echo 林"];

export async function loadCustomers() {
  const answer = await get("customers", { corp_id: state.corp, q: $("customer-q").value.trim(), limit: 60 });
  state.customers = answer.data;
  total = answer.total;
  if (!state.customer && answer.data.length) state.customer = answer.data[0].external_userid;
  render();
}

function render() {
  $("customer-total").textContent = total ? `${total.toLocaleString("zh-CN")} 位` : "";
  draw($("customer-list"), [state.customers, state.customer, [...state.names]], () => {
    if (!state.customers.length) {
      const searching = $("customer-q").value.trim();
      return el("li", {}, searching ? empty("没有符合的客户", "换个关键字试试") : empty("还没有客户", "点“扫码添加”，扮演一位新客户"));
    }
    const rows = state.customers.map(row);
    if (total > rows.length) rows.push(el("li", { class: "more" }, `只显示最近 ${rows.length} 位，其余请搜索`));
    return rows;
  });
}

function row(customer) {
  const chosen = customer.external_userid === state.customer;
  const staff = customer.staff.map(nameOf);
  const label = staff.length > 2 ? `${staff[0]} 等 ${staff.length} 位员工` : staff.join("、") || "没有员工好友";
  return el(
    "li",
    {},
    el(
      "button",
      { type: "button", class: "person", "aria-current": chosen ? "true" : undefined, on: { click: () => choose(customer.external_userid) } },
      avatar(customer.external_userid, customer.name),
      el("span", { class: "person-text" }, el("strong", {}, customer.name), el("span", { class: "muted" }, label)),
      customer.unread ? el("span", { class: "pill", title: "消息数" }, String(customer.unread)) : null,
    ),
  );
}

export function choose(externalUserid) {
  state.customer = externalUserid;
  state.conversation = "";
  render();
  document.dispatchEvent(new CustomEvent("area", { detail: { area: "phone" } }));
  document.dispatchEvent(new Event("refresh"));
}

// -- scanning -------------------------------------------------------------------------------

async function openScan(configId = "") {
  try {
    ways = (await get("contact_ways", { corp_id: state.corp })).data;
  } catch (error) {
    toast(error.message, "bad");
    return;
  }
  $("scan-empty").hidden = ways.length > 0;
  $("scan-body").hidden = ways.length === 0;
  $("scan-way").replaceChildren(
    ...ways.map((way) => el("option", { value: way.config_id }, `${way.remark || way.state || way.config_id.slice(0, 8)}（${way.user.map(nameOf).slice(0, 2).join("、")}${way.user.length > 2 ? "…" : ""}）`)),
  );
  if (configId) $("scan-way").value = configId;
  const current = state.customers.find((c) => c.external_userid === state.customer);
  $("scan-who-current").disabled = !current;
  $("scan-current").textContent = current ? `当前客户：${current.name}` : "当前客户（未选择）";
  $("scan-name").value = NICKNAMES[Math.floor(Math.random() * NICKNAMES.length)];
  $("scan-phone").value = "";
  $("scan-error").hidden = true;
  showWay();
  $("scan-dialog").showModal();
}

function showWay() {
  const way = ways.find((w) => w.config_id === $("scan-way").value);
  if (!way) return;
  $("scan-qr").src = `/wwhead/${way.config_id}.svg`;
  const verify = way.skip_verify ? "免验证" : "需员工通过";
  $("scan-note").textContent = `渠道 ${way.state || "（无）"} · ${verify} · 已扫 ${way.scans} 次`;
}

async function submitScan(event) {
  event.preventDefault();
  const fresh = new FormData($("scan-form")).get("who") === "new";
  const body = { corp_id: state.corp, config_id: $("scan-way").value, accept: $("scan-accept").checked };
  if (fresh) Object.assign(body, { name: $("scan-name").value, phone: $("scan-phone").value });
  else body.external_userid = state.customer;
  $("scan-submit").disabled = true;
  try {
    const result = await post("customer/scan", body);
    $("scan-dialog").close();
    toast(result.new_relation ? `已添加 ${nameOf(result.userid)}，等待欢迎语` : `已经是 ${nameOf(result.userid)} 的好友`);
    $("customer-q").value = "";
    await loadCustomers();
    choose(result.external_userid);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $("scan-error").textContent = error.message;
    $("scan-error").hidden = false;
  } finally {
    $("scan-submit").disabled = false;
  }
}

export function startCustomers() {
  let timer = 0;
  $("customer-q").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => deed(null, loadCustomers), 250);
  });
  $("scan-open").addEventListener("click", () => openScan());
  $("scan-close").addEventListener("click", () => $("scan-dialog").close());
  $("scan-way").addEventListener("change", showWay);
  $("scan-form").addEventListener("submit", submitScan);
  $("scan-form").addEventListener("change", () => {
    $("scan-new").hidden = new FormData($("scan-form")).get("who") !== "new";
  });
  const code = location.hash.match(/^#code=([0-9a-f]+)$/);
  if (code) setTimeout(() => openScan(code[1]), 400);
}
