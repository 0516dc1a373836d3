import { Link } from '@tanstack/react-router';
import { Button, ButtonLink } from '../components/button.tsx';
import { Page } from '../components/page.tsx';
import { Empty } from '../components/view.tsx';
import { openPalette } from '../shell/palette.tsx';

export function NotFoundPage() {
  return (
    <Page title="Not found">
      <Empty
        icon="search"
        title="No page has this address"
        action={
          <>
            <Button onClick={openPalette}>Search</Button>
            <ButtonLink>
              <Link to="/dags">All DAGs</Link>
            </ButtonLink>
          </>
        }
      >
        The link may be old, or what it names was deleted.
      </Empty>
    </Page>
  );
}
