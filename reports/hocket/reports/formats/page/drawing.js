/* Space-time diagrams: a board is one diagram, drawn as SVG.  Text is only ever set as text. */

const ROW = 22, GAP = 22, GUTTER = 44, MARK = 16, CHARACTER = 6.3, LANES = 4;
const SVG = "http://www.w3.org/2000/svg";
const WORDS = {
  step: "step", fact: "event", choice: "deviation from the default order", time: "time passes",
  send: "message sent", receive: "message received", cancel: "cancellation delivered", end: "end of the task",
};

/* -- making elements: text is only ever set as text ---------------------------------------- */

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick" || key === "onchange") made.addEventListener(key.slice(2), value);
    else if (value !== false) made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

function shape(parent, name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

const cut = (text, width) => {
  const most = Math.max(3, Math.floor(width / CHARACTER));
  return text.length > most ? text.slice(0, most - 1) + "…" : text;
};

/* What an event depends on: everything that happened before it by the vector clocks. */
function pastOf(events, n, seen = new Set()) {
  const todo = [n];
  while (todo.length) {
    const one = todo.pop();
    if (seen.has(one)) continue;
    seen.add(one);
    todo.push(...(events[one].parents || []));
  }
  return seen;
}

/* -- one diagram ---------------------------------------------------------------------------- */

class Board {
  constructor(picture, diagram, title, parts) {
    this.picture = picture;
    this.parts = parts;
    this.diagram = diagram;
    this.lanes = diagram.lanes;
    this.events = diagram.events;
    this.first = diagram.first || 0;
    this.byEvent = new Map();
    this.messagesBySend = new Map(diagram.messages.map((m) => [m.sent, m]));
    this.scroll = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": title });
    this.host = element("div", { class: "board" }, element("h3", {}, title), this.scroll);
  }

  /* Which events have a row, and which lanes a column, as the reader has asked. */
  choose() {
    const { lanesShown, everyStep } = this.picture;
    const shown = this.lanes.map((lane) => lanesShown.has(lane.key));
    this.columns = this.lanes.map((_, n) => n).filter((n) => shown[n]);
    this.rows = [];
    this.events.forEach((event, n) => {
      const here = event.lane === undefined || shown[event.lane];
      if (here && (everyStep || !event.quiet || event.clash)) this.rows.push(n);
    });
    this.rowOf = new Map(this.rows.map((n, row) => [n, row]));
  }

  draw() {
    this.choose();
    const room = Math.max(320, this.scroll.clientWidth - GUTTER - MARK);
    const wide = Math.max(this.picture.beside ? 92 : 118, Math.min(250, room / Math.max(1, this.columns.length)));
    this.wide = Math.floor(wide);
    this.x = new Map(this.columns.map((lane, n) => [lane, GUTTER + MARK + n * this.wide]));
    this.width = Math.max(this.scroll.clientWidth, GUTTER + MARK + this.columns.length * this.wide);
    this.partRow = this.parts === undefined ? Infinity : this.rows.findIndex((n) => n + this.first >= this.parts);
    if (this.partRow < 1) this.partRow = Infinity;
    this.height = Math.max(1, this.rows.length) * ROW + 10 + (this.partRow < Infinity ? GAP : 0);
    const size = (height) => ({ width: this.width, height, viewBox: `0 0 ${this.width} ${height}` });
    this.scroll.replaceChildren();
    const heads = shape(this.scroll, "svg", { ...size(38), class: "heads" });
    this.drawHeads(heads);
    this.svg = shape(this.scroll, "svg", size(this.height));
    this.rowLayer = shape(this.svg, "g", {});
    this.drawLanes(shape(this.svg, "g", {}));
    this.drawMessages(shape(this.svg, "g", {}));
    this.causes = shape(this.svg, "g", {});
    this.markLayer = shape(this.svg, "g", {});
    this.byEvent.clear();
    this.drawn = this.rows.map((n, row) => this.drawRow(n, row));
    this.drawParting();
    this.svg.addEventListener("click", (click) => {
      const row = this.rowAt((click.clientY - this.svg.getBoundingClientRect().top) / this.scale());
      if (this.rows[row] !== undefined) this.picture.select(this.rows[row], this);
    });
  }

  scale() { return this.svg.getBoundingClientRect().width / this.width || 1; }
  y(row) { return row * ROW + ROW / 2 + 3 + (row >= this.partRow ? GAP : 0); }
  rowAt(y) { const row = Math.floor((y - 3) / ROW); return row >= this.partRow ? Math.floor((y - 3 - GAP) / ROW) : row; }

  /* The row of an event, or of the first that has one after it. */
  yOf(n) {
    if (n === undefined || n === null) return this.height - 4;
    let low = 0, high = this.rows.length;
    while (low < high) { const mid = (low + high) >> 1; if (this.rows[mid] < n) low = mid + 1; else high = mid; }
    return this.y(Math.min(low, this.rows.length - 1));
  }

  drawHeads(svg) {
    shape(svg, "text", { x: GUTTER - 8, y: 15, class: "edge", "text-anchor": "end" }, "#");
    for (const [lane, x] of this.x) {
      const { title, detail } = this.lanes[lane];
      const group = shape(svg, "g", { class: "head" });
      shape(group, "title", {}, `${title} ${detail || ""}`);
      shape(group, "text", { x: x - 8, y: 15, class: "headname" }, cut(title, this.wide - 12));
      shape(group, "text", { x: x - 8, y: 30, class: "edge" }, cut(detail || "", this.wide - 12));
    }
  }

  drawLanes(layer) {
    const from = new Map(), to = new Map();
    this.events.forEach((event, n) => {
      if (!this.x.has(event.lane)) return;
      if (!from.has(event.lane)) from.set(event.lane, n);
      to.set(event.lane, n);
    });
    for (const span of this.diagram.spans) if (span.until === undefined) to.set(span.lane, undefined);
    for (const [lane, x] of this.x) {
      if (!from.has(lane)) continue;
      shape(layer, "line", { x1: x, x2: x, y1: this.yOf(from.get(lane)), y2: this.yOf(to.get(lane)), class: "lane" });
    }
    for (const span of this.diagram.spans) if (this.x.has(span.lane)) this.drawSpan(layer, span);
  }

  drawSpan(layer, span) {
    const x = this.x.get(span.lane), top = this.yOf(span.since), end = this.yOf(span.until);
    const group = shape(layer, "g", {});
    shape(group, "title", {}, span.text);
    if (span.kind === "holds") {
      shape(group, "rect", { x: x - 12, y: top, width: 5, height: Math.max(6, end - top), rx: 2, class: "holds" });
      if (end - top > 60) {
        const label = shape(group, "text", { class: "holdtext halo", transform: `translate(${x - 24} ${top + 4}) rotate(90)` });
        label.textContent = cut(span.text, end - top);
      }
    } else if (end - top > ROW / 2) {
      shape(group, "line", { x1: x, x2: x, y1: top + 7, y2: end - 7, class: "gapline" });
      shape(group, "line", { x1: x, x2: x, y1: top + 7, y2: end - 7, class: "waits" });
      const row = span.until === undefined ? this.freeRow(span) : undefined;
      if (row !== undefined) shape(group, "text", { x: x + 9, y: this.y(row) + 4, class: "waittext halo" }, cut(span.text, this.wide - 14));
    }
  }

  /* A row of a wait that never ended in which its lane has room for words. */
  freeRow(span) {
    const first = this.rows.findIndex((n) => n >= span.since);
    for (const row of [first, first + 1]) {
      const event = this.events[this.rows[row]];
      if (row >= 0 && event && event.lane !== span.lane && event.lane !== undefined) return row;
    }
    return undefined;
  }

  drawMessages(layer) {
    for (const message of this.diagram.messages) {
      const from = this.events[message.sent];
      const to = message.received === undefined ? undefined : this.events[message.received];
      const x1 = this.x.get(from.lane), x2 = to && this.x.get(to.lane);
      if (x1 === undefined && x2 === undefined) continue;
      const group = shape(layer, "g", { "data-from": message.sent, "data-to": message.received ?? "" });
      shape(group, "title", {}, message.text);
      if (!to) this.drawLost(group, x1, this.yOf(message.sent));
      else this.drawArrow(group, x1, this.yOf(message.sent), x2, this.yOf(message.received));
    }
  }

  drawArrow(group, x1, y1, x2, y2) {
    if (x1 === undefined) { x1 = x2 + (x2 > this.width / 2 ? -26 : 26); y1 = y2 - 12; }
    if (x2 === undefined) { x2 = x1 + (x1 > this.width / 2 ? -26 : 26); y2 = y1 + 12; }
    const angle = Math.atan2(y2 - y1, x2 - x1), stop = 7;
    const ex = x2 - stop * Math.cos(angle), ey = y2 - stop * Math.sin(angle);
    shape(group, "line", { x1, y1, x2: ex, y2: ey, class: "message" });
    const degrees = (angle * 180) / Math.PI;
    shape(group, "path", { d: "M0 0 L-8 -3.6 L-8 3.6 Z", class: "tip", transform: `translate(${ex} ${ey}) rotate(${degrees})` });
  }

  drawLost(group, x, y) {
    shape(group, "line", { x1: x, y1: y, x2: x + 22, y2: y + 12, class: "message" });
    shape(group, "path", { d: `M${x + 19} ${y + 8} l8 8 m0 -8 l-8 8`, class: "lost" });
  }

  drawRow(n, row) {
    const event = this.events[n], y = this.y(row);
    const group = shape(this.rowLayer, "g", { class: "row" + (event.clash ? " clash" : ""), "data-event": n });
    shape(group, "rect", { x: 1, y: y - ROW / 2, width: this.width - 2, height: ROW, rx: 3, class: "band" });
    shape(group, "text", { x: GUTTER - 8, y: y + 4, class: "no" }, String(n + this.first + 1));
    const marks = shape(this.markLayer, "g", { class: group.getAttribute("class") });
    if (event.mark === "time") {
      shape(marks, "line", { x1: GUTTER, x2: this.width - 6, y1: y, y2: y, class: "time" });
      shape(marks, "text", { x: GUTTER + 4, y: y - 3, class: "edge halo" }, `time ${event.text}`);
    } else {
      const x = this.x.get(event.lane);
      this.drawMark(marks, event, x, y);
      const says = event.clash ? `► ${event.text}` : event.text;
      const kind = event.clash ? "of-clash" : `of-${event.mark}`;
      shape(marks, "text", { x: x + 11, y: y + 4, class: `halo ${kind}` }, cut(says, (this.wide - 18) * (event.clash ? 0.9 : 1)));
    }
    this.byEvent.set(n, [group, marks]);
    return group;
  }

  drawMark(group, event, x, y) {
    const place = { transform: `translate(${x} ${y})`, class: `mark-${event.mark}` };
    if (event.clash) shape(group, "rect", { x: x - 8, y: y - 8, width: 16, height: 16, rx: 2, class: "ring" });
    if (event.mark === "step") shape(group, "circle", { ...place, r: 2.8 });
    else if (event.mark === "fact") shape(group, "circle", { ...place, r: 4.6 });
    else if (event.mark === "choice") shape(group, "path", { ...place, d: "M0 -6.5 L6.5 0 L0 6.5 L-6.5 0 Z" });
    else if (event.mark === "cancel") shape(group, "path", { ...place, d: "M-5 -5 L5 5 M5 -5 L-5 5" });
    else if (event.mark === "end") shape(group, "path", { ...place, d: "M-6 0 L6 0" });
    else shape(group, "path", { ...place, d: "M-4.5 -4.5 L5 0 L-4.5 4.5 Z" });
  }

  drawParting() {
    if (this.partRow === Infinity) return;
    const y = this.y(this.partRow) - ROW / 2 - 3;
    shape(this.svg, "line", { x1: 6, x2: this.width - 6, y1: y, y2: y, class: "part" });
    shape(this.svg, "text", { x: 8, y: y - 5, class: "parttext halo" }, "from here on the two schedules differ");
  }

  /* -- what is selected -------------------------------------------------------------------- */

  show(n, causal) {
    for (const group of this.marked || []) group.classList.remove("selected");
    this.marked = this.byEvent.get(n) || [];
    for (const group of this.marked) group.classList.add("selected");
    const past = causal && n !== undefined ? pastOf(this.events, n) : null;
    for (const [other, groups] of this.byEvent) {
      for (const group of groups) group.classList.toggle("faded", past !== null && !past.has(other));
    }
    for (const group of this.svg.querySelectorAll("[data-from]")) {
      const { from, to } = group.dataset;
      const known = past === null || (past.has(Number(from)) && (to === "" || past.has(Number(to))));
      group.classList.toggle("faded", !known);
    }
    this.drawCauses(n);
    this.bringIntoView(n);
  }

  drawCauses(n) {
    this.causes.replaceChildren();
    if (n === undefined || !this.rowOf.has(n)) return;
    const to = this.events[n];
    for (const parent of to.parents || []) {
      const from = this.events[parent];
      if (from.lane === to.lane || !this.x.has(from.lane) || to.lane === undefined) continue;
      const ends = { x1: this.x.get(from.lane), y1: this.yOf(parent), x2: this.x.get(to.lane), y2: this.yOf(n) };
      shape(this.causes, "line", { ...ends, class: "cause" });
    }
  }

  bringIntoView(n) {
    if (n === undefined || !this.rowOf.has(n)) return;
    const scale = this.scale(), heads = 42;
    const y = this.y(this.rowOf.get(n)) * scale, box = this.scroll;
    const top = box.scrollTop, seen = box.clientHeight - heads;
    if (y < top + 3 * ROW || y > top + seen - 4 * ROW) box.scrollTop = y - seen / 2;
    const x = this.x.get(this.events[n].lane);
    if (x !== undefined && (x < box.scrollLeft + 20 || x + this.wide > box.scrollLeft + box.clientWidth)) {
      box.scrollLeft = x - box.clientWidth / 2;
    }
  }
}
