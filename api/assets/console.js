// Copies a command at the press of its button. Without this file the command is still there to be marked and copied by hand.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const told = button.nextElementSibling;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
        told.textContent = "Copied.";
      } catch {
        told.textContent = "The browser did not allow it: mark the text and copy it.";
      }
    });
  }
}
