// The explorer's page: enter a scene, move the camera, ask a pixel. Python (explorer.py) answers with pictures.

const KEYS = { // camera motions in degrees, degrees and scene units
  ArrowLeft: [-3, 0, 0], ArrowRight: [3, 0, 0], ArrowUp: [0, 2, 0], ArrowDown: [0, -2, 0],
  "+": [0, 0, -0.12], "=": [0, 0, -0.12], PageUp: [0, 0, -0.12], "-": [0, 0, 0.12], PageDown: [0, 0, 0.12],
};
const FOLLOW = 80; // milliseconds between two drawings of all that follows the picture
const PER_PIXEL = 0.35; // degrees that the camera turns for a pixel of dragging

class Explorer {
  constructor(model, el) {
    this.model = model;
    this.root = make("div", { class: "re-root", "data-lm-suppress-shortcuts": "true", keydown: (event) => event.stopPropagation() });
    el.append(this.root);
    this.line = new Line(model, (...answer) => this.onAnswer(...answer), (kind) => this.onSilence(kind));
    showPoster(this.root, model, "Waiting for Python.");
    this.line.click({ kind: "hello" });
    this.resized = new ResizeObserver(() => this.redraw());
    this.scrolled = () => (this.armed = false);
    window.addEventListener("scroll", this.scrolled, { capture: true, passive: true });
  }

  close() {
    this.line.close();
    this.resized.disconnect();
    window.removeEventListener("scroll", this.scrolled, { capture: true });
    this.journey?.pause();
    clearTimeout(this.following);
    clearTimeout(this.speaking);
    this.root.remove();
  }

  // ---- What comes from Python.

  onAnswer(message, buffers, since, mine) {
    if (message.kind === "error") return this.say(message.text);
    this.root.querySelector(".re-poster")?.remove();
    if (message.space && !this.space) this.build(message.space);
    if (!this.space) return;
    if (message.space && message.space.weights !== this.space.weights) this.become(message.space);
    if (message.kind === "scene") this.enter(message, buffers);
    if (message.kind === "sight") this.show(message, buffers[0], since);
    if (message.kind === "shelf") this.chooser.fill(message, buffers);
    if (message.kind === "attention") this.showAttention(message);
    if (message.kind === "gif" && mine) download(buffers[0], "latent-journey.gif", "image/gif");
    if (message.kind === "path") {
      this.scene.path = message.path;
      this.redraw();
    }
  }

  onSilence(kind) {
    if (kind === "hello") showPoster(this.root, this.model, "A still picture: no kernel answers. Run the cell to move it.");
    else this.say("Python does not answer. Is the kernel running?");
  }

  build(space) {
    this.measure(space);
    this.chooser = new SceneChooser(space, this.line);
    this.journey = new Journey(this.line);
    this.plan = new Plan(this.root);
    this.root.replaceChildren(
      make("header", { class: "re-header" }, make("h2", { text: "Latent pose explorer" }),
        make("p", { class: "re-words", text: `RUST has seen the input views, and the left half of a target. What it needs to know of ` +
          `the target's camera it has squeezed into ${this.numbersWord(space)}, which nobody labelled. Move them.` })),
      this.chooser.element, make("div", { class: "re-main-grid" },
        this.inputs = make("section", { class: "re-inputs", "aria-label": "Input views" }),
        this.buildStage(), make("div", { class: "re-side" }, this.panel.element, this.journey.element)),
      make("div", { class: "re-drawings" }, this.buildCompare(), this.plan.element, this.scatter.element));
    this.resized.observe(this.root);
  }

  numbersWord(space) {
    return `${space.numbers.length === 8 ? "eight" : space.numbers.length} numbers`;
  }

  /** Another model looks at this scene: what shows its space is exchanged, everything else stays. */
  become(space) {
    const [panel, scatter] = [this.panel, this.scatter], tab = panel.chosen;
    this.line.motion = null; // was meant for the space before
    this.measure(space);
    this.panel.choose(tab);
    exchange(panel.element, this.panel.element);
    exchange(scatter.element, this.scatter.element);
  }

  measure(space) {
    this.space = space;
    this.panel = new Panel(space, this.line);
    this.scatter = new Scatter(this.root, space, (components) => this.line.move({ components }));
  }

