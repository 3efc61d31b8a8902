/** http.HTTPStatus: phrase and description of what these servers answer. */
export const RESPONSES: Readonly<Record<number, readonly [phrase: string, description: string]>> = {
  100: ["Continue", "Request received, please continue"], 200: ["OK", "Request fulfilled, document follows"],
  301: ["Moved Permanently", "Object moved permanently -- see URI list"], 304: ["Not Modified", "Document has not changed since given time"],
  400: ["Bad Request", "Bad request syntax or unsupported method"], 404: ["Not Found", "Nothing matches the given URI"],
  414: ["Request-URI Too Long", "URI is too long"], 431: ["Request Header Fields Too Large", "The server is unwilling to process the request because its header fields are too large"],
  501: ["Not Implemented", "Server does not support this operation"], 505: ["HTTP Version Not Supported", "Cannot fulfill request"],
};

/** The page that send_error sends. */
export const errorBody = (code: number, message: string, explain: string): string => `<!DOCTYPE HTML>
<html lang="en">
    <head>
        <meta charset="utf-8">
        <title>Error response</title>
    </head>
    <body>
        <h1>Error response</h1>
        <p>Error code: ${code}</p>
        <p>Message: ${message}.</p>
        <p>Error code explanation: ${code} - ${explain}.</p>
    </body>
</html>
`;
