// Right, first tab: a member's broadcast tasks and customers.
import { $, avatar, deed, draw, el, empty, get, nameOf, post, Refusal, state, toast, when } from "./core.js";

let editing = null;

export async function loadStaff() {
  const staff = (await get("staff", { corp_id: state.corp })).data;
  state.staffList = staff;
  state.names = new Map(staff.map((s) => [s.userid, s.name]));
  if (!staff.some((s) => s.userid === state.staff)) {
    state.staff = (staff.find((s) => s.open_tasks) || staff.find((s) => s.customers) || staff[0])?.userid || "";
  }
  const open = staff.reduce((sum, s) => sum + s.open_tasks, 0);
  $("open-tasks").hidden = open === 0;
  $("open-tasks").textContent = String(open);
  $("confirm-all").disabled = open === 0;
  const select = $("staff");
  draw(select, [staff, state.staff], () =>
    staff.map((s) => el("option", { value: s.userid }, `${s.name}${s.open_tasks ? ` · ${s.open_tasks} 个待发` : ""} · ${s.customers} 位客户`)),
  );
  select.value = state.staff;
  if (state.panel === "staff") await Promise.all([loadTasks(), loadRelations()]);
}

async function loadTasks() {
  if (!state.staff) {
    draw($("task-list"), ["none"], () => empty("企业里还没有员工", "用控制接口 seed 写入员工和客户"));
    return;
  }
  const tasks = (await get("tasks", { corp_id: state.corp, userid: state.staff, limit: 30 })).data.reverse();
  tasks.sort((a, b) => a.status - b.status || b.created_at - a.created_at);
  draw($("task-list"), tasks, () =>
    tasks.length ? tasks.map(task) : empty("没有群发任务", "在 SCRM 里发起群发后，任务会出现在这里等待员工确认"),
  );
}

function task(item) {
  const waiting = item.status === 0 && !item.cancelled;
  const button = el("button", { type: "button", class: "primary" }, "确认发送");
  button.addEventListener("click", () =>
    deed(button, () => post("staff/confirm", { corp_id: state.corp, msgid: item.msgid, userid: item.userid }), report),
  );
  const extra = item.attachments.length ? `  [${item.attachments.length} 个附件]` : "";
  const status = item.cancelled ? ["已停止", "grey"] : waiting ? ["待确认", "amber"] : ["已发送", "green"];
  return el(
    "article",
    { class: `task ${waiting ? "waiting" : ""}` },
    el("div", { class: "task-head" }, el("span", { class: `state ${status[1]}` }, status[0]), el("span", { class: "muted" }, when(item.created_at)), item.reminded ? el("span", { class: "state amber" }, `已提醒 ${item.reminded} 次`) : null),
    el("p", { class: "task-text" }, (item.text || "（无文字）") + extra),
    waiting
      ? el("div", { class: "row spread" }, el("span", {}, `将发给 ${item.recipients.toLocaleString("zh-CN")} 位客户`), button)
      : el("dl", { class: "results" }, ...numbers(item)),
  );
}

function numbers(item) {
  const rows = [["送达", item.sent, "green"], ["不是好友", item.not_friend, "red"], ["超出群发次数", item.over_quota, "amber"]];
  return rows.map(([label, value, kind]) => el("div", {}, el("dt", {}, label), el("dd", { class: value ? kind : "" }, value.toLocaleString("zh-CN"))));
}

function report(answer) {
  const failed = answer.not_friend + answer.over_quota;
  return `已发送 ${answer.sent} 位${failed ? `，${failed} 位未送达` : ""}`;
}

async function loadRelations() {
  if (!state.staff) {
    $("relation-total").textContent = "";
    draw($("relation-list"), ["none"], () => []);
    return;
  }
  const answer = await get("relations", { corp_id: state.corp, userid: state.staff, limit: 30 });
  $("relation-total").textContent = answer.total ? `${answer.total.toLocaleString("zh-CN")} 位` : "";
  draw($("relation-list"), [answer, state.staff], () => {
    if (!answer.data.length) return empty("还没有客户", "让客户扫描这位员工的联系码");
    const rows = answer.data.map(relation);
    if (answer.total > rows.length) rows.push(el("p", { class: "more" }, `只显示最近 ${rows.length} 位`));
    return rows;
  });
}

