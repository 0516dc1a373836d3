import { useQuery } from '@tanstack/react-query';
import { address, getAnonymous } from '../api/client.ts';
import { ButtonLink } from '../components/button.tsx';

interface LoginMethods {
  password: boolean;
  oidc: { name: string; path: string } | null;
}

/** The way to an identity provider, if this installation has one. */
export function SignInElsewhere({ next }: { next: string | undefined }) {
  const { data } = useQuery({
    queryKey: ['login-methods'],
    queryFn: ({ signal }) => getAnonymous<LoginMethods>('/ui/api/login-methods', signal),
  });
  if (!data?.oidc) return null;
  return (
    <ButtonLink>
      <a href={address(data.oidc.path, { next })}>Sign in with {data.oidc.name}</a>
    </ButtonLink>
  );
}
