import type { DocumentSummary, SearchResult } from "ibid";
import { version } from "ibid/package.json";
import { css, html, LitElement, nothing } from "lit";
import type { ConfirmDialog } from "./components/confirm-dialog.js";
import "./components/confirm-dialog.js";
import "./components/document-list.js";
import "./components/drop-zone.js";
import "./components/import-list.js";
import type { PasswordDialog } from "./components/password-dialog.js";
import "./components/password-dialog.js";
import { modelNote } from "./components/model-note.js";
import { problemNote } from "./components/problem-note.js";
import type { QuestionForm } from "./components/question-form.js";
import "./components/question-form.js";
import { siteNote, siteWords } from "./components/site-note.js";
import { Checking } from "./state/checking.js";
import { expectsDocuments } from "./state/expected.js";
import { type Asked, Inquiry, type Outcome } from "./state/inquiry.js";
import { Library, type LibraryState } from "./state/library.js";
import { idle, nextFrame, nextTask } from "./state/pace.js";
import { Parts } from "./state/parts.js";
import { type Place, parsePlace, stepsBack } from "./state/place.js";
import { Preferences } from "./state/preferences.js";
import { CHECK_EXAMPLE, exampleAnswer, exampleQuestions, missingSamples } from "./state/samples.js";
import { Site } from "./state/site.js";
import { onAnnouncement } from "./state/status.js";
import { parseView, type View, viewHref } from "./state/view.js";
import { shared } from "./styles.js";
import type { Picked } from "./text/dropped-files.js";
import { focused, isFocusLeft } from "./text/focus.js";
import { count } from "./text/format.js";
import { hasSlides } from "./text/kinds.js";
import { canOnlyBeDiscarded, type Problem } from "./text/problem.js";

const VIEW_NAMES: readonly (readonly [view: View, name: string])[] = [
  ["ask", "Ask"],
  ["evaluate", "Evaluate"],
  ["trail", "Trail"],
];

/** What is not needed to type a question is loaded later, each part by itself, in the order in which it is likely to be wanted. */
const PARTS = {
  check: () => import("./components/check-view.js"),
  storage: () => import("./components/storage-panel.js"),
  encryption: () => import("./components/encryption-panel.js"),
  hits: () => import("./components/hit-list.js"),
  answer: () => import("./components/answer-view.js"),
  prompt: () => import("./components/prompt-view.js"),
  writer: () => import("./components/model-answer.js"),
  viewer: () => import("./components/document-viewer.js"),
  unlock: () => import("./components/passphrase-form.js"),
  evaluate: () => import("./components/evaluation-view.js"),
  trail: () => import("./components/trail-view.js"),
};

type Part = keyof typeof PARTS;

/** Those that are loaded before they are wanted, when there is time: they need no network then. */
const SOON = Object.keys(PARTS).filter((part) => part !== "evaluate" && part !== "trail") as Part[];

/** What the page is drawn in, a frame for each, from its top: phones take too long for all of it at once. */
const STAGES = ["head", "notes", "question", "rest"] as const;

type Stage = (typeof STAGES)[number];

/** The page: it holds the state and hands it down. */
export class App extends LitElement {
  static override properties = {
    view: { state: true },
    place: { state: true },
    status: { state: true },
    drawn: { state: true },
    stage: { state: true },
  };
  /** What the page shows, as its address has it; a place in a document is shown over it. */
  declare view: View;
  /** What the document viewer shows, as the page's address has it. */
  declare place: Place | undefined;
  declare status: string;
  /** What the parts of an answer have drawn. */
  declare drawn: ReadonlyMap<Part, Outcome<unknown>>;
  /** How far down the page is drawn. */
  declare stage: Stage;
  /** The part of the address that `place` was read from. */
  #hash = location.hash;
  /** How many steps back in the history the page without a document over it is; `undefined` where it is not there. */
  #stepsBack: number | undefined;
  /** The documents whose pages are slides, and the list that they were found in. */
  #slides: ReadonlySet<string> = new Set();
  #listed: readonly DocumentSummary[] = [];
  /** How far down each view was scrolled when another one was shown. */
  readonly #scrolled = new Map<View, number>();
  /** Whether the list of imports goes, and the focus is in it. */
  #isLeavingImports = false;
  /** What was typed as a question, while there is a form for it. */
  #draft = "";
  readonly #parts = new Parts(PARTS);
  readonly #site = new Site();
  readonly #library = new Library();
  readonly #preferences = new Preferences();
  readonly #inquiry = new Inquiry(this.#library);
  readonly #checking = new Checking(this.#library, this.#inquiry);

