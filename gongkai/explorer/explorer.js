/* Draw the content of the page: coverage, charts, table, and the evidence of whatever is clicked.
   Addresses of figures: #office/year/indicator/applicant/source, so that a figure can be cited. */
"use strict";

const CONTENT = JSON.parse(document.getElementById("content").textContent);
const COLOURS = { "narrative-2008": "#b8860b", "tables-2019": "#1b6ca8", "tables-2021": "#1a7f5a" };
const SYMBOLS = { exact: "circle", at_least: "triangle", at_most: "arrow", about: "diamond" };
const WORDS = {
  "narrative-2008": ["文字", "prose"], "tables-2019": ["2019年表", "form of 2019"],
  "tables-2021": ["2021年表", "form of 2021"],
  parsed: ["有报告", "report"], empty_page: ["空页面", "empty page"],
  attachment_only: ["仅附件", "attachment only"], unreadable: ["无法读取", "unreadable"],
  http_error: ["网页错误", "HTTP error"], blocked: ["被拦截", "blocked"],
  removed: ["已删除", "removed"], never_listed: ["未列出", "never listed"],
  reported: ["数字", "figure"], reported_none: ["文字说明为零", "none, in words"],
  blank: ["空白", "blank"], computed: ["计算得出", "computed"],
  not_stated: ["未提及", "not stated"], not_asked: ["不要求填报", "not asked"],
  incomplete: ["不完整", "incomplete"], no_base: ["无基数", "no base"],
  exact: ["准确", "exact"], at_least: ["至少", "at least"], at_most: ["至多", "at most"],
  about: ["约", "about"], table: ["表格", "table"], narrative: ["正文", "prose"],
  annex: ["附表", "annex"], label: ["按标签", "by label"],
  label_fuzzy: ["按相近标签", "by a similar label"], position: ["按位置", "by position"],
  renamed: ["名称改变", "renamed"], redefined: ["口径改变", "redefined"],
  year: ["年份", "Year"], indicator: ["指标", "Indicator"], applicant: ["申请人", "Applicant"],
  value: ["数值", "Value"], text: ["原文数字", "As printed"], status: ["状态", "Status"],
  qualifier: ["限定", "Qualifier"], source: ["出处", "Source"], found: ["定位方式", "Found"],
  place: ["位置", "Place"], page: ["网页", "Page"], fetched: ["抓取时间", "Fetched"],
  archived: ["存档", "Archived"], digest: ["内容摘要", "Digest"], name: ["名称", "Name"],
  no_figure: ["没有对应的数字。", "There is no figure."],
  findings: ["检查结果", "Findings"], all: ["全部", "all"],
  made_of: ["由下列数字得出：", "Made of these figures:"], cny: ["万元", "10 000 yuan"],
  error: ["错误", "error"], warning: ["警告", "warning"], note: ["提示", "note"],
  should_be: ["应为", "should be"], actually: ["实为", "is"],
};
/* Where a figure stands, in Chinese; the table keeps it in English. */
const PLACES_ZH = [
  [/^table (\d+)/, "表$1"], [/, row (\d+)/, "，第$1行"],
  [/, column (\S+)/, (whole, name) => `，“${CONTENT.applicants[name] ? CONTENT.applicants[name][0] : name}”列`],
  [/^section (\d+)/, "第$1部分"], [/, characters (\d+)-(\d+)/, "，第$1至$2字"],
];
const said = (name, words) => `${name}${language ? ": " : "："}${words}`;
const placeText = (locator) => (language ? locator
  : PLACES_ZH.reduce((text, [pattern, words]) => text.replace(pattern, words), locator));
const FIGURE_FIELDS = CONTENT.figure_columns;
const MAY_BE_JOINED = { null: "solid", renamed: "dotted" };

let language = (navigator.language || "").startsWith("zh") ? 0 : 1;
let office = CONTENT.offices[0];
let table = null;
let charts = [];
/* How what the evidence shows is shown again, and where the reader came from. */
let opened = null;

const word = (key) => (WORDS[key] ? WORDS[key][language] : key);
const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};
const figures = (one) => {
  one.records ??= one.figures.map((row) =>
    Object.fromEntries(FIGURE_FIELDS.map((field, place) => [field, row[place]])));
  return one.records;
};
/* In Chinese as the form of the report prints it: a table and the prose may ask it in other words. */
const indicatorLabel = (figure) => {
  const known = CONTENT.indicators[figure.indicator];
  if (!known || language) return known ? known.en : figure.indicator;
  const { layout } = office.years.find((y) => y.year === figure.report_year) || {};
  const places = (known.labels[layout] || known.zh).split(" ‖ ");
  return figure.source === "table" ? places[0] : places[places.length - 1];
};
const applicantLabel = (name) => (name ? CONTENT.applicants[name][language] : "");
const shown = (value, unit) => {
  if (value === null) return "";
  if (unit === "share") return `${(100 * value).toFixed(1)}%`;
  return value.toLocaleString("en") + (unit === "CNY_10k" ? ` ${word("cny")}` : "");
};