  enter(scene, [picture, ...views]) {
    Object.assign(this, { scene, views, size: scene.size });
    this.chooser.enter(scene);
    const inputs = views.slice(0, scene.inputs).map((view, i) => {
      const canvas = make("canvas", { class: "re-picture", role: "img", "aria-label": `Input view ${i + 1}` });
      paint(canvas, view, this.size);
      return make("figure", {}, make("div", { class: "re-frame" }, canvas, make("canvas", { class: "re-light", "aria-hidden": "true" })),
        make("figcaption", { text: `${i + 1}` }));
    });
    this.inputs.replaceChildren(make("h3", { text: "Input views" }), make("p", { class: "re-words", text: scene.title }), ...inputs);
    this.starts.replaceChildren(...views.map((view, i) => {
      const canvas = make("canvas", { "aria-hidden": "true" });
      paint(canvas, view, this.size);
      const thumb = make("button", { type: "button", class: "re-thumb", "aria-label": `Start from ${viewName(scene, i)}`,
        title: viewName(scene, i), click: () => this.line.click({ kind: "start", view: i }) },
        canvas, make("span", { text: viewName(scene, i, true), "aria-hidden": "true" }));
      return i < scene.inputs ? null : thumb;
    }).filter(Boolean));
    this.note.textContent = scene.known ? "" :
      `The model was trained on the world ${this.space.world}, not on ${scene.world}. Trust picture and read-out less.`;
    this.journey.enter(scene);
    this.show(scene, picture);
  }

  // ---- The large picture, and everything that moves with it.

  buildStage() {
    this.picture = make("canvas", {
      class: "re-picture re-view", tabindex: "0", role: "application", "aria-roledescription": "view of the scene",
      "aria-label": "The view at the current latent pose. Arrow keys move the camera around the scene, plus and minus move it nearer and farther, Home resets.",
      keydown: (event) => this.onKey(event), wheel: (event) => this.onWheel(event),
      pointerdown: (event) => this.onDown(event), pointermove: (event) => this.onMove(event),
      pointerup: () => (this.held = null), pointercancel: () => (this.held = null),
      pointerleave: () => { this.armed = false; if (!this.asking) this.showAttention(null); },
    });
    this.cross = make("div", { class: "re-cross", "aria-hidden": "true", hidden: true });
    this.warning = make("p", { class: "re-warning", role: "status" });
    this.caption = make("p", { class: "re-caption" });
    this.spoken = make("p", { class: "re-unseen", "aria-live": "polite" });
    this.note = make("p", { class: "re-note" });
    this.message = make("p", { class: "re-message", role: "alert" });
    const motion = (label, text, change) => make("button", { type: "button", class: "re-step", "aria-label": label, title: label, text,
      click: () => this.line.move({ orbit: change }) });
    this.askButton = make("button", { type: "button", "aria-pressed": "false", text: "Ask a pixel",
      title: "Hover the picture, or press this and move with the arrow keys, to see where the decoder looks",
      click: () => this.setAsking(!this.asking) });
    return make("section", { class: "re-stage", "aria-label": "The view" },
      this.frame = make("div", { class: "re-frame re-large" }, this.picture, this.cross), this.warning, this.caption,
      make("div", { class: "re-buttons" },
        make("span", { class: "re-steps", role: "group", "aria-label": "Move the camera" },
          motion("Camera to the left", "\u2190", [-6, 0, 0]), motion("Camera to the right", "\u2192", [6, 0, 0]),
          motion("Camera up", "\u2191", [0, 4, 0]), motion("Camera down", "\u2193", [0, -4, 0]),
          motion("Nearer", "+", [0, 0, -0.25]), motion("Farther", "\u2212", [0, 0, 0.25])),
        this.askButton,
        this.resetButton = make("button", { type: "button", text: "Reset", click: () => this.line.click({ kind: "reset" }) })),
      make("p", { class: "re-words", text: "Drag the picture to turn the scene, scroll to come nearer. With the keyboard: " +
        "arrows, + and \u2212, Home to reset. Rest on a pixel to see which input patches it looks at." }),
      this.note, this.message, this.spoken);
  }

