/** A box that searches a collection while somebody types, as a custom element: a combobox (ARIA Authoring Practices). */
import type { Collection } from "../collection.js";
import { LiveSearch, type LiveSearchOptions } from "../live/search.js";
import { sharedCollection } from "../live/shared.js";
import type { Hit } from "../metadata.js";
import { ENGLISH, filled, type SearchLabels } from "./labels.js";
import { indexSite } from "./site.js";
import { styles } from "./styles.js";
import { element, icon, option } from "./view.js";

/** What the event `ibid-select` tells. */
export interface SelectDetail {
  hit: Hit;
  /** Where the page goes unless the event is cancelled: the `url` of the document's metadata, where it has one. */
  url: string | undefined;
}

/** On a server there are no elements; importing must do no harm there. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** How it is searched where nothing else is said: for what is being typed, not all of one document, and single sentences. */
const SEARCH: LiveSearchOptions = { prefix: true, maxPerDocument: 2, evidence: { neighbours: 0 } };

const NO_HITS: readonly Hit[] = [];

/**
 * `<ibid-search collection="…" model="…" models-url="…" no-model src="…" placeholder="…" limit="8" no-shortcut>`. The collection is opened, and
 * the list at `src` read, when the field is first focused: a page that nobody searches loads nothing. With `no-model` words find,
 * and the model is loaded once the attribute is taken away.
 */
export class IbidSearch extends Base {
  static readonly observedAttributes = [
    "collection",
    "model",
    "models-url",
    "no-model",
    "src",
    "placeholder",
    "limit",
    "no-shortcut",
  ];

  readonly #search = new LiveSearch();
  #labels: SearchLabels = ENGLISH;
  #options: LiveSearchOptions = {};
  /** Set by the page; it goes before the attributes. */
  #given: Collection | undefined;
  #opened: Collection | undefined;
  #release: (() => void) | undefined;
  #indexing: AbortController | undefined;
  #status: { text: string } | undefined;
  #error: unknown;
  #hits: readonly Hit[] = NO_HITS;
  #active = -1;
  #isOpen = false;
  /** Whose keys are listened to. */
  #document: Document | undefined;

