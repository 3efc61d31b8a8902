import type { Request } from "./request.ts";

/** Content-Type by the extension of the URI, or default_type. */
export const contentTypeOf = (r: Request): string | undefined => {
  const type = r.v.types.get(r.exten.toLowerCase()) ?? r.v.defaultType;
  return type === "" ? undefined : type;
};
