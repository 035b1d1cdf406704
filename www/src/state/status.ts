/** Short messages for the page's live region: what a screen reader says when something has happened. */
const messages = new EventTarget();

export function announce(text: string): void {
  messages.dispatchEvent(new CustomEvent("announce", { detail: text }));
}

export function onAnnouncement(listener: (text: string) => void): void {
  messages.addEventListener("announce", (event) => listener((event as CustomEvent<string>).detail));
}
