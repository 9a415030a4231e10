// What these pages do for themselves: they show the button in another language when asked to, as in ?lang=de.
const button = document.querySelector("handover-export");
const wanted = new URLSearchParams(location.search).get("lang");
if (wanted) button.lang = wanted;
for (const link of document.querySelectorAll("[data-lang]")) {
  if (link.dataset.lang === (wanted ?? "en")) link.setAttribute("aria-current", "true");
}

// One way to hand tokens on; the other is the attribute token-url, which the other two pages have.
if (!button.hasAttribute("token-url")) {
  button.token = async ({ fresh }) => {
    const answer = await fetch(fresh ? "token?fresh=1" : "token", { method: "POST" });
    return answer.ok ? answer.text() : null;
  };
}
