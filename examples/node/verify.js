// Asks a mesh whether an intent may execute: node verify.js HOST:PORT INTENT_FILE [NAME=VALUE…]
//
// Needs the packages @grpc/grpc-js and @grpc/proto-loader, and the contract in protos/. Exit code 0: approved;
// 1: rejected; 2: uncertain, a person decides; 69: no answer. Nothing but 0 allows the payment.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const DEADLINE_MS = 30_000;
const MOST_ATTEMPTS = 5;
const AGAIN = new Set([grpc.status.UNAVAILABLE, grpc.status.RESOURCE_EXHAUSTED]);
const EXIT = { CONSENSUS_APPROVED: 0, CONSENSUS_REJECTED: 1 };

const definition = loader.loadSync("aethel/v1/verification.proto", {
  includeDirs: [path.join(__dirname, "..", "..", "protos")],
  keepCase: true,
  longs: String, // 64-bit numbers do not fit JavaScript's own
  enums: String,
  arrays: true, // an empty list is a list
});
const { VerificationService } = grpc.loadPackageDefinition(definition).aethel.v1;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const once = (client, request, deadline) =>
  new Promise((resolve, reject) =>
    client.Verify(request, { deadline }, (error, response) => (error ? reject(error) : resolve(response.result))),
  );

// The same id makes it safe to ask again: a mesh answers one id once.
async function verify(client, question) {
  const deadline = Date.now() + DEADLINE_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(client, { question, remaining_ms: deadline - Date.now() }, deadline);
    } catch (error) {
      const wait = Math.random() * 50 * 2 ** (attempt - 1);
      if (!AGAIN.has(error.code) || attempt >= MOST_ATTEMPTS || Date.now() + wait >= deadline) throw error;
      await pause(wait);
    }
  }
}

function counterexample(result) {
  const findings = result.expert_verdicts.flatMap((verdict) => verdict.findings);
  const obligations = result.expert_verdicts.flatMap((verdict) => verdict.obligations);
  return [...findings, ...obligations].map((one) => one.counterexample).find(Boolean);
}

function show(result) {
  console.log(`${result.consensus.replace("CONSENSUS_", "")}: ${result.reason}`);
  const shown = counterexample(result);
  if (!shown) return;
  const named = (values) => values.map(({ name, value }) => `${name} = ${value}`).join(", ");
  console.log(`  for example with ${named(shown.inputs)}`);
  console.log(`  before: ${named(shown.before)}`);
  console.log(`  after:  ${named(shown.after)}`);
}

async function main() {
  const [address, file, ...given] = process.argv.slice(2);
  const client = new VerificationService(address, grpc.credentials.createInsecure());
  const question = {
    transaction_id: `node-${crypto.randomUUID()}`,
    intent: fs.readFileSync(file),
    arguments: Object.fromEntries(given.map((one) => one.split(/=(.*)/s).slice(0, 2))),
  };
  try {
    const result = await verify(client, question);
    show(result);
    process.exitCode = EXIT[result.consensus] ?? 2;
  } finally {
    client.close();
  }
}

main().catch((error) => {
  console.error(`no answer: ${error.message}`);
  process.exitCode = 69;
});
