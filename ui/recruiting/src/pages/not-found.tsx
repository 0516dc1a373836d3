import { Page } from '../../../src/components/page.tsx';
import { Empty } from '../../../src/components/view.tsx';
import { Link } from '../lib/router.tsx';

export function NotFoundPage() {
  return (
    <Page title="Nothing is here">
      <Empty icon="search" title="There is no page at this address" action={<Link to="/matches">Matches</Link>}>
        It may have been typed wrongly, or be of an earlier version.
      </Empty>
    </Page>
  );
}
