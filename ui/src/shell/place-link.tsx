import { Link } from '@tanstack/react-router';
import type { ComponentProps } from 'react';
import type { Place } from './nav.ts';

/** The link to a page of ours, or of another. */
export function PlaceLink({ place, ...rest }: { place: Place } & Omit<ComponentProps<'a'>, 'href'>) {
  if (place.outside) {
    return (
      <a href={place.to} rel="noopener noreferrer" {...rest}>
        {place.label}
      </a>
    );
  }
  return (
    <Link to={place.to} activeOptions={{ exact: true }} {...rest}>
      {place.label}
    </Link>
  );
}
