// How many statements c15t's own server sends its database for a consent, counted in SQLite in this process.
import { DatabaseSync } from "node:sqlite";
import { c15tInstance } from "@c15t/backend";
import { kyselyAdapter } from "@c15t/backend/db/adapters/kysely";
import { DB } from "@c15t/backend/db/schema";
import { Kysely, SqliteDialect } from "kysely";

const kept = new DatabaseSync(":memory:");
let statements = 0;

/** What SQLite takes for what c15t gives. */
function plain(value) {
  if (value instanceof Date) return value.getTime();
  return typeof value === "boolean" ? Number(value) : (value ?? null);
}

const database = {
  prepare(sql) {
    statements += 1;
    const one = kept.prepare(sql);
    return {
      reader: /^\s*(select|with|pragma)|returning/i.test(sql),
      all: (values) => one.all(...values.map(plain)),
      run: (values) => one.run(...values.map(plain)),
    };
  },
  close: () => kept.close(),
};
const db = new Kysely({ dialect: new SqliteDialect({ database }) });
const adapter = kyselyAdapter({ db, provider: "sqlite" });
const migration = await DB.client(adapter).createMigrator().migrateToLatest({});
await migration.execute();
const server = c15tInstance({
  appName: "bench",
  trustedOrigins: ["https://www.example.com"],
  adapter,
  logger: { level: "error" },
});

/** Send a consent as c15t's script does; give how many statements it took. */
async function consent(subjectId) {
  statements = 0;
  const answer = await server.handler(
    new Request("https://consent.example.com/subjects", {
      method: "POST",
      headers: { "content-type": "application/json", origin: "https://www.example.com" },
      body: JSON.stringify({
        type: "cookie_banner",
        subjectId,
        domain: "www.example.com",
        preferences: { necessary: true, measurement: true, marketing: false },
        givenAt: Date.now(),
        consentAction: "custom",
        jurisdictionModel: "opt-in",
      }),
    }),
  );
  if (answer.status !== 200) throw new Error(await answer.text());
  return statements;
}

const browser = (letter) => `sub_${letter.repeat(20)}`;
await consent(browser("2")); // the site's first, for which purposes and more are made
console.log(JSON.stringify({ first: await consent(browser("3")), later: await consent(browser("3")) }));
