/** Exit statuses of curl 7.88 (libcurl-errors(3)) that can happen here, with the library's words for them. */
export const CURL_ERRORS = {
  UNSUPPORTED_PROTOCOL: [1, "Unsupported protocol"],
  FAILED_INIT: [2, "Failed initialization"],
  URL_MALFORMAT: [3, "URL using bad/illegal format or missing URL"],
  COULDNT_RESOLVE_PROXY: [5, "Couldn't resolve proxy name"],
  COULDNT_RESOLVE_HOST: [6, "Couldn't resolve host name"],
  COULDNT_CONNECT: [7, "Couldn't connect to server"],
  WEIRD_SERVER_REPLY: [8, "Weird server reply"],
  PARTIAL_FILE: [18, "Transferred a partial file"],
  HTTP_RETURNED_ERROR: [22, "HTTP response code said error"],
  WRITE_ERROR: [23, "Failed writing received data to disk/application"],
  UPLOAD_FAILED: [25, "Upload failed (at start/before it took off)"],
  READ_ERROR: [26, "Failed to open/read local data from file/application"],
  OPERATION_TIMEDOUT: [28, "Timeout was reached"],
  RANGE_ERROR: [33, "Requested range was not delivered by the server"],
  SSL_CONNECT_ERROR: [35, "SSL connect error"],
  BAD_DOWNLOAD_RESUME: [36, "Couldn't resume download"],
  FILE_COULDNT_READ_FILE: [37, "Couldn't read a file:// file"],
  INTERFACE_FAILED: [45, "Failed binding local connection end"],
  TOO_MANY_REDIRECTS: [47, "Number of redirects hit maximum amount"],
  SETOPT_OPTION_SYNTAX: [49, "Malformed option provided in a setopt"],
  GOT_NOTHING: [52, "Server returned nothing (no headers, no data)"],
  SEND_ERROR: [55, "Failed sending data to the peer"],
  RECV_ERROR: [56, "Failure when receiving data from the peer"],
  BAD_CONTENT_ENCODING: [61, "Unrecognized or bad HTTP Content or Transfer-Encoding"],
  FILESIZE_EXCEEDED: [63, "Maximum file size exceeded"],
  SEND_FAIL_REWIND: [65, "Send failed since rewinding of the data stream failed"],
  LOGIN_DENIED: [67, "Login denied"],
} as const satisfies Record<string, readonly [number, string]>;

export type CurlError = keyof typeof CURL_ERRORS;
/** How a transfer ended. */
export type CurlCode = CurlError | "OK";

export const exitStatus = (code: CurlCode): number => (code === "OK" ? 0 : CURL_ERRORS[code][0]);
export const curlStrerror = (code: CurlCode): string => (code === "OK" ? "No error" : CURL_ERRORS[code][1]);
