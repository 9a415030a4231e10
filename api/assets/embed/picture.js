
const DAY = 86_400_000;

const goesOn = (view) => view?.state === "queued" || view?.state === "running";

const isLater = (time) => time && new Date(time) > Date.now();

/** What is to be seen of how things stand: `{ state, title, detail, buttons, note, step, ratio, intro }`, all but the first two may be missing. */
const pictureOf = (words, { view, trouble, estimate, measures, hasMail }) => {
  const say = (...sentence) => words.say(...sentence);
  if (trouble) return pictureOfTrouble(words, trouble);
  if (view === undefined) return { state: "loading" };
  const isOld = view && Date.now() - new Date(view.finished_at ?? Date.now()) > DAY;
  if (goesOn(view)) return { ...pictureOfWork(words, view), buttons: ["cancel"], note: say(hasMail ? "leave-with-mail" : "leave") };
  if (view?.state === "ready") return pictureOfArchive(words, view);
  if (view?.state === "failed" && !isOld) {
    const detail = view.reason?.code === "too_large" ? say("too-large") : say("failed-detail", { id: view.id });
    return { state: "failed", title: say("failed-title"), detail, buttons: ["retry"] };
  }
  if (view?.state === "cancelled" && !isOld) {
    return { state: "cancelled", title: say("cancelled-title"), detail: say("cancelled-detail"), buttons: ["start"] };
  }
  const refusal = estimate?.refusal?.code;
  const next = isLater(view?.next_allowed_at) ? view.next_allowed_at : refusal === "cool_down" && estimate.next_allowed_at;
  if (next) return pictureOfTrouble(words, { code: "cool_down", until: next });
  if (refusal === "too_large") return { state: "refused", title: say("refused-title"), detail: say("too-large") };
  const isMeasured = estimate && estimate.bytes != null;
  const measured = isMeasured ? say("estimate", { size: words.size(estimate.bytes, 2), tables: estimate.tables.length }) : "";
  const detail = measures && !estimate ? say("estimating") : measured;
  return { state: "idle", title: view?.state === "expired" ? say("expired") : "", detail, buttons: ["start"], intro: say("intro") };
};

const pictureOfTrouble = (words, { code, until }) => {
  const say = (...sentence) => words.say(...sentence);
  if (code === "cool_down") {
    return { state: "cool-down", title: say("cool-down-title", { date: words.date(until) }), detail: say("cool-down-detail") };
  }
  if (code === "unauthorized" || code === "token_not_fresh") {
    const detail = say(code === "unauthorized" ? "sign-in-over" : "sign-in-fresh");
    return { state: "sign-in", title: say("sign-in-title"), detail, buttons: ["continue"] };
  }
  return { state: "refused", title: say("refused-title"), detail: say("refused-detail", { code: code ?? "unknown" }), buttons: ["continue"] };
};

const pictureOfWork = (words, view) => {
  const say = (...sentence) => words.say(...sentence);
  if (view.state === "queued") {
    const { queue_position: position, next_attempt_at: next } = view;
    const waiting = position ? say("queued-position", { position }) : "";
    return { state: "queued", title: say("queued-title"), detail: isLater(next) ? say("queued-again", { date: words.date(next) }) : waiting, step: "" };
  }
  const { tables_done: done, tables_total: total, rows, table } = view.progress;
  const isStored = view.phase === "uploading";
  // The last steps are for what follows the last table.
  const ratio = total ? Math.min(done / total, 1) * 0.96 + (isStored ? 0.02 : 0) : undefined;
  const step = isStored ? "storing" : total ? "step" : "planning";
  const now = table && step === "step" ? say("table", { table: table.replaceAll("_", " ") }) : "";
  return { state: "running", title: say("running-title"), ratio, step: say(step, { done, total, rows }), detail: now };
};

const pictureOfArchive = (words, { files, expires_at: expires, next_allowed_at: next, recipients }) => {
  const size = words.size(files.reduce((sum, file) => sum + file.bytes, 0));
  const notes = [recipients.length && words.say("locked"), isLater(next) && words.say("again-from", { date: words.date(next) })];
  return {
    state: "ready",
    title: words.say("ready-title"),
    detail: expires ? words.say("ready-until", { size, date: words.date(expires) }) : size,
    buttons: isLater(next) ? ["download"] : ["download", "again"],
    note: notes.filter(Boolean).join(" "),
  };
};
