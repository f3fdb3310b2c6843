// The buttons that copy what stands before them. A site without https has no clipboard to write to: there the text is
// selected, and copied the old way.

async function copy(source) {
  if (navigator.clipboard) return navigator.clipboard.writeText(source.textContent);
  getSelection().selectAllChildren(source);
  if (!document.execCommand("copy")) throw new Error("the browser copies nothing"); // it is selected, for the keyboard
}

for (const button of document.querySelectorAll("[data-copied]")) {
  const said = button.nextElementSibling;
  button.addEventListener("click", async () => {
    await copy(button.previousElementSibling);
    button.firstElementChild.textContent = said.textContent = button.dataset.copied;
  });
}
