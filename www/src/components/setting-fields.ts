import type { SearchMode } from "ibid";
import { html, nothing } from "lit";
import { LABELS } from "../state/evaluating.js";
import { DENSE_WEIGHT, MODES, type SearchSetting } from "../text/settings.js";

/**
 * The fields of one setting.
 *
 * @param name what the fields are called in front of their labels, for who doesn't see where they stand
 */
export function settingFields(
  name: string,
  setting: SearchSetting,
  change: (setting: SearchSetting) => void,
) {
  const { mode = "hybrid", denseWeight = DENSE_WEIGHT, k } = setting;
  const number = (event: Event) => (event.currentTarget as HTMLInputElement).valueAsNumber;
  return html`<div class="setting">
    <label>
      <span class="hidden">${name}:</span> <span>Search by</span>
      <select
        data-testid="setting-mode"
        @change=${(event: Event) =>
          change({ ...setting, mode: (event.currentTarget as HTMLSelectElement).value as SearchMode })}
      >
        ${MODES.map(([each, label]) => html`<option value=${each} .selected=${each === mode}>${label}</option>`)}
      </select>
    </label>
    ${
      mode === "hybrid"
        ? html`<label>
            <span class="hidden">${name}:</span> <span>${LABELS.weight}</span>
            <input
              type="number"
              min="0"
              max="1"
              step="0.05"
              data-testid="setting-weight"
              .value=${String(denseWeight)}
              @change=${(event: Event) => change({ ...setting, denseWeight: number(event) })}
            />
          </label>`
        : nothing
    }
    <label>
      <span class="hidden">${name}:</span> <span>${LABELS.passages}</span>
      <input
        type="number"
        inputmode="numeric"
        min="1"
        max="100"
        data-testid="setting-k"
        .value=${String(k ?? "")}
        @change=${(event: Event) => change({ ...setting, k: number(event) })}
      />
    </label>
  </div>`;
}
