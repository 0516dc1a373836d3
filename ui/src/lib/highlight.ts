/** Cuts source text into words, texts, numbers and comments, to colour them. Enough to read code by; no parser. */

export type Kind = 'word' | 'text' | 'number' | 'comment' | 'name' | 'plain';

const PYTHON =
  /(#[^\n]*)|([rbfuRBFU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(\b(?:False|None|True|and|as|assert|async|await|break|case|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|match|nonlocal|not|or|pass|raise|return|try|while|with|yield)\b)|(@[\w.]+)|(\b\d[\w.]*)/g;
const OTHER =
  /(#[^\n]*|\/\/[^\n]*)|("(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)|(\b(?:true|false|null|none)\b)|(^\s*\[[^\]\n]*\])|(\b\d[\w.]*)/gm;

export function highlight(source: string, language: string): [text: string, kind: Kind][] {
  const parts: [string, Kind][] = [];
  let end = 0;
  for (const match of source.matchAll(language === 'python' ? PYTHON : OTHER)) {
    if (match.index > end) parts.push([source.slice(end, match.index), 'plain']);
    const kind: Kind = match[1] ? 'comment' : match[2] ? 'text' : match[3] ? 'word' : match[4] ? 'name' : 'number';
    parts.push([match[0], kind]);
    end = match.index + match[0].length;
  }
  if (end < source.length) parts.push([source.slice(end), 'plain']);
  return parts;
}

/** The same by line. */
export function highlightLines(source: string, language: string): [text: string, kind: Kind][][] {
  const lines: [string, Kind][][] = [[]];
  for (const [text, kind] of highlight(source, language)) {
    text.split('\n').forEach((piece, index) => {
      if (index > 0) lines.push([]);
      if (piece) lines.at(-1)!.push([piece, kind]);
    });
  }
  return lines;
}
