/** The result of `doctor` as text and as JSON. */
import type { Check, CheckId, Diagnosis } from "../model/doctor.ts";
import { jsonDocument } from "../model/text.ts";
import { padded, wrap } from "./text/columns.ts";
import { plainText } from "./escape.ts";

const LABELS: Readonly<Record<CheckId, string>> = {
  address: "Address",
  proxy: "Proxy",
  tls: "TLS",
  credential: "Credential",
  identity: "Identity",
  organizations: "Organizations",
  users: "Users",
  roles: "Roles",
  version: "API version",
  "rate-limit": "Rate limit",
  clock: "Clock",
  speed: "Speed",
  dialects: "Dialects",
};

const MARKS: Readonly<Record<Check["status"], string>> = { ok: " ", note: "!", problem: "x" };
const LABEL_WIDTH = 16;

export function renderDiagnosisText({ checks, ok }: Diagnosis, width: number): string {
  const todo = checks.filter((one): one is Check & { readonly todo: string } => one.todo !== null);
  const blocks = [
    checks.flatMap((one) => [
      ...entry(`${MARKS[one.status]} ${LABELS[one.id]}`, one.value, width),
      ...(one.means === null || one.status === "ok" ? [] : entry("", `→ ${one.means}`, width)),
    ]),
    todo.length === 0
      ? []
      : ["What to do:", ...todo.flatMap((one) => entry("", `- ${one.todo}`, width, 2))],
    [
      ok
        ? "plan and apply work with this key. Nothing was written."
        : "plan and apply would fail. Nothing was written.",
    ],
  ];
  return `${blocks
    .filter(({ length }) => length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function entry(
  label: string,
  text: string,
  width: number,
  indent = LABEL_WIDTH,
): readonly string[] {
  const lines = wrap(plainText(text).split(" "), width - indent);
  return lines.map((line, index) => `${padded(index === 0 ? label : "", indent)}${line}`);
}

export function renderDiagnosisJson({ checks, ok }: Diagnosis): string {
  return jsonDocument({ format_version: 1, ok, checks });
}
