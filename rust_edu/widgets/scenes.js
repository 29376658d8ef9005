// The explorer's choice of a scene: a world, a shelf of its held-out scenes, and new ones from a seed.

class SceneChooser {
  constructor(space, line) {
    Object.assign(this, { line, title: null });
    const world = uniqueId(), seed = uniqueId();
    this.world = make("select", { id: world, change: () => line.click({ kind: "shelf", world: this.world.value }) },
      ...space.worlds.map((name) => make("option", {
        value: name, text: space.trained.includes(name) ? `${name} (trained on)` : name })));
    this.seed = make("input", { id: seed, type: "number", min: 0, max: 999999, step: 1, value: 1 });
    this.shelf = make("div", { class: "re-shelf", role: "group", "aria-label": "Held-out scenes" });
    this.element = make("section", { class: "re-card re-scenes", "aria-label": "Choose a scene" },
      make("div", { class: "re-choice" }, make("label", { for: world, text: "World" }), this.world), this.shelf,
      make("div", { class: "re-choice" },
        make("button", { type: "button", class: "re-main", text: "Surprise me", click: () => this.surprise() }),
        make("label", { for: seed, text: "seed" }), this.seed));
    line.click({ kind: "shelf", world: space.world });
  }

  surprise() {
    const chosen = Math.max(0, Math.min(999999, Math.floor(Number(this.seed.value)) || 0));
    this.line.click({ kind: "surprise", world: this.world.value, seed: chosen });
    this.seed.value = chosen + 1; // the next press shows the next scene
  }

  fill({ world, first, count }, thumbs) {
    this.shelf.replaceChildren(...Array.from({ length: count }, (_, index) => {
      const canvas = make("canvas", { "aria-hidden": "true" });
      paint(canvas, thumbs[index], Math.sqrt(thumbs[index].length / 3));
      return make("button", { type: "button", class: "re-thumb", "aria-label": `Scene ${first + index} of ${world}`,
        "data-title": `${world}, held-out scene ${first + index}`, title: `Scene ${first + index}`,
        click: () => this.line.click({ kind: "scene", world, index }) }, canvas);
    }));
    this.mark();
  }

  enter(scene) {
    this.world.value = scene.world;
    this.title = scene.title;
    this.mark();
  }

  mark() {
    for (const thumb of this.shelf.children) thumb.setAttribute("aria-pressed", String(thumb.dataset.title === this.title));
  }
}
