import { generateText, type LanguageModel, stepCountIs } from "ai";
import { openCollection } from "ibid";
import { searchTool } from "ibid/ai";

const collection = await openCollection("contracts");
await collection.add({ id: "lease", title: "Lease", content: "The landlord repairs the roof." });

export async function ask(model: LanguageModel, prompt: string) {
  const search = searchTool(collection, { k: 6, description: "Searches the user's leases." });
  const { text } = await generateText({ model, tools: { search }, stopWhen: stepCountIs(3), prompt });
  return text;
}
