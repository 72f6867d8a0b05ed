"use strict";
(() => {
  const DATA = JSON.parse(document.getElementById("data").textContent);
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

  /* -- a failure's picture: its boards, its tools and its panel -------------------------------- */

  class Picture {
    constructor(host) {
      this.host = host;
      this.data = DATA.pictures[Number(host.dataset.picture) - 1];
      this.everyStep = false;
      this.causal = false;
      this.beside = Boolean(this.data.passing) && window.innerWidth > 1100;
      this.passing = this.data.passing;
      for (const diagram of [this.data.failing, this.passing]) {
        if (diagram) for (const lane of diagram.lanes) lane.key = `${lane.title} ${lane.detail || ""}`;
      }
      this.lanesShown = this.lanesAtFirst();
      for (const lane of this.passing ? this.passing.lanes : []) {
        const known = this.data.failing.lanes.some((other) => other.key === lane.key);
        if (!known && lane.told) this.lanesShown.add(lane.key);
      }
      this.build();
    }

    /* The lanes that have something to tell; of many, those that led to the failure, or to what it woke. */
    lanesAtFirst() {
      const { lanes, events, spans } = this.data.failing;
      const told = lanes.filter((lane) => lane.told);
      if (told.length <= LANES) return new Set(told.map((lane) => lane.key));
      const led = new Set();
      events.forEach((event, n) => {
        if (!event.clash) return;
        pastOf(events, n, led);
        for (const span of spans) if (span.until === n) pastOf(events, span.since, led);
      });
      const busy = new Set([...led].filter((n) => !events[n].quiet).map((n) => lanes[events[n].lane]));
      return new Set((busy.size ? told.filter((lane) => busy.has(lane)) : told).map((lane) => lane.key));
    }

    build() {
      const parts = this.data.parting;
      this.board = new Board(this, this.data.failing, "This schedule, which fails", parts);
      this.other = this.passing && new Board(this, this.passing, "The nearest schedule, which passes", parts);
      this.panel = element("aside", { class: "panel", "aria-label": "The selected event" });
      this.said = element("span", { class: "at" });
      this.spoken = element("span", { class: "unseen", role: "status" });
      this.boards = element("div", { class: "boards" }, this.board.host);
      this.stage = element("div", { class: "stage" }, this.boards, this.panel);
      this.host.replaceChildren(this.tools(), this.legend(), ...this.remarks(), this.stage, this.raw());
      this.redraw();
      const clash = this.board.events.findLastIndex((event) => event.clash);
      this.select(clash >= 0 ? clash : this.board.rows.at(-1));
    }

    /* The data as they are, made text only when somebody wants to see them. */
    raw() {
      const text = element("pre", { tabindex: "0" });
      const made = element("details", { class: "raw" }, element("summary", {}, "Raw JSON of this diagram"), text);
      made.addEventListener("toggle", () => { text.textContent = made.open ? JSON.stringify(this.data, null, 1) : ""; });
      return made;
    }

    remarks() {
      const { first = 0, left_out: after = 0 } = this.data.failing;
      if (!first && !after) return [];
      const missing = [first && `${first.toLocaleString("en")} before`, after && `${after.toLocaleString("en")} after`];
      return [element("p", { class: "note" }, `A window around the failure: ${missing.filter(Boolean).join(" and ")} are not drawn. The folder failures/ of the bundle has them all.`)];
    }

    tools() {
      const button = (says, key, does, pressed) => {
        const made = element("button", { type: "button", onclick: does, title: `key ${key}` }, says, " ", element("kbd", {}, key));
        if (pressed !== undefined) made.setAttribute("aria-pressed", String(pressed));
        return made;
      };
      this.stepButton = button("Every step", "s", () => this.toggle("everyStep"), this.everyStep);
      this.pastButton = button("Causal past", "c", () => this.toggle("causal"), this.causal);
      const made = element("div", { class: "tools", role: "toolbar", "aria-label": "Space-time diagram" },
        button("Previous", "k", () => this.move(-1)), button("Next", "j", () => this.move(1)), this.said, this.spoken,
        button("Next mark", "n", () => this.jump(1)), this.stepButton, this.pastButton);
      if (this.passing) {
        this.besideButton = button("Nearest passing", "v", () => this.toggle("beside"), this.beside);
        made.append(this.besideButton);
      }
      made.append(this.laneMenu(), button("Keys", "?", () => document.getElementById("keys").showModal()));
      return made;
    }

    laneMenu() {
      const every = [...this.data.failing.lanes];
      for (const lane of this.passing ? this.passing.lanes : []) if (!every.some((l) => l.key === lane.key)) every.push(lane);
      const boxes = every.map((lane) => {
        const box = element("input", { type: "checkbox", checked: this.lanesShown.has(lane.key), onchange: () => {
          if (box.checked) this.lanesShown.add(lane.key); else this.lanesShown.delete(lane.key);
          this.redraw();
        } });
        return element("label", {}, box, element("span", {}, lane.title, " ", element("span", { class: "place" }, lane.detail || "")));
      });
      this.laneCount = element("span", {});
      this.laneTotal = every.length;
      return element("details", {}, element("summary", {}, "Lanes ", this.laneCount), element("div", { class: "menu" }, ...boxes));
    }

    legend() {
      const entries = [["fact", "event"], ["send", "message sent"], ["receive", "received"], ["choice", "deviation"], ["cancel", "cancelled"], ["step", "step"], ["end", "end"]];
      const made = element("div", { class: "legend", "aria-hidden": "true" });
      const add = (draw, says) => {
        const span = element("span", {});
        draw(shape(span, "svg", { width: 20, height: 18, viewBox: "0 0 20 18" }));
        span.append(says);
        made.append(span);
      };
      for (const [mark, says] of entries) add((svg) => this.board.drawMark(svg, { mark }, 10, 9), says);
      add((svg) => this.board.drawMark(svg, { mark: "fact", clash: true }, 10, 9), "clashes");
      add((svg) => shape(svg, "line", { x1: 10, x2: 10, y1: 1, y2: 17, class: "waits" }), "waits");
      add((svg) => shape(svg, "rect", { x: 8, y: 1, width: 5, height: 16, rx: 2, class: "holds" }), "holds a lock");
      return made;
    }

    redraw() {
      this.stage.classList.toggle("beside", Boolean(this.other && this.beside));
      this.boards.replaceChildren(this.board.host, ...(this.other && this.beside ? [this.other.host] : []));
      this.board.draw();
      if (this.other && this.beside) this.other.draw();
      this.laneCount.textContent = `${this.board.columns.length} of ${this.laneTotal}`;
      if (this.selected !== undefined) this.select(this.selected);
    }

    toggle(what) {
      this[what] = !this[what];
      this.stepButton.setAttribute("aria-pressed", String(this.everyStep));
      this.pastButton.setAttribute("aria-pressed", String(this.causal));
      if (this.besideButton) this.besideButton.setAttribute("aria-pressed", String(this.beside));
      if (what === "causal") this.select(this.selected); else this.redraw();
    }

    /* Events before the parting are the same in both boards, and are selected in both. */
    select(n, board = this.board) {
      const shared = this.data.parting !== undefined && n + board.first < this.data.parting;
      if (board === this.other && shared) { n += board.first - this.board.first; board = this.board; }
      this.selected = board === this.board ? n : this.selected;
      board.show(n, this.causal);
      const beside = board === this.board ? this.other : this.board;
      if (beside && beside.svg && this.beside) {
        const there = n + board.first - beside.first;
        beside.show(shared && beside.events[there] ? there : undefined, false);
        if (!shared) beside.bringIntoView(beside.rows.find((row) => row + beside.first >= this.data.parting));
      }
      this.tell(n, board);
    }

    move(by) {
      const rows = this.board.rows;
      let row = this.board.rowOf.get(this.selected);
      if (row === undefined) row = rows.findIndex((n) => n >= this.selected) - (by > 0 ? 1 : 0);
      this.select(rows[Math.min(rows.length - 1, Math.max(0, row + by))]);
    }

    jump(by) {
      const marks = this.board.rows.filter((n) => this.board.events[n].clash || this.board.events[n].mark === "choice");
      const next = by > 0 ? marks.find((n) => n > this.selected) ?? marks[0] : marks.findLast((n) => n < this.selected) ?? marks.at(-1);
      if (next !== undefined) this.select(next);
    }

    /* -- the panel --------------------------------------------------------------------------- */

    tell(n, board) {
      const event = board.events[n];
      if (event === undefined) return;
      const lane = event.lane === undefined ? "" : board.lanes[event.lane];
      this.said.textContent = `event ${(n + board.first + 1).toLocaleString("en")} of ${(board.events.length + board.first).toLocaleString("en")}`;
      this.spoken.textContent = `${this.said.textContent}: ${lane ? lane.title : ""} ${event.text || ""}`;
      const where = [lane && `${lane.title} ${lane.detail || ""}`, WORDS[event.mark], `at ${event.time || 0} s`].filter(Boolean).join(" · ");
      const about = [element("h3", {}, event.clash ? "► " : "", event.text || WORDS[event.mark]), element("p", { class: "where" }, where)];
      if (board !== this.board) about.unshift(element("p", { class: "note" }, "in the schedule that passes"));
      if (event.place && event.place !== event.text) about.push(element("p", { class: "place" }, event.place));
      if (event.detail && event.detail !== event.text) about.push(element("p", { class: "detail" }, event.detail));
      this.panel.replaceChildren(...about, ...this.causesOf(event, board), ...this.stateAt(n, board));
    }

    causesOf(event, board) {
      if (!event.parents || !event.parents.length) return [];
      const buttons = event.parents.map((n) => {
        const { lane, text } = board.events[n];
        return element("button", { type: "button", onclick: () => this.select(n, board) }, `#${n + board.first + 1} ${lane === undefined ? "" : board.lanes[lane].title}: ${text}`);
      });
      return [element("h4", {}, "Directly before"), element("div", { class: "causes" }, ...buttons)];
    }

    stateAt(n, board) {
      const row = board.rowOf.get(n);
      const before = row ? board.rows[row - 1] : -1;
      const things = new Map();
      for (const change of board.diagram.changes) {
        if (change.at > n) break;
        const key = `${change.kind}\n${change.name}`;
        if (change.over && change.at <= before) things.delete(key);
        else things.set(key, { ...change, changed: change.at > before });
      }
      const kinds = Map.groupBy ? Map.groupBy(things.values(), (t) => t.kind) : groups(things.values());
      if (!kinds.size) return [];
      const body = element("tbody", {});
      const order = [...kinds.keys()].sort((a, b) => (a === "task") - (b === "task"));
      for (const kind of order) {
        body.append(element("tr", { class: "kind" }, element("th", { colspan: "2", scope: "colgroup" }, kind)));
        for (const thing of kinds.get(kind)) {
          const classes = `${thing.changed ? "changed" : ""} ${thing.over ? "over" : ""}`;
          body.append(element("tr", { class: classes }, element("th", { scope: "row" }, thing.name), element("td", {}, thing.state)));
        }
      }
      return [element("h4", {}, "After this event (● changed by it)"), element("table", { class: "states" }, body)];
    }
  }

  function groups(values) {
    const found = new Map();
    for (const value of values) found.set(value.kind, [...(found.get(value.kind) || []), value]);
    return found;
  }

  /* -- the page --------------------------------------------------------------------------------- */

  const failures = [...document.querySelectorAll("details.failure")];
  const pictures = new Map();

  function open(details) {
    const host = details.querySelector(".picture");
    if (host && !pictures.has(details)) pictures.set(details, new Picture(host));
  }

  /* The failure that the keys are for: the one that was opened or touched last. */
  let current = failures.find((details) => details.open);

  function turnTo(details) {
    details.open = true;
    current = details;
    open(details);
  }

  for (const details of failures) {
    details.addEventListener("toggle", () => { if (details.open) turnTo(details); });
    details.addEventListener("pointerdown", () => { current = details; });
    details.addEventListener("focusin", () => { current = details; });
    const copy = details.querySelector(".copy");
    copy.addEventListener("click", () => copyText(copy));
  }

  async function copyText(button) {
    const code = button.previousElementSibling;
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    let done = false;
    try { await navigator.clipboard.writeText(code.textContent); done = true; } catch { done = document.execCommand("copy"); }
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  }

  function followHash() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target && failures.includes(target)) { turnTo(target); target.scrollIntoView(); }
  }

  const find = document.getElementById("find");

  function nextFailure(by) {
    if (!failures.length) return;
    const at = failures.indexOf(current);
    const next = failures[(at + by + failures.length) % failures.length];
    turnTo(next);
    next.scrollIntoView();
    next.querySelector("summary").focus({ preventScroll: true });
  }

  const KEYS = {
    j: (p) => p.move(1), k: (p) => p.move(-1), n: (p) => p.jump(1), p: (p) => p.jump(-1),
    g: (p) => p.select(p.board.rows[0]), G: (p) => p.select(p.board.rows.at(-1)),
    c: (p) => p.toggle("causal"), s: (p) => p.toggle("everyStep"), v: (p) => { if (p.passing) p.toggle("beside"); },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input[type=search], textarea, select")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.getElementById("keys").open) return;
    const picture = pictures.get(current);
    if (KEYS[event.key] && picture) KEYS[event.key](picture);
    else if (event.key === "]") nextFailure(1);
    else if (event.key === "[") nextFailure(-1);
    else if (event.key === "/" && find) find.focus();
    else if (event.key === "?") document.getElementById("keys").showModal();
    else return;
    event.preventDefault();
  });

  addEventListener("hashchange", followHash);
  let resized = 0;
  addEventListener("resize", () => {
    clearTimeout(resized);
    resized = setTimeout(() => pictures.forEach((picture, details) => { if (details.open) picture.redraw(); }), 150);
  });
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = failures.filter((details) => !details.open);
    for (const details of closed) { details.open = true; open(details); }
  });
  addEventListener("afterprint", () => { for (const details of closed) details.open = false; });

  if (current) open(current);
  followHash();
  document.documentElement.dataset.ready = "yes";
  performance.mark("ready");
})();
