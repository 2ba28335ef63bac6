// Compiles SOURCE.sol with npm's solc and OpenZeppelin's contracts and writes one NAME.json a contract
// beside it. By hand, when a source changes:
//   npm install --no-save solc@0.8.37 @openzeppelin/contracts@5.7.0 && node compile.cjs SOURCE.sol
const fs = require("fs");
const path = require("path");
const { createRequire } = require("module");
const near = createRequire(path.join(process.cwd(), "x.js"));
const solc = near("solc");
const source = process.argv[2];
const found = (name) => ({ contents: fs.readFileSync(path.join("node_modules", name), "utf8") });
const asked = {
  language: "Solidity",
  sources: { [path.basename(source)]: { content: fs.readFileSync(source, "utf8") } },
  settings: {
    optimizer: { enabled: true, runs: 200 },
    evmVersion: "cancun",
    metadata: { bytecodeHash: "none" },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  },
};
const made = JSON.parse(solc.compile(JSON.stringify(asked), { import: found }));
for (const error of made.errors || []) console.error(error.formattedMessage);
for (const [name, contract] of Object.entries(made.contracts[path.basename(source)])) {
  const artifact = { compiler: solc.version(), bytecode: "0x" + contract.evm.bytecode.object, abi: contract.abi };
  fs.writeFileSync(path.join(path.dirname(source), `${name}.json`), JSON.stringify(artifact, null, 1) + "\n");
}
