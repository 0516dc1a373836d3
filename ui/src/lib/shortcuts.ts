/** All shortcuts, as the sheet lists them. */
export const SHORTCUTS: readonly (readonly [where: string, keys: readonly (readonly [keys: string, what: string])[]])[] = [
  [
    'Everywhere',
    [
      ['Ctrl K or ⌘ K', 'Search and go'],
      ['/', 'Find on the page'],
      ['g h', 'Home'],
      ['g d', 'DAGs'],
      ['g r', 'Runs'],
      ['g t', 'Task instances'],
      ['?', 'This sheet'],
    ],
  ],
  [
    'Grid',
    [
      ['Arrows', 'Move'],
      ['Home, End', 'Oldest, newest run'],
      ['Enter', 'Open'],
      ['Space', 'Open or close a group'],
      ['Shift arrows', 'Choose several'],
      ['c', 'Clear'],
      ['s', 'Mark success'],
      ['f', 'Mark failed'],
      ['l', 'Log'],
      ['n', 'Next failure'],
      ['[ and ]', 'Older, newer runs'],
    ],
  ],
  [
    'Log',
    [
      ['/ or Ctrl F', 'Search'],
      ['Enter, Shift Enter', 'Next, previous match'],
      ['e, Shift e', 'Next, previous error'],
      ['Home, End', 'Begin, end'],
      ['f', 'Follow'],
      ['w', 'Wrap lines'],
      ['t', 'Times'],
    ],
  ],
  [
    'Graph',
    [
      ['Arrows', 'Move'],
      ['+ and −', 'Closer, farther'],
      ['0', 'All of it'],
    ],
  ],
];
