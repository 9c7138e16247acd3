/** A compiled JSON Schema (`src/generated/`, made by scripts/compile-schemas.ts), as its callers see it. */

/** One of ajv's errors. Its own wording never reaches a user. */
export interface SchemaError {
  /** A JSON pointer into the value; "" is the whole. */
  readonly instancePath: string;
  /** Where in the schema, e.g. `#/$defs/email/pattern`. */
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The key itself, where it is a key that is wrong (`propertyNames`). */
  readonly propertyName?: string;
  /** The schema that holds the keyword. */
  readonly parentSchema: Readonly<Record<string, unknown>>;
  /** The value that breaks it. */
  readonly data: unknown;
}

/** True when the value fits; otherwise `errors` has all that is wrong, until the next call. */
export type SchemaCheck = ((value: unknown) => boolean) & {
  errors?: readonly SchemaError[] | null;
};
