// What the widgets' pages share: making elements, painting pictures, asking Python, sliders.
// The files of a page are joined into one module by `base.source`: nothing is imported, nothing comes from a network.

let made = 0; // elements that need a name of their own

/** An element with attributes (functions become listeners, `true` a bare attribute) and children. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "text") element.textContent = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

function uniqueId() {
  made += 1;
  return `rust-edu-${made}-${Math.random().toString(36).slice(2, 8)}`;
}

/** The bytes of a buffer that came with a message. */
function bytesOf(buffer) {
  return buffer.buffer ? new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength) : new Uint8Array(buffer);
}

/** Paint RGB bytes of a square picture on a canvas, one canvas pixel for each; the style sheet enlarges it. */
function paint(canvas, bytes, size) {
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  const image = context.createImageData(size, size);
  for (let i = 0, j = 0; i < bytes.length; i += 3, j += 4) {
    image.data[j] = bytes[i];
    image.data[j + 1] = bytes[i + 1];
    image.data[j + 2] = bytes[i + 2];
    image.data[j + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

/** How far two pictures differ, as RGB bytes: black where they agree, over red to yellow at a quarter and more. */
function difference(a, b) {
  const map = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i += 3) {
    const gap = (Math.abs(a[i] - b[i]) + Math.abs(a[i + 1] - b[i + 1]) + Math.abs(a[i + 2] - b[i + 2])) / 765;
    const t = Math.min(1, gap * 4);
    map[i] = 255 * Math.min(1, 1.6 * t);
    map[i + 1] = 255 * Math.max(0, 1.7 * t - 0.7);
    map[i + 2] = 90 * t * (1 - t) * 4;
  }
  return map;
}

/** A canvas drawn at the screen's own resolution: returns its 2-D context, with CSS pixels as units. */
function sharp(canvas, width, height) {
  const scale = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** The value of a colour of the style sheet, for canvases. */
function colourOf(root, name) {
  return getComputedStyle(root).getPropertyValue(`--re-${name}`).trim();
}

/** "+12.3", with a real minus sign. */
function signed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return (Number(text) === 0 ? "" : value < 0 ? "\u2212" : "+") + text;
}

/**
 * The line to Python: one request at a time. Motions that come while one is on its way are merged into the next, so
 * that the picture follows the hand and never lags behind it; clicks wait their turn.
 */
class Line {
  constructor(model, onAnswer, onSilence) {
    // A cell's output may be shown twice: each page has numbers of its own.
    Object.assign(this, { model, onAnswer, onSilence, name: uniqueId(), count: 0, waiting: null, motion: null, clicks: [] });
    this.onHand = () => {}; // is told of every click and every motion before it is asked for
    this.listener = (message, buffers) => this.receive(message, buffers || []);
    model.on("msg:custom", this.listener);
  }

  close() {
    this.model.off("msg:custom", this.listener);
    clearTimeout(this.timer);
  }

  /** Ask for something that must not be lost: a click. What was under way before it is done first. */
  click(request) {
    this.onHand(request);
    if (this.motion) this.clicks.push(this.motion);
    this.motion = null;
    this.clicks.push(request);
    this.next();
  }

  /** Ask for a motion: values that are set replace those still waiting, motions of the camera add up. */
  move(change) {
    this.onHand(change);
    const motion = this.motion || { kind: "move", components: {}, numbers: {}, orbit: [0, 0, 0], since: performance.now() };
    if ("share" in change) Object.assign(motion, { share: change.share, components: {}, numbers: {}, orbit: [0, 0, 0] });
    Object.assign(motion.components, change.components);
    Object.assign(motion.numbers, change.numbers);
    if (change.orbit) motion.orbit = motion.orbit.map((value, i) => value + change.orbit[i]);
    this.motion = motion;
    this.next();
  }

  /** Ask about a pixel; only the last one asked about matters. */
  ask(x, y) {
    this.clicks = this.clicks.filter((request) => request.kind !== "ask");
    this.clicks.push({ kind: "ask", x, y });
    this.next();
  }

  next() {
    if (this.waiting !== null) return;
    const request = this.clicks.shift() || this.motion;
    if (!request) return;
    if (request === this.motion) this.motion = null;
    this.count += 1;
    this.waiting = `${this.name}-${this.count}`;
    this.since = request.since;
    this.model.send({ ...request, number: this.waiting });
    this.timer = setTimeout(() => {
      this.waiting = null;
      this.onSilence(request.kind);
    }, 10000);
  }

  receive(message, buffers) {
    const mine = message.number === this.waiting && this.waiting !== null;
    if (mine) {
      clearTimeout(this.timer);
      this.waiting = null;
    }
    this.onAnswer(message, buffers.map(bytesOf), mine ? this.since : undefined, mine);
    this.next(); // a late answer frees the line as well; while another request is on its way this does nothing
  }
}

/** Put an element in the place of another like it. A focus stays on the control of the same number. */
function exchange(old, fresh) {
  const controls = (element) => [...element.querySelectorAll("button, input, select, [tabindex]")];
  const focused = controls(old).indexOf(document.activeElement);
  old.replaceWith(fresh);
  controls(fresh)[focused]?.focus();
}

/** A slider with a name above it, its value, and a band that marks where the data lies. `onInput` gets numbers. */
class Slider {
  constructor({ name, note, low, high, dataLow, dataHigh, step, format, onInput }) {
    const id = uniqueId();
    this.format = format;
    this.span = [low, high];
    this.input = make("input", {
      type: "range", id, min: low, max: high, step, "data-lm-suppress-shortcuts": "true",
      input: () => {
        this.label();
        onInput(Number(this.input.value));
      },
    });
    this.value = make("output", { for: id, class: "re-value" });
    this.dot = make("span", { class: "re-data", "aria-hidden": "true" });
    this.element = make("div", { class: "re-slider" },
      make("div", { class: "re-row" },
        make("label", { for: id }, make("strong", { text: name }), note ? make("small", { text: ` ${note}` }) : null),
        this.value),
      make("div", { class: "re-track" }, this.dot, this.input));
    if (dataLow != null) this.mark(dataLow, dataHigh);
    this.set(Math.max(low, Math.min(high, 0)));
  }

  /** Show where the data lies. */
  mark(low, high) {
    const share = (value) => Math.max(0, Math.min(1, (value - this.span[0]) / (this.span[1] - this.span[0])));
    const [from, to] = [share(low), share(high)];
    // The thumb's middle travels from half a thumb (8 px) inside one end to half a thumb inside the other.
    this.dot.style.left = `calc(8px + (100% - 16px) * ${from.toFixed(4)})`;
    this.dot.style.width = `calc((100% - 16px) * ${(to - from).toFixed(4)})`;
    this.range = [low, high];
  }

  set(value) {
    this.input.value = value;
    this.label(value);
  }

  label(value = Number(this.input.value)) {
    const outside = this.range && (value < this.range[0] - 0.006 || value > this.range[1] + 0.006);
    this.value.textContent = this.format(value);
    this.element.classList.toggle("re-out", Boolean(outside));
    this.input.setAttribute("aria-valuetext", this.format(value) + (outside ? ", outside the data" : ""));
  }
}

/** What a reader sees until Python answers, and where no kernel ever does: the poster, with its alt text. */
function showPoster(root, model, words) {
  root.querySelector(".re-poster")?.remove();
  root.prepend(make("figure", { class: "re-poster" },
    make("img", { src: model.get("poster"), alt: model.get("alt") }), make("figcaption", { role: "status", text: words })));
}
