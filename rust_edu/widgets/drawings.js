// The explorer's two drawings: the plan of the cameras, and the scatter of latent poses. Canvas only.

const FARTHEST = 10; // units: the plan makes room for marks up to here; those beyond would come too near to its eye
const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];
const CYCLE = [[100, 52, 128], [30, 110, 190], [225, 200, 110], [205, 85, 20], [100, 52, 128]]; // ends as it begins

/** The colour at a share, 0 to 1, of a scale of five colours. */
function colourAt(scale, share) {
  const at = Math.max(0, Math.min(0.9999, share)) * 4;
  const [a, b, t] = [scale[Math.floor(at)], scale[Math.floor(at) + 1], at % 1];
  return `rgb(${a.map((value, i) => Math.round(value + t * (b[i] - value))).join()})`;
}

/**
 * The plan: the scene from above and aside, with the input cameras, the true camera of the view that is compared, and
 * the camera that the read-out takes the latent pose for. Each has its own shape beside its own colour.
 */
class Plan {
  constructor(root) {
    this.root = root;
    this.canvas = make("canvas", { class: "re-plan", role: "img" });
    // A list entry: the mark of the drawing, and words.
    const entry = (kind, words) => make("li", {}, make("i", { class: `re-key re-key-${kind}`, "aria-hidden": "true" }), words);
    this.element = make("section", { class: "re-card re-where", "aria-label": "Where the cameras are" },
      make("h3", { text: "Where you are" }), this.canvas,
      make("ul", { class: "re-legend" },
        entry("input", "input views"), entry("truth", "true camera of the compared view"),
        entry("read", "camera read from the latent pose"), entry("path", "the journey")));
  }

  /** Position in the scene -> position on the canvas, in CSS pixels. */
  project([x, y, z]) {
    const [turn, tilt] = [0.45, 0.62]; // radians: the eye stands a little to the side, and above
    const [across, deep] = [x * Math.cos(turn) + y * Math.sin(turn), -x * Math.sin(turn) + y * Math.cos(turn)];
    const [away, up] = [deep * Math.cos(tilt) - z * Math.sin(tilt), z * Math.cos(tilt) + deep * Math.sin(tilt)];
    const scale = (this.zoom * 17) / (17 + away);
    return [this.origin[0] + across * scale, this.origin[1] - up * scale, scale];
  }

  draw(scene, sight) {
    this.width = this.canvas.clientWidth || 300;
    this.height = this.canvas.clientHeight || 220;
    const c = (this.context = sharp(this.canvas, this.width, this.height));
    const farthest = Math.max(...scene.cameras.map((p) => Math.hypot(p[0], p[1])));
    const rings = [2, 4, 6, 8, 10].filter((radius) => radius < Math.max(4.5, farthest + 1.5));
    const marks = [...scene.cameras, ...(scene.path || []), sight.position].filter((p) => Math.hypot(...p) < FARTHEST);
    this.fit([...this.circle([0, 0], rings.at(-1), rings.at(-1)), ...marks, ...marks.map(([x, y]) => [x, y, 0])]);
    c.lineWidth = 1;
    this.ring(rings.at(-1), colourOf(this.root, "rule"), colourOf(this.root, "shade"));
    for (const radius of rings.slice(0, -1)) this.ring(radius, colourOf(this.root, "rule"));
    for (const item of [...scene.objects].sort((a, b) => this.depth(b.at) - this.depth(a.at))) this.object(item);
    if (scene.path) this.line(scene.path, colourOf(this.root, "muted"), [2, 4]);
    scene.cameras.slice(0, scene.inputs).forEach((at, i) => this.camera(at, "input", `${i + 1}`));
    if (sight.compared >= scene.inputs) this.camera(scene.cameras[sight.compared], "truth", "");
    this.camera(sight.position, "read", "");
    const [azimuth, elevation, distance] = sight.camera;
    this.canvas.setAttribute("aria-label", "Plan of the scene. The camera read from the latent pose stands " +
      `${azimuth.toFixed(0)} degrees of azimuth from input view 1, ${elevation.toFixed(0)} degrees up, ` +
      `${distance.toFixed(1)} units away.`);
  }