const SIGNS = { at_least: "≥", at_most: "≤", about: "≈" };
/* A figure, or a point of a series in the unit of the series. */
const stated = (figure, unit = figure.unit) => (figure.value === null ? ""
  : (SIGNS[figure.qualifier] || "") + shown(figure.value, unit));

/* ---- coverage ---- */

function drawCoverage() {
  const years = [...new Set(CONTENT.offices.flatMap((one) => one.years.map((y) => y.year)))].sort();
  const head = element("tr", {}, element("th"), ...years.map((y) => element("th", { textContent: y })));
  const rows = CONTENT.offices.map((one) => {
    const row = element("tr", {}, element("th", { textContent: one.name, scope: "row" }));
    for (const year of years) {
      const cell = one.years.find((y) => y.year === year);
      const button = element("button", { type: "button" });
      if (cell) {
        // A report that was removed is here with its form; the sign says that its page is gone.
        button.textContent = cell.layout ? word(cell.layout) + (cell.status === "removed" ? " ◐" : "") : word(cell.status);
        button.className = cell.layout || "absent";
        button.title = said(word(cell.status), language ? cell.evidence : cell.evidence_zh);
        button.dataset.year = year;
        button.dataset.office = one.id;
        button.onclick = () => chooseYear(one, cell);
      } else {
        button.disabled = true;
      }
      row.append(element("td", {}, button));
    }
    return row;
  });
  document.getElementById("coverage").replaceChildren(element("table", {}, head, ...rows));
}

const yearButton = (one, cell) => [...document.querySelectorAll("#coverage button")]
  .find((b) => b.dataset.office === one.id && b.dataset.year === String(cell.year));

function chooseYear(one, cell) {
  if (one !== office) chooseOffice(one);
  document.querySelectorAll("#coverage .chosen").forEach((b) => b.classList.remove("chosen"));
  yearButton(one, cell).classList.add("chosen");
  // Of an office that was just chosen the table is not drawn yet.
  const narrow = () => table.setHeaderFilterValue("report_year", cell.layout ? String(cell.year) : "");
  if (table.initialized) narrow();
  else table.on("tableBuilt", narrow);
  const about = [element("p", { textContent: said(word(cell.status), language ? cell.evidence : cell.evidence_zh) })];
  if (cell.url) about.push(details([["page", cell.url]]));
  const findings = office.findings.filter((f) => f.report_year === cell.year);
  if (findings.length) about.push(element("h3", { textContent: word("findings") }), ...findings.map(findingText));
  showEvidence(`${one.name} ${cell.year}`, about, () => chooseYear(one, cell), () => yearButton(one, cell));
}

/* ---- charts ---- */

function drawCharts() {
  charts.forEach((chart) => chart.dispose());
  const box = document.getElementById("charts");
  box.replaceChildren();
  charts = office.series.map((series) => {
    const plot = element("div", { className: "chart" });
    plot.dataset.column = series.column;
    const unit = series.unit === "CNY_10k" ? ` (${word("cny")})` : "";
    const caption = element("figcaption", { textContent: (language ? series.en : series.zh) + unit });
    box.append(element("figure", {}, caption, plot));
    const chart = echarts.init(plot, null, { renderer: "svg" });
    chart.setOption(chartOption(series));
    // The keyboard reaches every point as the mouse does.
    plot.tabIndex = 0;
    plot.setAttribute("aria-label", caption.textContent);
    plot.onkeydown = (event) => walk(event, series, plot, chart);
    chart.on("click", (event) => {
      if (event.data && event.data.place !== undefined) showPoint(series, event.data.place);
    });
    return chart;
  });
}

const KEYS = { ArrowLeft: -1, ArrowRight: 1 };

