// The explorer's panel: sliders on two tabs, and the journey between two views.

const TITLES = { height: "Height", distance: "Distance", rotation: "Rotation", unclear: "Unclear" };
const JOURNEY = 4000; // milliseconds from one end to the other

/** Two tabs of sliders: principal components, in standard deviations of the data, and the raw numbers. */
class Panel {
  constructor(space, line) {
    this.components = space.components.map((component, i) => new Slider({
      name: `${i + 1} \u00b7 ${TITLES[component.name]}`, note: this.note(component), low: -4, high: 4, step: 0.05,
      dataLow: component.low, dataHigh: component.high, format: (value) => `${signed(value, 2)} \u03c3`,
      onInput: (value) => line.move({ components: { [i]: value } }),
    }));
    this.numbers = space.numbers.map(({ low, high }, i) => {
      const room = 0.3 * (high - low);
      return new Slider({
        name: `z${i + 1}`, low: low - room, high: high + room, step: (high - low) / 200, dataLow: low, dataHigh: high,
        format: (value) => signed(value, 2), onInput: (value) => line.move({ numbers: { [i]: value } }),
      });
    });
    const tabs = [
      ["Components", this.components, "Directions in which the latent poses of the data vary most, named by what they " +
        `were measured to follow (r: correlation with the true camera; azimuths from ${space.frame}). ` +
        "The band is where the data lies, \u03c3 its standard deviation."],
      [`${["", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"][this.numbers.length] ||
        this.numbers.length} numbers`, this.numbers,
        "The latent pose as it is. Nobody gave these numbers a meaning, and one alone need not have any."],
    ];
    this.pages = tabs.map(([, sliders, words]) => make("div", { role: "tabpanel", id: uniqueId(), class: "re-page" },
      make("p", { class: "re-words", text: words }), ...sliders.map((slider) => slider.element)));
    this.tabs = tabs.map(([name], i) => make("button", {
      type: "button", role: "tab", id: uniqueId(), "aria-controls": this.pages[i].id, text: name,
      click: () => this.choose(i),
      keydown: (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        event.preventDefault();
        this.choose(1 - i);
        this.tabs[1 - i].focus();
      },
    }));
    this.pages.forEach((page, i) => page.setAttribute("aria-labelledby", this.tabs[i].id));
    this.element = make("section", { class: "re-card re-panel", "aria-label": "The latent pose" },
      make("div", { role: "tablist", class: "re-tabs", "aria-label": "The latent pose, as" }, ...this.tabs), ...this.pages);
    this.choose(0);
  }

  note({ name, follows, strength }) {
    return name === "unclear" ? `no r above ${Math.abs(strength).toFixed(2)}` : `${follows}, r = ${strength.toFixed(2)}`;
  }

  choose(chosen) {
    this.chosen = chosen;
    this.tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === chosen));
      tab.tabIndex = i === chosen ? 0 : -1;
      this.pages[i].hidden = i !== chosen;
    });
  }

  show(sight) {
    this.components.forEach((slider, i) => slider.set(sight.sigmas[i]));
    this.numbers.forEach((slider, i) => slider.set(sight.latent[i]));
  }
}

/** The journey: two views, a scrubber between them, play, and the animation as a file. */
class Journey {
  constructor(line) {
    this.line = line;
    const pick = (name) => {
      const id = uniqueId();
      const select = make("select", { id, change: () => this.choose() });
      return [select, make("span", { class: "re-choice" }, make("label", { for: id, text: name }), select)];
    };
    const [[from, fromElement], [to, toElement]] = [pick("from"), pick("to")];
    Object.assign(this, { from, to });
    this.scrubber = new Slider({
      name: "Way", low: 0, high: 1, step: 0.005, format: (value) => `${Math.round(100 * value)} %`,
      onInput: (value) => {
        this.pause();
        line.move({ share: value });
      },
    });
    this.button = make("button", { type: "button", class: "re-main", text: "Play", click: () => (this.playing ? this.pause() : this.play()) });
    this.save = make("button", { type: "button", text: "Save GIF", click: () => line.click({ kind: "gif" }) });
    this.element = make("section", { class: "re-card re-journey", "aria-label": "Travel between two views" },
      make("h3", { text: "Travel" }), make("div", { class: "re-choices" }, fromElement, toElement),
      this.scrubber.element, make("div", { class: "re-buttons" }, this.button, this.save));
    // Any other hand ends the play, which would overrule it a frame later.
    line.onHand = (request) => {
      if (!("share" in request || ["gif", "shelf"].includes(request.kind))) this.pause();
    };
  }

  enter(scene) {
    this.pause();
    for (const [select, chosen] of [[this.from, scene.ends[0]], [this.to, scene.ends[1]]]) {
      select.replaceChildren(...scene.cameras.map((_, i) => make("option", { value: i, text: viewName(scene, i) })));
      select.value = chosen;
    }
    this.scrubber.set(0);
  }

  choose() {
    this.pause();
    this.scrubber.set(0);
    this.line.click({ kind: "ends", from: Number(this.from.value), to: Number(this.to.value) });
    this.line.move({ share: 0 });
  }

  play() {
    let share = Number(this.scrubber.input.value);
    if (share >= 1) share = 0;
    let before = performance.now();
    this.button.textContent = "Pause";
    const step = (now) => {
      if (!this.button.isConnected) return this.pause();
      share = Math.min(1, share + Math.max(0, now - before) / JOURNEY);
      before = now;
      this.scrubber.set(share);
      this.line.move({ share });
      this.playing = share < 1 ? requestAnimationFrame(step) : null;
      if (share >= 1) this.pause();
    };
    this.playing = requestAnimationFrame(step);
  }

  pause() {
    if (this.playing) cancelAnimationFrame(this.playing);
    this.playing = null;
    this.button.textContent = "Play";
  }
}

/** Offer bytes as a file to save. */
function download(bytes, name, type) {
  const address = URL.createObjectURL(new Blob([bytes], { type }));
  const link = make("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