  /** Choose enlargement and origin so that all these points are on the canvas. */
  fit(points) {
    Object.assign(this, { zoom: 1, origin: [0, 0] });
    const at = points.map((point) => this.project(point));
    const [left, right, top, bottom] = [0, 1].flatMap((axis) => [Math.min, Math.max].map((end) => end(...at.map((p) => p[axis]))));
    this.zoom = Math.min((this.width - 28) / (right - left), (this.height - 28) / (bottom - top));
    this.origin = [(this.width - this.zoom * (left + right)) / 2, (this.height - this.zoom * (top + bottom)) / 2];
  }

  depth([x, y]) {
    return -x * Math.sin(0.45) + y * Math.cos(0.45);
  }

  circle([x, y], a, b) {
    return Array.from({ length: 49 }, (_, i) => [x + a * Math.cos((i * Math.PI) / 24), y + b * Math.sin((i * Math.PI) / 24), 0]);
  }

  line(points, colour, dash = [], fill = null) {
    const c = this.context;
    c.save();
    c.setLineDash(dash);
    c.strokeStyle = colour;
    c.beginPath();
    points.forEach((point, i) => c[i ? "lineTo" : "moveTo"](...this.project(point)));
    if (fill) {
      c.fillStyle = fill;
      c.fill();
    }
    c.stroke();
    c.restore();
  }

  /** A circle on the floor with its radius beside it. */
  ring(radius, colour, fill) {
    this.line(this.circle([0, 0], radius, radius), colour, [], fill);
    const c = this.context;
    c.fillStyle = colourOf(this.root, "muted");
    c.font = "11px system-ui, sans-serif";
    c.textAlign = "center";
    const [x, y] = this.project([radius, 0, 0]);
    if (x < this.width - 8) c.fillText(`${radius}`, x, y + 13);
  }

  object({ at, size, colour }) {
    const c = this.context;
    const [x, y, scale] = this.project(at);
    this.line(this.circle(at, 1.15 * size[0], 1.15 * size[1]), "rgba(0, 0, 0, 0.05)", [], "rgba(0, 0, 0, 0.16)");
    c.fillStyle = `rgb(${colour.join()})`;
    c.strokeStyle = colourOf(this.root, "ink");
    c.globalAlpha = 0.9;
    c.beginPath();
    c.ellipse(x, y, Math.max(3, 0.9 * size[0] * scale), Math.max(3, 0.9 * size[2] * scale), 0, 0, 2 * Math.PI);
    c.fill();
    c.globalAlpha = 0.35;
    c.stroke();
    c.globalAlpha = 1;
  }

  /** A camera: a stem to the floor, a line of sight towards the middle of the scene, and its mark. */
  camera(at, kind, label) {
    const c = this.context, colour = colourOf(this.root, kind), [x, y] = this.project(at);
    c.lineWidth = 1;
    this.line([at, [at[0], at[1], 0]], colour, [1, 2]);
    c.lineWidth = kind === "read" ? 2 : 1.3;
    this.line([at, at.map((value) => value * 0.72)], colour);
    c.lineWidth = 2;
    c.strokeStyle = kind === "truth" ? colour : colourOf(this.root, "paper");
    c.fillStyle = kind === "truth" ? colourOf(this.root, "paper") : colour;
    c.beginPath();
    if (kind === "truth") c.rect(x - 6, y - 6, 12, 12);
    else c.arc(x, y, kind === "read" ? 7 : 8, 0, 2 * Math.PI);
    c.fill();
    c.stroke();
    c.fillStyle = colourOf(this.root, "on-mark");
    c.font = "bold 11px system-ui, sans-serif";
    c.textAlign = "center";
    if (label) c.fillText(label, x, y + 4);
    if (kind === "read") {
      c.strokeStyle = colour;
      c.lineWidth = 1.5;
      c.beginPath();
      c.arc(x, y, 11, 0, 2 * Math.PI);
      c.stroke();
    }
  }
}

