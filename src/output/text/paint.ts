/** Colours for a terminal. They repeat what words and signs say, and never say anything alone. */
import { styleText } from "node:util";

type Style = (text: string) => string;

export interface Paint {
  readonly good: Style;
  readonly careful: Style;
  readonly bad: Style;
  readonly strong: Style;
  readonly faint: Style;
}

const plain: Style = (text) => text;

const withoutColour: Paint = {
  good: plain,
  careful: plain,
  bad: plain,
  strong: plain,
  faint: plain,
};

const withColour: Paint = {
  good: styled("green"),
  careful: styled("yellow"),
  bad: styled("red"),
  strong: styled("bold"),
  faint: styled("dim"),
};

export function paint(color: boolean): Paint {
  return color ? withColour : withoutColour;
}

function styled(format: Parameters<typeof styleText>[0]): Style {
  // Whether there is colour is the caller's decision: newer versions of Node would look at stdout by themselves.
  return (text) => styleText(format, text, { validateStream: false });
}
