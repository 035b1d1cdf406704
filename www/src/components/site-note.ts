import { html, nothing, type TemplateResult } from "lit";
import type { Site, SiteState } from "../state/site.js";

/** That there is a newer version of the page, which takes over when the reader says so. */
export function siteNote(site: Site): TemplateResult | typeof nothing {
  const { isNewer, isChanging } = site.state;
  if (!isNewer) {
    return nothing;
  }
  return html`<div class="update note row" data-testid="update">
    <p>
      <strong>There is a new version of this page.</strong>
      ${
        isChanging
          ? "It takes over as soon as nothing is being added any more."
          : "All tabs of this page are loaded anew for it. What is stored stays as it is."
      }
    </p>
    <button data-testid="change-version" ?disabled=${isChanging} @click=${() => site.change()}>Change over</button>
  </div>`;
}

/** Whether the page can be loaded without a network. */
export function siteWords({ kept }: SiteState): TemplateResult | typeof nothing {
  switch (kept) {
    case "all":
      return html`<span data-testid="kept">Kept on this device: loads without a network</span>`;
    case "not-yet":
      return html`<span>Being kept on this device …</span>`;
    case "never":
      return nothing;
  }
}
