import { type FormEvent, useState } from 'react';
import { ApiError, post } from '../api/client.ts';
import { Button } from '../components/button.tsx';
import { TextField } from '../components/field.tsx';
import styles from './sign-in.module.css';

/** Name and password. Password managers and pasting work. */
export function SignIn({ username, onDone }: { username?: string | undefined; onDone: () => void }) {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await post('/ui/api/login', { username: form.get('username'), password: form.get('password') }, { anonymous: true });
      onDone();
    } catch (failure) {
      setError(
        failure instanceof ApiError && failure.status === 401
          ? 'The user name or the password is wrong.'
          : failure instanceof Error
            ? failure.message
            : String(failure),
      );
      setBusy(false);
    }
  };
  return (
    <form className={styles.form} onSubmit={submit} method="post">
      {error && (
        <p className={styles.error} role="alert">
          {error}
        </p>
      )}
      <TextField
        label="User name"
        name="username"
        autoComplete="username"
        defaultValue={username}
        autoCapitalize="none"
        spellCheck={false}
        required
        autoFocus={!username}
      />
      <TextField label="Password" name="password" type="password" autoComplete="current-password" required autoFocus={Boolean(username)} />
      <Button kind="primary" type="submit" busy={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  );
}