  readonly #input = element("input", "input", {
    type: "search",
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-controls": "list",
    "aria-expanded": "false",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    placeholder: " ",
  });
  readonly #list = element("ul", "list", { id: "list", role: "listbox" });
  readonly #line = element("p", "status", { role: "status" });
  readonly #popup = element("div", "popup", {}, this.#line, this.#list);
  readonly #shortcut = element("kbd", "shortcut", { "aria-hidden": "true" }, "/");

  constructor() {
    super();
    const field = element("div", "field", {}, icon(), this.#input, this.#shortcut);
    const root = this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = styles(this.ownerDocument);
    root.append(field, this.#popup);
    this.#popup.hidden = true;
    this.#input.addEventListener("focus", () => this.#open());
    this.#input.addEventListener("input", () => this.#ask());
    this.#input.addEventListener("keydown", (event) => this.#onKey(event));
    this.#input.addEventListener("blur", () => this.#close());
    this.#popup.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#search.subscribe(() => this.#show());
    this.#name();
  }

  /** An open collection to search, in place of the one that the attributes name. It stays the page's to close. */
  get collection(): Collection | undefined {
    return this.#given ?? this.#opened;
  }

  set collection(collection: Collection | undefined) {
    this.#given = collection ?? undefined; // frameworks say null
    this.#leave();
    this.#ask();
  }

  /** How it is searched: `filter`, `mode`, `maxPerDocument` and others. */
  get options(): LiveSearchOptions {
    return this.#options;
  }

  set options(options: LiveSearchOptions) {
    this.#options = options;
    this.#ask();
  }

  /** What it says, where that is not to be English; those that are left out stay. */
  get labels(): SearchLabels {
    return this.#labels;
  }

  set labels(labels: Partial<SearchLabels>) {
    this.#labels = { ...ENGLISH, ...labels };
    this.#name();
    this.#show();
  }

  /** What is in the field. */
  get value(): string {
    return this.#input.value;
  }

  set value(value: string) {
    this.#input.value = value;
    this.#ask();
  }

  connectedCallback(): void {
    for (const name of ["collection", "options", "labels", "value"] as const) {
      if (Object.hasOwn(this, name)) {
        // It was set before the element was defined.
        const value = this[name];
        delete (this as Record<string, unknown>)[name];
        Object.assign(this, { [name]: value });
      }
    }
    this.#document = this.ownerDocument;
    this.#document.addEventListener("keydown", this.#onShortcut);
    this.#ask();
  }

  /** In another document, such as that of a frame. */
  adoptedCallback(): void {
    (this.shadowRoot as ShadowRoot).adoptedStyleSheets = styles(this.ownerDocument);
  }

  disconnectedCallback(): void {
    this.#document?.removeEventListener("keydown", this.#onShortcut);
    this.#search.end();
    this.#leave();
  }

  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (before === value) {
      return;
    }
    if (name === "placeholder") {
      this.#name();
    } else if (name === "limit") {
      this.#ask();
    } else if (name === "no-shortcut") {
      this.#shortcut.hidden = value !== null;
    } else if (name === "no-model") {
      this.#loadModel();
    } else if (this.#release !== undefined) {
      this.#leave();
      this.#enter();
      this.#ask();
    }
  }

  #isFocused(): boolean {
    return this.shadowRoot?.activeElement === this.#input;
  }

  #name(): void {
    this.#input.setAttribute("aria-label", this.#labels.search);
    this.#input.placeholder = this.getAttribute?.("placeholder") ?? `${this.#labels.search} …`;
    this.#list.setAttribute("aria-label", this.#labels.hits);
  }

  /** Opens the collection of the attributes, once. */
  #enter(): void {
    if (this.#given !== undefined || this.#release !== undefined) {
      return;
    }
    const [model, src] = [this.getAttribute("model"), this.getAttribute("src")];
    const models = this.getAttribute("models-url") ?? (src === null ? null : "models/");
    const { subscribe, snapshot } = sharedCollection(this.getAttribute("collection") ?? "search", {
      ...(model !== null && { model }),
      ...(this.hasAttribute("no-model") && { loadModel: false }),
      // Beside the list, as pages of a site are in folders of their own.
      ...(models !== null && { modelsUrl: new URL(models, new URL(src ?? "", this.baseURI)) }),
    });
    const follow = () => {
      const { collection, error } = snapshot();
      this.#error = error;
      if (collection !== undefined && this.#opened === undefined) {
        this.#opened = collection;
        this.#loadModel(); // the attribute may be gone by now
        void this.#index(collection);
        this.#ask();
      } else {
        this.#show();
      }
    };
    this.#release = subscribe(follow);
    follow();
  }

  /** Has the model loaded, unless it is not to be. Where it cannot be had, words go on finding, and who built the site should know. */
  #loadModel(): void {
    const opened = this.#opened;
    if (opened === undefined || this.hasAttribute("no-model")) {
      return;
    }
    opened.loadModel().catch((error) => {
      if (this.#opened === opened) {
        console.warn("ibid-search:", error);
      }
    });
  }

  #leave(): void {
    this.#indexing?.abort();
    this.#indexing = undefined;
    this.#status = undefined;
    this.#release?.();
    this.#release = undefined;
    this.#opened = undefined;
    this.#error = undefined;
  }

  /** Brings the documents of the list into the collection; they are found as they come. */
  async #index(collection: Collection): Promise<void> {
    const src = this.getAttribute("src");
    if (src === null) {
      return;
    }
    const indexing = new AbortController();
    this.#indexing = indexing;
    const tell = (status: { text: string } | undefined) => {
      if (!indexing.signal.aborted) {
        this.#status = status;
        this.#show();
      }
    };
    try {
      await indexSite(collection, new URL(src, this.baseURI), indexing.signal, (done, total) =>
        tell(done < total ? { text: filled(this.#labels.indexing, { done, total }) } : undefined),
      );
      tell(undefined);
    } catch (error) {
      tell({ text: reason(this.#labels.unread, error) });
      if (!indexing.signal.aborted) {
        console.warn("ibid-search:", error); // who built the site should know
      }
    }
  }

  #ask(): void {
    const limit = Number(this.getAttribute("limit") ?? Number.NaN);
    const k = Number.isSafeInteger(limit) && limit > 0 ? { k: limit } : {};
    if (this.isConnected) {
      if (this.#isFocused()) {
        this.#enter(); // the focus came before, and does not come again
      }
      this.#search.ask(this.collection, this.value, { ...SEARCH, ...k, ...this.#options });
    }
    this.#isOpen = this.#isOpen || this.#isFocused();
    this.#show();
  }

  /** Brings what is seen in line with what is so. */
  #show(): void {
    const { result, loading, error } = this.#search.snapshot();
    const hits = result?.hits ?? NO_HITS;
    if (hits !== this.#hits) {
      this.#replaceHits(hits);
    }
    const isAsked = this.value.trim() !== "";
    this.#line.textContent = this.#told(result, isAsked && loading, error);
    this.#popup.hidden = !this.#isOpen || !isAsked;
    this.#input.setAttribute("aria-expanded", String(!this.#popup.hidden && hits.length > 0));
    this.#list.hidden = hits.length === 0; // a list has to have options
    this.#list.setAttribute("aria-busy", String(loading));
  }

  #told(result: { hits: readonly Hit[]; answerable: boolean } | undefined, loading: boolean, error: unknown) {
    const labels = this.#labels;
    const failure = this.#error ?? error;
    if (failure !== undefined) {
      return reason(labels.failed, failure);
    }
    const count = result?.hits.length ?? 0;
    const found = count === 0 ? labels.nothing : count === 1 ? labels.one : filled(labels.many, { n: count });
    const nearest = count > 0 && result?.answerable === false ? `${labels.nearest} ` : "";
    const told = result === undefined || (loading && count === 0) ? labels.loading : `${nearest}${found}`;
    return this.#status === undefined ? told : `${told} ${this.#status.text}`;
  }

  /** Shows other hits; the one that was active stays so where it is among them. */
  #replaceHits(hits: readonly Hit[]): void {
    const active = this.#hits[this.#active];
    this.#hits = hits;
    this.#list.replaceChildren(...hits.map((hit, at) => option(hit, `hit-${at}`, this.#labels)));
    const isSame = ({ document, chunk }: Hit) =>
      document === active?.document && chunk.start === active.chunk.start;
    this.#activate(hits.findIndex(isSame));
  }

  #activate(at: number): void {
    const former = this.#list.children[this.#active];
    former?.setAttribute("aria-selected", "false");
    former?.setAttribute("part", "hit");
    this.#active = at;
    const active = this.#list.children[at];
    if (active === undefined) {
      this.#input.removeAttribute("aria-activedescendant");
      return;
    }
    active.setAttribute("aria-selected", "true");
    active.setAttribute("part", "hit active");
    active.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", active.id);
  }

  #open(): void {
    this.#enter();
    this.#isOpen = true;
    this.#show();
  }

  #close(): void {
    this.#isOpen = false;
    this.#activate(-1);
    this.#show();
  }

  #onKey(event: KeyboardEvent): void {
    const { key, isComposing } = event;
    if (isComposing || event.altKey) {
      return;
    }
    const count = this.#hits.length;
    if ((key === "ArrowDown" || key === "ArrowUp") && count > 0) {
      event.preventDefault();
      this.#open();
      const step = key === "ArrowDown" ? 1 : -1;
      const from = this.#active === -1 && step === -1 ? 0 : this.#active;
      this.#activate((from + step + count) % count);
    } else if (key === "Enter") {
      const isSettled = !this.#search.snapshot().loading;
      const hit = this.#hits[this.#active] ?? (isSettled ? this.#hits[0] : undefined);
      if (hit !== undefined && !this.#popup.hidden) {
        event.preventDefault();
        this.#select(hit, event.ctrlKey || event.metaKey);
      }
    } else if (key === "Escape" && this.value !== "") {
      // Browsers would clear the field at once. Of an empty one the key is the page's: it closes a dialog, for example.
      event.preventDefault();
      if (this.#popup.hidden) {
        this.value = "";
      } else {
        this.#close();
      }
    }
  }

  readonly #onShortcut = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, altKey } = event;
    const isPlain = key === "/" && !ctrlKey && !metaKey && !altKey;
    if (isPlain && !event.defaultPrevented && !this.hasAttribute("no-shortcut") && !isTyping(event)) {
      this.#input.focus();
      if (this.#isFocused()) {
        event.preventDefault(); // one that cannot be seen leaves the key to the next one
      }
    }
  };

  #onClick(event: MouseEvent): void {
    const clicked = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    const hit = this.#hits[clicked === null ? -1 : [...this.#list.children].indexOf(clicked)];
    if (hit !== undefined) {
      this.#select(hit, event.ctrlKey || event.metaKey);
    }
  }

  #select(hit: Hit, isApart: boolean): void {
    const url = addressOf(hit, this.baseURI);
    const detail: SelectDetail = { hit, url };
    const init = { detail, bubbles: true, composed: true, cancelable: true };
    const isTaken = !this.dispatchEvent(new CustomEvent<SelectDetail>("ibid-select", init));
    this.#close();
    const window = this.ownerDocument.defaultView;
    if (isTaken || url === undefined || window === null) {
      return;
    }
    if (isApart) {
      window.open(url, "_blank", "noopener");
    } else {
      window.location.assign(url);
    }
  }
}

/** What went wrong, in words of the label. */
function reason(label: string, error: unknown): string {
  return filled(label, { message: error instanceof Error ? error.message : String(error) });
}

/** Where a document is; other addresses than those of pages are none. */
function addressOf({ metadata: { url } }: Hit, base: string): string | undefined {
  if (typeof url !== "string" || !URL.canParse(url, base)) {
    return undefined;
  }
  const { href, protocol } = new URL(url, base);
  return /^https?:$/.test(protocol) ? href : undefined;
}

/** Whether a key goes into a field, in whatever shadow and of whatever window, of which each has a class `HTMLElement`. */
function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0] as Partial<HTMLElement>;
  return target.isContentEditable === true || /^(input|textarea|select)$/i.test(target.tagName ?? "");
}
