
const BUTTONS = ["start", "download", "retry", "continue", "again", "cancel"];

const make = (tag, attributes, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
};

class HandoverExport extends HTMLElement {
  static observedAttributes = ["source", "subject", "server", "token-url", "lang"];

  #part = {};
  #service = new Service(this);
  #words = new Words(this);
  #given = {};
  #view; // the newest export: null if there is none, undefined before it is known
  #state = "loading";
  #estimate;
  #trouble;
  #looked = 0;
  #run; // ends what is going on
  #wake = () => {};
  #channel; // to the other tabs, as long as the element is in a page
  #listening;
  #silence;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    const piece = (name, tag = "p", more = {}, ...children) => (this.#part[name] = make(tag, { part: name, class: name, ...more }, ...children));
    const acts = { download: () => this.#download(), continue: () => this.#renew(), cancel: () => this.#cancel() };
    const button = (name) => {
      const main = name === "cancel" || name === "again" ? "" : "main";
      const element = piece(name, "button", { type: "button", part: `button ${main} ${name}`, class: main });
      element.addEventListener("click", () => this.#press(element, acts[name] ?? (() => this.#start())));
      return element;
    };
    root.append(
      (this.#part.fallback = make("slot", {})),
      piece("box", "div", { hidden: "" },
        (this.#part.introduction = make("slot", { name: "intro" }, piece("intro"))),
        piece("title", "p", { tabindex: "-1" }),
        piece("track", "div", { role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, piece("bar", "div")),
        piece("step"),
        piece("detail"),
        piece("notice", "p", { hidden: "" }),
        piece("actions", "div", {}, ...BUTTONS.map(button)),
        piece("note"),
        (this.#part.help = make("slot", { name: "help" })),
        piece("said", "span", { role: "status" }),
      ),
    );
    // What the page set before this class was known.
    for (const name of ["token", "strings"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = this[name];
      delete this[name];
      this[name] = value;
    }
  }

  /** `async ({ fresh }) => token`; `fresh` asks for the token of somebody who signed in just now. Nothing where nobody is signed in. */
  get token() { return this.#given.token; }
  set token(token) { this.#given.token = token; this.refresh(); }

  /** Sentences by name, instead of the translated ones. */
  get strings() { return this.#given.strings; }
  set strings(strings) { this.#given.strings = strings; this.#show(); }

  /** What is shown. */
  get state() { return this.#state; }

  /** The export that it is about, as the API tells of it. */
  get export() { return this.#view ?? null; }

  connectedCallback() {
    this.#listening = new AbortController();
    const listen = (target, name, act) => target.addEventListener(name, act, this.#listening);
    listen(window, "online", () => { this.#notice(); this.#wake(); });
    listen(window, "offline", () => this.#notice("offline"));
    listen(document, "visibilitychange", () => {
      this.#wake();
      if (!document.hidden && !goesOn(this.#view) && Date.now() - this.#looked > 5000) this.refresh();
    });
    this.#channel = new BroadcastChannel("handover-export");
    listen(this.#channel, "message", () => this.refresh());
    this.refresh();
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#run?.abort();
    this.#wake();
    this.#channel.close();
    this.#channel = undefined;
  }

  attributeChangedCallback(name, before, now) {
    if (before === now) return;
    if (name === "lang") this.#words.forget();
    else {
      this.#view = this.#estimate = undefined;
      this.#service.forget();
    }
    this.refresh();
  }

  /** Looks at how things stand. */
  async refresh() {
    if (!this.#channel || !(this.token || this.hasAttribute("token-url"))) return;
    await this.#do(async (signal) => {
      // The token may say which language its person reads. That there is none for this person is said below, in some language.
      await this.#patiently(signal, () => this.#service.token(signal)).catch(() => {});
      if (!this.#words.areKnown) {
        this.#words.learn(await this.#patiently(signal, () => this.#service.sentences(signal, this.#language)), this.#language);
        Object.assign(this.#part.box, { lang: this.#words.language, dir: this.#words.direction });
      }
      const view = await this.#patiently(signal, () => this.#newest(signal));
      this.#trouble = undefined;
      await this.#follow(signal, view);
    });
  }

  /** One thing goes on at a time: what begins ends what went on before. */
  async #do(act) {
    this.#run?.abort();
    this.#wake();
    const run = (this.#run = new AbortController());
    try {
      await act(run.signal);
    } catch (trouble) {
      if (run.signal.aborted) return;
      if (!(trouble instanceof Trouble)) console.error(trouble);
      this.#trouble = trouble;
      this.#show();
    }
  }

  async #press(button, act) {
    if (button.hasAttribute("aria-disabled")) return;
    button.setAttribute("aria-disabled", "true");
    await this.#do(act());
    button.removeAttribute("aria-disabled");
  }

  #start() {
    // One token starts one export, and a request that is repeated has one key.
    const key = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
    const formats = this.getAttribute("formats")?.split(/[\s,]+/).filter(Boolean);
    const wanted = { body: this.#wish({ formats, language: this.#language }), renew: true, headers: { "idempotency-key": key } };
    return async (signal) => {
      this.#write("detail", this.#words.say("starting"));
      this.#tell(this.#words.say("starting"));
      await this.#change(signal, "v1/exports", wanted);
    };
  }

  #cancel() {
    return (signal) => this.#change(signal, `v1/exports/${this.#view.id}/cancel`);
  }

  async #change(signal, path, wanted) {
    const view = await this.#patiently(signal, () => this.#service.json(signal, "POST", path, wanted));
    this.#trouble = undefined;
    this.#channel?.postMessage("changed");
    await this.#follow(signal, view);
  }

  #download() {
    const { id, files } = this.#view;
    // An archive of many files has a page on which to choose.
    const path = `v1/exports/${id}/${files.length > 1 ? "links" : "download"}`;
    return async (signal) => {
      try {
        const { url } = await this.#patiently(signal, () => this.#service.json(signal, "POST", path, { body: {} }));
        location.assign(url);
        this.#notice("downloading");
      } catch (trouble) {
        if (trouble.code !== "export_not_ready" && trouble.code !== "export_not_found") throw trouble;
        // It came to its end while the page was open.
        queueMicrotask(() => this.refresh());
      }
    };
  }

  #renew() {
    return async (signal) => {
      await this.#patiently(signal, () => this.#service.token(signal, true, this.#trouble?.code === "token_not_fresh"));
      queueMicrotask(() => this.refresh());
    };
  }

  #wish(more) {
    return { source: this.getAttribute("source") ?? undefined, subject: this.#subject, ...more };
  }

  get #language() {
    const page = this.closest("[lang]")?.lang || document.documentElement.lang;
    return this.lang || this.#service.claims.locale || page || navigator.language;
  }

  get #subject() {
    const [kind, ...key] = (this.getAttribute("subject") ?? "").split(":");
    return kind ? { kind, key: key.join(":") } : undefined;
  }

  /** The newest export of whom this is about: a member's own, or for an admin those that are about nobody in particular. */
  async #newest(signal) {
    const source = this.getAttribute("source");
    const path = `v1/exports?origin=portal&limit=20${source ? `&source=${encodeURIComponent(source)}` : ""}`;
    const { items } = await this.#service.json(signal, "GET", path);
    const wanted = this.#subject;
    const isOurs = ({ subject }) =>
      wanted ? subject?.kind === wanted.kind && subject.key === wanted.key : this.#service.claims.role !== "admin" || !subject;
    return items.find(isOurs) ?? null;
  }

  /** Shows the export until it has ended: by its events, or by looking again and again where they do not come through. */
  async #follow(signal, view) {
    this.#show(view);
    for (let failures = 0, last; goesOn(this.#view); ) {
      const path = `v1/exports/${this.#view.id}`;
      if (document.hidden || failures > 1) {
        await this.#wait(signal, document.hidden ? 15_000 : 3000);
        this.#show(await this.#patiently(signal, () => this.#service.json(signal, "GET", path)));
        failures = failures > 20 ? 0 : failures + 1;
        continue;
      }
      try {
        for await (const event of this.#events(signal, `${path}/events`, last)) {
          if (!event.data) continue;
          [failures, last] = [0, event.id];
          this.#notice();
          this.#show(JSON.parse(event.data));
        }
      } catch (trouble) {
        signal.throwIfAborted();
        if (trouble instanceof Trouble && !trouble.passing) throw trouble;
        failures += document.hidden ? 0 : 1;
      }
      if (goesOn(this.#view)) await this.#wait(signal, 500 + 1000 * failures);
    }
    if (this.#state === "idle" && this.#measures && !this.#estimate) await this.#measure(signal);
  }

  /** Ends when nothing is heard for too long, and when the page wakes up or is hidden: a browser has few connections to share. */
  async *#events(signal, path, last) {
    const stream = new AbortController();
    const stop = () => stream.abort();
    signal.addEventListener("abort", stop);
    this.#wake = stop;
    let silence = setTimeout(stop, 8000);
    try {
      const answer = await this.#service.call(stream.signal, "GET", path, { headers: last && { "last-event-id": last } });
      yield* eventsOf(answer.body, () => {
        clearTimeout(silence);
        silence = setTimeout(stop, 40_000);
      });
    } finally {
      clearTimeout(silence);
      signal.removeEventListener("abort", stop);
      stop();
    }
  }

  get #measures() { return this.getAttribute("estimate") !== "off"; }

  /** Says how much it would be, if that can be said. */
  async #measure(signal) {
    try {
      this.#estimate = await this.#service.json(signal, "POST", "v1/exports", { body: this.#wish({ dry_run: true }) });
    } catch (trouble) {
      if (!trouble.passing) throw trouble;
      this.#estimate = {};
    }
    this.#show();
  }

  /** Tries until it works, or until it is certain that it does not. */
  async #patiently(signal, act) {
    for (let pause = 1000; ; pause = Math.min(pause * 2, 30_000)) {
      try {
        const done = await act();
        this.#notice();
        return done;
      } catch (trouble) {
        signal.throwIfAborted();
        if (!trouble.passing) throw trouble;
        if (navigator.onLine) console.warn(`handover-export: ${this.#service.address} does not answer this page. Is ${location.origin} one of HANDOVER_PORTAL__ORIGINS?`, trouble);
        this.#notice(navigator.onLine ? "unreachable" : "offline");
        await this.#wait(signal, trouble.pause || pause);
      }
    }
  }

  async #wait(signal, milliseconds) {
    await new Promise((done) => {
      const timer = setTimeout(done, milliseconds);
      this.#wake = () => { clearTimeout(timer); done(); };
    });
    signal.throwIfAborted();
  }

  #write(name, text = "") {
    const part = this.#part[name];
    if (part.textContent !== text) part.textContent = text;
    part.hidden = !text;
  }

  /** Says something to those who listen; whoever reads on comes to what is shown, and not to this. */
  #tell(text) {
    this.#part.said.textContent = text;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#part.said.replaceChildren(), 5000);
  }

  /** A word on the connection or a download. */
  #notice(name) {
    const text = name && this.#words.say(name);
    this.#write("notice", text);
    this.#part.notice.classList.toggle("warning", name !== "downloading");
    if (text) this.#tell(text);
  }

  #show(view = this.#view) {
    this.#view = view;
    if (!this.#words.areKnown) return;
    this.#looked = Date.now();
    const picture = pictureOf(this.#words, {
      view,
      trouble: this.#trouble,
      estimate: this.#estimate,
      measures: this.#measures,
      hasMail: Boolean(this.#service.claims.email),
    });
    const part = this.#part;
    const { state, buttons = [] } = picture;
    const focused = this.shadowRoot.activeElement;
    for (const name of ["intro", "title", "step", "detail", "note"]) this.#write(name, picture[name]);
    part.introduction.hidden = !picture.intro;
    part.box.hidden = state === "loading";
    part.fallback.hidden = !part.box.hidden;
    part.help.hidden = state !== "failed" && state !== "refused";
    part.track.hidden = !goesOn(view) || !("step" in picture);
    if (!part.track.hidden) this.#move(picture);
    for (const name of BUTTONS) {
      this.#write(name, this.#words.say(name));
      part[name].hidden = !buttons.includes(name);
    }
    part.actions.hidden = !buttons.length;
    if (focused?.hidden) (part.title.hidden ? part.start : part.title).focus();
    if (state !== this.#state) this.#enter(picture);
  }

  #enter({ state, title, detail }) {
    // Nobody asked for the first picture; each later one is told.
    if (this.#state !== "loading") this.#tell([title, detail].filter(Boolean).join(" "));
    this.#state = state;
    this.setAttribute("state", state);
    const detailOfEvent = { state, export: this.export };
    this.dispatchEvent(new CustomEvent("handover-state", { bubbles: true, composed: true, detail: detailOfEvent }));
  }

  #move({ title, ratio, step }) {
    const { track, bar } = this.#part;
    track.setAttribute("aria-label", title);
    if (ratio === undefined) {
      for (const name of ["aria-valuenow", "aria-valuetext"]) track.removeAttribute(name);
      bar.style.inlineSize = "";
      return;
    }
    const [before, now] = [Number(track.getAttribute("aria-valuenow")), Math.round(ratio * 100)];
    track.setAttribute("aria-valuenow", now);
    track.setAttribute("aria-valuetext", step);
    bar.style.inlineSize = `${now}%`;
    // Told four times, not twice a second.
    if (Math.floor(before / 25) < Math.floor(now / 25)) this.#tell(step);
  }
}

customElements.define("handover-export", HandoverExport);