/** The scatter: latents of the data in the plane of two components, coloured by their true camera; drag the ring. */
class Scatter {
  constructor(root, space, onMove) {
    Object.assign(this, { root, space, onMove, axes: [0, Math.min(1, space.components.length - 1)], quantity: 0, size: 0 });
    this.canvas = make("canvas", {
      class: "re-scatter", tabindex: "0", role: "application", "aria-roledescription": "two-dimensional slider",
      pointerdown: (event) => {
        this.canvas.setPointerCapture(event.pointerId);
        this.dragging = true;
        this.drag(event);
      },
      pointermove: (event) => this.dragging && this.drag(event),
      pointerup: () => (this.dragging = false),
      pointercancel: () => (this.dragging = false),
      keydown: (event) => this.key(event),
    });
    this.base = document.createElement("canvas"); // axes and data, which change rarely
    const component = (i) => ({ value: i, text: `${i + 1} ${space.components[i].name}` });
    const all = space.components.map((_, i) => component(i));
    const azimuth = `azimuth from ${space.frame}`;
    const colours = space.quantities.map((name, i) => ({ value: i, text: name === "azimuth" ? azimuth : name }));
    this.element = make("section", { class: "re-card re-among", "aria-label": "Among all latent poses" },
      make("h3", { text: "Among all latent poses" }), this.canvas,
      this.bar = make("div", { class: "re-bar", "aria-hidden": "true" }, make("span"), make("i"), make("span")),
      make("div", { class: "re-choices" },
        this.choice("across", all, this.axes[0], (value) => (this.axes[0] = value)),
        this.choice("up", all, this.axes[1], (value) => (this.axes[1] = value)),
        this.choice("colour", colours, 0, (value) => (this.quantity = value))));
  }

  choice(name, options, chosen, choose) {
    const id = uniqueId();
    return make("span", { class: "re-choice" }, make("label", { for: id, text: name }),
      make("select", { id, change: (event) => {
        choose(Number(event.target.value));
        this.size = 0;
        this.draw(this.scene, this.sight);
      } }, ...options.map(({ value, text }) => make("option", { value, text, selected: value === chosen }))));
  }

  /** From -reach to reach standard deviations fill the square. */
  get reach() {
    return 4.1;
  }

  place(x, y) {
    const half = this.size / 2;
    return [half + (x / this.reach) * (half - 14), half - (y / this.reach) * (half - 14)];
  }

  drag(event) {
    const box = this.canvas.getBoundingClientRect(), half = this.size / 2;
    const at = [event.clientX - box.left - half, half - (event.clientY - box.top)].map((v) => (v / (half - 14)) * this.reach);
    this.move(at.map((v) => Math.max(-this.reach, Math.min(this.reach, v))));
  }

