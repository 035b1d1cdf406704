import { openCollection } from "ibid";

const collection = await openCollection("leases");
await collection.add({ id: "lease", title: "Lease", content: "The landlord repairs the roof." });
const prompt = await collection.prompt("Who repairs the roof?");
const output = document.createElement("output");

// #region models
import { askModel, browserModel, browserModelAvailability, openAiCompatible } from "ibid";

const local = openAiCompatible({ url: "http://localhost:11434/v1", model: "llama3.2" }); // Ollama, llama.cpp, LM Studio, vLLM
const own =
  (await browserModelAvailability()) === "unavailable" ? undefined : browserModel({ languages: ["en"] });

for await (const chunk of askModel(own ?? local, prompt.messages)) {
  output.append(chunk);
}

// #endregion models

// #region own
import type { ChatModel } from "ibid";

const echo: ChatModel = async function* (messages, { signal }) {
  for (const word of messages.at(-1)?.content.split(" ") ?? []) {
    signal?.throwIfAborted();
    yield `${word} `;
  }
};
// #endregion own

let echoed = "";
for await (const chunk of askModel(echo, [{ role: "user", content: "the landlord" }])) echoed += chunk;
const said = output.textContent;

export { echoed, said };
