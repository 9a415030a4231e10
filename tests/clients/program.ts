// Asks for an export through the generated types, follows it, and has a webhook made. Prints `done` and the export's number.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: [string, string, string, string, string] };

type Schemas = components["schemas"];

const [, , baseUrl, key, tenant] = process.argv;
const handover = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

/** The answer, or an error that says what the server said. */
function sure<T>(answer: { data?: T; error?: Schemas["Problem"] }): T {
  if (answer.data === undefined) throw new Error(`${answer.error?.code}: ${answer.error?.detail}`);
  return answer.data;
}

function holds(condition: boolean, what: string) {
  if (!condition) throw new Error(what);
}

// Every state there is; one more, or one less, would not compile.
function isOver(state: Schemas["State"]): boolean {
  switch (state) {
    case "queued":
    case "running":
      return false;
    case "ready":
    case "failed":
    case "cancelled":
    case "expired":
      return true;
  }
}

const asked = sure(await handover.POST("/v1/exports", { body: { source: "customertrackr", tenant, formats: ["csv"] } }));
if (!("state" in asked)) throw new Error("an estimate was not asked for");
let current: Schemas["Export"] = asked;
while (!isOver(current.state)) {
  await new Promise((resolve) => setTimeout(resolve, 100));
  current = sure(await handover.GET("/v1/exports/{id}", { params: { path: { id: asked.id } } }));
}
holds(current.state === "ready", `the export is ${current.state}: ${current.reason?.code}`);
// @ts-expect-error There is no such state.
holds(current.state !== "done", "a state that nobody knows");
const bytes: number = current.files.reduce((sum, file) => sum + file.bytes, 0);
holds(bytes > 0, "the archive is empty");
const until: string | null = current.expires_at;
holds(until !== null, "the archive has no end");

const link = sure(await handover.POST("/v1/exports/{id}/links", { params: { path: { id: asked.id } }, body: { expires_in: 3600 } }));
holds(link.url.startsWith("http"), "the link is no address");

const listed = sure(await handover.GET("/v1/exports", { params: { query: { state: "ready", limit: 1 } } }));
holds(listed.items[0]?.id === asked.id, "the list lacks the export");

const refused = await handover.GET("/v1/exports/{id}", { params: { path: { id: "01890a5d-ac96-774b-bcce-b302099a8057" } } });
holds(refused.response.status === 404 && refused.error?.code === "export_not_found", "an unknown export was found");

const hook = sure(await handover.POST("/v1/webhooks", { body: { url: "https://hooks.example.com/", events: ["export.ready"] } }));
holds(hook.secret.startsWith("whsec_") && hook.webhook.source === null, "the webhook is none");
// @ts-expect-error There is no such event.
const wrong: Schemas["WebhookRequest"] = { url: "https://hooks.example.com/", events: ["export.vanished"] };
const path = { id: hook.webhook.id };
const changed = sure(await handover.PATCH("/v1/webhooks/{id}", { params: { path }, body: { enabled: false } }));
holds(changed.disabled_because === "request" && wrong.url === changed.url, "the webhook was not disabled");
const messages = sure(await handover.GET("/v1/webhooks/{id}/messages", { params: { path, query: { state: "missed" } } }));
holds(messages.items.length === 0, "nothing happened since");

const schedule = sure(
  await handover.POST("/v1/schedules", {
    body: { name: "nightly", source: "customertrackr", tenants: "all", cron: "0 3 * * *", time_zone: "Europe/Berlin" },
  }),
);
const paused = sure(await handover.PATCH("/v1/schedules/{id}", { params: { path: { id: schedule.id } }, body: { paused: true } }));
holds(paused.paused_at !== null, "the schedule was not paused");

console.log(`done ${asked.id}`);
