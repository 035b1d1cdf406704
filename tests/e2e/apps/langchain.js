// An application of LangChain.js, with what its tests need of it.

import { StringOutputParser } from "@langchain/core/output_parsers";
import { ChatPromptTemplate } from "@langchain/core/prompts";
import { RunnablePassthrough, RunnableSequence } from "@langchain/core/runnables";
import { FakeListChatModel } from "@langchain/core/utils/testing";
import * as ibid from "ibid";
import { IbidEmbeddings, IbidRetriever } from "ibid/langchain";

/** A chain that answers with what it was given; `asked` is what its model was. */
function chain(retriever) {
  const asked = [];
  const note = (prompt) => {
    asked.push(prompt.toString());
    return prompt;
  };
  const numbered = (documents) =>
    documents
      .map(({ pageContent, metadata }, at) => `[${at + 1}] ${metadata.title}: ${pageContent}`)
      .join("\n");
  const sequence = RunnableSequence.from([
    { context: retriever.pipe(numbered), question: new RunnablePassthrough() },
    ChatPromptTemplate.fromMessages([["human", "{context}\n\n{question}"]]),
    note,
    new FakeListChatModel({ responses: ["The landlord [1]."] }),
    new StringOutputParser(),
  ]);
  return { sequence, asked };
}

Object.assign(globalThis, { ibid, IbidEmbeddings, IbidRetriever, chain });
