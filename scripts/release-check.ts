/**
 * `npm run release:check -- vX.Y.Z`: checks that only hold for a release. Prints all failures; exits with 1 if there
 * are any.
 */
import { readFileSync } from "node:fs";

const text = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const manifest: {
  readonly version: string;
  readonly homepage: string;
  readonly bugs: { readonly url: string };
  readonly repository: { readonly url: string };
} = JSON.parse(text("package.json"));
const lock: {
  readonly version: string;
  readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
} = JSON.parse(text("package-lock.json"));
const [tag] = process.argv.slice(2);

const addresses = {
  repository: manifest.repository.url,
  homepage: manifest.homepage,
  bugs: manifest.bugs.url,
};
const unlocked = Object.entries(lock.packages).filter(
  ([path, { integrity }]) => path !== "" && integrity === undefined,
);
const wrong = [
  ...Object.entries(addresses).flatMap(([name, address]) =>
    address.includes("OWNER")
      ? [`package.json: ${name} is a placeholder: write the repository's address`]
      : [],
  ),
  ...(text("docs/editing.md").includes("github.com/OWNER/")
    ? ["docs/editing.md: the hook's repo is a placeholder: write the repository's address"]
    : []),
  ...(tag === `v${manifest.version}`
    ? []
    : [`the tag is ${tag ?? "missing"}, package.json says ${manifest.version}`]),
  ...(lock.version === manifest.version
    ? []
    : [`package-lock.json is of version ${lock.version}: npm install --package-lock-only`]),
  ...(new RegExp(`^## ${manifest.version.replaceAll(".", "\\.")}\\b`, "m").test(
    text("CHANGELOG.md"),
  )
    ? []
    : [`CHANGELOG.md has no section ## ${manifest.version}`]),
  ...unlocked.map(([path]) => `package-lock.json: ${path} has no integrity`),
];
for (const one of wrong) console.error(one);
process.exitCode = wrong.length > 0 ? 1 : 0;
