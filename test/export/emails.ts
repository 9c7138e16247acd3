/** Addresses that the schema accepts, unusual ones included. */
import fc from "fast-check";

export const email = fc
  .tuple(
    fc.oneof(
      fc.stringMatching(/^[a-z0-9'#*&!{}~=|.%+-]{1,8}$/),
      fc.constantFrom("0123", "yes", "null", "ünï", "😀", '"q"', "a:b", "[x]"),
    ),
    fc.constantFrom("x.org", "example.com"),
  )
  .map(([local, domain]) => `${local}@${domain}`);
