/** Icons of the interface, drawn on a grid of 16 with one weight of line. They are decoration: words stand beside them or in a label. */

const PATHS = {
  home: 'M2.5 7.2 8 2.7l5.5 4.5v6.1H9.7V9.5H6.3v3.8H2.5z',
  dags: 'M2 3.2h3.6v3H2zM10.4 1.8H14v3h-3.6zM10.4 11.2H14v3h-3.6zM5.6 4.7c3 0 1.8-1.4 4.8-1.4M3.8 6.2c0 4.4 2.6 6.5 6.6 6.5',
  runs: 'M2.5 13.5v-5M6.2 13.5v-8M9.9 13.5v-3.5M13.5 13.5v-11',
  browse: 'M2.5 3.5h11M2.5 8h11M2.5 12.5h6.5M12.5 10.5v4M10.5 12.5h4',
  admin:
    'M2.5 4.5h6M12 4.5h1.5M2.5 11.5H4M7.5 11.5h6M10.3 2.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4M5.7 9.8a1.7 1.7 0 1 0 0 3.4 1.7 1.7 0 0 0 0-3.4',
  search: 'M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3l3.5 3.5',
  sun: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  moon: 'M13.3 9.6A5.7 5.7 0 0 1 6.4 2.7a5.7 5.7 0 1 0 6.9 6.9z',
  screen: 'M2 3h12v8H2zM6 13.5h4M8 11v2.5',
  user: 'M8 2.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4M2.8 13.8c.4-2.7 2.5-4 5.2-4s4.8 1.3 5.2 4',
  globe: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M1.8 8h12.4M8 1.8c4 4 4 8.4 0 12.4M8 1.8c-4 4-4 8.4 0 12.4',
  play: 'M4.5 2.8v10.4L13 8z',
  pause: 'M5 3v10M11 3v10',
  more: 'M3.2 8h.01M8 8h.01M12.8 8h.01',
  right: 'm6 3.5 4.5 4.5L6 12.5',
  left: 'M10 3.5 5.5 8l4.5 4.5',
  down: 'm3.5 6 4.5 4.5L12.5 6',
  up: 'M3.5 10 8 5.5l4.5 4.5',
  close: 'm3.5 3.5 9 9M12.5 3.5l-9 9',
  check: 'm3 8.5 3.5 3.5L13 4.5',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  download: 'M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.5h11',
  upload: 'M8 10.5v-8M4.5 6 8 2.5 11.5 6M2.5 13.5h11',
  refresh: 'M13.5 8A5.5 5.5 0 1 1 11.7 4M13.5 1.8V5h-3.2',
  filter: 'M2 3.5h12L9.5 8.7v4.8l-3-1.5V8.7z',
  trash: 'M2.5 4.5h11M6 4.5V2.5h4v2M4 4.5l.6 9h6.8l.6-9',
  edit: 'M10.8 2.7l2.5 2.5-7.8 7.8-3.2.7.7-3.2z',
  plus: 'M8 2.5v11M2.5 8h11',
  minus: 'M2.5 8h11',
  external: 'M9.5 2.5h4v4M13.5 2.5 7.5 8.5M11.5 9.5v4h-9v-9h4',
  clock: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M8 4.5V8l2.5 1.8',
  keyboard: 'M1.5 4h13v8.5h-13zM4 6.7h.01M6.7 6.7h.01M9.3 6.7h.01M12 6.7h.01M5 10h6',
  info: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M8 7.3v3.7M8 5h.01',
  warning: 'M8 2 1.5 13.5h13zM8 6.5v3.3M8 11.7h.01',
  link: 'M6.7 9.3 9.3 6.7M7.3 4.7l1.5-1.5a2.8 2.8 0 0 1 4 4l-1.5 1.5M8.7 11.3l-1.5 1.5a2.8 2.8 0 0 1-4-4l1.5-1.5',
  wrap: 'M2.5 4h11M2.5 8h8.7a2.2 2.2 0 0 1 0 4.4H8M9.7 10.5 7.8 12.4l1.9 1.9M2.5 12.4h2.5',
  expand: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.5 2.5 9 7M2.5 13.5 7 9',
  settings:
    'M8 5.7a2.3 2.3 0 1 0 0 4.6 2.3 2.3 0 0 0 0-4.6M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4',
  logout: 'M6.5 2.5h-4v11h4M10 5l3 3-3 3M13 8H6',
  star: 'm8 2 1.8 3.8 4.2.5-3.1 2.9.8 4.2L8 11.3l-3.7 2.1.8-4.2L2 6.3l4.2-.5z',
  skip: 'M3 3v10M13 8H5.5M8.5 4.7 5.2 8l3.3 3.3',
  menu: 'M2.5 4h11M2.5 8h11M2.5 12h11',
  zoomfit: 'M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  list: 'M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  graph: 'M2 6h4v4H2zM10 2.5h4v4h-4zM10 9.5h4v4h-4zM6 8h2V4.5h2M8 8v3.5h2',
  stop: 'M3.5 3.5h9v9h-9z',
  key: 'M10.5 2.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6M8.3 7.7 2.5 13.5v0h2.5v-2h2v-2',
  plug: 'M6 2v3.5M10 2v3.5M4 5.5h8v2.2a4 4 0 0 1-8 0zM8 11.7V14.5',
  box: 'M8 1.8 13.5 4.8v6.4L8 14.2l-5.5-3V4.8zM2.5 4.8 8 7.8l5.5-3M8 7.8v6.4',
  dot: 'M8 8h.01',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} strokeWidth={name === 'more' ? 2 : 1.4} />
    </svg>
  );
}

/** The sign of the product: air that rises. */
export function Mark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" fill="#0b5cad" />
      <path
        d="M7 23c5 0 5-7 9-7s4 7 9 7M10 15c3.5 0 3.5-6 6-6s2.5 6 6 6"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
    </svg>
  );
}
