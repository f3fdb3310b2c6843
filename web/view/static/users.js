// The list of accounts while one types: it follows the search and the filters without a page in between, its address says
// what it shows, and going back shows what was there before. Without this script the same forms and links do the same.

const pause = 250; // ms after the last letter
const filters = document.getElementById("filters");
const main = document.getElementById("main");
let timer = 0;
let asking = new AbortController();

// address is the list that the filters ask for, from its first page. What asks for nothing is left out.
function address() {
  const query = new URLSearchParams(new FormData(filters));
  for (const [name, value] of [...query]) if (!value.trim() || (name === "sort" && value === "-created_at")) query.delete(name);
  return query.size ? `${filters.action}?${query}` : filters.action;
}

// show puts a list in place of the one that is shown. Whoever is still listed stays selected; the filters stay as they are
// while somebody types in them.
function show(page, typing) {
  const focus = again(document.activeElement);
  const chosen = new Set(picked().map((box) => box.value));
  for (const part of ["count", "list", "pages"]) {
    const now = page.getElementById(part);
    if (part === "count") document.getElementById(part).replaceChildren(...now.childNodes); // what is there is listened to
    else document.getElementById(part).replaceWith(document.adoptNode(now));
  }
  for (const back of main.querySelectorAll(".column-menu [name=return]")) back.value = page.querySelector(".column-menu [name=return]").value;
  if (!typing) {
    for (const control of filters.elements) {
      if (control.name) control.value = page.getElementById(control.id).value;
    }
  }
  for (const box of boxes()) box.checked = chosen.has(box.value);
  count();
  if (focus) (document.querySelector(focus) ?? main).focus();
}

// again is where the focus goes when what has it is put in place anew, for whoever uses the keyboard. "" is where it is.
function again(at) {
  if (at.closest("#list .empty, #count")) return "#search";
  if (at.closest("#list th")) return `#list .${at.closest("th").className} a`;
  if (at.closest("#list .users-pick")) return `#list [value="${at.value}"]`;
  return at.closest("#list, #pages") ? "#main" : "";
}

// follow asks for a list and shows it; whatever can't be shown here is gone to.
async function follow(to, typing) {
  asking.abort();
  asking = new AbortController();
  main.classList.add("updating");
  try {
    const answer = await fetch(to, { headers: { Accept: "text/html" }, signal: asking.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (answer.redirected || !page.getElementById("list")) return location.assign(to);
    show(page, typing);
  } catch (error) {
    if (error.name === "AbortError") return;
    location.assign(to); // the browser's own page says what is wrong
  }
  main.classList.remove("updating");
}

// ask follows the filters. One word that is being typed is one place in the history.
function ask(typing) {
  clearTimeout(timer);
  const to = address();
  if (to === location.href) return;
  if (typing && history.state?.typing) history.replaceState({ typing }, "", to);
  else history.pushState({ typing }, "", to);
  follow(to, true);
}

filters.addEventListener("input", (event) => {
  if (event.target.type !== "search") return;
  clearTimeout(timer);
  timer = setTimeout(ask, pause, true);
});
filters.addEventListener("change", (event) => event.target.localName === "select" && ask(false));
filters.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(false);
});
addEventListener("popstate", () => follow(location.href, false));

// Links to other pages and orders of the list, and to all of it.
main.addEventListener("click", (event) => {
  const link = event.target.closest("#pages a, #list thead a, #count a, #list .empty a");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || link.origin !== location.origin || link.pathname !== location.pathname) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  const paging = link.closest("#pages") !== null;
  follow(link.href, false).then(() => paging && main.scrollIntoView());
});

// Those that are selected: how many, and all of them at once.

const boxes = () => [...document.querySelectorAll("#list .users-pick input")];
const picked = () => boxes().filter((box) => box.checked);

const all = document.getElementById("pick-all");

function count() {
  const n = picked().length;
  const every = n === boxes().length;
  all.hidden = boxes().length === 0;
  all.textContent = every ? all.dataset.none : all.dataset.all;
  const line = document.getElementById("picked");
  if (!line) return;
  line.hidden = n === 0;
  line.textContent = line.dataset.count.replace("#", n);
}

main.addEventListener("change", (event) => event.target.closest("#list") && count());
all.addEventListener("click", () => {
  const every = picked().length === boxes().length;
  for (const box of boxes()) box.checked = !every;
  count();
});
count();
addEventListener("pageshow", count); // a browser that goes back ticks the boxes again
