// An OpenID Connect issuer on loopback: npm's certified oidc-provider with its own pages for signing in.
// Argument: the redirect URI of the one client. Prints its address when it listens; ends with its stdin.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

const [redirect, clientId, clientSecret] = process.argv.slice(2);
const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: [redirect],
        grant_types: ["authorization_code"],
        response_types: ["code"],
      },
    ],
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `Staff ${id}`, email: `${id}@staff.sample.example`, email_verified: id !== "new" }),
    }),
    cookies: { keys: ["a key of a test"] },
  });
  server.on("request", provider.callback());
  process.stdout.write(`${issuer}\n`);
});
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