  buildCompare() {
    const shown = (name) => {
      const canvas = make("canvas", { class: "re-picture", role: "img", "aria-label": name });
      return [canvas, make("figure", {}, make("div", { class: "re-frame" }, canvas), make("figcaption", { text: name }))];
    };
    const [[truth, truthFigure], [error, errorFigure]] = [shown("True picture"), shown("Error now")];
    Object.assign(this, { truth, error });
    this.starts = make("div", { class: "re-shelf", role: "group", "aria-label": "Start from a view" });
    this.score = make("p", { class: "re-caption" });
    return make("section", { class: "re-card re-compare", "aria-label": "Start from a view, and compare" },
      make("h3", { text: "Start from a view" }),
      make("p", { class: "re-words", text: "RUST reads a latent pose from the left half of the view you choose." }),
      this.starts, make("div", { class: "re-pair" }, truthFigure, errorFigure), this.score);
  }

  show(sight, picture, since) {
    Object.assign(this, { sight, shown: picture });
    paint(this.picture, picture, this.size);
    if (since !== undefined) this.root.dataset.milliseconds = (performance.now() - since).toFixed(2);
    this.root.dataset.pictures = Number(this.root.dataset.pictures || 0) + 1;
    if (this.asked && !this.line.clicks.length) this.line.ask(...this.asked);
    this.redraw();
  }

  /** Everything but the picture follows it, a dozen times a second at most: the picture is what the eye is on. */
  redraw() {
    if (!this.sight || this.following) return;
    this.following = setTimeout(() => {
      this.following = null;
      this.followed = performance.now();
      this.follow(this.sight);
    }, Math.max(0, FOLLOW - (performance.now() - (this.followed || 0))));
  }

  follow(sight) {
    // Values that the hand has moved on from are not put back under it.
    if (!this.line.motion) this.panel.show(sight);
    this.describe(sight);
    const truth = this.views[sight.compared];
    paint(this.truth, truth, this.size);
    paint(this.error, difference(this.shown, truth), this.size);
    const name = viewName(this.scene, sight.compared);
    this.score.textContent = `Right half against ${name}: ${sight.psnr.toFixed(1)} dB. Error: black none, yellow 0.25 and more.`;
    [...this.starts.children].forEach((thumb, i) => thumb.setAttribute("aria-pressed", String(i + this.scene.inputs === sight.compared)));
    this.plan.draw(this.scene, sight);
    this.scatter.draw(this.scene, sight);
    this.say("");
  }

