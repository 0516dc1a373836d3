/** What a traceback of Python says: its last line, and the last line of which file. */
export interface Trace {
  message: string;
  file: string | null;
  line: number | null;
}

/** Reads the end of a traceback. `of` is the file whose line is looked for; without one in the trace it is the last of any file. */
export function readTrace(text: string, of?: string): Trace {
  const lines = text.trimEnd().split('\n');
  const frames = lines.flatMap((line) => {
    const found = /^\s*File "([^"]+)", line (\d+)/.exec(line);
    return found ? [{ file: found[1]!, line: Number(found[2]) }] : [];
  });
  const ends = (file: string) => of !== undefined && (file === of || file.endsWith(`/${of}`) || of.endsWith(`/${file}`));
  const frame = frames.findLast(({ file }) => ends(file)) ?? frames.at(-1);
  const message = lines.findLast((line) => /^\S/.test(line) && !/^(Traceback|During|The above)/.test(line)) ?? lines.at(-1) ?? '';
  return { message: message.trim(), file: frame?.file ?? null, line: frame?.line ?? null };
}
