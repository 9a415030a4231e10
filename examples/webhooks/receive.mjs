// Receives what Handover tells: verified with the public library of Standard Webhooks, each message handled once.
//
//     npm install standardwebhooks
//     HANDOVER_WEBHOOK_SECRET=whsec_… node receive.mjs 3000

import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.HANDOVER_WEBHOOK_SECRET);
const handled = new Set(); // In a product: a table with the message's number as its key.

const server = createServer(async (request, response) => {
  // The bytes as they came: what was parsed and written again has another signature.
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let event;
  try {
    event = webhook.verify(Buffer.concat(chunks), request.headers);
  } catch {
    return response.writeHead(400).end();
  }
  const number = request.headers["webhook-id"];
  if (!handled.has(number)) {
    handled.add(number);
    console.log(JSON.stringify({ id: number, ...event }));
  }
  response.writeHead(204).end();
});

server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  console.error(`Listening on http://127.0.0.1:${server.address().port}/`);
});