function relation(item) {
  const marks = [];
  if (item.waiting) marks.push(el("span", { class: "state amber" }, "等待通过"));
  if (item.half) marks.push(el("span", { class: "state amber" }, "未确认"));
  if (item.deleted_by_customer) marks.push(el("span", { class: "state red" }, "已被客户删除"));
  if (item.state) marks.push(el("span", { class: "state blue" }, `渠道 ${item.state}`));
  marks.push(...item.tags.slice(0, 4).map((tag) => el("span", { class: "state grey" }, tag)));
  const pair = { corp_id: state.corp, external_userid: item.external_userid, userid: item.userid };
  const buttons = [];
  if (item.waiting || item.half) buttons.push(action("通过", () => post("staff/accept", pair), "已通过"));
  buttons.push(el("button", { type: "button", class: "small", on: { click: () => openEdit(item) } }, "备注"));
  buttons.push(
    action("删除", async () => {
      if (!window.confirm(`以员工身份删除客户 ${item.customer_name}？`)) throw new Refusal("已取消");
      await post("staff/delete", pair);
    }, "已删除，del_external_contact 回调已发出"),
  );
  return el(
    "div",
    { class: "relation" },
    avatar(item.external_userid, item.customer_name),
    el("div", { class: "person-text" }, el("strong", {}, item.remark ? `${item.remark}（${item.customer_name}）` : item.customer_name), el("span", { class: "marks" }, el("span", { class: "muted" }, when(item.createtime)), ...marks)),
    el("div", { class: "buttons" }, ...buttons),
  );
}

function action(label, run, done) {
  const button = el("button", { type: "button", class: "small" }, label);
  button.addEventListener("click", () => deed(button, run, done));
  return button;
}

async function openEdit(item) {
  editing = item;
  let tags = [];
  try {
    tags = (await get("tags", { corp_id: state.corp })).data;
  } catch (error) {
    toast(error.message, "bad");
    return;
  }
  $("edit-title").textContent = `修改备注：${item.customer_name}`;
  $("edit-remark").value = item.remark;
  $("edit-error").hidden = true;
  $("edit-tags").replaceChildren(
    ...(tags.length
      ? tags.map((t) => el("label", { class: "choice" }, el("input", { type: "checkbox", value: t.id, checked: item.tag_ids.includes(t.id) }), ` ${t.group} / ${t.name}`))
      : [el("p", { class: "muted" }, "企业还没有标签")]),
  );
  $("edit-dialog").showModal();
}

async function submitEdit(event) {
  event.preventDefault();
  const boxes = [...$("edit-tags").querySelectorAll("input")];
  const body = {
    corp_id: state.corp,
    external_userid: editing.external_userid,
    userid: editing.userid,
    remark: $("edit-remark").value.trim(),
    add_tags: boxes.filter((b) => b.checked && !editing.tag_ids.includes(b.value)).map((b) => b.value),
    remove_tags: boxes.filter((b) => !b.checked && editing.tag_ids.includes(b.value)).map((b) => b.value),
  };
  try {
    await post("staff/edit", body);
    $("edit-dialog").close();
    toast("已保存，edit_external_contact 回调已发出");
    document.dispatchEvent(new Event("refresh"));
  } catch (error) {
    $("edit-error").textContent = error.message;
    $("edit-error").hidden = false;
  }
}

export function startStaff() {
  $("staff").addEventListener("change", (event) => {
    state.staff = event.target.value;
    document.dispatchEvent(new Event("refresh"));
  });
  $("confirm-all").addEventListener("click", (event) =>
    deed(event.currentTarget, () => post("staff/confirm", { corp_id: state.corp }), report),
  );
  $("edit-close").addEventListener("click", () => $("edit-dialog").close());
  $("edit-form").addEventListener("submit", submitEdit);
}
