// Offers the time zone of this device, where it is another one than the chosen.

const select = document.querySelector("[data-zone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (select && here !== select.value && [...select.options].some((option) => option.value === here)) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-plain zone-offer";
  button.textContent = `${select.dataset.zone} (${here.replaceAll("_", " ")})`;
  button.addEventListener("click", () => {
    select.value = here;
    select.focus();
    button.remove();
  });
  select.after(button);
}
