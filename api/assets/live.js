// Keeps the marked pieces of a page fresh while somebody looks at it. Without this file the page says how things stood when it was opened.

// Asking again and again would keep the session of a desk that was left.
const LEFT = 15 * 60 * 1000;
let touched = Date.now();
for (const sign of ["pointermove", "pointerdown", "keydown", "scroll"]) {
  addEventListener(sign, () => { touched = Date.now(); }, { passive: true });
}

for (const piece of document.querySelectorAll("[data-live]")) {
  const pause = Number(piece.dataset.every) * 1000;
  const again = async () => {
    if (!document.hidden && Date.now() - touched < LEFT) {
      try {
        const answer = await fetch(piece.dataset.live, { headers: { accept: "text/html" } });
        // Whoever is signed out by now is sent to another page.
        if (answer.redirected || answer.status === 404) return location.reload();
        if (answer.ok) {
          const text = await answer.text();
          // Whoever is at a link in it, with the keyboard or a screen reader, keeps their place.
          if (text !== piece.dataset.shown && !piece.contains(document.activeElement)) {
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
