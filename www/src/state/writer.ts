/** Having a language model write the answer, and what is told of that model. */
import {
  type AnswerRound,
  type BrowserModelAvailability,
  browserModel,
  browserModelAvailability,
  type ChatModel,
  isLocalAddress,
  openAiCompatible,
  type SentenceVerdict,
  type VerifiedSource,
} from "ibid";
import { type Problem, toProblem } from "../text/problem.js";
import { verdictSummary } from "../text/verdicts.js";
import { type Inquiry, optionsOf } from "./inquiry.js";
import type { Library } from "./library.js";
import { fetchThroughFrame } from "./model-frame.js";
import { Observable } from "./observable.js";
import { announce } from "./status.js";

/** Which model is asked; kept until the tab is closed. */
export interface WriterSettings {
  from: "browser" | "server";
  /** The address of the server. */
  url: string;
  /** The model's name there. */
  model: string;
}

/** One time that the model is asked. */
export interface Round {
  text: string;
  /** The verdicts so far. */
  sentences: readonly SentenceVerdict[];
  /** What the verdicts name by number; nothing until the answer is whole. */
  sources: readonly VerifiedSource[];
}

export interface Run {
  state: "running" | "done" | "cancelled" | "failed";
  rounds: readonly Round[];
  /** The place of the round that is the better one, once that is known. */
  kept?: number;
  /** Whether the model was not even asked, because nothing seems to answer. */
  abstained?: boolean;
  problem?: Problem;
}

export interface WriterState {
  settings: WriterSettings;
  /** Whether the browser has a model; absent until it was looked for. */
  browser: BrowserModelAvailability | undefined;
  /** How much of the browser's model is downloaded, from 0 to 1; absent where nothing is. */
  download: number | undefined;
  /** Whether text of the documents may be sent to the server in the settings although it is another machine. */
  mayLeave: boolean;
  /** For a server on another machine; kept in memory only. */
  key: string;
  run: Run | undefined;
}

/** Where the settings are kept, until the tab is closed. */
const KEPT = "ibid-demo-writer";

/** Ollama's address. */
const DEFAULTS: WriterSettings = { from: "server", url: "http://localhost:11434/v1", model: "" };

export class Writer extends Observable<WriterState> {
  readonly #library: Library;
  readonly #inquiry: Inquiry;
  #latest = new AbortController();

  constructor(library: Library, inquiry: Inquiry) {
    super({
      settings: keptSettings(),
      browser: undefined,
      download: undefined,
      mayLeave: false,
      key: "",
      run: undefined,
    });
    this.#library = library;
    this.#inquiry = inquiry;
    inquiry.addEventListener("ask", () => this.clear());
  }

  /** Looks whether the browser has a model of its own, and prefers it until something else is chosen. */
  async lookForBrowserModel(): Promise<void> {
    if (this.state.browser === undefined) {
      const browser = await browserModelAvailability();
      this.update({ browser });
      const { settings } = this.state;
      if (browser === "unavailable") {
        this.choose({ from: "server" });
      } else if (settings.model === "") {
        this.choose({ from: "browser" });
      }
    }
  }

  /** Another address is another machine: what was allowed for the one before is not for it. */
  choose(change: Partial<WriterSettings>): void {
    const settings = { ...this.state.settings, ...change };
    const isSame = originOf(settings.url) === originOf(this.state.settings.url);
    this.update({ settings, ...(!isSame && { mayLeave: false, key: "" }) });
    keep(settings);
  }

  allow(mayLeave: boolean): void {
    this.update({ mayLeave });
  }

  setKey(key: string): void {
    this.update({ key });
  }

  /** Whether text of the documents would go to another machine. */
  get isRemote(): boolean {
    const { from, url } = this.state.settings;
    return from === "server" && !isLocalAddress(serverUrl(url));
  }

  /** Why the model can't be asked as things are; `undefined` where it can. */
  get obstacle(): string | undefined {
    const { settings, mayLeave } = this.state;
    if (settings.from === "browser") {
      return undefined;
    }
    if (originOf(settings.url) === undefined) {
      return "The address of the server isn’t one, such as http://localhost:11434/v1.";
    }
    if (this.isRemote && !mayLeave) {
      return "Nothing was sent: the server is another machine. Tick the box if text of your documents may be sent there.";
    }
    return settings.model.trim() === "" ? "Type the model’s name, as the server knows it." : undefined;
  }

