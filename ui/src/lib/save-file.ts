/** Gives the user text as a file. */
export function saveFile(name: string, text: string, type: string) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** One field of a CSV file. What a spreadsheet would take for a formula is made plain text. */
export function csvField(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  const plain = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Lines of a CSV file with its heads. */
export const csv = (heads: readonly string[], rows: readonly (readonly unknown[])[]) =>
  `${[heads, ...rows].map((row) => row.map(csvField).join(',')).join('\r\n')}\r\n`;
