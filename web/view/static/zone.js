// Offers the time zone of this device first, where it is another one than the chosen. Browsers call some by older names
// (Asia/Calcutta for Asia/Kolkata): then the one that they call so too.

const select = document.querySelector("[data-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

function known(zone) {
  try {
    return Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return ""; // newer than this browser
  }
}

const zones = [...select.options].filter((option) => option.value);
const own = zones.find((option) => option.value === here) ?? zones.find((option) => known(option.value) === here);

if (own && own.value !== select.value) {
  const group = document.createElement("optgroup");
  group.label = select.dataset.zone;
  group.append(own.cloneNode(true));
  select.options[0].after(group); // behind the one for none
}