/* Go from point to point with the arrow keys, and open the words of one with Enter. */
function walk(event, series, plot, chart) {
  const points = chart.getOption().series[0].data;
  if (!points.length) return;
  if (event.key in KEYS) {
    const at = plot.dataset.at === undefined ? points.length - 1 : Number(plot.dataset.at) + KEYS[event.key];
    plot.dataset.at = Math.min(points.length - 1, Math.max(0, at));
    chart.dispatchAction({ type: "downplay", seriesIndex: 0 });
    chart.dispatchAction({ type: "highlight", seriesIndex: 0, dataIndex: Number(plot.dataset.at) });
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: Number(plot.dataset.at) });
    event.preventDefault();
  } else if (event.key === "Enter" && plot.dataset.at !== undefined) {
    showPoint(series, points[plot.dataset.at].place);
  }
}

function chartOption(series) {
  const years = office.years;
  const points = [];
  const joined = [];
  let before = null;
  series.cells.forEach((cell, place) => {
    const year = years[place].year;
    if (cell.value !== null) {
      // What is stated as at least, at most or about may be more or less: nothing is joined to it.
      const exact = !cell.qualifier || cell.qualifier === "exact";
      if (before && exact && before.exact && year - before.point[0] === 1 && MAY_BE_JOINED[cell.break]) {
        joined.push(segment(before.point, [year, cell.value], MAY_BE_JOINED[cell.break]));
      }
      before = { point: [year, cell.value], exact };
    } else {
      before = null;
    }
    const drawn = point(series, cell, place);
    if (drawn) points.push(drawn);
  });
  const missing = years.filter((y) => !y.layout).map((y) => [
    { xAxis: y.year - 0.5, name: word(y.status) }, { xAxis: y.year + 0.5 }]);
  const breaks = series.cells.flatMap((cell, place) =>
    cell.break === "redefined" ? [{ xAxis: years[place].year - 0.5 }] : []);
  const first = years[0].year, last = years[years.length - 1].year;
  return {
    animation: false,
    aria: { enabled: true },
    grid: { left: 46, right: 12, top: 30, bottom: 24 },
    xAxis: { type: "value", min: first - 1, max: last + 1, interval: 1, splitLine: { show: false },
      axisTick: { show: false },
      axisLabel: { fontSize: 10, formatter: (x) => (x < first || x > last ? "" : `'${String(x).slice(2)}`) } },
    yAxis: { type: "value", min: 0, splitNumber: 3, ...(series.unit === "share" ? { max: ({ max }) => Math.max(1, max), interval: 0.5 } : { minInterval: 1 }),
      axisLabel: { fontSize: 10, formatter: (y) => shown(y, series.unit === "share" ? "share" : "") } },
    tooltip: { trigger: "item", confine: true, formatter: (hover) => tooltip(series, hover) },
    series: [
      { type: "scatter", symbolSize: 11, data: points, z: 5, itemStyle: { opacity: 1 },
        label: { show: true, position: "top", fontSize: 10, formatter: (p) => p.data.words },
        markArea: { silent: true, itemStyle: { color: "#e8e8e8" },
          // Upright in the column of its year, where a line of it would be broken.
          label: { position: "inside", color: "#777", fontSize: 10, rotate: 90 },
          data: missing },
        markLine: { silent: true, symbol: "none", label: { show: false },
          lineStyle: { color: "#b03a2e", type: "dashed" }, data: breaks } },
      ...joined,
    ],
  };
}

const segment = (from, to, type) => ({
  type: "line", silent: true, symbol: "none", data: [from, to],
  lineStyle: { color: "#888", width: 1.5, type }, z: 3 });

function point(series, cell, place) {
  const { year, layout } = office.years[place];
  const colour = COLOURS[layout];
  if (cell.value === null) {
    if (cell.status !== "blank" || series.unit === "share") return null;
    return { value: [year, 0], place, words: "", symbol: "rect", symbolSize: 8,
      itemStyle: { color: "#fff", borderColor: colour, borderWidth: 1.5 } };
  }
  const hollow = cell.status === "reported_none";
  return { value: [year, cell.value], place, words: stated(cell, series.unit === "share" ? "share" : ""),
    symbol: SYMBOLS[cell.qualifier] || "circle",
    itemStyle: { color: hollow ? "#fff" : colour, borderColor: colour, borderWidth: hollow ? 2 : 0 } };
}

function tooltip(series, hover) {
  if (!hover.data || hover.data.place === undefined) return "";
  const cell = series.cells[hover.data.place];
  const lines = [`${office.years[hover.data.place].year}: ${stated(cell, series.unit)} ${word(cell.status)}`];
  if (cell.qualifier && cell.qualifier !== "exact") lines.push(word(cell.qualifier));
  if (cell.break) lines.push(word(cell.break));
  return lines.map(echarts.format.encodeHTML).join("<br>");
}

