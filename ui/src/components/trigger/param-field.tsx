import { useState } from 'react';
import type { Param } from '../../api/types.ts';
import { controlOf, isNullable } from '../../lib/params.ts';
import { fromInputTime, inputTime } from '../../lib/time.ts';
import { AreaField, CheckField, SelectField, TextField } from '../field.tsx';

interface Props {
  name: string;
  param: Param;
  value: unknown;
  error: string | undefined;
  zone: string;
  onChange: (value: unknown) => void;
}

/** The control of one param. */
export function ParamField({ name, param, value, error, zone, onChange }: Props) {
  const { schema } = param;
  const label = schema.title ?? name;
  const about = param.description ?? schema.description ?? schema.description_md;
  const range = [schema.minimum !== undefined && `from ${schema.minimum}`, schema.maximum !== undefined && `to ${schema.maximum}`]
    .filter(Boolean)
    .join(' ');
  const hint = [about, range, schema.title && schema.title !== name && name].filter(Boolean).join(' · ') || undefined;
  const shared = { label, hint, error };
  const empty = isNullable(schema) ? null : '';
  const asText = value === null || value === undefined ? '' : String(value);
  switch (controlOf(param)) {
    case 'boolean':
      return <CheckField label={label} hint={hint} checked={value === true} onChange={(event) => onChange(event.target.checked)} />;
    case 'enum': {
      const options = (schema.enum ?? []).map((each): [string, string] => [
        JSON.stringify(each),
        schema.values_display?.[String(each)] ?? String(each ?? '–'),
      ]);
      return (
        <SelectField
          {...shared}
          options={options}
          value={JSON.stringify(value ?? null)}
          onChange={(event) => onChange(JSON.parse(event.target.value))}
        />
      );
    }
    case 'many': {
      const chosen = Array.isArray(value) ? value.map(String) : [];
      return (
        <fieldset>
          <legend>{label}</legend>
          {(schema.examples ?? []).map((each) => (
            <CheckField
              key={String(each)}
              label={schema.values_display?.[String(each)] ?? String(each)}
              checked={chosen.includes(String(each))}
              onChange={(event) =>
                onChange((schema.examples ?? []).filter((one) => (one === each ? event.target.checked : chosen.includes(String(one)))))
              }
            />
          ))}
        </fieldset>
      );
    }
    case 'integer':
    case 'number':
      return (
        <TextField
          {...shared}
          inputMode={controlOf(param) === 'integer' ? 'numeric' : 'decimal'}
          value={asText}
          onChange={(event) => {
            const text = event.target.value;
            const number = Number(text);
            onChange(text.trim() === '' ? null : Number.isNaN(number) ? text : number);
          }}
        />
      );
    case 'date':
      return <TextField {...shared} type="date" value={asText} onChange={(event) => onChange(event.target.value || empty)} />;
    case 'time':
      return <TextField {...shared} type="time" step={1} value={asText} onChange={(event) => onChange(event.target.value || empty)} />;
    case 'date-time':
      return (
        <TextField
          {...shared}
          label={`${label} (${zone})`}
          type="datetime-local"
          step={1}
          value={value && !Number.isNaN(Date.parse(asText)) ? inputTime(asText, zone) : ''}
          onChange={(event) => onChange(fromInputTime(event.target.value, zone) ?? empty)}
        />
      );
    case 'multiline':
      return <AreaField {...shared} value={asText} onChange={(event) => onChange(event.target.value)} />;
    case 'lines':
      return (
        <AreaField
          {...shared}
          hint={[hint, 'one per line'].filter(Boolean).join(' · ')}
          rows={3}
          value={Array.isArray(value) ? value.join('\n') : ''}
          onChange={(event) => onChange(event.target.value === '' ? (isNullable(schema) ? null : []) : event.target.value.split('\n'))}
        />
      );
    case 'json':
      return <JsonField {...shared} value={value} onChange={onChange} />;
    default:
      return (
        <>
          <TextField
            {...shared}
            value={asText}
            list={schema.examples ? `examples-${name}` : undefined}
            onChange={(event) => onChange(event.target.value || empty)}
          />
          {schema.examples && (
            <datalist id={`examples-${name}`}>
              {schema.examples.map((each) => (
                <option key={String(each)} value={String(each)} />
              ))}
            </datalist>
          )}
        </>
      );
  }
}

/** A value as JSON text. Text that is not JSON yet stays as it was typed, and is no value. */
function JsonField({
  label,
  hint,
  error,
  value,
  onChange,
}: {
  label: string;
  hint: string | undefined;
  error: string | undefined;
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const [draft, setDraft] = useState<string | null>(null);
  return (
    <AreaField
      label={label}
      hint={[hint, 'JSON'].filter(Boolean).join(' · ')}
      error={draft === null ? error : 'No valid JSON'}
      value={draft ?? JSON.stringify(value ?? null, null, 2)}
      onChange={(event) => {
        try {
          onChange(JSON.parse(event.target.value));
          setDraft(null);
        } catch {
          setDraft(event.target.value);
        }
      }}
    />
  );
}
