// Middle: the chosen customer's phone.
import { $, avatar, deed, draw, el, empty, get, nameOf, post, state, when } from "./core.js";

let relations = [];
let messages = [];

export async function loadPhone() {
  if (!state.customer) {
    relations = messages = [];
    render();
    return;
  }
  const query = { corp_id: state.corp, external_userid: state.customer };
  const [friends, inbox] = await Promise.all([get("relations", query), get("inbox", query)]);
  relations = friends.data;
  messages = inbox.data;
  const people = conversations();
  if (!people.includes(state.conversation)) state.conversation = lastSpeaker() || people[0] || "";
  render();
}

const conversations = () => [...new Set([...relations.map((r) => r.userid), ...messages.map((m) => m.userid)])];
const lastSpeaker = () => messages.at(-1)?.userid || "";

function render() {
  const customer = state.customers.find((c) => c.external_userid === state.customer);
  const relation = relations.find((r) => r.userid === state.conversation);
  $("phone-name").textContent = state.conversation ? nameOf(state.conversation) : customer?.name || "未选择客户";
  $("phone-sub").textContent = customer ? `${customer.name} 的微信 · 还可收 ${customer.quota_left} 条群发` : "";
  const friends = Boolean(relation && !relation.deleted_by_customer && !relation.waiting);
  $("phone-delete").hidden = !friends;
  $("reply-text").disabled = $("reply-send").disabled = !friends;
  drawChips();
  drawChat(customer, relation);
}

function drawChips() {
  const people = conversations();
  $("phone-staff").hidden = people.length < 2;
  draw($("phone-staff"), [people, state.conversation, people.map(nameOf)], () =>
    people.map((userid) =>
      el("button", { type: "button", "aria-pressed": userid === state.conversation ? "true" : "false", on: { click: () => switchTo(userid) } }, nameOf(userid)),
    ),
  );
}

function switchTo(userid) {
  state.conversation = userid;
  render();
}

function drawChat(customer, relation) {
  const own = messages.filter((m) => m.userid === state.conversation).slice(-200);
  const changed = draw($("chat"), [customer?.name, relation, own, nameOf(state.conversation)], () => {
    if (!customer) return empty("选择一位客户", "这里会显示 TA 手机上收到的欢迎语和群发消息");
    if (!state.conversation) return empty("没有会话", "让这位客户扫码添加一位员工");
    const lines = [];
    if (relation) lines.push(notice(opening(relation), relation.createtime));
    let last = 0;
    for (const message of own) {
      if (message.at - last > 300) lines.push(notice("", message.at));
      last = message.at;
      lines.push(...bubbles(message, customer));
    }
    if (!relation) lines.push(notice(`${nameOf(state.conversation)} 已将你删除，无法继续聊天`));
    else if (relation.deleted_by_customer) lines.push(notice("你已删除该员工，对方的群发将发送失败"));
    return lines;
  });
  if (changed) $("chat").scrollTop = $("chat").scrollHeight;
}

function opening(relation) {
  const name = nameOf(relation.userid);
  if (relation.waiting) return `好友申请已发出，等待 ${name} 通过`;
  if (relation.half) return `你已添加 ${name}，等待对方确认`;
  return `你已添加了 ${name}，现在可以开始聊天了`;
}

function notice(text, at) {
  return el("p", { class: "notice" }, [at ? when(at) : "", text].filter(Boolean).join("  "));
}

const KINDS = { welcome: "欢迎语", broadcast: "企业群发" };

function bubbles(message, customer) {
  const mine = message.kind === "reply";
  const face = mine ? avatar(customer.external_userid, customer.name) : avatar(message.userid, nameOf(message.userid));
  const contents = [];
  if (message.text) contents.push(el("div", { class: "bubble" }, message.text));
  for (const attachment of message.attachments) contents.push(card(attachment));
  return contents.map((content, index) =>
    el(
      "div",
      { class: `message ${mine ? "mine" : ""}` },
      face.cloneNode(true),
      el("div", { class: "message-body" }, index === 0 && KINDS[message.kind] ? el("span", { class: `kind ${message.kind}` }, KINDS[message.kind]) : null, content),
    ),
  );
}

function card(attachment) {
  const kind = attachment.msgtype;
  const part = attachment[kind] || {};
  if (kind === "link") {
    return el("div", { class: "attachment" }, el("strong", {}, part.title || "链接"), el("span", { class: "muted" }, part.desc || part.url || ""), el("span", { class: "attachment-kind" }, "网页链接"));
  }
  if (kind === "miniprogram") {
    return el("div", { class: "attachment" }, el("strong", {}, part.title || "小程序"), el("div", { class: "picture" }, "小程序封面"), el("span", { class: "attachment-kind" }, "小程序"));
  }
  const names = { image: "图片", video: "视频", file: "文件" };
  return el("div", { class: "attachment" }, el("div", { class: "picture" }, names[kind] || "附件"), el("span", { class: "attachment-kind" }, names[kind] || kind));
}

export function startPhone() {
  $("reply-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("reply-text").value.trim();
    if (!text) return;
    const body = { corp_id: state.corp, external_userid: state.customer, userid: state.conversation, text };
    deed($("reply-send"), async () => {
      await post("customer/reply", body);
      $("reply-text").value = "";
    });
  });
  $("phone-delete").addEventListener("click", (event) => {
    if (!window.confirm(`以客户身份删除 ${nameOf(state.conversation)}？之后的群发会发送失败。`)) return;
    const body = { corp_id: state.corp, external_userid: state.customer, userid: state.conversation };
    deed(event.currentTarget, () => post("customer/delete", body), "已删除，del_follow_user 回调已发出");
  });
}
