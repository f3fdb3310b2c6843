// A small story through Doorward's JSON API by a client whose types are made from its OpenAPI description: an Owner signs
// in, changes the profile and makes an API key; a program makes an account with it, finds it again and gives it a role;
// the audit log knows of all that. It leaves the account behind, and the key revoked.

import createClient from "openapi-fetch";
import type { components, paths } from "./doorward.js";

type Schemas = components["schemas"];

const baseUrl = setting("DOORWARD_URL"); // http://127.0.0.1:8080
const email = setting("DOORWARD_EMAIL"); // an Owner's
const password = setting("DOORWARD_PASSWORD");

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`set ${name}`);
  return value;
}

/** A client that says with each request who is asking: a session's token, an API key, or nobody. */
function clientOf(secret?: string) {
  return createClient<paths>({ baseUrl, headers: secret ? { Authorization: `Bearer ${secret}` } : {} });
}

/** Ends the story with the server's own words where it refused. */
function done(answer: { error?: Schemas["Problem"] }): void {
  if (!answer.error) return;
  const { code, detail, errors, request_id } = answer.error;
  throw new Error(`${code}: ${detail} ${errors.map((e) => `${e.field} ${e.code}`).join(", ")} (request ${request_id})`);
}

/** What an answer with a body holds. */
function given<T>(answer: { data?: T; error?: Schemas["Problem"] }): NonNullable<T> {
  done(answer);
  return answer.data as NonNullable<T>;
}

/** Ends the story where the server does not do as it says. */
function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`expected ${what}`);
}

const refused = await clientOf().GET("/api/v1/me");
expect(refused.error?.code === "unauthenticated", "a stranger to be told so");

const signedIn = given(await clientOf().POST("/api/v1/sessions", { body: { email, password } }));
expect(signedIn.token !== undefined, "a token, as no cookie was asked for");
const owner = clientOf(signedIn.token);
console.log(`signed in as ${signedIn.user.email} on ${signedIn.session.device}`);

const { user: me } = given(await owner.GET("/api/v1/me"));
const { user: changed } = given(await owner.PATCH("/api/v1/me", { body: { first_name: "Ada", team: "engines" } }));
expect(changed.id === me.id && changed.full_name === "Ada" && changed.custom_fields["team"] === "engines", "the changed profile");
console.log(`the profile says ${changed.full_name}, team ${changed.custom_fields["team"]}`);

const made = given(await owner.POST("/api/v1/keys", { body: { name: "story", role: "Admin", current_password: password } }));
const program = clientOf(made.secret);
console.log(`made the key ${made.key.name}, which acts as ${made.key.role}`);

const newcomer = "grace.hopper@example.org";
const { user } = given(
  await program.POST("/api/v1/users", { body: { email: newcomer, first_name: "Grace", confirmed: true, custom_fields: { plan: "free" } } }),
);
expect(user.confirmed_at !== null && user.roles.includes("User"), "a confirmed account with the usual role");
console.log(`made account ${user.id} for ${user.email}`);

const again = await program.POST("/api/v1/users", { body: { email: newcomer.toUpperCase() } });
expect(again.error?.errors[0]?.code === "taken", "an address to be taken whatever its case");

const { users: found } = given(await program.GET("/api/v1/users/search", { params: { query: { q: "hopper" } } }));
expect(found.length === 1 && found[0]?.id === user.id, "to find the account by a part of its address");

done(await owner.POST("/api/v1/roles", { body: { name: "Editor", description: "Edits what others wrote" } }));
const { roles } = given(await program.PUT("/api/v1/users/{id}/roles/{role}", { params: { path: { id: user.id, role: "Editor" } } }));
expect(roles.includes("Editor"), "the role to be given");
console.log(`${found[0]?.email} holds ${roles.join(" and ")}`);

const { entries } = given(await owner.GET("/api/v1/audit", { params: { query: { user: user.id } } }));
const told = entries.map((entry) => `${entry.action} by ${entry.actor.kind} ${entry.actor.name ?? ""}`);
expect(told.includes("user.created by key story") && told.includes("role.assigned by key story"), `the log to tell of both, not ${told}`);
for (const line of told) console.log(`the log tells: ${line}`);

done(await owner.DELETE("/api/v1/keys/{id}", { params: { path: { id: made.key.id } } }));
const revoked = await program.GET("/api/v1/users");
expect(revoked.error?.code === "unauthenticated", "a revoked key to be nobody's");
done(await owner.DELETE("/api/v1/session"));
console.log("the end");
