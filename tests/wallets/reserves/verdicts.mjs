// Reads proofs as lines of JSON, {"proof", "root"}, and answers each with a line: "" or why it is wrong.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const source = readFileSync(new URL("../../../static/js/reserves/inclusion.js", import.meta.url), "utf8");
const { Wrong, check } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

for await (const line of createInterface({ input: process.stdin })) {
  const { proof, root } = JSON.parse(line);
  let verdict = "";
  try {
    await check(proof, root);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    verdict = error.message;
  }
  console.log(JSON.stringify(verdict));
}
