
/** Why something did not work; `passing` if it may work a little later. */
class Trouble extends Error {
  constructor(code, answer, problem) {
    super(code);
    const status = answer?.status ?? 0;
    this.code = code;
    this.until = problem?.next_allowed_at;
    this.pause = Number(answer?.headers.get("retry-after")) * 1000;
    this.passing = code !== "cool_down" && (code === "network" || status === 408 || status === 429 || status >= 500);
  }

  static network(cause) {
    return Object.assign(new Trouble("network"), { cause });
  }
}

/** What a portal token claims; nothing where it cannot be read, for it is Handover that verifies it. */
const claimsOf = (token) => {
  try {
    return JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return {};
  }
};

/** The server-sent events of a body, each as an object of its fields. */
async function* eventsOf(body, heard) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const parts = (text + value).split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      yield Object.fromEntries(part.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
    }
  }
}

/** Handover's API, called with the tokens that the product signs. */
class Service {
  #element;
  #kept;

  constructor(element) {
    this.#element = element;
  }

  /** Where Handover is, with a slash at its end. */
  get address() {
    const given = this.#element.getAttribute("server");
    return given ? new URL(given, document.baseURI).href.replace(/\/?$/, "/") : new URL("../", import.meta.url).href;
  }

  /** What the token at hand claims. */
  get claims() {
    return this.#kept?.claims ?? {};
  }

  forget() {
    this.#kept = undefined;
  }

  /** A token: the one at hand, or a new one; `fresh` for somebody who signed in just now. */
  async token(signal, renew, fresh) {
    if (!renew && !fresh && this.#kept?.until > Date.now()) return this.#kept.token;
    let token;
    try {
      token = await (this.#element.token ? this.#element.token({ fresh: Boolean(fresh) }) : this.#fetched(signal, fresh));
    } catch (cause) {
      throw cause instanceof Trouble ? cause : Trouble.network(cause);
    }
    if (!token) throw new Trouble("unauthorized");
    const claims = claimsOf(token);
    this.#kept = { token, claims, until: claims.exp * 1000 - 30_000 };
    return token;
  }

  async #fetched(signal, fresh) {
    const address = new URL(this.#element.getAttribute("token-url"), document.baseURI);
    if (fresh) address.searchParams.set("fresh", "1");
    const answer = await fetch(address, { method: "POST", signal });
    if (answer.status === 401 || answer.status === 403) return;
    if (!answer.ok) throw new Trouble("network", answer);
    const text = (await answer.text()).trim();
    return text.startsWith("{") ? JSON.parse(text).token : text;
  }

  /** What is at an address of the API; with a new token if the one at hand no longer counts. */
  async call(signal, method, path, { body, headers, renew } = {}) {
    for (let again = false, fresh = false; ; again = true) {
      const token = await this.token(signal, renew || again, fresh);
      signal.throwIfAborted();
      const answer = await fetch(this.address + path, {
        method,
        signal,
        body: body && JSON.stringify(body),
        cache: "no-store",
        credentials: "omit",
        headers: { authorization: `Bearer ${token}`, ...(body && { "content-type": "application/json" }), ...headers },
      }).catch((cause) => {
        throw Trouble.network(cause);
      });
      if (answer.ok) return answer;
      const problem = await answer.json().catch(() => ({}));
      fresh = problem.code === "token_not_fresh";
      const isForToken = fresh || answer.status === 401 || problem.code === "token_used";
      if (again || !isForToken) throw new Trouble(problem.code ?? `http_${answer.status}`, answer, problem);
    }
  }

  async json(...wanted) {
    return (await this.call(...wanted)).json();
  }

  /** The sentences in the language that is nearest to this one. */
  async sentences(signal, language) {
    const answer = await fetch(`${this.address}embed/strings/${encodeURIComponent(language)}.json`, { signal }).catch((cause) => {
      throw Trouble.network(cause);
    });
    if (!answer.ok) throw new Trouble("network", answer);
    return answer.json();
  }
}
