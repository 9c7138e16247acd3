// Unpacks the Chromium of @sparticuz/chromium, and the libraries and fonts that it needs, below TMPDIR. A process of
// its own: the package takes its settings from the environment, and changes the environment when it is imported.
import { default as chromium } from "@sparticuz/chromium";

await chromium.executablePath();
