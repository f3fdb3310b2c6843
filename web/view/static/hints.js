// What is wrong with a field, below it as soon as somebody rests or leaves it: the server checks the form and does nothing
// else. Nothing is said of a field that nobody has touched, nor of what may only be unfinished. Without this script the
// same sentences come with the answer to the form.

const pause = 600; // ms after the last letter
const unfinished = new Set(["required", "too_short", "email invalid_format"]); // said once the field is left

function watch(form) {
  const touched = new Set(); // names of fields
  const left = new Set();
  let timer = 0;
  let asking = new AbortController();

  async function check() {
    clearTimeout(timer);
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const body = new URLSearchParams(new FormData(form));
    body.delete("current_password"); // nothing looks at it
    const to = `${form.action}?check=true`;
    const answer = await fetch(to, { method: "POST", body, signal, headers: { Accept: "application/json" }, redirect: "error" }).catch(() => null);
    if (answer?.status !== 200) return;
    const { errors } = await answer.json().catch(() => ({})); // asked anew meanwhile
    if (!errors) return;
    await released();
    if (signal.aborted) return; // the form is on its way
    for (const name of touched) {
      const wrong = errors.find((error) => error.field === name);
      const early = wrong && !left.has(name) && (unfinished.has(wrong.code) || unfinished.has(`${name} ${wrong.code}`));
      if (!early) say(form, name, wrong?.message ?? "");
    }
  }

  form.addEventListener("input", (event) => {
    if (!event.target.name) return;
    touched.add(event.target.name);
    left.delete(event.target.name);
    clearTimeout(timer);
    timer = setTimeout(check, pause);
  });
  form.addEventListener("change", (event) => {
    if (!touched.has(event.target.name)) return;
    left.add(event.target.name);
    check();
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    asking.abort();
  });
}

// What is being pressed stays where it is until it is let go: a line that comes or goes above a button would move it away
// from under the finger.
let pressing = false;
addEventListener("pointerdown", () => (pressing = true), true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => (pressing = false), true);

function released() {
  if (!pressing) return null;
  return new Promise((done) => {
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => setTimeout(done), { once: true }); // the click comes first
  });
}

// say puts a sentence below a field and ties it to its control; "" takes it away.
function say(form, name, sentence) {
  const control = form.elements.namedItem(name);
  if (!control || name === "current_password") return;
  const id = `${control.id}-error`;
  let line = document.getElementById(id);
  const described = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((part) => part && part !== id);
  if (sentence) {
    described.push(id);
    control.setAttribute("aria-invalid", "true");
    if (!line) {
      line = form.querySelector("template").content.firstElementChild.cloneNode(true);
      line.id = id;
      control.closest(".field").append(line);
    }
    const words = line.querySelector("span");
    if (words.textContent !== sentence) words.textContent = sentence;
  } else {
    control.removeAttribute("aria-invalid");
    line?.remove();
  }
  if (described.length > 0) control.setAttribute("aria-describedby", described.join(" "));
  else control.removeAttribute("aria-describedby");
}

for (const form of document.querySelectorAll("form[data-hints]")) watch(form);
