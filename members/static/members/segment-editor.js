/* <segment-editor>: groups of conditions as a tree of plain controls. Writes its rule as JSON into the
   form's hidden input and tells the form, which asks the server who that finds. */

const MANY = new Set(["in", "not_in", "has_any", "has_all", "has_none"]);
// Whether anything is known at all: no value.
const UNARY = new Set(["is_set", "not_set"]);
const MAX_OPTIONS_WITHOUT_SEARCH = 10;
let numbers = 0;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Yuan as typed → fen, exactly; null when it is no amount. */
function fenOf(text) {
  const found = /^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text.trim().replaceAll(",", ""));
  if (!found) return null;
  const fen = Number(found[2]) * 100 + Number((found[3] || "").padEnd(2, "0"));
  return found[1] ? -fen : fen;
}

function yuanOf(fen) {
  if (typeof fen !== "number") return "";
  const size = Math.abs(fen);
  const part = String(size % 100).padStart(2, "0");
  return `${fen < 0 ? "-" : ""}${Math.floor(size / 100)}${part === "00" ? "" : `.${part}`}`;
}

function emptyValue(field, op) {
  if (UNARY.has(op)) return null;
  if (field.kind === "bool") return true;
  return op === "between" || MANY.has(op) ? [] : null;
}

/** Stored rule → the editor's own tree, where `not` is a mark on a row or group. */
function read(node) {
  if (node && node.not) return { ...read(node.not), not: true };
  for (const mode of ["all", "any"]) {
    if (node && Array.isArray(node[mode])) return { mode, nodes: node[mode].map(read), not: false };
  }
  return { ...node, not: false };
}

function write(node) {
  const plain = node.mode
    ? { [node.mode]: node.nodes.map(write) }
    : { field: node.field, op: node.op, ...(UNARY.has(node.op) ? {} : { value: node.value }) };
  return node.not ? { not: plain } : plain;
}

class SegmentEditor extends HTMLElement {
  connectedCallback() {
    const data = JSON.parse(document.getElementById(this.dataset.fields).textContent);
    this.words = data.words;
    this.operators = data.operators;
    this.fields = new Map(data.fields.map((field) => [field.key, field]));
    this.form = this.closest("form");
    this.input = this.form.querySelector("[data-rule]");
    let rule = { all: [] };
    try {
      rule = JSON.parse(this.input.value) || rule;
    } catch {
      // An unreadable rule starts afresh; the server would refuse it anyway.
    }
    const tree = read(rule);
    this.tree = tree.mode && !tree.not ? tree : { mode: "all", nodes: [tree], not: false };
    this.draw();
    this.tell(0);
  }

