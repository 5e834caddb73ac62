/* Turns the console's chart data (scrm/console/charts.py) into drawings. Loaded on pages with a chart only. */

const INK = "#3d4653";
const FAINT = "#5b6470";
const LINE = "#e6e8ec";
const COLOURS = ["#1668dc", "#12a594", "#e8912d", "#8a5cd1", "#d6457f", "#5b8c2a", "#4f6b8f", "#b8860b"];
const chinese = document.documentElement.lang.startsWith("zh");

function short(number) {
  const steps = chinese ? [[1e8, "亿"], [1e4, "万"]] : [[1e9, "B"], [1e6, "M"], [1e4, "k"]];
  for (const [base, unit] of steps) {
    if (Math.abs(number) >= base) {
      const scaled = number / (unit === "k" ? 1e3 : base);
      return `${+scaled.toFixed(Math.abs(scaled) < 100 ? 1 : 0)}${unit}`;
    }
  }
  return String(+number.toFixed(2));
}

const full = (number, digits = 0) =>
  number.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });

const units = {
  count: { axis: short, exact: (value) => full(value) },
  yuan: { axis: (value) => short(value / 100), exact: (value) => `¥${full(value / 100, 2)}` },
  bp: { axis: (value) => `${+(value / 100).toFixed(1)}%`, exact: (value) => `${full(value / 100, 2)}%` },
};

const tooltip = (exact) => ({
  confine: true,
  borderColor: LINE,
  textStyle: { color: "#1f2329", fontSize: 13 },
  valueFormatter: (value) => (value === null || value === undefined ? "—" : exact(value)),
});

function axes(data, unit) {
  const lying = data.kind === "horizontal";
  const names = {
    type: "category",
    data: data.categories,
    inverse: lying,
    boundaryGap: data.kind !== "line",
    axisTick: { show: false },
    axisLine: { lineStyle: { color: LINE } },
    axisLabel: { color: FAINT, hideOverlap: true },
  };
  const figures = {
    type: "value",
    // Nobody counts to a fifth of a person.
    minInterval: data.unit === "count" ? 1 : 0,
    splitLine: { lineStyle: { color: "#eef0f3" } },
    axisLabel: { color: FAINT, formatter: unit.axis },
  };
  return {
    color: COLOURS,
    tooltip: { trigger: "axis", ...tooltip(unit.exact) },
    legend: data.series.length > 1 ? { right: 8, top: 0, icon: "roundRect", itemWidth: 14, itemHeight: 3, textStyle: { color: INK } } : undefined,
    grid: { left: 4, right: 16, top: data.series.length > 1 ? 34 : 14, bottom: 2, containLabel: true },
    xAxis: lying ? figures : names,
    yAxis: lying ? names : figures,
    series: data.series.map((one, place) => ({
      name: one.name,
      type: data.kind === "line" ? "line" : "bar",
      stack: data.kind === "stacked" ? "all" : undefined,
      data: one.values,
      smooth: 0.25,
      showSymbol: data.categories.length < 3,
      symbolSize: 5,
      barMaxWidth: 34,
      color: one.is_reference ? "#8a93a0" : COLOURS[place % COLOURS.length],
      lineStyle: { width: one.is_reference ? 1.25 : 2, type: one.is_reference ? "dashed" : "solid" },
      areaStyle: one.is_area ? { opacity: 0.07 } : undefined,
      itemStyle: data.kind === "bar" || data.kind === "horizontal" ? { borderRadius: 3 } : undefined,
    })),
  };
}

function parts(data, unit) {
  const items = data.parts.map((part) => ({ name: part.name, value: part.value }));
  const common = { color: COLOURS, tooltip: { trigger: "item", ...tooltip(unit.exact) } };
  if (data.kind === "pie") {
    return {
      ...common,
      legend: { orient: "vertical", right: 4, top: "middle", icon: "circle", itemWidth: 8, textStyle: { color: INK } },
      series: [{ type: "pie", radius: ["52%", "78%"], center: ["36%", "50%"], label: { show: false }, data: items }],
    };
  }
  return {
    ...common,
    series: [{
      type: "funnel", sort: "none", gap: 3, left: 8, right: "26%", top: 6, bottom: 6, minSize: "8%",
      label: { position: "right", color: INK, formatter: (item) => `${item.name}  ${unit.exact(item.value)}` },
      labelLine: { length: 14, lineStyle: { color: LINE } },
      data: items,
    }],
  };
}

function flow(data, unit) {
  return {
    color: COLOURS,
    tooltip: { trigger: "item", ...tooltip(unit.exact) },
    series: [{
      type: "sankey", left: 4, right: 96, top: 8, bottom: 8, nodeWidth: 12, nodeGap: 12,
      data: data.nodes.map((name) => ({ name })), links: data.links,
      lineStyle: { color: "gradient", opacity: 0.28 }, label: { color: INK },
    }],
  };
}

function tree(data, unit) {
  const label = (item) => (item.value === undefined || item.value === null || Number.isNaN(item.value) ? item.name : `${item.name}  ${unit.exact(item.value)}`);
  return {
    tooltip: { trigger: "item", ...tooltip(unit.exact) },
    series: [{
      type: "tree", data: [data.root], left: 90, right: 120, top: 8, bottom: 8, symbolSize: 9, expandAndCollapse: true,
      itemStyle: { color: COLOURS[0], borderColor: COLOURS[0] }, lineStyle: { color: "#c3cad4" },
      label: { position: "left", align: "right", color: INK, formatter: label },
      leaves: { label: { position: "right", align: "left" } },
    }],
  };
}

function heat(data, unit) {
  const cells = data.values.flatMap((row, y) => row.map((value, x) => [x, y, value]));
  const largest = Math.max(1, ...cells.map((cell) => cell[2]));
  const axis = (names) => ({ type: "category", data: names, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: FAINT } });
  return {
    tooltip: { ...tooltip(unit.exact) },
    grid: { left: 4, right: 8, top: 8, bottom: 4, containLabel: true },
    xAxis: axis(data.columns),
    yAxis: { ...axis(data.rows), inverse: true },
    visualMap: { show: false, min: 0, max: largest, inRange: { color: ["#eaf2fe", "#80b0f6", "#1153b3"] } },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: "#fff", borderWidth: 2, borderRadius: 3 } }],
  };
}

const makers = { line: axes, bar: axes, stacked: axes, horizontal: axes, funnel: parts, pie: parts, sankey: flow, tree, heatmap: heat };

/* Figures are doors: a click opens the list behind a point, when it has one. */
function addressOf(data, event) {
  if (data.hrefs) return data.hrefs[event.dataIndex];
  if (data.parts) return data.parts[event.dataIndex] && data.parts[event.dataIndex].href;
  return event.data && event.data.href;
}

export function draw(library, node, data) {
  const unit = units[data.unit] || units.count;
  const picture = library.init(node, null, { renderer: "canvas" });
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  picture.setOption({
    animation: !calm,
    animationDuration: 350,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    ...makers[data.kind](data, unit),
  });
  picture.on("click", (event) => {
    const address = addressOf(data, event);
    if (address) location.assign(address);
  });
  new ResizeObserver(() => picture.resize()).observe(node);
}