  /** Has the model answer the current question. */
  async write(): Promise<void> {
    const { asked, prompt } = this.#inquiry.state;
    if (asked === undefined) {
      return;
    }
    const signal = this.#next();
    const { question, budget } = asked;
    // Where somebody had the nearest passages quoted, the model is given them, too.
    const isForced = prompt.state === "done" && !prompt.value.answerable && prompt.value.citations.length > 0;
    const ended = (run: Run) => !signal.aborted && this.update({ run, download: undefined });
    this.update({ run: { state: "running", rounds: [] } });
    try {
      const answer = await this.#library.write(question, {
        model: this.#model(signal),
        ...optionsOf(asked),
        budget,
        unanswerable: isForced ? "quote" : "abstain",
        signal,
        onText: (text, round) => this.#progress(signal, round, () => ({ text })),
        onVerdicts: (verdicts, round) =>
          this.#progress(signal, round, ({ sentences }) => ({ sentences: [...sentences, ...verdicts] })),
      });
      const kept = answer.rounds.findIndex(({ verification }) => verification === answer.verification);
      const { abstained } = answer;
      ended({ state: "done", rounds: answer.rounds.map(toRound), kept, abstained });
      if (!signal.aborted) {
        announce(abstained ? "The model was not asked." : verdictSummary(answer.verification.sentences));
      }
    } catch (thrown) {
      ended({ state: "failed", rounds: this.state.run?.rounds ?? [], problem: toProblem(thrown) });
    }
  }

  /** Stops the model; what it has written stays. */
  cancel(): void {
    const { run } = this.state;
    if (run?.state === "running") {
      this.#next();
      this.update({ run: { ...run, state: "cancelled" }, download: undefined });
      announce("Cancelled.");
    }
  }

  /** Forgets what was written: something else is asked. */
  clear(): void {
    this.#next();
    this.update({ run: undefined, download: undefined });
  }

  /** Gives up what is being written; what still comes of it is not shown. */
  #next(): AbortSignal {
    this.#latest.abort();
    this.#latest = new AbortController();
    return this.#latest.signal;
  }

  /** @throws IbidError where the browser has no model, or the address is refused */
  #model(signal: AbortSignal): ChatModel {
    const { settings, mayLeave, key } = this.state;
    if (settings.from === "browser") {
      return browserModel({ onDownload: (download) => !signal.aborted && this.update({ download }) });
    }
    return openAiCompatible({
      url: serverUrl(settings.url),
      model: settings.model.trim(),
      allowRemote: mayLeave,
      fetch: fetchThroughFrame,
      ...(key !== "" && this.isRemote && { apiKey: key }),
    });
  }

  #progress(signal: AbortSignal, round: number, change: (round: Round) => Partial<Round>): void {
    const { run } = this.state;
    if (signal.aborted || run === undefined) {
      return;
    }
    const rounds = [...run.rounds];
    const at = round - 1;
    const before = rounds[at] ?? { text: "", sentences: [], sources: [] };
    rounds[at] = { ...before, ...change(before) };
    this.update({ run: { ...run, rounds }, download: undefined });
  }
}

function toRound({ text, verification: { sentences, sources } }: AnswerRound): Round {
  return { text, sentences, sources };
}

/** An address as it is typed: `localhost:11434` is one, too. */
function serverUrl(typed: string): string {
  const url = typed.trim();
  return /^[a-z][a-z+.-]*:\/\//i.test(url) ? url : `http://${url}`;
}

function originOf(typed: string): string | undefined {
  try {
    const { protocol, origin } = new URL(serverUrl(typed));
    return protocol === "http:" || protocol === "https:" ? origin : undefined;
  } catch {
    return undefined;
  }
}

function keptSettings(): WriterSettings {
  try {
    const { from, url, model } = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<WriterSettings>;
    return {
      from: from === "browser" ? from : DEFAULTS.from,
      url: typeof url === "string" ? url : DEFAULTS.url,
      model: typeof model === "string" ? model : DEFAULTS.model,
    };
  } catch {
    return DEFAULTS;
  }
}

function keep(settings: WriterSettings): void {
  try {
    // Addresses may have a password in them; such ones are refused anyway.
    if (!/@/.test(settings.url)) {
      sessionStorage.setItem(KEPT, JSON.stringify(settings));
    }
  } catch {
    // Without storage they are forgotten with the page.
  }
}