  /** After any change: store the rule and, when the hand rests, let the panel count. */
  tell(wait = 400) {
    this.input.value = JSON.stringify(write(this.tree));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.form.dispatchEvent(new CustomEvent("rule-changed")), wait);
  }

  draw() {
    this.replaceChildren(this.group(this.tree, null));
  }

  redraw() {
    this.draw();
    this.tell();
  }

  icon(name) {
    const space = "http://www.w3.org/2000/svg";
    const svg = document.createElementNS(space, "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS(space, "use");
    use.setAttribute("href", `${this.dataset.icons}#${name}`);
    svg.append(use);
    return svg;
  }

  button(label, icon, act, className = "button-default") {
    const iconOnly = className.includes("button-icon");
    const text = make("span", iconOnly ? { class: "visually-hidden" } : {}, label);
    const node = make("button", { type: "button", class: `button ${className}` }, this.icon(icon), text);
    node.addEventListener("click", act);
    return node;
  }

  select(label, options, chosen, act, className = "") {
    const node = make("select", { class: `form-select ${className}`, "aria-label": label });
    for (const option of options) {
      if (option.options) {
        const heading = make("optgroup", { label: option.label });
        option.options.forEach(([value, text]) => heading.append(make("option", { value, selected: value === chosen }, text)));
        node.append(heading);
      } else node.append(make("option", { value: option[0], selected: option[0] === chosen }, option[1]));
    }
    node.addEventListener("change", () => act(node.value));
    return node;
  }

  group(group, parent) {
    const { words } = this;
    const mode = this.select(words.mode, [["all", words.all], ["any", words.any]], group.mode, (value) => {
      group.mode = value;
      this.tell();
    });
    const head = make("div", { class: "segment-group-head" }, mode);
    if (parent) {
      head.append(this.excluder(group));
      const gone = () => {
        parent.nodes.splice(parent.nodes.indexOf(group), 1);
        this.redraw();
      };
      head.append(this.button(words.removeGroup, "trash", gone, "button-text button-icon segment-remove"));
    }
    const foot = make("div", { class: "segment-foot" }, this.button(words.addCondition, "plus", () => this.add(group)));
    if (!parent) {
      const addGroup = () => {
        const inner = { mode: "any", nodes: [], not: false };
        group.nodes.push(inner);
        this.add(inner);
      };
      foot.append(this.button(words.addGroup, "plus", addGroup, "button-text"));
    }
    const empty = parent || group.nodes.length ? [] : [make("p", { class: "segment-empty" }, words.everybody)];
    const parts = group.nodes.map((node) => (node.mode ? this.group(node, group) : this.row(node, group)));
    return make("div", { class: "segment-group", role: "group", "aria-label": words.mode }, head, ...empty, ...parts, foot);
  }

  add(group) {
    const field = this.fields.values().next().value;
    const op = field.operators[0];
    group.nodes.push({ field: field.key, op, value: emptyValue(field, op), not: false });
    this.redraw();
  }

  excluder(node) {
    const box = make("input", { type: "checkbox", class: "form-check-input", checked: Boolean(node.not) });
    box.addEventListener("change", () => {
      node.not = box.checked;
      const row = box.closest(".segment-row");
      if (row) row.classList.toggle("is-not", node.not);
      this.tell();
    });
    return make("label", { class: "segment-not" }, box, this.words.not);
  }

  row(node, group) {
    const { words } = this;
    const field = this.fields.get(node.field);
    const line = make("div", { class: `segment-row${node.not ? " is-not" : ""}` });
    const groups = new Map();
    for (const each of this.fields.values()) {
      if (!groups.has(each.group)) groups.set(each.group, []);
      groups.get(each.group).push([each.key, each.label]);
    }
    const choices = [...groups].map(([label, options]) => ({ label, options }));
    if (!field) choices.unshift([node.field, node.field]);
    line.append(this.select(words.field, choices, node.field, (key) => {
      const chosen = this.fields.get(key);
      Object.assign(node, { field: key, op: chosen.operators[0] });
      node.value = emptyValue(chosen, node.op);
      this.redraw();
    }, "segment-field"));
    if (field) {
      if (field.operators.length > 1) {
        const operators = field.operators.map((op) => [op, this.operators[op]]);
        line.append(this.select(words.operator, operators, node.op, (op) => {
          const shape = (name) => (UNARY.has(name) ? 3 : name === "between" ? 2 : MANY.has(name) ? 1 : 0);
          if (shape(op) !== shape(node.op)) node.value = emptyValue(field, op);
          node.op = op;
          this.redraw();
        }));
      }
      if (!UNARY.has(node.op)) line.append(this.values(node, field));
    }
    line.append(this.excluder(node));
    const gone = () => {
      group.nodes.splice(group.nodes.indexOf(node), 1);
      this.redraw();
    };
    line.append(this.button(words.remove, "x", gone, "button-text button-icon segment-remove"));
    return line;
  }

  values(node, field) {
    const place = make("div", { class: "segment-values" });
    if (field.kind === "bool") place.append(this.truth(node, field));
    else if (field.kind === "choice" || field.kind === "words") place.append(this.menu(node, field));
    else if (field.kind === "text") place.append(this.texts(node));
    else if (node.op === "between") {
      place.append(
        this.input_(node, field, 0, this.words.from), make("span", { "aria-hidden": "true" }, "~"),
        this.input_(node, field, 1, this.words.to), this.unit(field),
      );
    } else place.append(this.input_(node, field, null, this.words.value), this.unit(field));
    return place;
  }

  unit(field) {
    const text = field.kind === "yuan" ? this.words.yuan : field.unit;
    return make("span", { class: "text-muted" }, text || "");
  }

  truth(node, field) {
    const named = new Map(field.choices.map((choice) => [choice.value, choice.label]));
    const options = [["true", named.get("true") || this.words.yes], ["false", named.get("false") || this.words.no]];
    return this.select(this.words.value, options, String(node.value), (value) => {
      node.value = value === "true";
      this.tell();
    });
  }

  texts(node) {
    const shown = Array.isArray(node.value) ? node.value.join("，") : "";
    const box = make("input", { class: "form-control segment-text", type: "text", placeholder: this.words.separate, "aria-label": this.words.value });
    box.value = shown;
    box.addEventListener("input", () => {
      node.value = box.value.split(/[,，、]/).map((part) => part.trim()).filter(Boolean);
      this.tell();
    });
    return box;
  }

  input_(node, field, index, label) {
    const isDate = field.kind === "date";
    const box = make("input", { class: "form-control", type: isDate ? "date" : "text", inputmode: isDate ? null : "decimal", "aria-label": `${field.label} ${label}` });
    const now = index === null ? node.value : (node.value || [])[index];
    box.value = field.kind === "yuan" ? yuanOf(now) : now ?? "";
    box.addEventListener("input", () => {
      const typed = box.value.trim();
      const whole = /^-?\d{1,15}$/.test(typed) ? Number(typed) : null;
      const value = isDate ? typed || null : field.kind === "yuan" ? fenOf(typed) : whole;
      if (index === null) node.value = value;
      else {
        node.value = [...(Array.isArray(node.value) ? node.value : [])];
        node.value[index] = value;
      }
      this.tell();
    });
    return box;
  }

  menu(node, field) {
    const { words } = this;
    const chosen = new Set(Array.isArray(node.value) ? node.value : []);
    const named = new Map(field.choices.map((choice) => [choice.value, choice.label]));
    const shown = new Map();
    const text = make("span");
    const show = () => {
      const labels = [...chosen].map((value) => named.get(value) || value);
      text.textContent = !labels.length ? words.choose
        : labels.length <= 3 ? labels.join("、") : words.chosen.replace("%(count)s", labels.length);
    };
    show();
    numbers += 1;
    const panel = make("div", { class: "menu-panel", id: `segment-menu-${numbers}` });
    if (field.choices.length > MAX_OPTIONS_WITHOUT_SEARCH) {
      panel.append(make("input", { class: "form-control form-control-sm menu-search", type: "search", placeholder: words.search, "aria-label": words.search, "data-menu-search": true }));
    }
    const values = [...new Set([...field.choices.map((choice) => choice.value), ...chosen])];
    const offer = (value) => {
      const box = make("input", { type: "checkbox", class: "form-check-input", checked: chosen.has(value) });
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(value);
        else chosen.delete(value);
        node.value = [...chosen];
        show();
        this.tell();
      });
      const label = make("span", {}, named.get(value) || value);
      shown.set(value, label);
      panel.append(make("label", { class: "menu-check" }, box, label));
    };
    values.forEach(offer);
    if (field.has_search) this.more(panel, field, chosen, { named, shown, offer, show });
    if (!values.length) panel.append(make("p", { class: "text-muted" }, words.none));
    const summary = make("summary", { class: "button button-default" }, text, this.icon("chevron-down"));
    return make("details", { class: "menu", "data-menu": true }, summary, panel);
  }

  /** A brand may have more choices than the menu: what is typed is asked of the server as well. */
  more(panel, field, chosen, { named, shown, offer, show }) {
    const ask = async (query) => {
      const address = new URL(this.dataset.choices, window.location.href);
      address.search = new URLSearchParams({ field: field.key, ...query });
      const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
      if (!answer || !answer.ok) return;
      for (const [value, label] of (await answer.json()).choices) {
        named.set(value, label);
        if (shown.has(value)) shown.get(value).textContent = label;
        else offer(value);
      }
      show();
    };
    const unnamed = [...chosen].filter((value) => !named.has(value));
    if (unnamed.length) ask({ values: unnamed.join(",") });
    let waiting = 0;
    const input = panel.querySelector("[data-menu-search]");
    if (!input) return;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { if (input.value.trim()) ask({ q: input.value.trim() }); }, 300);
    });
  }
}

customElements.define("segment-editor", SegmentEditor);
