// Relative times that stay right while the page is open. The browser's clock may be off, so they are reckoned from the
// server's, and from how long the page has been open.

const words = new Intl.RelativeTimeFormat(`${document.documentElement.lang || "en"}-u-nu-latn`, { numeric: "always" }); // digits as the server writes them
const server = Date.parse(document.querySelector("meta[name=now]")?.content ?? "");
const opened = performance.now();

function relative(seconds) {
  const size = Math.abs(seconds);
  if (size < 3600) return words.format(Math.trunc(seconds / 60), "minute");
  if (size < 86400) return words.format(Math.trunc(seconds / 3600), "hour");
  return words.format(Math.trunc(seconds / 86400), "day");
}

function refresh() {
  const now = server + performance.now() - opened;
  for (const time of document.querySelectorAll("time[datetime]")) {
    const seconds = (Date.parse(time.dateTime) - now) / 1000;
    const recent = Math.abs(seconds) < 30 * 86400; // what is older reads as a date
    if (recent && Math.abs(seconds) >= 60) time.textContent = relative(seconds);
  }
}

if (!Number.isNaN(server)) setInterval(refresh, 60_000);
