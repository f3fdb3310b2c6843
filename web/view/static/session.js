// The session of this page. When it is ended elsewhere (in another tab, from another device, by its age), the page learns
// at once and asks for itself again; the server then leads to the sign-in page and says why. Only a page in sight
// listens, because a browser has few connections for one site and hidden tabs would use them up. It tells the others. A new
// picture of the account shows on its page in the same way.

const api = (path) => new URL(`../api/v1/${path}`, import.meta.url);
const account = document.querySelector("script[data-account]").dataset.account;
const others = new BroadcastChannel("doorward-session");
let stream = null;
let leaving = false; // a form is on its way: where that leads is not to be overtaken

// check asks who is signed in, and leaves a page that is no longer theirs.
async function check() {
  const answer = await fetch(api("session"), { cache: "no-store" }).catch(() => null);
  if (leaving || !answer || (answer.status !== 401 && !answer.ok)) return;
  if (answer.ok) {
    const { user } = await answer.json();
    if (String(user.id) === account) return wear(user.avatar);
  }
  rest();
  others.postMessage("over");
  location.replace(location.pathname + location.search);
}

// wear puts the account's picture beside its name, once there is another one.
function wear(avatar) {
  const face = document.querySelector(".bar .menu .face");
  if (avatar?.status !== "ready" || face?.getAttribute("src") === avatar.variants.thumbnail) return;
  const image = new Image(100, 100);
  image.className = "face";
  image.alt = "";
  image.src = avatar.variants.thumbnail;
  image.decode().then(() => face?.replaceWith(image), () => {}); // gone again meanwhile
}

function listen() {
  if (stream || document.hidden) return;
  stream = new EventSource(api("me/events"));
  stream.addEventListener("session.deleted", check);
  stream.addEventListener("avatar.ready", () => {
    check();
    document.dispatchEvent(new Event("avatar.ready"));
  });
  stream.addEventListener("error", check); // it comes back by itself, unless there is no session
}

function rest() {
  stream?.close();
  stream = null;
}

function wake() {
  leaving = false;
  check();
  listen();
}

document.addEventListener("visibilitychange", () => (document.hidden ? rest() : wake()));
document.addEventListener("submit", (event) => {
  leaving = !event.defaultPrevented;
  if (leaving) rest();
});
addEventListener("pagehide", rest);
addEventListener("pageshow", (event) => event.persisted && wake());
others.addEventListener("message", check);
listen();
