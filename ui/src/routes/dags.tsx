import { Page } from '../components/page.tsx';

export function DagsPage() {
  return <Page title="DAGs">{null}</Page>;
}
