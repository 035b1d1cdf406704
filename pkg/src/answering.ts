/** Answers of language models, held against the sources while they are written. */

import { askModel } from "./chat/reply.js";
import type { ChatMessage, ChatModel } from "./chat/types.js";
import type { PromptOptions } from "./collection.js";
import { IbidError } from "./error.js";
import type { Metadata, MetadataOf } from "./metadata.js";
import type { Verifier, VerifyOptions } from "./verifier.js";
import type { Prompt, SentenceVerdict, Verdict, Verification } from "./wasm/ibid_simd128.js";

/** How to have a language model answer. */
export interface GenerateOptions<M extends MetadataOf<M> = Metadata>
  extends Omit<PromptOptions<M>, "format"> {
  /** What answers: a function that is given messages and gives text. */
  model: ChatModel;
  /**
   * Whether the model is asked a second time where claims of its first answer failed, with that answer and so more tokens than
   * `budget`; the default is `true`. Where that fails, the first answer stays.
   */
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

/** What is said to the model about a sentence that failed. */
const COMPLAINTS: Record<Exclude<Verdict, "supported">, string> = {
  partly: "the sources say only a part of it.",
  misattributed: "the source that it cites does not say so.",
  contradicted: "a source says otherwise: compare numbers, dates, names and denials.",
  not_found: "no source says so.",
  uncited: "it has no mark of its source.",
  quote_altered: "what stands in quotation marks is not what the source says word for word.",
};

/** What answering takes of a collection. */
interface Engine {
  prompt(question: string, options: PromptOptions): Promise<Prompt>;
  verifier(options: VerifyOptions): Verifier;
  verify(
    answer: string,
    options: VerifyOptions & { everywhere?: boolean; signal?: AbortSignal },
  ): Promise<Verification>;
}

/** Has a model answer from what the collection has, holds that against the sources, and asks once more for what failed. */
export async function generate(
  collection: Engine,
  question: string,
  { model, retry = true, everywhere = false, onText, onVerdicts, ...options }: GenerateOptions,
): Promise<GeneratedAnswer> {
  // Sources beside the messages would not reach the model.
  const prompt = await collection.prompt(question, { ...options, format: "messages" });
  if (prompt.citations.length === 0) {
    return { text: "", verification: { sentences: [], sources: [] }, prompt, abstained: true, rounds: [] };
  }
  const rounds: AnswerRound[] = [];
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const ask = async (messages: ChatMessage[]): Promise<AnswerRound> => {
    const number = rounds.length + 1;
    const telling = new Telling(collection.verifier({ prompt }), (verdicts) =>
      onVerdicts?.(verdicts, number),
    );
    let text = "";
    try {
      for await (const piece of askModel(model, messages, call)) {
        text += piece;
        onText?.(text, number);
        telling.push(piece);
      }
    } catch (thrown) {
      telling.giveUp();
      throw thrown;
    }
    await telling.finish();
    const verification = await collection.verify(text, { prompt, everywhere, ...call });
    const round = { messages, text, verification };
    rounds.push(round);
    return round;
  };
  const first = await ask(prompt.messages);
  const failed = failures(first.verification);
  const again =
    failed > 0 && retry
      ? await ask([
          ...prompt.messages,
          { role: "assistant", content: first.text },
          { role: "user", content: complaint(first.verification) },
        ]).catch(unlessAborted)
      : undefined;
  // Of two that fail alike the first stays, and an answer that says nothing is none.
  const isBetter =
    again !== undefined && again.verification.sentences.length > 0 && failures(again.verification) < failed;
  const { text, verification } = isBetter ? again : first;
  return { text, verification, prompt, abstained: false, rounds };
}

/** What goes wrong the second time does not take the first answer away. */
function unlessAborted(thrown: unknown): undefined {
  if (thrown instanceof IbidError && thrown.code === "aborted") {
    throw thrown;
  }
}

/** Tells of verdicts as they come. */
class Telling {
  readonly #verifier: Verifier;
  readonly #tell: (verdicts: SentenceVerdict[]) => void;
  /** Resolves when all that was pushed is told. */
  #told: Promise<void> = Promise.resolve();
  #failure: { thrown: unknown } | undefined;

  constructor(verifier: Verifier, tell: (verdicts: SentenceVerdict[]) => void) {
    this.#verifier = verifier;
    this.#tell = tell;
  }

  /** @throws what went wrong with earlier pieces */
  push(piece: string): void {
    this.#add(this.#verifier.push(piece));
    this.#check();
  }

  async finish(): Promise<void> {
    this.#add(this.#verifier.finish());
    await this.#told;
    this.#check();
  }

  /** Ends the verifier and tells nothing more. */
  giveUp(): void {
    this.#failure ??= { thrown: undefined };
    this.#verifier.finish().catch(() => {}); // nobody waits for it
  }

  #add(judging: Promise<SentenceVerdict[]>): void {
    const telling = async () => {
      const verdicts = await judging;
      if (verdicts.length > 0 && this.#failure === undefined) {
        this.#tell(verdicts);
      }
    };
    const told = telling().catch((thrown) => {
      this.#failure ??= { thrown };
    });
    this.#told = Promise.all([this.#told, told]).then(() => {});
  }

  #check(): void {
    if (this.#failure !== undefined) {
      throw this.#failure.thrown;
    }
  }
}

function failures({ sentences }: Verification): number {
  return sentences.filter(({ verdict }) => verdict !== "supported").length;
}

/**
 * What the model is told of its answer. It names statements by their number and does not repeat them: one may be what a hostile document says, which
 * stays inside its fence.
 */
function complaint({ sentences, sources }: Verification): string {
  const items = sentences.flatMap(({ verdict, suggested }, at) => {
    if (verdict === "supported") {
      return [];
    }
    const numbers = suggested.filter((number) => sources[number - 1]?.citable);
    const instead =
      numbers.length > 0 ? ` Source ${numbers.map((number) => `[${number}]`).join("")} says it.` : "";
    return [`- Sentence ${at + 1}: ${COMPLAINTS[verdict]}${instead}`];
  });
  return `Each sentence of your answer was checked against the sources, and some did not hold. Counted from the first on, headings and lines that only introduce what follows left out:\n${items.join(
    "\n",
  )}\n\nWrite the whole answer again, in the same language: correct these sentences from the sources or leave them out, keep the others, and put the number of its source after each.`;
}
