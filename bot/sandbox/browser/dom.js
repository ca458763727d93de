// Elements built from values: text only ever becomes text nodes, never markup.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

const signatures = new WeakMap();

// Makes the children of `parent` those of `items`, each `{key, signature, build}`, and builds only
// what differs: the rest keeps its focus, its selection and whatever is typed into it.
export function keyed(parent, items) {
  const before = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map(({ key, signature, build }) => {
    const old = before.get(key);
    before.delete(key);
    if (old && signatures.get(old) === signature) return old;
    const made = build();
    made.dataset.key = key;
    signatures.set(made, signature);
    if (old) replace(old, made);
    return made;
  });
  for (const gone of before.values()) gone.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

// Puts `made` in the place of `old` and the focus where it was, as far as there still is such a
// place; without this, whoever uses the keyboard would start over with every change.
function replace(old, made) {
  const active = document.activeElement;
  const held = old.contains(active) ? active : null;
  const selection = held && "selectionStart" in held ? [held.selectionStart, held.selectionEnd] : null;
  old.replaceWith(made);
  if (!held) return;
  const name = held.dataset.focus;
  const again = name ? made.querySelector(`[data-focus="${CSS.escape(name)}"]`) : null;
  if (!again) made.tabIndex = -1;
  (again ?? made).focus({ preventScroll: true });
  if (again && selection && selection[0] !== null) again.setSelectionRange(...selection);
}

let last = 0;

export function freshId(prefix) {
  last += 1;
  return `${prefix}-${last}`;
}

// Runs `work` for a button that must not be pressed twice meanwhile. It stays enabled as far as the
// browser knows, since a disabled button would lose the focus.
export async function once(button, work) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    await work();
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

// Asks before something is done; the answer is whether to go on.
export function asked({ title, text, yes, no, danger = false }) {
  const dialog = document.getElementById("question");
  return new Promise((resolve) => {
    const answer = (said) => {
      dialog.onclose = null;
      dialog.close();
      resolve(said);
    };
    dialog.onclose = () => answer(false);
    dialog.replaceChildren(
      h("h2", { id: "question-title" }, title),
      h("div", { class: "text" }, text),
      h(
        "div",
        { class: "foot" },
        h("button", { type: "button", click: () => answer(false) }, no),
        h(
          "button",
          { type: "button", class: danger ? "danger" : "primary", click: () => answer(true) },
          yes,
        ),
      ),
    );
    dialog.showModal();
  });
}
