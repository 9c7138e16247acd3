/**
 * GitHub's `${{ }}` expressions, as far as the workflows use them: names, strings, `==`, `!=`, `&&`, `||` and the
 * status functions. Anything else throws, so that a test cannot pass because an expression was misread.
 */
export type Context = { readonly [name: string]: string | Context | undefined };

export interface Status {
  readonly failed: boolean;
}

/** Evaluates the expressions in a text. */
export function interpolate(text: string, context: Context, status: Status): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, expression: string) =>
    evaluate(expression, context, status),
  );
}

/** Whether an `if:` lets its step or job run: unless it uses a status function, no earlier step may have failed. */
export function isMet(condition: string | undefined, context: Context, status: Status): boolean {
  if (condition === undefined) return !status.failed;
  const asks = /\b(always|failure|success|cancelled)\(\)/.test(condition);
  return (asks || !status.failed) && truth(evaluate(condition, context, status));
}

export function evaluate(expression: string, context: Context, status: Status): string {
  const tokens = expression.match(/'(?:[^']|'')*'|==|!=|&&|\|\||[\w.-]+\(\)|[\w.-]+|\S/g) ?? [];
  const rest = [...tokens];
  const value = either(rest, context, status);
  if (rest.length > 0) throw new Error(`cannot read the expression: ${expression}`);
  return value;
}

function either(tokens: string[], context: Context, status: Status): string {
  let value = both(tokens, context, status);
  while (tokens[0] === "||") {
    tokens.shift();
    const right = both(tokens, context, status);
    value = truth(value) ? value : right;
  }
  return value;
}

function both(tokens: string[], context: Context, status: Status): string {
  let value = comparison(tokens, context, status);
  while (tokens[0] === "&&") {
    tokens.shift();
    const right = comparison(tokens, context, status);
    value = truth(value) ? right : value;
  }
  return value;
}

function comparison(tokens: string[], context: Context, status: Status): string {
  const left = operand(tokens.shift(), context, status);
  const operator = tokens[0];
  if (operator !== "==" && operator !== "!=") return left;
  tokens.shift();
  // GitHub compares strings without regard to case.
  const same =
    left.toLowerCase() === operand(tokens.shift(), context, status).toLowerCase() ? "==" : "!=";
  return String(same === operator);
}

function operand(token: string | undefined, context: Context, { failed }: Status): string {
  if (token === "always()") return "true";
  if (token === "success()") return String(!failed);
  if (token === "failure()") return String(failed);
  if (token === undefined || !/^('|[A-Za-z_][\w.-]*$)/.test(token)) {
    throw new Error(`cannot read this in an expression: ${token}`);
  }
  if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  return lookup(token.split("."), context);
}

/** A missing name is empty, as on GitHub; a missing context is an error in the test. */
function lookup([first = "", ...path]: readonly string[], context: Context): string {
  let value: string | Context | undefined = context[first];
  if (value === undefined) throw new Error(`no context ${first} in this test`);
  for (const name of path) value = typeof value === "object" ? value[name] : undefined;
  if (typeof value === "object") throw new Error(`${first}.${path.join(".")} is no text`);
  return value ?? "";
}

function truth(value: string): boolean {
  return value !== "" && value !== "false" && value !== "0";
}
