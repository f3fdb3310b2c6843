// The picture: choose, drop or paste one, cut it, watch it go up, and see it made. Nothing is sent before the button is
// pressed; without this script the same form sends the file as it is, with a page in between.

const tries = 40;
const pause = 1500;
let cutting = null; // what is being cut
let chosen = 0; // counts what was chosen: of two in a row the later one counts

const picture = () => document.getElementById("picture");
const formOf = () => picture()?.querySelector("form[data-picture]");

// wait ends after a while, or when the session's stream tells that a picture is made.
const wait = (ms) => new Promise((done) => {
  setTimeout(done, ms);
  document.addEventListener("avatar.ready", done, { once: true });
});

// refuse says below the field why a file is not taken, or with "" that nothing is wrong.
function refuse(form, sentence) {
  const line = form.querySelector("#file-error");
  const input = form.elements.namedItem("file");
  line.hidden = sentence === "";
  line.setAttribute("role", "alert");
  line.querySelector("span").textContent = sentence;
  input.toggleAttribute("aria-invalid", false);
  if (sentence) input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", sentence ? "file-hint file-error" : "file-hint");
}

// show offers a chosen file to be cut. A browser that can't load what that takes sends it as it is.
async function show(form, file) {
  const [box, turn] = [form.querySelector(".cut"), ++chosen];
  stopCutting(form);
  refuse(form, "");
  const max = Number(form.dataset.max);
  if (file.size > max) return giveUp(form, box.dataset.large);
  form.setAttribute("aria-busy", "true");
  try {
    const { cut, Unusable } = await import(box.dataset.code);
    try {
      const made = await cut(box, file, max);
      if (turn !== chosen) return made.end();
      cutting = made;
    } catch (error) {
      if (!(error instanceof Unusable)) throw error;
      if (turn === chosen) giveUp(form, box.dataset[error.message]);
      return;
    }
  } catch {
    return; // the file is in its field
  } finally {
    form.removeAttribute("aria-busy");
  }
  form.classList.add("cutting");
  form.querySelector("[data-cancel]").hidden = false;
  box.querySelector(".cut-stage").focus({ preventScroll: true });
  box.scrollIntoView({ block: "nearest" });
}

// giveUp refuses a file and empties its field.
function giveUp(form, sentence) {
  form.elements.namedItem("file").value = "";
  refuse(form, sentence);
}

function stopCutting(form) {
  cutting?.end();
  cutting = null;
  form.classList.remove("cutting");
  form.querySelector("[data-cancel]").hidden = true;
}

// take puts a dropped or pasted file where a chosen one would be.
function take(form, files) {
  const input = form.elements.namedItem("file");
  input.files = files;
  if (input.files.length > 0) show(form, input.files[0]);
}

// replaceMain puts an answer's content in place of the page's, and starts anew on it.
function replaceMain(html) {
  const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  if (!main) return location.reload();
  cutting?.end();
  cutting = null;
  document.querySelector("main").replaceWith(document.adoptNode(main));
  start();
  (main.querySelector("[autofocus]") ?? main).focus();
}

async function send(form) {
  const button = form.querySelector("button:not([type])");
  const progress = form.querySelector("progress");
  const box = form.querySelector(".cut");
  const body = new FormData(form);
  button.disabled = true;
  refuse(form, "");
  if (cutting) body.set("file", await cutting.picture());
  const request = new XMLHttpRequest(); // fetch tells nothing of an upload's progress
  request.open("POST", form.action);
  progress.value = 0;
  progress.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => {
    const at = new URL(request.responseURL);
    const here = [location.pathname, new URL(form.action).pathname].includes(at.pathname);
    if (here) replaceMain(request.responseText);
    else location.assign(at); // the session is over
  });
  request.addEventListener("error", () => {
    progress.hidden = true;
    button.disabled = false;
    refuse(form, box.dataset.lost);
  });
  request.send(body);
}

// look asks for the page, and shows its picture if that is another one or failed. It tells whether there is more to wait for.
async function look() {
  const before = picture().querySelector(".picture-face .face")?.getAttribute("src");
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || cutting) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = page.getElementById("picture");
  if (!now || !picture()) return false;
  const made = now.querySelector(".picture-face .face")?.getAttribute("src") !== before;
  if (!made && !now.querySelector(".error:not([hidden])")) return true;
  picture().replaceWith(document.adoptNode(now));
  start();
  return false;
}

async function awaitPicture() {
  for (let i = 0; i < tries; i++) {
    await wait(pause);
    if (!(await look())) return;
  }
}

function start() {
  const form = formOf();
  if (!form) return;
  const input = form.elements.namedItem("file");
  input.addEventListener("change", () => input.files.length > 0 && show(form, input.files[0]));
  form.querySelector("[data-cancel]").addEventListener("click", () => {
    chosen++;
    stopCutting(form);
    input.value = "";
    input.focus();
  });
  form.addEventListener("submit", (event) => {
    if (input.files.length === 0) return;
    event.preventDefault();
    send(form);
  });
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => {
      event.preventDefault();
      form.classList.add("dropping");
    });
  }
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("dropping");
  });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("dropping");
    take(form, event.dataTransfer.files);
  });
  if ("awaited" in picture().dataset) awaitPicture();
}

document.addEventListener("paste", (event) => {
  const form = formOf();
  if (form && event.clipboardData?.files.length) take(form, event.clipboardData.files);
});
// A picture that was made for another window of the same account.
document.addEventListener("avatar.ready", () => formOf() && !cutting && !("awaited" in picture().dataset) && look());
start();
