import { useNavigate, useSearch } from '@tanstack/react-router';
import { client } from '../api/queries.ts';
import { Mark } from '../components/icons.tsx';
import { useTitle } from '../components/page.tsx';
import { TipProvider } from '../components/tip.tsx';
import { basePath } from '../lib/base.ts';
import { SignIn } from '../shell/sign-in.tsx';
import { SignInElsewhere } from '../shell/sign-in-elsewhere.tsx';
import styles from './login.module.css';

export function LoginPage() {
  const { next } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  useTitle('Sign in');
  const done = async () => {
    client.clear();
    // Only a path of this interface: an address of elsewhere is not followed.
    const safe = next?.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : '/dags';
    // Views of plugins are pages of other programs, which the router does not know.
    if (safe.startsWith('/plugin-views/')) location.replace(basePath + safe);
    else await navigate({ href: safe, replace: true });
  };
  return (
    <TipProvider>
      <main className={styles.page}>
        <div className={styles.card}>
          <Mark size={40} />
          <h1 className={styles.title}>Sign in to Updraft</h1>
          <SignIn onDone={done} />
          <SignInElsewhere next={next} />
        </div>
        <svg className={styles.air} viewBox="0 0 1200 400" preserveAspectRatio="none" aria-hidden="true" focusable="false">
          {[0, 1, 2, 3, 4, 5, 6].map((line) => (
            <path
              key={line}
              d={`M0 ${390 - line * 8}C300 ${390 - line * 8} 360 ${330 - line * 46} 600 ${330 - line * 46}S900 ${390 - line * 8} 1200 ${390 - line * 8}`}
            />
          ))}
        </svg>
      </main>
    </TipProvider>
  );
}
