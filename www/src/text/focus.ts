/** Where the focus is, so that it is taken from nobody who has gone on elsewhere meanwhile. */

/** The element that has the focus, inside whichever shadow root it is; the body where none has it. */
export function focused(): Element | null {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) {
    element = element.shadowRoot.activeElement;
  }
  return element;
}

/** Whether the focus is still where it was before something took its time, or what had it is gone. */
export function isFocusLeft(before: Element | null): boolean {
  const now = focused();
  return now === before || now === null || now === document.body;
}
