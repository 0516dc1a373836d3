import { describe, expect, it } from 'vitest';
import { ansiPieces, plain } from './ansi.ts';

describe('a line of a log', () => {
  it('without escapes is one piece', () => {
    expect(ansiPieces('<img src=x onerror=alert(1)>')).toEqual([{ text: '<img src=x onerror=alert(1)>' }]);
  });
  it('has the looks that its escapes say', () => {
    expect(ansiPieces('a\u001b[1;31mb\u001b[0mc')).toEqual([{ text: 'a' }, { text: 'b', bold: true, fg: 1 }, { text: 'c' }]);
    expect(ansiPieces('\u001b[92mok\u001b[39m.')).toEqual([{ text: 'ok', fg: 10 }, { text: '.' }]);
  });
  it('has the nearest of sixteen colours for others', () => {
    expect(ansiPieces('\u001b[38;5;196mx')[0]!.fg).toBe(9);
    expect(ansiPieces('\u001b[38;2;10;200;12mx')[0]!.fg).toBe(2);
    expect(ansiPieces('\u001b[48;5;21mx')[0]!.bg).toBe(4);
  });
  it('loses every other escape and shows that a control character was there', () => {
    expect(plain('\u001b]8;;https://evil\u0007x\u001b[2Jy\u001b[3A')).toBe('xy');
    expect(ansiPieces('a\u0000b')).toEqual([{ text: 'a\ufffdb' }]);
  });
  it('has links where addresses of the web stand, and only those', () => {
    expect(ansiPieces('see https://example.com/a?b=c.')).toEqual([
      { text: 'see ' },
      { text: 'https://example.com/a?b=c', href: 'https://example.com/a?b=c' },
      { text: '.' },
    ]);
    expect(ansiPieces('javascript:alert(1)').some((piece) => piece.href)).toBe(false);
  });
});
