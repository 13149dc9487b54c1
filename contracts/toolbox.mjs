// Where the tools are: beside this file after `npm ci`, or in the folder that $CREDITBANK_NODE_MODULES names.
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));

function shelves() {
  const named = process.env.CREDITBANK_NODE_MODULES;
  return [join(here, "node_modules"), ...(named ? [named] : [])];
}

function missing(tool) {
  return new Error(`${tool} is missing: run \`npm ci\` in contracts/ first, or set CREDITBANK_NODE_MODULES`);
}

export function loadSolc() {
  const shelf = shelves().find((folder) => existsSync(join(folder, "solc", "package.json")));
  if (!shelf) throw missing("solc");
  return createRequire(pathToFileURL(join(shelf, "solc", "package.json")))("solc");
}

export function findForge() {
  for (const folder of shelves().map((shelf) => join(shelf, "@foundry-rs"))) {
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder).filter((name) => name.startsWith("forge-"))) {
      const binary = ["forge", "forge.exe"].map((name) => join(folder, entry, "bin", name)).find(existsSync);
      if (binary) return binary;
    }
  }
  throw missing("forge");
}
