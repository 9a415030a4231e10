// Keeps the marked pieces of a page fresh while it is looked at. Without this file the page says how things stood when it was opened.
for (const piece of document.querySelectorAll("[data-live]")) {
  const pause = Number(piece.dataset.every) * 1000;
  const again = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(piece.dataset.live, { headers: { accept: "text/html" } });
        // Whoever is signed out by now is sent to another page.
        if (answer.redirected || answer.status === 404) return location.reload();
        if (answer.ok) {
          const text = await answer.text();
          if (text !== piece.dataset.shown) {
            piece.innerHTML = text;
            piece.dataset.shown = text;
          }
          // What ended has more to show than this piece.
          if (piece.querySelector('[data-final="true"]')) return location.reload();
        }
      } catch {
        // Away for a moment: what is shown stays, and is asked for again.
      }
    }
    setTimeout(again, pause);
  };
  setTimeout(again, pause);
}
