"use strict";

async function start() {
  const state = await (await fetch("_sandbox/state")).json();
  const names = state.people.filter((person) => !person.is_bot).map((person) => person.real_name);
  document.getElementById("people").textContent = names.join(", ");
}

start();
