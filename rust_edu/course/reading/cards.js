// The browser's side of cards.py: hints, quizzes and predictions, by mouse, keyboard and screen reader.
// The HTML in `content` is rendered by the package from its own lessons, with raw HTML switched off.

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "html") element.innerHTML = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Maths: by JupyterLab's typesetter, by MathJax where a page has it, else the source stays readable.
function typeset(model, element) {
  const typesetter = model.widget_manager?._rendermime?.latexTypesetter;
  if (typesetter) typesetter.typeset(element);
  else window.MathJax?.typesetPromise?.([element]);
}

// Names of radio groups and ids must differ between all views on a page, each of which has this file for itself.
function unique() {
  return `rust-edu-${Math.random().toString(36).slice(2)}`;
}

// JupyterLab's one-key shortcuts would take Enter, Space and the arrows from the card.
function keepKeys(element) {
  element.setAttribute("data-lm-suppress-shortcuts", "true");
  element.addEventListener("keydown", (event) => event.stopPropagation());
}

function verdict(option) {
  return option.right ? "✓ Right." : "✗ Not right.";
}

function renderHints({ model, el }) {
  const { id, hints } = model.get("content");
  const card = unique();
  const buttons = make("div", { class: "rust-edu-row" });
  const bodies = hints.map((html, i) =>
    make("section", { id: `${card}-${i}`, class: "rust-edu-hint", "aria-label": `Hint ${i + 1} of ${hints.length}` },
      make("div", { class: "rust-edu-label" }, `Hint ${i + 1}`), make("div", { html })));
  const folded = new Set(); // opened ones that the reader has folded away again
  const toggles = hints.map((_, i) => {
    const button = make("button", { type: "button", class: "rust-edu-button", "aria-controls": bodies[i].id }, `Hint ${i + 1}`);
    button.addEventListener("click", () => {
      if (model.get("opened") <= i) {
        model.set("opened", i + 1);
        model.save_changes();
      } else {
        folded.has(i) ? folded.delete(i) : folded.add(i);
        show();
      }
    });
    return button;
  });
  buttons.append(make("span", { class: "rust-edu-title" }, `Stuck on ${id}?`), ...toggles);
  const live = make("div", { "aria-live": "polite" }, ...bodies);
  function show() {
    const opened = model.get("opened");
    toggles.forEach((button, i) => {
      const open = i < opened && !folded.has(i);
      button.disabled = i > opened;
      button.title = i > opened ? `Opens after hint ${i}` : open ? "Fold away" : "Show";
      button.setAttribute("aria-expanded", String(open));
      bodies[i].hidden = !open;
    });
  }
  model.on("change:opened", show);
  show();
  el.append(buttons, live);
  return () => model.off("change:opened", show);
}

function renderQuestion({ model, el }) {
  const { id, question, options } = model.get("content");
  const predicting = model.get("kind") === "predict";
  const card = unique();
  const asked = make("div", { id: `${card}-question`, html: question });
  const group = make("div", { role: "radiogroup", "aria-labelledby": asked.id });
  const radios = options.map((option, i) => {
    const radio = make("input", { type: "radio", name: card, value: i });
    const sign = make("span", { class: "rust-edu-sign", "aria-hidden": "true" });
    group.append(make("label", { class: "rust-edu-option" }, radio, make("b", {}, LETTERS[i]), make("span", { html: option.text }), sign));
    radio.addEventListener("change", () => choose(i));
    return radio;
  });
  function choose(i) {
    model.set("chosen", i);
    model.save_changes();
  }
  // Arrows move, Space and Enter choose: the first answer is kept, so passing an option must not choose it.
  group.addEventListener("keydown", (event) => {
    const at = radios.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (at < 0) return;
    if (step) radios[(at + step + radios.length) % radios.length].focus();
    else if (event.key === "Enter") choose(at);
    else return;
    event.preventDefault();
  });
  const answer = make("div", { class: "rust-edu-answer", role: "status", "aria-live": "polite" });
  const seen = make("button", { type: "button", class: "rust-edu-button" }, "I have seen the result");
  seen.addEventListener("click", () => {
    model.set("seen", true);
    model.save_changes();
    answer.focus();
  });
  answer.tabIndex = -1; // takes the focus from the button, which disappears

  function explain(i, lead = "") {
    return make("div", { class: "rust-edu-explanation" },
      make("b", {}, `${lead}${LETTERS[i]}. ${verdict(options[i])} `), make("div", { html: options[i].explanation }));
  }
  function show() {
    const chosen = model.get("chosen"), over = predicting && model.get("seen");
    radios.forEach((radio, i) => {
      radio.checked = i === chosen;
      radio.disabled = over;
      const told = over ? i === chosen || options[i].right : !predicting && i === chosen;
      radio.parentElement.querySelector(".rust-edu-sign").textContent = told ? (options[i].right ? "✓" : "✗") : "";
      radio.parentElement.classList.toggle("rust-edu-chosen", i === chosen);
    });
    seen.hidden = !predicting || over || chosen < 0;
    if (chosen < 0) answer.replaceChildren();
    else if (!predicting) answer.replaceChildren(explain(chosen));
    else if (!over) answer.replaceChildren(`Your prediction: ${LETTERS[chosen]}. Noted. Read on, and come back when you have seen the result.`);
    else {
      const right = options.findIndex((option) => option.right);
      answer.replaceChildren(explain(chosen, "Your prediction: "));
      if (right !== chosen) answer.append(explain(right));
    }
    typeset(model, answer);
  }
  model.on("change:chosen", show);
  model.on("change:seen", show);
  const title = make("div", { class: "rust-edu-label" }, predicting ? "Predict first" : "Question");
  el.append(make("section", { class: "rust-edu-question", "aria-label": `${title.textContent} ${id}` }, title, asked, group, answer, seen));
  show();
  return () => { model.off("change:chosen", show); model.off("change:seen", show); };
}

function render({ model, el }) {
  el.classList.add("rust-edu-card");
  keepKeys(el);
  const cleanup = (model.get("kind") === "hints" ? renderHints : renderQuestion)({ model, el });
  setTimeout(() => typeset(model, el)); // once it is on the page
  return cleanup;
}

export default { render };
