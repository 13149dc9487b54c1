#!/usr/bin/env node
// Stands in for the solc program, so that forge compiles with npm's solc and downloads nothing.
import { readFileSync } from "node:fs";
import { loadSolc } from "./toolbox.mjs";

const solc = loadSolc();
if (process.argv.includes("--version")) {
  const version = solc.version().split(".Emscripten")[0];
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${version}.Linux.g++`);
} else {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
}
