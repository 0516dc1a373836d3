/** Made-up answers of the pages beside the DAGs. */
import { admin } from './admin.ts';
import { browse } from './browse.ts';
import { history } from './history.ts';
import { type Answered, named } from './named.ts';
import { questions } from './questions.ts';

export interface Question {
  method: string;
  url: URL;
  body: Record<string, unknown> | undefined;
}

/** What is answered, or null where the question is not about these pages. */
export function places({ method, url, body }: Question): Answered | null {
  const answers = [questions, named, browse, admin, history];
  for (const answer of answers) {
    const found = answer(method, url.pathname, url.searchParams, body);
    if (found) return found;
  }
  return null;
}
