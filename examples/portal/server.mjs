// The back end of three products, as far as Handover is concerned: it serves their pages, and signs a token for whoever is signed in.
// node server.mjs, with HANDOVER (the address of Handover), KEY (the private key's file), and PORT if 8090 is taken.
import { createPrivateKey, randomUUID, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const { HANDOVER = "http://127.0.0.1:8080", KEY = "portal.pem", PORT = 8090 } = process.env;
const key = createPrivateKey(await readFile(KEY));
// A real product takes this from its session.
const people = {
  ceppro: { sub: "1", tenant: "d0076344-5fea-4148-8565-24f240adab2e", role: "admin", email: "ada@displaydoktor.example" },
  proecommerce: { sub: "1", tenant: "1042", role: "admin", email: "ben@bluebird.example" },
  customertrackr: { sub: "1", tenant: "globex", role: "admin", email: "grace@globex.example" },
};
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

function portalToken(source) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: "https://products.example", aud: "handover", source, iat: now, exp: now + 300, jti: randomUUID(), ...people[source] };
  const message = `${part({ alg: "EdDSA", typ: "JWT", kid: "portal" })}.${part(claims)}`;
  return `${message}.${sign(null, Buffer.from(message), key).toString("base64url")}`;
}

const types = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript" };
const policy = `default-src 'none'; script-src 'self' ${HANDOVER}; style-src 'self'; img-src data:; connect-src 'self' ${HANDOVER}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, "http://localhost");
  const address = pathname.match(/^\/(?:(ceppro|proecommerce|customertrackr)\/)?([a-z.]*)$/);
  if (!address) return response.writeHead(404).end();
  const [, source, wanted] = address;
  if (request.method === "POST" && source && wanted === "token") {
    // `?fresh=1` asks for a person who signed in just now: a real product lets them sign in again first.
    return response.writeHead(200, { "content-type": "text/plain", "cache-control": "no-store" }).end(portalToken(source));
  }
  const file = [source, wanted || "index.html"].filter(Boolean).join("/");
  const text = /\.(html|css|js)$/.test(file) && (await readFile(new URL(file, import.meta.url), "utf8").catch(() => null));
  if (!text) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": types[file.split(".").pop()], "content-security-policy": policy });
  response.end(text.replaceAll("%HANDOVER%", HANDOVER));
});
server.listen(PORT, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
