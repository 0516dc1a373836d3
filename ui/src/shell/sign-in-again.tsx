import { signIn } from '../api/client.ts';
import { client, queries } from '../api/queries.ts';
import type { Me } from '../api/types.ts';
import { Dialog } from '../components/dialog.tsx';
import { useStore } from '../lib/store.ts';
import { SignIn } from './sign-in.tsx';

/** The session ended while the page was open: signs in over it, and what was typed and asked goes on. */
export function SignInAgain({ me }: { me: Me | undefined }) {
  const asked = useStore(signIn);
  if (!asked) return null;
  const done = async () => {
    await client.fetchQuery({ ...queries.me(), staleTime: 0 });
    asked.done();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => open || asked.leave()}
      size="small"
      title="Sign in again"
      description="The session is over. What you typed is still here."
    >
      <SignIn username={me?.username} onDone={done} />
    </Dialog>
  );
}
