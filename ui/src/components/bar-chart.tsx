import { useState } from 'react';
import styles from './bar-chart.module.css';

export interface Bar {
  id: string;
  /** The whole height, in the unit of the chart. */
  value: number;
  /** A part at the foot that is waited, not worked. */
  before?: number;
  state: string;
  label: string;
}

interface Props {
  label: string;
  bars: readonly Bar[];
  show: (value: number) => string;
  /** Lines across, such as the median. */
  lines?: readonly { name: string; value: number }[];
  onOpen?: (id: string) => void;
}

const HEIGHT = 160;

/** Bars over time with an axis, and the same as a table for who reads rather than sees. */
export function BarChart({ label, bars, show, lines = [], onOpen }: Props) {
  const [asTable, setAsTable] = useState(false);
  const top = Math.max(...bars.map((bar) => bar.value + (bar.before ?? 0)), ...lines.map((line) => line.value), 0.001) * 1.06;
  const y = (value: number) => HEIGHT - (value / top) * HEIGHT;
  const width = bars.length > 60 ? 12 : bars.length > 32 ? 20 : 28;
  return (
    <figure className={styles.figure}>
      <figcaption>
        <span>{label}</span>
        {lines.map((line) => (
          <span key={line.name} className={styles.line} data-name={line.name}>
            {line.name} {show(line.value)}
          </span>
        ))}
        <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          {asTable ? 'Show as chart' : 'Show as table'}
        </button>
      </figcaption>
      {asTable ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section className={styles.table} aria-label={label} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Run</th>
                <th scope="col">State</th>
                <th scope="col">Duration</th>
              </tr>
            </thead>
            <tbody>
              {bars.map((bar) => (
                <tr key={bar.id}>
                  <th scope="row">{bar.label}</th>
                  <td>{bar.state.replaceAll('_', ' ')}</td>
                  <td>{show(bar.value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : (
        <div className={styles.chart}>
          <div className={styles.axis} aria-hidden="true">
            {[1, 0.5, 0].map((part) => (
              <span key={part}>{show((top / 1.06) * part)}</span>
            ))}
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <section className={styles.scroll} tabIndex={0} aria-label={`${label}, chart`}>
            <svg width={bars.length * width} height={HEIGHT + 4} role="img" aria-label={`${label} of ${bars.length} runs`}>
              <line x1="0" x2="100%" y1={y(top / 2.12)} y2={y(top / 2.12)} className={styles.rule} />
              {bars.map((bar, index) => (
                // biome-ignore lint/a11y/noStaticElementInteractions: the table has the links
                <g key={bar.id} data-s={bar.state} className={styles.bar} onClick={() => onOpen?.(bar.id)}>
                  <title>{`${bar.label}: ${bar.state.replaceAll('_', ' ')}, ${show(bar.value)}`}</title>
                  <rect x={index * width} y="0" width={width} height={HEIGHT} className={styles.hit} />
                  {bar.before ? (
                    <rect
                      x={index * width + 2}
                      width={width - 4}
                      y={y(bar.value + bar.before)}
                      height={Math.max(0, y(bar.value) - y(bar.value + bar.before))}
                      className={styles.wait}
                    />
                  ) : null}
                  <rect
                    x={index * width + 2.5}
                    width={width - 5}
                    y={y(bar.value)}
                    height={Math.max(2, HEIGHT - y(bar.value))}
                    className={styles.fill}
                    rx="1.5"
                  />
                  {bar.state === 'failed' && (
                    <path d={`M${index * width + width / 2 - 3} ${HEIGHT - 9}l6 6m0-6l-6 6`} className={styles.cross} />
                  )}
                </g>
              ))}
              {lines.map((line) => (
                <line
                  key={line.name}
                  x1="0"
                  x2={bars.length * width}
                  y1={y(line.value)}
                  y2={y(line.value)}
                  className={styles.mark}
                  data-name={line.name}
                />
              ))}
            </svg>
          </section>
        </div>
      )}
    </figure>
  );
}
