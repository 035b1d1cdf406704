// An application of the AI SDK, with what its tests need of it.

import { generateText, stepCountIs } from "ai";
import { MockLanguageModelV4 } from "ai/test";
import * as ibid from "ibid";
import { searchTool } from "ibid/ai";

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};

/** A model that calls the tool `search` with what it is told to, and then answers; `asked` are the prompts that it got. */
function model(input) {
  const asked = [];
  const doGenerate = async ({ prompt, tools }) => {
    asked.push({ prompt, tools });
    const isFirst = asked.length === 1;
    const call = { type: "tool-call", toolCallId: "1", toolName: "search", input: JSON.stringify(input) };
    return {
      content: [isFirst ? call : { type: "text", text: "The landlord." }],
      finishReason: { unified: isFirst ? "tool-calls" : "stop", raw: undefined },
      usage,
      warnings: [],
    };
  };
  return { asked, model: new MockLanguageModelV4({ doGenerate }) };
}

Object.assign(globalThis, { ibid, searchTool, generateText, stepCountIs, model });