function showPoint(series, place) {
  const cell = series.cells[place], { year, layout } = office.years[place];
  const parts = partsOf(year, series.parts[layout] || []);
  // A report that mixes forms may print the figure as another form asks it.
  if (!parts.length) parts.push(...partsOf(year, Object.values(series.parts).flat()));
  const about = [element("p", { textContent: `${stated(cell, series.unit)} ${word(cell.status)}` })];
  if (cell.break) about.push(element("p", { className: "why", textContent: said(word(cell.break), language ? cell.reason : cell.reason_zh) }));
  if (series.kind !== "reported") about.push(element("p", { textContent: word("made_of") }));
  about.push(...(parts.length ? parts.map(figureText) : [element("p", { textContent: word("no_figure") })]));
  showEvidence(`${language ? series.en : series.zh} ${year}`, about, () => showPoint(series, place),
    () => document.querySelector(`#charts [data-column="${series.column}"]`));
}

/* The figures of a year that a point is read or made from: the total, or where that has no figure
   the applicants it was added up from. */
function partsOf(year, indicators) {
  const found = [];
  for (const indicator of new Set(indicators)) {
    const rows = figures(office).filter((f) => f.report_year === year && f.indicator === indicator);
    const totals = rows.filter((f) => f.applicant === null || f.applicant === "total");
    found.push(...(totals.some((f) => f.value !== null) ? totals : rows));
  }
  return found;
}

/* ---- the table ---- */

function drawTable() {
  const choices = (field, label = word) => {
    const values = [...new Set(figures(office).map((f) => f[field]))].filter((v) => v !== null);
    return { values: [{ value: "", label: word("all") }, ...values.map((v) => ({ value: String(v), label: String(label(v)) }))] };
  };
  const listed = (field, title, label, more = {}) => ({
    title: word(title), field, headerFilter: "list", headerFilterFunc: "=",
    headerFilterParams: choices(field, label), formatter: (cell) => label(cell.getValue()), ...more });
  if (table) table.destroy();
  table = new Tabulator("#figures", {
    // The keyboard reaches the words behind a figure as a click does.
    rowFormatter: (row) => {
      row.getElement().tabIndex = 0;
      row.getElement().onkeydown = (event) => {
        if (event.key === "Enter") showFigure(row.getData());
      };
    },
    data: figures(office), layout: "fitColumns", height: "520px", renderVertical: "virtual",
    // By itself it draws all rows anew whenever it comes into view, and the row in focus loses it.
    autoResize: false,
    columns: [
      { ...listed("report_year", "year", (v) => v), width: 90,
        headerFilterFunc: (wanted, value) => !wanted || String(value) === wanted },
      { title: word("indicator"), field: "indicator", widthGrow: 4, headerFilter: "input",
        headerFilterFunc: (wanted, name) => `${name} ${CONTENT.indicators[name]?.zh} ${CONTENT.indicators[name]?.en}`
          .toLowerCase().includes(wanted.toLowerCase()),
        formatter: (cell) => echarts.format.encodeHTML(indicatorLabel(cell.getData())), tooltip: (e, cell) => cell.getValue() },
      listed("applicant", "applicant", (v) => applicantLabel(v), { widthGrow: 1.6 }),
      { title: word("value"), field: "value", hozAlign: "right", width: 90, headerFilter: "number", headerFilterFunc: "=",
        formatter: (cell) => stated(cell.getData()) },
      listed("status", "status", word, { width: 130 }),
      listed("qualifier", "qualifier", word, { width: 100 }),
      listed("source", "source", word, { width: 90 }),
      listed("matched_by", "found", word, { width: 120 }),
    ],
  });
  table.on("rowClick", (event, row) => showFigure(row.getData()));
}

/* ---- evidence ---- */

const address = (f) => [office.id, f.report_year, f.indicator, f.applicant || "", f.source].map(encodeURIComponent).join("/");

function showFigure(figure) {
  history.replaceState(null, "", `#${address(figure)}`);
  showEvidence(`${indicatorLabel(figure)} ${figure.report_year}`, [figureText(figure)],
    () => showFigure(figure), () => rowElement(figure));
}

/* The row of a figure, brought into view: the table draws only the rows that are seen. */
async function rowElement(figure) {
  const row = table.getRows().find((r) => r.getData() === figure);
  if (!row) return null;
  if (!row.getElement().isConnected) {
    await table.scrollToRow(row, "center", false);
    // Scrolling draws the rows anew, and what is drawn anew loses the focus.
    await new Promise((drawn) => { setTimeout(drawn, 100); });
  }
  return row.getElement();
}

