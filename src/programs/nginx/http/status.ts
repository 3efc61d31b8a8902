/** Status lines as nginx writes them. */
export const REASONS: Readonly<Record<number, string>> = {
  200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 206: "Partial Content",
  301: "Moved Permanently", 302: "Moved Temporarily", 303: "See Other", 304: "Not Modified", 307: "Temporary Redirect", 308: "Permanent Redirect",
  400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found", 405: "Not Allowed", 406: "Not Acceptable", 408: "Request Time-out",
  409: "Conflict", 410: "Gone", 411: "Length Required", 412: "Precondition Failed", 413: "Request Entity Too Large", 414: "Request-URI Too Large", 415: "Unsupported Media Type",
  416: "Requested Range Not Satisfiable", 421: "Misdirected Request", 429: "Too Many Requests",
  500: "Internal Server Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out", 505: "HTTP Version Not Supported", 507: "Insufficient Storage",
};

export const statusText = (status: number): string => `${String(status).padStart(3, "0")} ${REASONS[status] ?? ""}`;

/** Titles of error pages that are not the status line. */
const TITLES: Readonly<Record<number, string>> = {
  302: "302 Found", 494: "400 Request Header Or Cookie Too Large", 495: "The SSL certificate error", 497: "The plain HTTP request was sent to HTTPS port",
};
const EXTRA: Readonly<Record<number, readonly [title: string, heading: string]>> = {
  494: ["400 Request Header Or Cookie Too Large", "<center><h1>400 Bad Request</h1></center>\r\n<center>Request Header Or Cookie Too Large</center>\r\n"],
};

/** Statuses that have a page of their own. */
const PAGES = new Set([301, 302, 303, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 421, 429, 494, 500, 501, 502, 503, 504, 505, 507]);

const PAGE_TITLES: Readonly<Record<number, string>> = { 401: "401 Authorization Required" };

/** A built-in page; undefined for a status that has none. */
export function errorPage(status: number, tail: string): string | undefined {
  if (!PAGES.has(status)) return undefined;
  const title = TITLES[status] ?? PAGE_TITLES[status] ?? statusText(status);
  const heading = EXTRA[status]?.[1] ?? `<center><h1>${title}</h1></center>\r\n`;
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n${heading}<hr><center>${tail}</center>\r\n</body>\r\n</html>\r\n`;
}
