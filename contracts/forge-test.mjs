// Runs the Solidity tests: `node forge-test.mjs [arguments of forge test]`.
import { spawnSync } from "node:child_process";
import { findForge, here } from "./toolbox.mjs";

const done = spawnSync(findForge(), ["test", "--offline", "--use", "./solc.mjs", ...process.argv.slice(2)], {
  cwd: here,
  stdio: "inherit",
});
process.exitCode = done.status ?? 1;
