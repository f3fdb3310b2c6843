// The picture: choose, drop or paste one and see it before it goes up, watch it go up, and see it made. Nothing is sent
// before the button is pressed; without this script the same form does the same with a page in between.

const tries = 40;
const pause = 1500;
let preview = "";

const picture = () => document.getElementById("picture");

// wait ends after a while, or when the session's stream tells that a picture is made.
const wait = (ms) => new Promise((done) => {
  setTimeout(done, ms);
  document.addEventListener("avatar.ready", done, { once: true });
});

function show(form, file) {
  if (preview) URL.revokeObjectURL(preview);
  preview = URL.createObjectURL(file);
  const image = new Image(128, 128);
  image.className = "face";
  image.alt = "";
  image.src = preview;
  form.querySelector(".picture-face .face").replaceWith(image);
}

// take puts a dropped or pasted picture where a chosen one would be.
function take(form, files) {
  if (![...files].some((file) => file.type.startsWith("image/"))) return;
  const input = form.elements.namedItem("file");
  input.files = files;
  show(form, input.files[0]);
}

// replaceMain puts an answer's content in place of the page's, and starts anew on it.
function replaceMain(html) {
  const main = new DOMParser().parseFromString(html, "text/html").querySelector("main");
  if (!main) return location.reload();
  document.querySelector("main").replaceWith(document.adoptNode(main));
  start();
  (main.querySelector("[autofocus]") ?? main).focus();
}

function send(form) {
  const progress = form.querySelector("progress");
  const request = new XMLHttpRequest(); // fetch tells nothing of an upload's progress
  request.open("POST", form.action);
  progress.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) progress.value = event.loaded / event.total;
  });
  request.addEventListener("load", () => replaceMain(request.responseText));
  request.addEventListener("error", () => form.submit()); // the browser's own page says what is wrong
  request.send(new FormData(form));
}

// awaitPicture asks for the page until the picture on it is another one, or failed.
async function awaitPicture() {
  const before = picture().querySelector(".picture-face .face")?.getAttribute("src");
  for (let i = 0; i < tries; i++) {
    await wait(pause);
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById("picture");
    if (!now) return;
    const made = now.querySelector(".picture-face .face")?.getAttribute("src") !== before;
    if (made || now.querySelector(".error")) {
      picture().replaceWith(document.adoptNode(now));
      return start();
    }
  }
}

function start() {
  const form = picture()?.querySelector("form[data-picture]");
  if (!form) return;
  const input = form.elements.namedItem("file");
  input.addEventListener("change", () => input.files.length > 0 && show(form, input.files[0]));
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
  const form = picture()?.querySelector("form[data-picture]");
  if (form && event.clipboardData?.files.length) take(form, event.clipboardData.files);
});
start();
