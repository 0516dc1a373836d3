import { post } from '../../api/client.ts';
import { bodyOf, type Draft } from './connection.ts';

export interface Tested {
  ok: boolean;
  message: string;
  ms: number;
}

/** Lets the server connect. How long it took is as seen from here. */
export async function test(draft: Draft): Promise<Tested> {
  const start = performance.now();
  const answer = await post<{ status: boolean; message: string }>('/api/v2/connections/test', bodyOf(draft));
  return { ok: answer.status, message: answer.message, ms: Math.round(performance.now() - start) };
}
