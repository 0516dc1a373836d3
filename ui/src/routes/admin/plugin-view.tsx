import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { queries } from '../../api/queries.ts';
import { ButtonLink } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { Empty } from '../../components/view.tsx';
import { isPage } from '../../lib/is-page.ts';
import styles from './lists.module.css';

/** A page of a plugin or of another service, in a frame. */
export function PluginViewPage() {
  const { name } = useParams({ strict: false }) as { name: string };
  const plugin = useQuery(queries.me()).data?.plugins?.find((each) => each.name === name);
  if (!plugin || !isPage(plugin.href)) {
    return (
      <Page title={name}>
        <Empty icon="plug" title={plugin ? 'This view has no address that can be shown' : `There is no view named ${name}`}>
          Views are named in the configuration of the server, or by plugins.
        </Empty>
      </Page>
    );
  }
  // The policy of the server lets only its own pages into a frame.
  if (new URL(plugin.href, document.baseURI).origin !== location.origin) {
    return (
      <Page title={plugin.name}>
        <Empty
          icon="plug"
          title="This view stands on another server"
          action={
            <ButtonLink kind="primary">
              <a href={plugin.href} target="_blank" rel="noopener noreferrer">
                Open it
              </a>
            </ButtonLink>
          }
        >
          <span className="break">{plugin.href}</span>
        </Empty>
      </Page>
    );
  }
  return (
    <Page
      title={plugin.name}
      fill
      actions={
        <ButtonLink size="small">
          <a href={plugin.href} target="_blank" rel="noopener noreferrer">
            Open by itself
          </a>
        </ButtonLink>
      }
    >
      <iframe
        className={styles.frame}
        src={plugin.href}
        title={plugin.name}
        sandbox="allow-scripts allow-same-origin allow-forms allow-popups allow-downloads"
        referrerPolicy="strict-origin-when-cross-origin"
      />
    </Page>
  );
}
