/** A value as nft writes it with -j. Bigints are numbers too big for doubles. */
export type Json = string | number | boolean | null | bigint | readonly Json[] | { readonly [key: string]: Json | undefined };

/** In one line with blanks behind colons and commas (json_dumps of jansson). Members that are undefined are left out. */
export function jsonText(x: Json): string {
  if (typeof x === "bigint") return x.toString();
  if (x === null || typeof x !== "object") return quoted(x);
  if (isList(x)) return `[${x.map(jsonText).join(", ")}]`;
  const members = Object.entries(x).flatMap(([key, value]) => (value === undefined ? [] : [`${quoted(key)}: ${jsonText(value)}`]));
  return `{${members.join(", ")}}`;
}

const isList = (x: readonly Json[] | { readonly [key: string]: Json | undefined }): x is readonly Json[] => Array.isArray(x);
const quoted = (x: string | number | boolean | null): string => JSON.stringify(x);

const METAINFO: Json = { metainfo: { version: "1.0.6", release_name: "Lester Gooch #5", json_schema_version: 1 } };

/** What a listing answers: one line. */
export const jsonDocument = (items: readonly Json[]): string => `${jsonText({ nftables: [METAINFO, ...items] })}\n`;