  static override styles = [
    shared,
    css`
      :host {
        max-width: 72rem;
        min-height: 100dvh;
        margin-inline: auto;
        padding-inline: clamp(1rem, 3vw, 2rem);
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 0.25rem 1.25rem;
        padding-block: 1.5rem 1rem;
        border-block-end: 3px double var(--rule);
      }
      h1 {
        font: italic 600 2.25rem/1 var(--serif);
        letter-spacing: -0.01em;
      }
      header p {
        flex: 1 1 20rem;
        font: 1.0625rem/1.45 var(--serif);
      }
      .page {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 2rem 3rem;
        padding-block: 1.75rem 3rem;
      }
      @media (min-width: 60rem) {
        .page {
          grid-template-columns: minmax(0, 1fr) 19rem;
        }
        aside {
          padding-inline-start: 1.75rem;
          border-inline-start: 1px solid var(--rule);
        }
      }
      nav {
        display: flex;
        gap: 0.25rem;
        margin-block-end: calc(-1rem - 3px); /* on the rule below */
        align-self: end;
      }
      nav a {
        padding: 0.5rem 0.75rem 0.625rem;
        border-block-end: 3px solid transparent;
        color: var(--quiet);
        text-decoration: none;
      }
      nav a:hover {
        color: var(--ink);
        border-color: var(--edge);
      }
      nav a[aria-current] {
        border-color: var(--accent);
        color: var(--ink);
        font-weight: 600;
      }
      .view {
        padding-block: 1.75rem 3rem;
      }
      .problem,
      .update {
        margin-block-start: 1.5rem;
      }
      main,
      aside,
      .results,
      .add {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 1.5rem;
        align-content: start;
      }
      .results {
        gap: 2.5rem;
      }
      .check summary {
        color: var(--ink);
      }
      #found {
        margin-block-end: 0.5rem;
      }
      .check h2 {
        display: inline;
      }
      .check ibid-check-view {
        margin-block-start: 0.5rem;
      }
      ibid-model-answer {
        margin-block-start: 0.75rem;
      }
      .add {
        gap: 0.75rem;
        margin-block: 0.75rem 0.25rem;
      }
      .welcome {
        padding: 1.5rem;
        border: 1px solid var(--rule);
        border-radius: 6px;
        background: var(--sheet);
      }
      .welcome p {
        max-width: 38rem;
        margin-block: 0.5rem 1rem;
        text-wrap: pretty;
        font: 1.0625rem/1.6 var(--serif);
      }
      .opening {
        max-width: 34rem;
        padding-block: 2rem 4rem;
      }
      .opening button {
        justify-self: start;
      }
      .missing {
        position: fixed;
        inset: auto 1rem 1rem;
      }
      .forgotten button {
        margin-block-start: 0.5rem;
      }
      .heading {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        justify-content: space-between;
        gap: 0.25rem 1rem;
        margin-block-end: 0.25rem;
      }
      .asked {
        font: italic 1.0625rem/1.4 var(--serif);
        overflow-wrap: anywhere;
      }
      footer {
        display: flex;
        flex-wrap: wrap;
        gap: 0.25rem 1.5rem;
        padding-block: 1rem 2rem;
        border-block-start: 1px solid var(--rule);
      }
    `,
  ];

