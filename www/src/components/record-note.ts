import { html, nothing } from "lit";
import { viewHref } from "../state/view.js";
import { number } from "../text/format.js";

/** That something was kept in the trail, and as which record; nothing where it was not. */
export function recordNote(record: number | undefined) {
  return record === undefined
    ? nothing
    : html`<a href=${viewHref("trail")} data-testid="record-note">Record ${number(record)} of the trail</a>.`;
}
