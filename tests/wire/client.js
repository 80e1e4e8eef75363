// A client of ExpertService that knows the contract only from its files: node client.js PROTOS HOST:PORT
"use strict";

const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");

const [protos, address] = process.argv.slice(2);
const definition = loader.loadSync("aethel/v1/expert.proto", {
  includeDirs: [protos],
  keepCase: true,
  longs: String,
  enums: String,
  oneofs: true,
});
const { ExpertService } = grpc.loadPackageDefinition(definition).aethel.v1;
const client = new ExpertService(address, grpc.credentials.createInsecure());
const deadline = () => ({ deadline: Date.now() + 10000 });

const call = (method, request) =>
  new Promise((resolve, reject) =>
    client[method](request, deadline(), (error, response) => (error ? reject(error) : resolve(response))),
  );

const text = (value) => ({ transaction_id: "tx", intent: Buffer.from(value) });
const amount = { transaction_id: "tx", transaction: { amount_text: { text: "0.10" } } };

function stream(items) {
  return new Promise((resolve, reject) => {
    const answers = {};
    const open = client.VerifyStream(deadline());
    open.on("data", (frame) => {
      for (const answer of frame.answers) answers[answer.item_id] = answer.verdict.verdict;
    });
    open.on("error", reject);
    open.on("end", () => resolve(answers));
    open.write({ items });
    open.end();
  });
}

// The code and, in base64, the google.rpc.Status that says more.
const refusal = (error) => ({
  code: error.code,
  status: error.metadata.get("grpc-status-details-bin")[0].toString("base64"),
});

async function main() {
  const description = await call("Describe", {});
  const { verdict } = await call("Verify", { question: text("even"), remaining_ms: 5000 });
  const streamed = await stream([
    { item_id: 7, question: text("even"), remaining_ms: 5000 },
    { item_id: 8, question: text("odd"), remaining_ms: 5000 },
    { item_id: 9, question: amount, remaining_ms: 5000 },
  ]);
  const refused = await call("Verify", {}).catch(refusal);
  process.stdout.write(JSON.stringify({ description, verdict, streamed, refused }));
  client.close();
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
