/** Whether two values of JSON are the same, whatever the order of their keys. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].every((key) => same(left[key], right[key]));
}

/** The fields in which two things differ, in the order of the first and then of the second. */
export function changedFields(before: object, after: object, of?: readonly string[]): string[] {
  const [left, right] = [before as Record<string, unknown>, after as Record<string, unknown>];
  const keys = of ?? [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return keys.filter((key) => !same(left[key] ?? null, right[key] ?? null));
}
