import type { LocConf } from "../conf/model.ts";

/** Which location serves a URI (ngx_http_core_find_location). */
export interface Found {
  readonly loc: LocConf;
  /** The URI is a proxied location's name without its slash: redirect. */
  readonly redirect: boolean;
}

interface Search {
  readonly loc: LocConf;
  readonly redirect: boolean;
  /** No more looking: `=`, or `^~` that no deeper one replaced. */
  readonly final: boolean;
}

export function findLocation(outer: LocConf, uri: string): Found {
  const found = search(outer, uri);
  return found ?? { loc: outer, redirect: false };
}

function search(outer: LocConf, uri: string): Search | null {
  const fixed = longest(outer, uri);
  if (fixed?.redirect === true || fixed?.loc.kind === "exact") return fixed;
  const nested = fixed === null ? null : search(fixed.loc, uri);
  if (nested?.final === true) return nested;
  const noRegex = fixed?.loc.kind === "no-regex";
  const pattern = noRegex ? undefined : outer.locations.find((l) => l.pattern !== undefined && l.pattern.regex.test(uri));
  if (pattern !== undefined) return { ...(search(pattern, uri) ?? { loc: pattern, redirect: false }), final: true };
  return nested ?? fixed;
}

/** The exact one, or the longest that the URI begins with. */
function longest(outer: LocConf, uri: string): Search | null {
  let best: LocConf | undefined;
  for (const loc of outer.locations) {
    if (loc.kind === "exact" && loc.name === uri) return { loc, redirect: false, final: true };
    if ((loc.kind === "prefix" || loc.kind === "no-regex") && uri.startsWith(loc.name) && loc.name.length >= (best?.name.length ?? 0)) best = loc;
  }
  const slash = outer.locations.find((l) => l.autoRedirect && (l.kind === "prefix" || l.kind === "no-regex") && l.name === `${uri}/`);
  if (slash !== undefined && (best === undefined || best.name !== uri)) return { loc: slash, redirect: true, final: true };
  return best === undefined ? null : { loc: best, redirect: false, final: false };
}
