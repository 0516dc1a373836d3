/** What stands behind the `?` of an address: plain text, a repeated key for a list, and nothing that can make a page fail. */

export type Raw = Record<string, unknown>;

export function parseSearch(text: string): Raw {
  const found: Record<string, string | string[]> = {};
  for (const [key, value] of new URLSearchParams(text)) {
    const before = found[key];
    found[key] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return found;
}

export function stringifySearch(search: Raw): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(search)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '' && each !== false) params.append(key, each === true ? '1' : String(each));
    }
  }
  const text = params.toString();
  return text ? `?${text}` : '';
}

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);

export const text = (value: unknown): string | undefined => {
  const one = first(value);
  return one === undefined || one === null || one === '' ? undefined : String(one);
};
export const list = (value: unknown): string[] | undefined => {
  const all = (Array.isArray(value) ? value : [value]).filter((each) => each !== undefined && each !== null && each !== '').map(String);
  return all.length > 0 ? all : undefined;
};
export const whole = (value: unknown): number | undefined => {
  const one = text(value);
  return one !== undefined && /^-?\d{1,15}$/.test(one) ? Number(one) : undefined;
};
export const flag = (value: unknown): true | undefined => {
  const one = text(value);
  return one === '1' || one === 'true' ? true : undefined;
};
export const oneOf = <T extends string>(value: unknown, allowed: readonly T[]): T | undefined => {
  const one = text(value);
  return allowed.find((each) => each === one);
};