  key(event) {
    const step = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] }[event.key];
    if (!step) return;
    event.preventDefault();
    const [x, y] = this.axes.map((axis) => this.sight.sigmas[axis]);
    this.move([x + step[0], y + step[1]]);
  }

  move([x, y]) {
    const [a, b] = this.axes;
    this.sight.sigmas[b] = y; // at once, so that held keys add up
    this.sight.sigmas[a] = x;
    this.onMove(a === b ? { [a]: x } : { [a]: x, [b]: y });
  }

  drawBase() {
    const c = sharp(this.base, this.size, this.size), known = this.space.known.map((row) => row[this.quantity]);
    const cyclic = this.space.circle && this.quantity === 0;
    const [low, high] = cyclic ? [-180, 180] : [Math.min(...known), Math.max(...known)], scale = cyclic ? CYCLE : VIRIDIS;
    c.strokeStyle = colourOf(this.root, "rule");
    for (const [from, to] of [[[-this.reach, 0], [this.reach, 0]], [[0, -this.reach], [0, this.reach]]]) {
      c.beginPath();
      c.moveTo(...this.place(...from));
      c.lineTo(...this.place(...to));
      c.stroke();
    }
    this.space.samples.forEach((row, i) => {
      c.fillStyle = colourAt(scale, (known[i] - low) / (high - low || 1));
      c.globalAlpha = 0.85;
      c.beginPath();
      c.arc(...this.place(row[this.axes[0]], row[this.axes[1]]), 3, 0, 2 * Math.PI);
      c.fill();
    });
    c.globalAlpha = 1;
    c.fillStyle = colourOf(this.root, "muted");
    c.font = "11px system-ui, sans-serif";
    const name = (axis) => `${axis + 1} ${this.space.components[axis].name} \u2192`;
    c.textAlign = "right";
    c.fillText(name(this.axes[0]), this.size - 4, this.size / 2 + 14);
    c.save();
    c.translate(this.size / 2 - 6, 4);
    c.rotate(-Math.PI / 2);
    c.fillText(name(this.axes[1]), 0, 0);
    c.restore();
    const unit = this.quantity < 2 ? "\u00b0" : "";
    this.bar.children[1].style.background = `linear-gradient(90deg, ${scale.map((colour) => `rgb(${colour.join()})`).join()})`;
    this.bar.firstChild.textContent = `${signed(low, this.quantity < 2 ? 0 : 1).replace("+", "")}${unit}`;
    this.bar.lastChild.textContent = `${high.toFixed(this.quantity < 2 ? 0 : 1)}${unit}`;
  }

  draw(scene, sight) {
    if (!sight) return;
    Object.assign(this, { scene, sight });
    const size = this.canvas.clientWidth || 280, [ink, paper] = [colourOf(this.root, "ink"), colourOf(this.root, "paper")];
    if (size !== this.size || ink !== this.ink) { // the theme may change
      Object.assign(this, { size, ink });
      this.drawBase();
    }
    const c = sharp(this.canvas, size, size);
    c.drawImage(this.base, 0, 0, size, size);
    c.font = "bold 11px system-ui, sans-serif";
    c.textAlign = "center";
    c.lineWidth = 3;
    scene.sigmasOfViews.forEach((row, i) => {
      const [x, y] = this.place(row[this.axes[0]], row[this.axes[1]]), name = viewName(scene, i, true);
      c.strokeStyle = paper;
      c.fillStyle = ink;
      c.strokeRect(x - 2.5, y - 2.5, 5, 5);
      c.fillRect(x - 2.5, y - 2.5, 5, 5);
      c.strokeText(name, x + 13, y - 7);
      c.fillText(name, x + 13, y - 7);
    });
    const [x, y] = this.place(sight.sigmas[this.axes[0]], sight.sigmas[this.axes[1]]);
    for (const [radius, width, colour] of [[9, 5, "paper"], [9, 2.5, "read"], [2, 3, "read"]]) {
      c.lineWidth = width;
      c.strokeStyle = colourOf(this.root, colour);
      c.beginPath();
      c.arc(x, y, radius, 0, 2 * Math.PI);
      c.stroke();
    }
    const words = this.axes.map((axis) => `component ${axis + 1}, ${this.space.components[axis].name}, at ` +
      `${sight.sigmas[axis].toFixed(1)} standard deviations`);
    this.canvas.setAttribute("aria-label", `The latent pose among those of the data: ${words.join("; ")}. Arrow keys move it.`);
  }
}

/** "input 1", "target 2"; in short "I1", "T2". */
function viewName(scene, index, short = false) {
  const input = index < scene.inputs, number = input ? index + 1 : index - scene.inputs + 1;
  return short ? `${input ? "I" : "T"}${number}` : `${input ? "input" : "target"} ${number}`;
}
