// Passwords: a button that shows what is typed, and the rule that ticks itself off while typing.

const tests = {
  upper: (text) => /\p{Lu}/u.test(text),
  lower: (text) => /\p{Ll}/u.test(text),
  digit: (text) => /\p{Nd}/u.test(text),
  special: (text) => /[^\p{L}\p{Nd}\s]/u.test(text),
};

for (const button of document.querySelectorAll("[data-reveal]")) {
  const input = document.getElementById(button.dataset.reveal);
  const [offer, undo] = button.children;
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
    [offer.hidden, undo.hidden] = [shown, !shown];
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  input.form.addEventListener("submit", () => show(false)); // so that the browser keeps it as a password
}

for (const rule of document.querySelectorAll("[data-rule-for]")) {
  const input = document.getElementById(rule.dataset.ruleFor);
  const met = (item, text) => {
    if (item.dataset.min) return [...text].length >= Number(item.dataset.min);
    const test = tests[item.dataset.class];
    return test !== undefined && test(text);
  };
  const look = () => {
    for (const item of rule.children) item.classList.toggle("met", met(item, input.value));
  };
  input.addEventListener("input", look);
  look();
}
