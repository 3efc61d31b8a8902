/** Variables that nginx has by itself and that are answered here (see variables.ts). */
export const BUILT_IN: ReadonlySet<string> = new Set([
  "arg", "args", "binary_remote_addr", "body_bytes_sent", "bytes_sent", "connection", "connection_requests", "connection_time", "connections_active", "connections_reading",
  "connections_waiting", "connections_writing", "content_length", "content_type", "date_gmt", "date_local", "document_root", "document_uri", "host", "hostname", "http_host", "https",
  "invalid_referer", "is_args", "limit_conn_status", "limit_rate", "limit_req_status", "msec", "nginx_version", "pid", "pipe", "proxy_add_x_forwarded_for", "proxy_host", "proxy_port",
  "proxy_protocol_addr", "query_string", "realpath_root", "remote_addr", "remote_port", "remote_user", "request", "request_body", "request_completion", "request_filename", "request_id",
  "request_length", "request_method", "request_time", "request_uri", "scheme", "server_addr", "server_name", "server_port", "server_protocol", "status", "time_iso8601", "time_local",
  "upstream_addr", "upstream_bytes_received", "upstream_bytes_sent", "upstream_connect_time", "upstream_header_time", "upstream_response_length", "upstream_response_time",
  "upstream_status", "uri",
].filter((name) => name !== "arg" && name !== "invalid_referer" && name !== "proxy_protocol_addr"));

const PREFIXES = ["http_", "sent_http_", "sent_trailer_", "upstream_http_", "upstream_trailer_", "upstream_cookie_", "arg_", "cookie_"];

/** `$http_NAME` and its like: any name. */
export const hasPrefix = (name: string): boolean => PREFIXES.some((p) => name.startsWith(p) && name.length > p.length);
