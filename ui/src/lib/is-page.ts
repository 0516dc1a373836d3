/** Only pages of the web: an address such as `javascript:` is none. */
export function isPage(href: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(href, 'http://here.invalid').protocol);
  } catch {
    return false;
  }
}
