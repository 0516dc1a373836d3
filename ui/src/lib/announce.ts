import { createStore } from './store.ts';

/** What the polite live region of the page says. */
export const announcement = createStore('');

let again = false;

/** Says a sentence to a screen reader. The same sentence twice is heard twice. */
export function announce(sentence: string) {
  again = !again;
  announcement.set(again ? `${sentence}\u00a0` : sentence);
}
