import { expect, test } from 'vitest';
import { readTrace } from './trace.ts';

const text = `Traceback (most recent call last):
  File "/dags/sync.py", line 12, in <module>
    from lib.crm import Client
  File "/dags/lib/crm.py", line 3, in <module>
    import bullhorn
ModuleNotFoundError: No module named 'bullhorn'
`;

test('the line of the file that failed and what it failed with', () => {
  expect(readTrace(text, 'sync.py')).toEqual({
    message: "ModuleNotFoundError: No module named 'bullhorn'",
    file: '/dags/sync.py',
    line: 12,
  });
  expect(readTrace(text).line).toBe(3);
});

test('a fault of syntax and a plain sentence', () => {
  expect(readTrace('  File "/dags/a.py", line 7\n    x = = 1\n        ^\nSyntaxError: invalid syntax', 'a.py')).toEqual({
    message: 'SyntaxError: invalid syntax',
    file: '/dags/a.py',
    line: 7,
  });
  expect(readTrace('timed out after 30 s')).toEqual({ message: 'timed out after 30 s', file: null, line: null });
});
