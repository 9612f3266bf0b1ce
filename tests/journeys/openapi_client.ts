// A website's few lines, typed by what openapi-typescript makes of the document.
import type { components, operations } from "./schema";

type Capture = operations["recordConsent"]["requestBody"]["content"]["application/json"];
type Recorded = operations["recordConsent"]["responses"]["201"]["content"]["application/json"];
type Problem = components["schemas"]["Problem"];

const base: string = process.argv[2] ?? "";

async function record(capture: Capture): Promise<Recorded> {
  const answer = await fetch(`${base}/v1/consents`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(capture),
  });
  if (answer.status !== 201) {
    const problem = (await answer.json()) as Problem;
    throw new Error(problem.detail);
  }
  return (await answer.json()) as Recorded;
}

async function main(): Promise<void> {
  const said = await record({
    policy_version: "2023-06",
    notice_id: "cookie_banner",
    method: "choose",
    choices: { analytics: true },
  });
  console.log(said.choices["analytics"], said.sequence);
}

void main();