  constructor() {
    super();
    this.status = "";
    this.drawn = new Map();
    this.stage = "head";
    this.place = parsePlace(this.#hash);
    this.#stepsBack = this.place === undefined ? 0 : stepsBack(undefined);
    this.#show(parseView(this.#hash) ?? "ask");
    this.#library.askPassword = async (document, isAgain) =>
      this.renderRoot.querySelector<PasswordDialog>("ibid-password-dialog")?.ask(document, isAgain);
    this.#parts.addEventListener("change", () => this.requestUpdate());
    this.#site.addEventListener("change", () => this.requestUpdate());
    this.#library.addEventListener("change", () => this.requestUpdate());
    this.#inquiry.addEventListener("change", () => this.requestUpdate());
    this.#preferences.addEventListener("change", () => this.requestUpdate());
    // Answers are words of the documents.
    this.#library.addEventListener("deleted", () => {
      this.#inquiry.clear();
      this.#checking.forget();
    });
    // What shows these is given nothing new.
    this.#checking.addEventListener("change", () => {
      this.requestUpdate();
      this.#redraw("ibid-check-view");
    });
    onAnnouncement((text) => {
      // The same words twice must differ to be spoken twice.
      this.status = text === this.status ? `${text}\u00a0` : text;
    });
    window.addEventListener("hashchange", () => {
      this.#hash = location.hash;
      this.place = parsePlace(this.#hash);
      this.#stepsBack = this.place === undefined ? 0 : stepsBack(this.#stepsBack);
      void this.#switch(parseView(this.#hash) ?? this.view);
    });
    // Another tab may have changed the documents meanwhile.
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") {
        void this.#library.refresh();
      }
    });
    void this.#begin();
  }

  /** Opens the collection once the page is there, and then has loaded what will be wanted. */
  async #begin() {
    await this.updateComplete;
    for (const stage of STAGES.slice(1)) {
      await nextFrame();
      this.stage = stage;
      await this.updateComplete;
    }
    await nextTask();
    await this.#library.open();
    for (const part of SOON) {
      await idle();
      await this.#parts.prepare(part);
    }
  }

  /** Each view is where it was left, and a new one begins at its top. */
  async #switch(view: View) {
    if (view !== this.view) {
      this.#scrolled.set(this.view, window.scrollY);
      this.#show(view);
      await this.updateComplete;
      window.scrollTo(0, this.#scrolled.get(view) ?? 0);
    }
  }

  /** Shows a view, and loads what it takes. */
  #show(view: View) {
    this.view = view;
    if (view !== "ask") {
      void this.#parts.want(view);
    }
  }

  get #form(): QuestionForm {
    return this.renderRoot.querySelector("ibid-question-form") as QuestionForm;
  }

  #redraw(element: string) {
    this.renderRoot.querySelector<LitElement>(element)?.requestUpdate();
  }

  #ask(event: CustomEvent<Asked>) {
    void this.#inquiry.ask(event.detail);
  }

  /** Asks the question of the example and has its answer checked against what that finds. */
  async #tryCheck() {
    const before = focused();
    const { draft } = this.#checking.state;
    const asked = { ...this.#form.options, question: CHECK_EXAMPLE.question };
    this.#form.question = asked.question;
    await this.#inquiry.ask(asked);
    const { asked: latest, prompt } = this.#inquiry.state;
    // What is typed meanwhile stays, and so does the focus.
    if (latest === asked && prompt.state === "done" && this.#checking.state.draft === draft) {
      this.#checking.write(exampleAnswer(prompt.value.citations));
      await this.#checking.check();
      await this.updateComplete;
      if (isFocusLeft(before)) {
        this.#toCheck();
      }
    }
  }

  /** Asks what was put by something that goes away with the answer to the question before. */
  async #askAnew(event: CustomEvent<Asked>) {
    this.#form.question = event.detail.question;
    this.#ask(event);
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>("#passages")?.focus();
  }

  async #quote() {
    this.#toPrompt();
    await this.#inquiry.quote();
  }

  async #addSamples() {
    const added = this.#library.addSamples();
    await this.updateComplete;
    this.#imports?.focus(); // the button is gone
    await added;
  }

  /** Progress and errors are shown above, perhaps far above where the files were picked. */
  async #addFiles(event: CustomEvent<Picked>) {
    const added = this.#library.addFiles(event.detail);
    await this.updateComplete;
    this.#imports?.scrollIntoView({ block: "nearest" });
    await added;
  }

  get #imports(): HTMLElement | null {
    return this.renderRoot.querySelector("ibid-import-list");
  }

  /** Takes the place out of the address, without moving the page: back to where it was opened, or else without a step in the history. */
  #closeViewer() {
    this.place = undefined;
    if (location.hash !== this.#hash) {
      return; // another place is about to be opened
    }
    if (this.#stepsBack) {
      history.go(-this.#stepsBack);
      return;
    }
    const view = this.view === "ask" ? location.pathname + location.search : viewHref(this.view);
    history.replaceState(null, "", view);
    this.#hash = location.hash;
    this.#stepsBack = 0;
  }

  /** The first time it is drawn in a task of its own: that it is there takes phones long enough. */
  protected override async scheduleUpdate(): Promise<void> {
    if (!this.hasUpdated) {
      await nextTask();
    }
    super.scheduleUpdate();
  }

  /** A form that comes anew, after the page was locked, has what was typed before. */
  protected override willUpdate(): void {
    this.#draft = this.renderRoot?.querySelector<QuestionForm>("ibid-question-form")?.question ?? this.#draft;
    const hasFocus = this.hasUpdated && this.#imports?.matches(":focus-within") === true;
    this.#isLeavingImports = hasFocus && this.#library.state.imports.length === 0;
  }

  /** Where there is no list of imports any more, the documents are what comes next. */
  protected override updated(): void {
    if (this.#isLeavingImports) {
      this.renderRoot.querySelector<HTMLElement>("ibid-document-list")?.focus();
    }
  }

  protected override render() {
    const { phase } = this.#library.state.opening;
    const isUsable = phase === "open" || phase === "opening";
    return html`<header>
        <h1>ibid</h1>
        <p>
          Ask your own documents, get their own words as the answer, and check any answer against them. Nothing leaves this
          device unless you allow it.
        </p>
        ${isUsable ? this.#navigation() : nothing}
      </header>
      <p class="hidden" role="status" aria-live="polite" data-testid="status">${this.status}</p>
      ${siteNote(this.#site)}
      ${isUsable ? this.#page() : html`<main class="opening">${this.#opening()}</main>`}
      ${this.#reaches("rest") ? this.#footer() : nothing}`;
  }

  #reaches(stage: Stage): boolean {
    return STAGES.indexOf(this.stage) >= STAGES.indexOf(stage);
  }

  #footer() {
    return html`<footer class="quiet small">
      <span data-testid="version">ibid ${version}</span>
      <span>MIT or Apache-2.0, at your choice</span>
      ${this.#model()} ${siteWords(this.#site.state)}
    </footer>`;
  }

  #navigation() {
    return html`<nav aria-label="Views">
      ${VIEW_NAMES.map(
        ([view, name]) =>
          html`<a
            href=${viewHref(view)}
            data-testid="to-${view}"
            aria-current=${view === this.view ? "page" : nothing}
            >${name}</a
          >`,
      )}
    </nav>`;
  }

  #opening() {
    const { opening } = this.#library.state;
    if (opening.phase === "failed") {
      return html`<h2>The page can’t work yet</h2>
        ${problemNote(opening.problem)}
        <button class="primary" data-testid="try-again" @click=${() => this.#library.open()}>Try again</button>
        ${
          canOnlyBeDiscarded(opening.problem)
            ? html`<button class="danger" data-testid="discard" @click=${this.#discard}>Delete what is stored …</button>
              <ibid-confirm-dialog></ibid-confirm-dialog>`
            : nothing
        }`;
    }
    if (opening.phase === "locked") {
      return html`<h2>The documents are locked</h2>
        <p>They are encrypted on this device. The passphrase opens them; it is sent nowhere and not stored.</p>
        ${this.#part(
          "unlock",
          () =>
            html`<ibid-passphrase-form
              data-testid="unlock"
              .purpose=${"unlock"}
              .busy=${opening.isTrying}
              .problem=${opening.problem}
              @passphrase=${({ detail }: CustomEvent<string>) => this.#library.open(detail)}
            ></ibid-passphrase-form>`,
        )}
        <details class="forgotten">
          <summary>The passphrase is forgotten</summary>
          <p class="small">Then nobody can read them any more. They can be deleted, to begin anew.</p>
          <button class="danger" data-testid="discard" @click=${this.#discard}>Delete what is stored …</button>
        </details>
        <ibid-confirm-dialog></ibid-confirm-dialog>`;
    }
    return nothing;
  }

  async #discard() {
    const sure = await (this.renderRoot.querySelector("ibid-confirm-dialog") as ConfirmDialog).ask({
      title: "Delete what is stored?",
      text: "The documents and their index on this device are deleted, and the page starts anew. This can’t be undone.",
      action: "Delete everything",
    });
    if (sure) {
      await this.#library.discard();
    }
  }

  #page() {
    const state = this.#library.state;
    const { documents, imports, problem, info, reindexing, offer } = state;
    if (documents !== this.#listed) {
      this.#listed = documents;
      this.#slides = new Set(documents.filter(hasSlides).map(({ id }) => id));
    }
    return html`${problem ? html`<div class="problem">${this.#problem(problem)}</div>` : nothing}
      <div class="page" ?hidden=${this.view !== "ask"}>
        <main>
          ${this.#reaches("notes") && this.#isEmpty(documents) && imports.length === 0 ? this.#welcome() : nothing}
          ${this.#reaches("notes") ? modelNote(this.#library, info, reindexing, offer) : nothing}
          ${imports.length === 0 ? nothing : html`<ibid-import-list .library=${this.#library} .imports=${imports} tabindex="-1"></ibid-import-list>`}
          ${this.#reaches("question") ? this.#question(documents) : nothing}
          ${this.#results(documents)}
        </main>
        ${this.#reaches("rest") ? this.#aside(state) : nothing}
      </div>
      ${this.#evaluation(documents)} ${this.#trail(documents)}
      ${this.#viewer()}
      <ibid-password-dialog></ibid-password-dialog>`;
  }

  #question(documents: readonly DocumentSummary[]) {
    return html`<ibid-question-form
      .library=${this.#library}
      .preferences=${this.#preferences}
      .adopted=${this.#preferences.state.adopted}
      .examples=${exampleQuestions(documents)}
      .documents=${documents}
      .question=${this.#draft}
      @ask=${this.#ask}
    ></ibid-question-form>`;
  }

  /** Whether there are no documents, as far as that is known. */
  #isEmpty(documents: readonly DocumentSummary[]): boolean {
    const isKnown = this.#library.state.opening.phase === "open";
    return isKnown ? documents.length === 0 : !expectsDocuments();
  }

  #aside(state: LibraryState) {
    const { documents, imports, info } = state;
    return html`<aside aria-label="Documents and storage">
          <ibid-document-list .library=${this.#library} .state=${state}>
            <div class="add">
              <ibid-drop-zone @files=${this.#addFiles}></ibid-drop-zone>
              ${
                documents.length > 0 && imports.length === 0 && missingSamples(documents)
                  ? html`<button data-testid="add-samples" @click=${this.#addSamples}>Add the ten sample documents</button>`
                  : nothing
              }
            </div>
          </ibid-document-list>
          ${info === undefined ? nothing : this.#panels(state)}
        </aside>`;
  }

  #panels(state: LibraryState) {
    return html`${this.#part(
      "encryption",
      () =>
        html`<ibid-encryption-panel
          .library=${this.#library}
          .encryption=${state.info?.encryption}
        ></ibid-encryption-panel>`,
    )}
    ${this.#part(
      "storage",
      () =>
        html`<ibid-storage-panel
          .library=${this.#library}
          .info=${state.info}
          .storage=${state.storage}
        ></ibid-storage-panel>`,
    )}`;
  }

  #viewer() {
    if (this.place === undefined && !this.#parts.isHere("viewer")) {
      return nothing;
    }
    const viewer = this.#part(
      "viewer",
      () =>
        html`<ibid-document-viewer
          .library=${this.#library}
          .place=${this.place}
          @close=${this.#closeViewer}
        ></ibid-document-viewer>`,
      nothing,
    );
    return this.#parts.isHere("viewer") ? viewer : html`<div class="missing">${viewer}</div>`;
  }

  /** A part of the page; until it is here, and where it can't be had, what there is to say of that. */
  #part(part: Part, content: () => unknown, waiting: unknown = html`<p class="quiet">Loading …</p>`) {
    void this.#parts.want(part);
    const loaded = this.#parts.state.loaded.get(part);
    if (loaded === undefined) {
      return waiting;
    }
    return loaded === "here"
      ? content()
      : problemNote(
          loaded,
          html`<button data-testid="load-part" @click=${() => this.#parts.retry(part)}>Try again</button>`,
        );
  }

  /** What was measured stays while other views are shown. */
  #evaluation(documents: readonly DocumentSummary[]) {
    return this.#later(
      "evaluate",
      () =>
        html`<ibid-evaluation-view
          .library=${this.#library}
          .preferences=${this.#preferences}
          .adopted=${this.#preferences.state.adopted}
          .documents=${documents}
        ></ibid-evaluation-view>`,
    );
  }

  #trail(documents: readonly DocumentSummary[]) {
    return this.#later(
      "trail",
      () =>
        html`<ibid-trail-view
          .library=${this.#library}
          .documents=${documents}
          .recording=${this.#library.state.recording}
          .shown=${this.view === "trail"}
        ></ibid-trail-view>`,
    );
  }

  #later(view: Exclude<View, "ask">, content: () => unknown) {
    if (!this.#parts.isWanted(view)) {
      return nothing;
    }
    const isOpen = this.#library.state.opening.phase === "open";
    return html`<main class="view" data-testid="view-${view}" ?hidden=${view !== this.view}>
      ${isOpen ? this.#part(view, content) : html`<p class="quiet">Opening …</p>`}
    </main>`;
  }

  #problem(problem: Problem) {
    return problemNote(
      problem,
      html`<button data-testid="open-again" @click=${() => this.#library.open()}>Open again</button>`,
    );
  }

  #welcome() {
    return html`<section class="welcome" aria-labelledby="welcome">
      <h2 id="welcome">Begin with some documents</h2>
      <p>
        Try the samples – a lease, a staff handbook, a clinical guideline and seven more, all invented – or add files of
        your own: PDF, Word, Excel, web pages, mails and more.
      </p>
      <button class="primary" data-testid="add-samples" @click=${this.#addSamples}>Add the ten sample documents</button>
    </section>`;
  }

  #results(documents: readonly DocumentSummary[]) {
    const { asked } = this.#inquiry.state;
    // One list, so that what is typed below the answer stays when there is another one.
    return html`<div class="results">
      ${asked === undefined ? nothing : this.#answer()}
      ${documents.length > 0 ? this.#check(documents, asked) : nothing}
      ${asked === undefined ? nothing : this.#found(asked)}
    </div>`;
  }

  #answer() {
    const { answer } = this.#inquiry.state;
    return html`<section aria-labelledby="found" aria-busy=${this.#isBusy("answer", answer)}>
      <h2 id="found">Answer</h2>
      ${this.#part(
        "answer",
        () => html`<ibid-answer-view
            .outcome=${answer}
            .slides=${this.#slides}
            @drawn=${() => this.#setDrawn("answer", answer)}
          ></ibid-answer-view>`,
      )}
      ${this.#part(
        "writer",
        () =>
          html`<ibid-model-answer .library=${this.#library} .inquiry=${this.#inquiry}></ibid-model-answer>`,
        nothing,
      )}
    </section>`;
  }

  /** Closed where there are results to read, unless it is in use. */
  #check(documents: readonly DocumentSummary[], asked: Asked | undefined) {
    const isOpen = asked === undefined || this.#checking.state.isUsed;
    return html`<section class="check" aria-labelledby="check">
      <details data-testid="checker" ?open=${isOpen}>
        <summary><h2 id="check">Check an answer</h2></summary>
        <p class="quiet small">
          From any language model, or from anybody: every sentence is held against your documents, here on this device.
        </p>
        ${this.#part(
          "check",
          () =>
            html`<ibid-check-view
              .checking=${this.#checking}
              .question=${asked?.question}
              .hasExample=${documents.some(({ id }) => id === CHECK_EXAMPLE.document)}
              @example=${this.#tryCheck}
            ></ibid-check-view>`,
        )}
      </details>
    </section>`;
  }

  #found(asked: Asked) {
    const { hits, prompt, correction } = this.#inquiry.state;
    const { info } = this.#library.state;
    return html`<section aria-labelledby="passages" aria-busy=${this.#isBusy("hits", hits)}>
        <div class="heading">
          <h2 id="passages" tabindex="-1">${headingOf(hits)}</h2>
          <button class="plain small" @click=${this.#toPrompt}>To the cited prompt ↓</button>
        </div>
        <p class="asked quiet">for “<bdi>${asked.question.trim()}</bdi>”</p>
        ${this.#part(
          "hits",
          () =>
            html`<ibid-hit-list
              .asked=${asked}
              .outcome=${hits}
              .generation=${info?.generation ?? 0}
              .modelReady=${info?.model.state === "ready"}
              .backlog=${info?.backlog ?? 0}
              .correction=${correction}
              .slides=${this.#slides}
              @drawn=${() => this.#setDrawn("hits", hits)}
              @ask=${this.#askAnew}
            ></ibid-hit-list>`,
        )}
      </section>
      <section aria-labelledby="cited" aria-busy=${this.#isBusy("prompt", prompt)}>
        <h2 id="cited" tabindex="-1">Cited prompt</h2>
        <p class="quiet small">For any language model. Every number leads to the exact place that it quotes.</p>
        ${this.#part(
          "prompt",
          () =>
            html`<ibid-prompt-view
              .asked=${asked}
              .outcome=${prompt}
              .slides=${this.#slides}
              @drawn=${() => this.#setDrawn("prompt", prompt)}
              @quote=${this.#quote}
            ></ibid-prompt-view>`,
        )}
      </section>`;
  }

  /** Whether something of an answer is still to come, or to be drawn. */
  #isBusy(part: Part, outcome: Outcome<unknown>): "true" | "false" {
    const isToBeDrawn = this.#parts.isHere(part) && this.drawn.get(part) !== outcome;
    const isToBeLoaded = !this.#parts.state.loaded.has(part);
    return outcome.state === "running" || isToBeDrawn || isToBeLoaded ? "true" : "false";
  }

  #setDrawn(part: Part, outcome: Outcome<unknown>) {
    this.drawn = new Map([...this.drawn, [part, outcome]]);
  }

  #toCheck() {
    const heading = this.renderRoot.querySelector("#check");
    heading?.scrollIntoView({ block: "start" });
    heading?.closest("summary")?.focus({ preventScroll: true });
  }

  #toPrompt() {
    this.renderRoot.querySelector<HTMLElement>("#cited")?.focus();
  }

  #model() {
    const { info } = this.#library.state;
    return info?.model.state === "ready" || info?.model.state === "mismatch"
      ? html`<span>Model: ${info.model.name}, ${info.model.dimensions} dimensions (${info.build})</span>`
      : nothing;
  }
}

function headingOf(hits: Outcome<SearchResult>): string {
  if (hits.state !== "done" || hits.value.hits.length === 0) {
    return "Passages";
  }
  return hits.value.answerable ? count(hits.value.hits.length, "passage") : "The nearest passages";
}
