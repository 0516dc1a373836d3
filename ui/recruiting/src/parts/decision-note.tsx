import { Icon } from '../../../src/components/icons.tsx';
import styles from './parts.module.css';

/** What these pages are for, and what not. */
export function DecisionNote() {
  return (
    <p className={styles.note}>
      <Icon name="info" size={14} />
      <span>
        Decision support, not a decision. Nobody is rejected: a pair below the threshold is not suggested, and a person decides. No
        protected attribute is read, stored or scored.
      </span>
    </p>
  );
}
