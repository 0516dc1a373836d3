import { type ElementType, type ReactNode, useEffect } from 'react';

interface Props {
  as?: ElementType;
  children: ReactNode;
  [prop: string]: unknown;
}

let locks = 0;

/** Keeps the page behind a modal from scrolling, by a class instead of a written style element. Stands in for `react-remove-scroll`. */
export function RemoveScroll({ as: Outer = 'div', children, allowPinchZoom: _pinch, shards: _shards, enabled: _enabled, ...rest }: Props) {
  useEffect(() => {
    locks += 1;
    document.documentElement.classList.add('scroll-locked');
    return () => {
      locks -= 1;
      if (locks === 0) document.documentElement.classList.remove('scroll-locked');
    };
  }, []);
  return <Outer {...rest}>{children}</Outer>;
}
