// Compiles the contracts with npm's solc into artifacts/, or with --check says whether what is committed there is
// byte for byte what the sources give.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { here, loadSolc } from "./toolbox.mjs";

const wanted = JSON.parse(readFileSync(join(here, "package.json"), "utf8")).devDependencies.solc;

// The EVM version is one that the embedded chain knows and that main networks have long had. No metadata hash is
// appended: the code depends on the sources alone, not on where they lie.
const settings = {
  evmVersion: "cancun",
  optimizer: { enabled: true, runs: 1000 },
  metadata: { appendCBOR: false, bytecodeHash: "none" },
};
const delivered = ["Issuers", "Anchors", "Redemptions"];

function readSources(folder, prefix = "src/") {
  const found = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(found, readSources(path, `${prefix}${entry.name}/`));
    else if (entry.name.endsWith(".sol")) found[prefix + entry.name] = { content: readFileSync(path, "utf8") };
  }
  return found;
}

function compile(solc, sources) {
  const input = {
    language: "Solidity",
    sources,
    settings: {
      ...settings,
      outputSelection: { "*": { "*": ["abi", "metadata", "evm.bytecode.object", "evm.deployedBytecode"] } },
    },
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input)));
  const complaints = (output.errors ?? []).map((error) => error.formattedMessage);
  if (complaints.length) throw new Error(`solc complains:\n${complaints.join("\n")}`);
  return output.contracts;
}

// SHA-256 over "<path> <SHA-256 of content>\n" of every source that went in, in the order of their paths.
function sourceHash(metadata, sources) {
  const digest = (text) => createHash("sha256").update(text).digest("hex");
  const paths = Object.keys(JSON.parse(metadata).sources).sort();
  return `sha256:${digest(paths.map((path) => `${path} ${digest(sources[path].content)}\n`).join(""))}`;
}

function artifact(name, contracts, sources, version) {
  const { abi, metadata, evm } = contracts[`src/${name}.sol`][name];
  const places = Object.values(evm.deployedBytecode.immutableReferences).flat();
  return {
    contractName: name,
    compiler: version,
    settings,
    sourceHash: sourceHash(metadata, sources),
    abi,
    bytecode: `0x${evm.bytecode.object}`,
    deployedBytecode: `0x${evm.deployedBytecode.object}`,
    // where the constructor writes the registry's address into the deployed code
    immutables: places.sort((left, right) => left.start - right.start),
  };
}

function main() {
  const checking = process.argv.includes("--check");
  const solc = loadSolc();
  const version = solc.version().split(".Emscripten")[0];
  if (!version.startsWith(`${wanted}+`)) throw new Error(`solc ${wanted} is wanted, but ${version} is here`);
  const sources = readSources(join(here, "src"));
  const contracts = compile(solc, sources);
  const folder = join(here, "artifacts");
  mkdirSync(folder, { recursive: true });
  let stale = 0;
  for (const name of delivered) {
    const path = join(folder, `${name}.json`);
    const text = `${JSON.stringify(artifact(name, contracts, sources, version), null, 1)}\n`;
    if (!checking) writeFileSync(path, text);
    else if (!existsSync(path) || readFileSync(path, "utf8") !== text) {
      console.error(`artifacts/${name}.json is not what the sources give: run \`node build.mjs\` and commit the result`);
      stale += 1;
    }
  }
  console.log(stale ? `${stale} of ${delivered.length} artifacts are stale` : `${delivered.length} artifacts are current`);
  process.exitCode = stale ? 1 : 0;
}

main();
