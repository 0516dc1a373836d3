/** Made-up answers of the pages beside the DAGs. */
import { type Answered, named } from './named.ts';

export interface Question {
  method: string;
  url: URL;
  body: Record<string, unknown> | undefined;
}

/** What is answered, or null where the question is not about these pages. */
export function places({ method, url, body }: Question): Answered | null {
  return named(method, url.pathname, url.searchParams, body);
}
