import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, test } from 'vitest';
import { askAgain } from './ask-again.ts';

/** A query on a page, whose answers the test gives. */
function asked() {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } } });
  const waiting: { answer: (value: string) => void; fail: () => void }[] = [];
  const queryFn = () =>
    new Promise<string>((answer, fail) => {
      waiting.push({ answer, fail: () => fail(new Error('the server failed')) });
    });
  const observer = new QueryObserver(client, { queryKey: ['run', 'a'], queryFn });
  observer.subscribe(() => undefined);
  /** Lets everything happen that is about to. */
  const settle = () => new Promise((go) => setImmediate(go));
  return { client, waiting, observer, settle, shown: () => observer.getCurrentResult().data };
}

test('a change while the first answer is on its way is asked for when that is there', async () => {
  const at = asked();
  askAgain(at.client, { queryKey: ['run'] });
  askAgain(at.client, { queryKey: ['run'] });
  expect(at.waiting.length).toBe(1);
  at.waiting[0]!.answer('before');
  await at.settle();
  expect(at.shown()).toBe('before');
  expect(at.waiting.length).toBe(2);
  at.waiting[1]!.answer('after');
  await at.settle();
  expect(at.shown()).toBe('after');
  expect(at.waiting.length).toBe(2);
});

test('changes that never end do not put off an answer', async () => {
  const at = asked();
  at.waiting[0]!.answer('first');
  await at.settle();
  for (let change = 0; change < 5; change++) askAgain(at.client, { queryKey: ['run', 'a'] });
  expect(at.waiting.length).toBe(2);
  at.waiting[1]!.answer('second');
  await at.settle();
  expect(at.shown()).toBe('second');
  expect(at.waiting.length).toBe(3);
});

test('what failed is asked once more too, and what nobody looks at is not', async () => {
  const at = asked();
  askAgain(at.client, { queryKey: ['run'] });
  at.waiting[0]!.fail();
  await at.settle();
  expect(at.waiting.length).toBe(2);
  askAgain(at.client, { queryKey: ['run'] });
  at.observer.destroy();
  at.waiting[1]!.answer('late');
  await at.settle();
  expect(at.waiting.length).toBe(2);
});
