// The modals that a person has open, the visible one as a dialog.

import { app, act, draftsOf, redraw } from "./app.js";
import { complaints, rendered } from "./blocks.js";
import { h, once } from "./dom.js";
import { explained } from "./failures.js";
import { plain } from "./words.js";

const dialog = document.getElementById("modal");
let shown = { signature: "", view: null, fields: [], failure: null };

export function showModal(ctx) {
  const view = app.state.views.at(-1);
  if (!view) {
    if (dialog.open) dialog.close();
    shown = { signature: "", view: null, fields: [], failure: null };
    return;
  }
  // Not the state: what is filled in goes there too, and must not build the form anew meanwhile.
  const signature = JSON.stringify([app.me, view.id, view.hash, ctx.edition]);
  if (signature !== shown.signature) build(view, signature, ctx);
  const failure = app.failures.get(view.id);
  shown.failure.textContent = failure ?? "";
  shown.failure.hidden = !failure;
  const told = JSON.stringify(view.errors);
  if (told !== shown.told) complain(view.errors);
  shown.told = told;
}

function build(view, signature, ctx) {
  const same = shown.view?.id === view.id;
  const held = same && dialog.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  const fields = [];
  const surface = { key: view.id, place: { view: view.id }, values: view.state.values, drafts: draftsOf(view.id) };
  const failure = h("p", { class: "failure", role: "alert", hidden: true });
  const close = () => leave(view);
  const submit = view.submit ? h("button", { type: "submit", class: "primary" }, plain(view.submit.text)) : null;
  const form = h(
    "form",
    {
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        if (submit) once(submit, () => send(view, fields));
      },
    },
    h(
      "header",
      {},
      h("h2", { id: "modal-title", tabindex: -1 }, plain(view.title.text)),
      h("button", { type: "button", "aria-label": "Close", click: close }, "✕"),
    ),
    h("div", { class: "modal-body" }, failure, rendered(view.blocks, surface, ctx, fields)),
    h(
      "div",
      { class: "foot" },
      h("button", { type: "button", click: close }, view.close ? plain(view.close.text) : submit ? "Cancel" : "Close"),
      submit,
    ),
  );
  dialog.replaceChildren(form);
  shown = { signature, view, fields, failure, told: "{}" };
  if (!dialog.open) dialog.showModal();
  const again = held ? form.querySelector(`[data-focus="${CSS.escape(held)}"]`) : null;
  if (again) again.focus();
  else focusFirst(fields, form);
}

function focusFirst(fields, form) {
  const wanted = fields.find(({ block }) => block.element.focus_on_load) ?? fields[0];
  if (wanted) wanted.made.focus();
  else form.querySelector("#modal-title").focus();
}

function complain(errors) {
  let first = null;
  for (const field of shown.fields) {
    const text = errors[field.block.block_id];
    field.complain(text);
    if (text && !first) first = field;
  }
  if (!first) return;
  first.node.scrollIntoView({ block: "nearest" });
  first.made.focus();
}

async function send(view, fields) {
  app.failures.delete(view.id);
  const own = complaints(fields);
  complain(own);
  if (Object.keys(own).length) return;
  const values = Object.fromEntries(draftsOf(view.id));
  const answer = await act("submit", { view: view.id, values });
  if (answer.ok) {
    // The same complaint a second time is shown again.
    if (shown.view?.id === view.id) {
      shown.told = JSON.stringify(answer.errors ?? {});
      complain(answer.errors ?? {});
    }
  } else app.failures.set(view.id, explained(answer.error, "Sending"));
  redraw();
}

async function leave(view) {
  app.failures.delete(view.id);
  const answer = await act("close", { view: view.id });
  // The bot need not hear of it for the modal to be gone.
  if (!answer.ok && answer.status === undefined) app.failures.set(view.id, explained(answer.error, "Closing"));
  redraw();
}

dialog.addEventListener("cancel", (event) => {
  event.preventDefault();
  if (shown.view) leave(shown.view);
});
