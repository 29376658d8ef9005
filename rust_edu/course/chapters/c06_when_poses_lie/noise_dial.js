// The pose-noise dial's page: one scene, a dial for the cameras' error, three predictions. Python: noise_dial.py.

const METHODS = [ // colours as in the course's figures
  ["srt", "SRT", "#0072b2", "given all cameras"], ["upsrt", "UpSRT", "#009e73", "given the target's camera"],
  ["rust", "RUST", "#d55e00", "given no camera"]];
const [LEAST, BEST] = [10, 32]; // decibels at the ends of the bars

class NoiseDial {
  constructor(model, el) {
    this.model = model;
    this.chosen = { sigma: 0, seed: 0, target: 0 };
    this.root = make("div", { class: "re-root", "data-lm-suppress-shortcuts": "true", keydown: (event) => event.stopPropagation() });
    el.append(this.root);
    this.line = new Line(model, (...answer) => this.onAnswer(...answer), () => showPoster(this.root, model,
      "A still picture: no kernel answers. Run the cell to turn the dial."));
    showPoster(this.root, model, "Waiting for Python.");
    this.line.click({ kind: "hello" });
  }

  close() {
    this.line.close();
    this.root.remove();
  }

  onAnswer(message, buffers, since) {
    this.root.querySelector(".re-poster")?.remove();
    if (message.kind === "error" && this.message) this.message.textContent = message.text;
    if (message.kind === "scene") this.build(message, buffers);
    if (message.kind === "outcomes") this.show(message, buffers, since);
  }

  predict(change) {
    Object.assign(this.chosen, change);
    this.line.move({ numbers: this.chosen });
  }

  picture(name) {
    const canvas = make("canvas", { class: "re-picture", role: "img", "aria-label": name });
    return [canvas, make("div", { class: "re-frame" }, canvas)];
  }

  build(scene, views) {
    Object.assign(this, { scene, views });
    const choice = (name, options, chosen, change) => {
      const id = uniqueId();
      return make("span", { class: "re-choice" }, make("label", { for: id, text: name }),
        make("select", { id, change: (event) => change(event.target.value) },
          ...options.map(([value, text]) => make("option", { value, text, selected: String(value) === String(chosen) }))));
    };
    const numbered = (count) => Array.from({ length: count }, (_, i) => [i, `${i + 1}`]);
    this.chosen.training ??= Object.keys(scene.trainings)[0];
    this.slider = new Slider({
      name: "Error of all cameras, \u03c3", low: 0, high: scene.most, step: 0.005,
      format: (value) => `${value.toFixed(3)}: ${((value * 180) / Math.PI).toFixed(1)}\u00b0, ${value.toFixed(2)} units`,
      onInput: (value) => this.predict({ sigma: value }),
    });
    this.slider.set(this.chosen.sigma);
    const inputs = make("div", { class: "re-dial-inputs" }, ...views.slice(0, scene.inputs).map((view, i) => {
      const [canvas, frame] = this.picture(`Input view ${i + 1}`);
      paint(canvas, view, scene.size);
      return make("figure", {}, frame, make("figcaption", { text: `input ${i + 1}` }));
    }));
    const [truth, truthFrame] = this.picture("The true picture of the target view");
    this.truth = truth;
    this.columns = METHODS.map(([, name, colour, given]) => {
      const [canvas, frame] = this.picture(`Prediction of ${name}`);
      const caption = make("figcaption"), mean = make("p", { class: "re-words" }), bar = make("i");
      return { canvas, caption, mean, bar, figure: make("figure", { style: `--re-method: ${colour}` }, frame, caption,
        make("div", { class: "re-meter", "aria-hidden": "true" }, bar), mean, make("p", { class: "re-words", text: given })) };
    });
    this.message = make("p", { class: "re-message", role: "alert" });
    this.spoken = make("p", { class: "re-unseen", "aria-live": "polite" });
    this.root.replaceChildren(make("section", { class: "re-card re-dial", "aria-label": "Pose-noise dial" },
      make("h3", { text: "What are pictures worth when the cameras are a little wrong?" }), inputs,
      make("div", { class: "re-dial-controls" },
        make("div", { class: "re-choices" },
          choice("scene", numbered(scene.scenes), scene.scene, (value) => this.line.click({ kind: "scene", scene: value })),
          choice("target", numbered(scene.targets), this.chosen.target, (value) => this.predict({ target: Number(value) })),
          choice("SRT and UpSRT", Object.entries(scene.trainings), this.chosen.training, (value) => this.predict({ training: value }))),
        this.slider.element,
        make("button", { type: "button", text: "Draw other errors", click: () => this.predict({ seed: this.chosen.seed + 1 }) })),
      make("div", { class: "re-dial-row" }, make("figure", {}, truthFrame, make("figcaption", { text: "the true picture" })),
        ...this.columns.map((column) => column.figure)),
      make("p", { class: "re-words", text: "Every camera is turned and moved at random, so much about and along each " +
        "axis (standard deviation). Only SRT and UpSRT are told where cameras stand, so only they can be told wrong. Decibels: of the " +
        `right half, which no model has seen; bars from ${LEAST} to ${BEST} dB.` }), this.message, this.spoken));
    this.predict({});
  }

  show({ psnr, mean }, pictures, since) {
    paint(this.truth, this.views[this.scene.inputs + this.chosen.target], this.scene.size);
    METHODS.forEach(([key, name], i) => {
      const column = this.columns[i];
      paint(column.canvas, pictures[i], this.scene.size);
      column.caption.replaceChildren(make("strong", { text: name }), ` ${psnr[key].toFixed(1)} dB`);
      column.bar.style.width = `${Math.max(0, Math.min(100, (100 * (psnr[key] - LEAST)) / (BEST - LEAST)))}%`;
      column.mean.textContent = `all targets: ${mean[key].toFixed(1)} dB`;
    });
    this.message.textContent = "";
    this.root.dataset.pictures = Number(this.root.dataset.pictures || 0) + 1;
    Object.assign(this.root.dataset, psnr);
    if (since !== undefined) this.root.dataset.milliseconds = (performance.now() - since).toFixed(2);
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => (this.spoken.textContent = METHODS.map(([key, name]) => `${name} ${psnr[key].toFixed(1)} decibels`).join(", ")), 700);
  }
}

export default {
  render({ model, el }) {
    const dial = new NoiseDial(model, el);
    return () => dial.close();
  },
};
