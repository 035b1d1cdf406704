/** Answers of language models, held against the sources while they are written. */

import { askModel } from "./chat/reply.js";
import type { ChatMessage, ChatModel } from "./chat/types.js";
import type { Collection, PromptOptions } from "./collection.js";
import type { Prompt, SentenceVerdict, Verdict, Verification } from "./wasm/ibid_simd128.js";

/** How to have a language model answer. */
export interface GenerateOptions extends PromptOptions {
  /** What answers: a function that is given messages and gives text. */
  model: ChatModel;
  /** Whether the model is asked a second time where claims of its first answer failed; the default is `true`. */
  retry?: boolean;
  /** Whether what no source supports is looked for in the whole collection; the default is `false`. */
  everywhere?: boolean;
  /** Called with the text so far, as it comes; a second round begins anew. */
  onText?: (text: string, round: number) => void;
  /** Called with verdicts as sentences come to their ends. */
  onVerdicts?: (verdicts: SentenceVerdict[], round: number) => void;
}

/** One time that the model was asked. */
export interface AnswerRound {
  /** What it was asked. */
  messages: ChatMessage[];
  /** What it answered. */
  text: string;
  /** What became of that. */
  verification: Verification;
}

/** An answer of a language model. */
export interface GeneratedAnswer {
  /** The better of its answers; empty where it was not asked. */
  text: string;
  /** What became of it. */
  verification: Verification;
  /** The prompt, with what the marks of the answer stand for. */
  prompt: Prompt;
  /** Whether the model was not even asked, as nothing that was found may answer. */
  abstained: boolean;
  /** Every time that it was asked: none, once or twice. */
  rounds: AnswerRound[];
}

/** What is said to the model about a sentence that failed. Nothing of it is text of a document: that stays inside its fence. */
const COMPLAINTS: Record<Exclude<Verdict, "supported">, string> = {
  partly: "The sources say only a part of this.",
  misattributed: "The source that this cites does not say so.",
  contradicted: "A source says otherwise: compare numbers, dates, names and denials.",
  not_found: "No source says this.",
  uncited: "This has no mark of its source.",
  quote_altered: "What stands in quotation marks is not what the source says word for word.",
};

/** Has a model answer from what the collection has, holds that against the sources, and asks once more for what failed. */
export async function generate(
  collection: Collection,
  question: string,
  { model, retry = true, everywhere = false, onText, onVerdicts, ...options }: GenerateOptions,
): Promise<GeneratedAnswer> {
  const prompt = await collection.prompt(question, options);
  if (prompt.citations.length === 0) {
    return { text: "", verification: { sentences: [], sources: [] }, prompt, abstained: true, rounds: [] };
  }
  const rounds: AnswerRound[] = [];
  const ask = async (messages: ChatMessage[]) => {
    const round = rounds.length + 1;
    const verifier = collection.verifier({ prompt });
    let text = "";
    const told: Promise<void>[] = [];
    const tell = async (judging: Promise<SentenceVerdict[]>) => {
      const verdicts = await judging;
      if (verdicts.length > 0) {
        onVerdicts?.(verdicts, round);
      }
    };
    try {
      for await (const piece of askModel(model, messages, signalOf(options))) {
        text += piece;
        onText?.(text, round);
        told.push(tell(verifier.push(piece)));
      }
    } finally {
      told.push(tell(verifier.finish()));
      await Promise.allSettled(told);
    }
    await Promise.all(told);
    const verification = await collection.verify(text, { prompt, everywhere, ...signalOf(options) });
    rounds.push({ messages, text, verification });
    return { text, verification };
  };
  const first = await ask(prompt.messages);
  const failed = failures(first.verification);
  if (failed.length === 0 || !retry) {
    return { ...first, prompt, abstained: false, rounds };
  }
  const again = await ask([
    ...prompt.messages,
    { role: "assistant", content: first.text },
    { role: "user", content: complaint(failed) },
  ]);
  // Of two that fail alike the first stays, and an answer that says nothing is none.
  const isBetter =
    again.verification.sentences.length > 0 && failures(again.verification).length < failed.length;
  return { ...(isBetter ? again : first), prompt, abstained: false, rounds };
}

function signalOf({ signal }: PromptOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function failures({ sentences }: Verification): SentenceVerdict[] {
  return sentences.filter(({ verdict }) => verdict !== "supported");
}

function complaint(failed: readonly SentenceVerdict[]): string {
  const items = failed.map(({ text, verdict, suggested }) => {
    const said = COMPLAINTS[verdict as keyof typeof COMPLAINTS];
    const instead = suggested.length > 0 ? ` Cite ${suggested.map((number) => `[${number}]`).join("")}.` : "";
    return `- ${JSON.stringify(text)}: ${said}${instead}`;
  });
  return `These statements of your answer were checked against the sources and did not hold:\n${items.join(
    "\n",
  )}\n\nWrite the whole answer again, in the same language: correct these statements from the sources or leave them out, keep the others, and put the number of its source after each.`;
}
