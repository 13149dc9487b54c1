// Proves the laws in test/proofs/ with halmos and reads the sources with slither: `node prove.mjs [contract ...]`.
// Fails when a proof fails or is missing, when slither finds something that slither-reasons.json gives no reason for, and
// when a reason is given for what it no longer finds. The two tools are in .venv-prove (`make prove` sets it up).
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findForge, here } from "./toolbox.mjs";

const tools = join(here, ".venv-prove", "bin");
const env = { ...process.env, PATH: [dirname(findForge()), tools, process.env.PATH].join(":") };

function run(name, words) {
  if (!existsSync(join(tools, name))) throw new Error(`${name} is missing: run \`make prove\``);
  return spawnSync(join(tools, name), words, { cwd: here, env, encoding: "utf8", maxBuffer: 2 ** 28 });
}

function lawsOf(contract) {
  const source = readFileSync(join(here, "test", "proofs", `${contract}.proof.sol`), "utf8");
  return [...source.matchAll(/function (check_\w+)/g)].map((found) => found[1]).sort();
}

function prove(contract, folder) {
  const file = join(folder, `${contract}.json`);
  const done = run("halmos", ["--contract", `${contract}Proof`, "--json-output", file]);
  const results = existsSync(file) ? Object.values(JSON.parse(readFileSync(file, "utf8")).test_results).flat() : [];
  const proved = results.filter((one) => one.exitcode === 0).map((one) => one.name.split("(")[0]).sort();
  const missing = lawsOf(contract).filter((law) => !proved.includes(law));
  for (const law of missing) console.error(`${contract}: ${law} is not proved`);
  if (missing.length) console.error(done.stdout.slice(-4000), done.stderr.slice(-4000));
  console.log(`${contract}: ${proved.length} of ${proved.length + missing.length} laws proved`);
  return done.status === 0 && missing.length === 0 && proved.length > 0;
}

// "<detector> <contract>.<function>.<variable>": what a finding is about, wherever in the file it stands
function named(finding) {
  const names = [];
  for (let part = finding.elements[0]; part && part.type !== "file"; part = part.type_specific_fields?.parent) {
    names.unshift(part.name);
  }
  return `${finding.check} ${names.join(".")}`;
}

function read(folder) {
  const file = join(folder, "slither.json");
  const done = run("slither", [".", "--filter-paths", "test/", "--json", file]);
  if (!existsSync(file)) throw new Error(`slither did not finish: ${done.stderr.slice(-4000)}`);
  const report = JSON.parse(readFileSync(file, "utf8"));
  if (!report.success) throw new Error(`slither did not finish: ${report.error}`);
  const reasons = JSON.parse(readFileSync(join(here, "slither-reasons.json"), "utf8"));
  const found = new Set((report.results.detectors ?? []).map(named));
  const unexplained = [...found].filter((name) => !reasons[name]);
  const needless = Object.keys(reasons).filter((name) => !found.has(name));
  for (const name of unexplained) console.error(`slither finds ${name}, for which no reason is given`);
  for (const name of needless) console.error(`a reason is given for ${name}, which slither does not find`);
  console.log(`slither: ${found.size} findings, ${unexplained.length} without a reason`);
  return unexplained.length === 0 && needless.length === 0;
}

function main() {
  const all = readdirSync(join(here, "test", "proofs")).filter((name) => name.endsWith(".proof.sol"));
  const asked = process.argv.slice(2);
  const contracts = asked.length ? asked : all.map((name) => name.replace(".proof.sol", "")).sort();
  const folder = mkdtempSync(join(tmpdir(), "creditbank-prove-"));
  try {
    const good = contracts.map((contract) => (contract === "slither" ? read(folder) : prove(contract, folder)));
    if (!asked.length) good.push(read(folder));
    process.exitCode = good.every(Boolean) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main();
