/** The path under which the interface is served, without a slash at its end: `''` or `/updraft`. */
export const basePath = new URL('.', document.baseURI).pathname.replace(/\/$/, '');

/** Builds a path and percent-encodes the values in it: ``path`/ui/api/dags/${dagId}` ``. */
export function path(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return parts.reduce((all, part, index) => all + encodeURIComponent(String(values[index - 1])) + part);
}
