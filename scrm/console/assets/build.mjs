// Copies and bundles the browser files of the console into ../static/console/vendor and writes vendor.json.
// Run by hand when a version changes; its output is committed, so nobody else needs Node.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const out = join(here, "..", "static", "console", "vendor");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const read = (...parts) => readFileSync(join(modules, ...parts), "utf8");
// Maps are not vendored, and the manifest storage refuses to follow a missing one.
const withoutMap = (text) => text.replace(/^\s*\/[/*]#\s*sourceMappingURL=.*$/gm, "").trimEnd() + "\n";
const entries = [];

function add(file, name, text, licenceFile = "LICENSE") {
  const { version, license } = JSON.parse(read(name, "package.json"));
  const body = withoutMap(text);
  writeFileSync(join(out, file), body);
  const sha256 = createHash("sha256").update(body).digest("hex");
  entries.push({ file, name, version, licence: license, sha256 });
  licences.set(name, licenceFile ? read(name, licenceFile) : readFileSync(join(here, "licences", `${name.replace("/", "+")}.txt`), "utf8"));
}

const licences = new Map();
const bundle = await build({
  entryPoints: [join(here, "charts.mjs")],
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome109", "safari15.4"],
  legalComments: "inline",
  write: false,
});

add("bootstrap.min.css", "bootstrap", read("bootstrap", "dist", "css", "bootstrap.min.css"));
add("htmx.min.js", "htmx.org", read("htmx.org", "dist", "htmx.min.js"));
add("alpine-csp.min.js", "@alpinejs/csp", read("@alpinejs/csp", "dist", "cdn.min.js"), null);
add("echarts.min.js", "echarts", bundle.outputFiles[0].text);
licences.set("zrender", read("zrender", "LICENSE"));
licences.set("tslib", read("tslib", "LICENSE.txt"));
licences.set("echarts NOTICE", read("echarts", "NOTICE"));

const symbols = readFileSync(join(here, "icons.txt"), "utf8").split(/\s+/).filter(Boolean).sort().map((icon) => {
  const filled = icon.endsWith("-filled");
  const folder = filled ? "filled" : "outline";
  const svg = read("@tabler", "icons", "icons", folder, `${filled ? icon.slice(0, -7) : icon}.svg`);
  const inner = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace(/<\/svg>[\s\S]*$/, "")
    .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*\/>/, "").replace(/\s+/g, " ").trim();
  const paint = filled ? 'fill="currentColor" stroke="none"' : 'fill="none" stroke="currentColor" stroke-width="1.75"';
  return `<symbol id="${icon}" viewBox="0 0 24 24" ${paint} stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
});
add("icons.svg", "@tabler/icons", `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);

entries.sort((a, b) => a.file.localeCompare(b.file));
writeFileSync(join(out, "vendor.json"), `${JSON.stringify(entries, null, 2)}\n`);
writeFileSync(
  join(out, "LICENSES.txt"),
  [...licences].sort().map(([name, text]) => `===== ${name} =====\n\n${text.trim()}\n`).join("\n"),
);
