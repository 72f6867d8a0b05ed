/* A failure's picture: its boards, the tools above them, and the panel about the selected event. */

class Picture {
  constructor(host, data) {
    this.host = host;
    this.data = data;
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
