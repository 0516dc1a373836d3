import type { ComponentType, ReactNode } from 'react';
import { get, patch, type Query } from '../../api/client.ts';
import { client } from '../../api/queries.ts';
import type { IconName } from '../../components/icons.tsx';
import type { Column } from '../../components/table.tsx';

/** What a form is given: the thing to change, the thing to copy, or neither for a new one. */
export interface EditorProps<R> {
  row: R | null;
  copy: R | null;
  onClose: () => void;
  onSaved: (id: string) => void;
}

/** One entry of a file: its name, and what the server is to be sent, or why it cannot be. */
export type Entry = { name: string; entity: Record<string, unknown> } | { name: string; fault: string };

/** A kind of thing that the server keeps by name and that its users write. */
export interface Resource<R extends object> {
  noun: string;
  title: string;
  icon: IconName;
  url: string;
  /** The name of the list in the server's answer. */
  list: string;
  /** The parameter by which the server finds names. */
  pattern: string;
  /** The server's name of the permission. */
  permission: string;
  sort: string;
  idOf: (row: R) => string;
  one: (id: string) => string;
  columns: (open: (row: R) => void) => Column<R>[];
  /** Why it cannot be deleted, if so. */
  kept?: (row: R) => boolean;
  editor: ComponentType<EditorProps<R>>;
  /** What stands for it in an exported file. */
  toFile: (row: R) => unknown;
  fromFile: (name: string, value: unknown) => Entry;
  /** What an exported file does not hold. */
  fileNote: string;
  fileExample: string;
  empty: ReactNode;
  copies?: boolean;
}

export type ListAnswer<R> = { total_entries: number } & Record<string, R[]>;

const ALL = 100;

/** Every one of a kind that matches, page by page. */
export async function all<R extends object>(resource: Resource<R>, query: Query = {}): Promise<R[]> {
  const rows: R[] = [];
  for (;;) {
    const page = await get<ListAnswer<R>>(resource.url, { ...query, limit: ALL, offset: rows.length, order_by: resource.sort });
    const found = page[resource.list] ?? [];
    rows.push(...found);
    if (found.length === 0 || rows.length >= page.total_entries) return rows;
  }
}

interface BulkAnswer {
  create?: { success?: string[]; errors?: { error?: string }[] } | null;
  delete?: { success?: string[]; errors?: { error?: string }[] } | null;
}

/** Does many at once; what the server refused is an error with its words. */
export async function bulk<R extends object>(resource: Resource<R>, action: Record<string, unknown>): Promise<string[]> {
  const answer = await patch<BulkAnswer>(resource.url, { actions: [action] });
  await client.invalidateQueries({ queryKey: [resource.list] });
  const part = answer.create ?? answer.delete;
  const refused = (part?.errors ?? []).map((each) => each.error ?? 'refused');
  if (refused.length > 0) throw new Error(refused.join(' '));
  return part?.success ?? [];
}

/** The entries of a file of JSON: an object whose keys are the names. */
export function entriesOf<R extends object>(resource: Resource<R>, text: string): Entry[] {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new Error(`The file must be an object with the names as keys, such as ${resource.fileExample}`);
  }
  return Object.entries(data).map(([name, value]) =>
    name.trim() === '' ? { name, fault: 'has an empty name' } : resource.fromFile(name, value),
  );
}