function figureText(figure) {
  const capture = office.captures[figure.capture_id] || {};
  const findings = office.findings.filter((f) =>
    f.report_year === figure.report_year && f.indicator === figure.indicator);
  const value = figure.value === null ? word(figure.status) : stated(figure);
  return element("div", { className: "figure" },
    element("h3", { textContent: `${indicatorLabel(figure)} ${applicantLabel(figure.applicant)}: ${value}` }),
    element("blockquote", { textContent: figure.evidence }),
    passageText(office.passages[figure.passage]),
    details([
      ["name", figure.indicator], ["text", figure.value_text], ["status", word(figure.status)],
      ["qualifier", word(figure.qualifier)], ["source", word(figure.source)],
      ["found", word(figure.matched_by)], ["place", placeText(figure.locator)], ["page", capture.url],
      ["fetched", capture.fetched_at], ["archived", capture.warc_file && `${capture.warc_file} @ ${capture.warc_offset}`],
      ["digest", figure.capture_id],
    ]),
    ...findings.map(findingText));
}

/* The lines round a figure, as the report has them, its own marked. */
const passageText = ([heading, above, marked, below]) => element("div", { className: "passage" },
  element("strong", { textContent: heading }), "\n", above, element("mark", { textContent: marked }), below);

/* How a finding says what it expects. */
const EXPECTED_ZH = [[/^between (\S+) and (\S+)$/, "$1 至 $2"], [/^>= /, "≥ "], [/^<= /, "≤ "]];

const findingText = (f) => {
  const told = [["should_be", f.expected], ["actually", f.actual]].filter(([, text]) => text);
  const compared = told.map(([name, text]) => `${word(name)} ${EXPECTED_ZH.reduce((t, [of, zh]) => t.replace(of, zh), text)}`);
  const known = CONTENT.rules[f.rule] || f.message;  // of a dataset with newer rules
  const words = language ? f.message : known + (told.length ? `（${compared.join("，")}）` : "");
  return element("p", { className: "why", textContent: said(`${f.rule} (${word(f.severity)})`, words) });
};

const details = (pairs) => element("dl", {}, ...pairs.filter(([, text]) => text).flatMap(([name, text]) =>
  [element("dt", { textContent: word(name) }), element("dd", {}, name === "page" ? pageLink(text) : text)]));

/* Followed only when it is clicked; an address of another kind than the web's stays text. */
const pageLink = (url) => (/^https?:\/\//.test(url)
  ? element("a", { href: url, textContent: url, target: "_blank", rel: "noopener noreferrer" }) : url);

/* again: shows the same once more, in the other language; from: gives the element it came from. */
function showEvidence(title, parts, again, from) {
  opened = { again, from };
  document.getElementById("evidence-text").replaceChildren(element("h3", { textContent: title }), ...parts);
  document.getElementById("evidence").hidden = false;
  document.getElementById("evidence").focus();
}

async function closeEvidence() {
  if (!opened) return;
  const { from } = opened;
  opened = null;
  document.getElementById("evidence").hidden = true;
  const back = await from();
  if (back && !opened) back.focus();
}

/* ---- the page ---- */

function chooseOffice(one) {
  office = one;
  document.getElementById("office").value = one.id;
  drawCharts();
  drawTable();
}

function draw() {
  document.documentElement.lang = language ? "en" : "zh-CN";
  document.querySelectorAll("[data-en]").forEach((one) => {
    one.textContent = language ? one.dataset.en : one.dataset.zh;
  });
  document.getElementById("language").textContent = language ? "中文" : "English";
  drawCoverage();
  chooseOffice(office);
}

function openAddress() {
  const parts = location.hash.slice(1).split("/").map(decodeURIComponent);
  const one = CONTENT.offices.find((o) => o.id === parts[0]);
  if (!one) return;
  if (one !== office) chooseOffice(one);
  const figure = figures(one).find((f) => location.hash.slice(1) === address(f));
  if (figure) showFigure(figure);
}

document.getElementById("office").append(...CONTENT.offices.map((one) =>
  element("option", { value: one.id, textContent: `${one.name} (${one.id})` })));
document.getElementById("office").onchange = (event) =>
  chooseOffice(CONTENT.offices.find((one) => one.id === event.target.value));
document.getElementById("language").onclick = () => {
  language = 1 - language;
  draw();
  if (opened) opened.again();
};
document.getElementById("close").onclick = closeEvidence;
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeEvidence();
});
window.addEventListener("resize", () => {
  charts.forEach((chart) => chart.resize());
  if (table.initialized) table.redraw();
});
window.addEventListener("hashchange", openAddress);
draw();
openAddress();
