import type { CollectionInfo } from "ibid";
import { html, nothing, type TemplateResult } from "lit";
import type { Library } from "../state/library.js";
import type { ModelOffer } from "../state/model-offer.js";
import { bytes } from "../text/format.js";
import { toProblem } from "../text/problem.js";
import { problemNote } from "./problem-note.js";

/** What there is to say of the model: that it can be had, that it is on its way, that it couldn't be loaded, or that it is another one. */
export function modelNote(
  library: Library,
  info: CollectionInfo | undefined,
  reindexing: number | undefined,
  offer: ModelOffer | undefined,
): TemplateResult | typeof nothing {
  if (reindexing !== undefined) {
    return html`<p class="note" data-testid="reindexing">
      <label for="reindexing">Embedding all documents with the model of this site …</label>
      <progress id="reindexing" max="1" value=${reindexing}></progress>
    </p>`;
  }
  if (offer !== undefined) {
    return offered(library, offer);
  }
  switch (info?.model.state) {
    case "loading":
      return loading(info.model.done, info.model.total);
    case "failed": {
      const again = html`<button data-testid="load-model" @click=${() => library.loadModel()}>Try again</button>`;
      return html`<div data-testid="model-failed">
        ${problemNote(toProblem(info.model.error), again)}
        <p class="quiet small">Documents can be added, and are found by their words.</p>
      </div>`;
    }
    case "mismatch":
      return html`<p class="note row" data-testid="model-mismatch">
        The documents were embedded with another model than the one this site has now. Until they are embedded again, passages
        are found by their words only.
        <button data-testid="reindex" @click=${() => library.reindex()}>Embed them again</button>
      </p>`;
    default:
      return nothing;
  }
}

function offered(library: Library, { bytes: size }: ModelOffer) {
  const known = size === undefined ? "" : ` (${bytes(size)})`;
  return html`<div class="note row" data-testid="model-offer">
    <p>
      <strong>Search by meaning, too?</strong> That takes an embedding model${known}, which is fetched from this site once and kept on
      this device, also for use without a network. Until then passages are found by their words.
    </p>
    <button class="primary" data-testid="agree-model" @click=${() => library.agreeToModel()}>
      Fetch the model${known}
    </button>
  </div>`;
}

function loading(done: number, total: number) {
  const known = total > 0;
  const what = !known
    ? "Loading the embedding model …"
    : done < total
      ? `Fetching the embedding model from this site, once: ${bytes(done)} of ${bytes(total)}.`
      : "Preparing the embedding model …";
  return html`<p class="note" data-testid="model-loading">
    <label for="model-loading">${what} Passages are found by their words until it is here.</label>
    <progress id="model-loading" max=${known ? total : 1} value=${known ? done : nothing}></progress>
  </p>`;
}
