import { expect, test } from 'vitest';
import { csv } from './save-file.ts';

test('a CSV file quotes what needs it and starts no formula', () => {
  expect(
    csv(
      ['name', 'score'],
      [
        ['Smith, "Jo"', -1.5],
        ['=HYPERLINK("x")', null],
      ],
    ),
  ).toBe('name,score\r\n"Smith, ""Jo""",-1.5\r\n"\'=HYPERLINK(""x"")",\r\n');
});