  describe(sight) {
    const [azimuth, elevation, distance] = sight.camera, error = this.space.error;
    const side = Math.abs(azimuth) < 0.5 ? "at the azimuth of input 1" :
      `${Math.abs(azimuth).toFixed(0)}\u00b0 to the ${azimuth > 0 ? "right" : "left"} of input 1`;
    const words = `${side}, ${elevation.toFixed(0)}\u00b0 up, ${distance.toFixed(1)} away`;
    const measured = this.scene.known ? "" : ` in ${this.space.world}`; // nothing was measured in other worlds
    this.caption.replaceChildren("Read from the latent pose: ", make("strong", { text: words }),
      make("small", { text: ` (typical error${measured} ${error[0].toFixed(0)}\u00b0, ${error[1].toFixed(0)}\u00b0, ${error[2].toFixed(1)})` }));
    const names = sight.beyond.map((i) => `${i + 1} (${this.space.components[i].name})`).join(", ");
    const outside = sight.beyond.length > 0 || sight.far;
    this.frame.classList.toggle("re-amber", outside);
    const warning = !outside ? "" : (names
      ? `Outside the range of the data: component${sight.beyond.length > 1 ? "s" : ""} ${names}.`
      : "Outside the range of the data: each component is in its own, their combination is not.") + " Trust the picture less.";
    if (this.warning.textContent !== warning) this.warning.textContent = warning;
    Object.assign(this.root.dataset, { azimuth, elevation, distance, outside });
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => (this.spoken.textContent = `Camera read from the latent pose: ${words}.`), 700);
  }

  say(text) {
    if (this.message && this.message.textContent !== text) this.message.textContent = text;
  }

  // ---- Hands on the picture.

  onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Home") this.line.click({ kind: "reset" });
    else if (event.key === "a" || event.key === "A") this.setAsking(!this.asking);
    else if (event.key === "Escape") this.setAsking(false);
    else if (!KEYS[event.key]) return;
    else if (this.asking && event.key.startsWith("Arrow")) {
      const [x, y] = this.asked || [this.size / 2, this.size / 2], [across, up] = KEYS[event.key].map(Math.sign);
      const clamp = (value) => Math.max(0, Math.min(this.size - 1, value));
      this.askAbout(clamp(x + across), clamp(y - up));
    } else this.line.move({ orbit: KEYS[event.key] });
    event.preventDefault();
  }

  /** Scrolling moves the camera once the pointer has moved on the picture; a page that scrolls past is left alone. */
  onWheel(event) {
    if (!this.armed && document.activeElement !== this.picture) return;
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    this.line.move({ orbit: [0, 0, Math.max(-60, Math.min(60, event.deltaY * lines)) * 0.003] });
  }

  onDown(event) {
    this.picture.setPointerCapture(event.pointerId);
    if (this.asking) this.askAt(event); // a finger cannot hover
    else this.showAttention(null); // the hand moves the camera now
    this.held = [event.clientX, event.clientY];
  }

  onMove(event) {
    this.armed = true;
    if (!this.held) {
      if (event.pointerType !== "touch") this.askAt(event);
      return;
    }
    const [x, y] = this.held;
    this.held = [event.clientX, event.clientY];
    this.line.move({ orbit: [-(event.clientX - x) * PER_PIXEL, (event.clientY - y) * PER_PIXEL, 0] });
  }

  setAsking(asking) {
    this.asking = asking;
    this.askButton.setAttribute("aria-pressed", String(asking));
    if (asking) {
      this.picture.focus();
      this.askAbout(...(this.asked || [this.size / 2, this.size / 2]));
    } else this.showAttention(null);
  }

  /** Ask about the pixel under the pointer, if there is one. */
  askAt(event) {
    const box = this.picture.getBoundingClientRect();
    const at = [event.clientX - box.left, event.clientY - box.top].map((v) => Math.floor((v / box.width) * this.size));
    if (at.every((v) => v >= 0 && v < this.size)) this.askAbout(...at);
  }

  askAbout(x, y) {
    if (this.asked && this.asked[0] === x && this.asked[1] === y) return;
    this.asked = [x, y];
    this.line.ask(x, y);
  }

  /** Light up the input patches that the pixel looks at: the others are dimmed. `null` ends it. */
  showAttention(answer) {
    if (!answer) {
      this.asked = null;
      this.line.clicks = this.line.clicks.filter((request) => request.kind !== "ask");
    } else if (!this.asked) return; // the pointer has left since
    this.cross.hidden = !answer;
    const lights = this.inputs.querySelectorAll(".re-light");
    const most = answer ? Math.max(...answer.weights.flat(2)) : 1;
    if (answer) {
      const percent = (v) => `${(100 * v) / this.size}%`;
      Object.assign(this.cross.style, { left: percent(answer.x), top: percent(answer.y), width: percent(1), height: percent(1) });
    }
    lights.forEach((canvas, view) => {
      const box = canvas.parentElement.clientWidth, context = sharp(canvas, box, box);
      if (!answer) return;
      const rows = answer.weights[view], cell = box / rows.length;
      rows.forEach((row, j) => row.forEach((weight, i) => {
        context.fillStyle = `rgba(10, 12, 18, ${(0.78 * (1 - weight / most)).toFixed(3)})`;
        context.fillRect(i * cell, j * cell, cell + 0.5, cell + 0.5);
        if (weight < 0.5 * most) return;
        context.strokeStyle = "#ffffff";
        context.lineWidth = 2;
        context.strokeRect(i * cell + 1, j * cell + 1, cell - 2, cell - 2);
      }));
    });
    this.root.dataset.attention = answer ? `${answer.x},${answer.y}` : "";
  }
}

export default {
  render({ model, el }) {
    const explorer = new Explorer(model, el);
    return () => explorer.close();
  },
};
