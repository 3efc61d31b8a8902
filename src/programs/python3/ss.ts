import type { Kernel } from "../../os/kernel.ts";
import { utf8 } from "../../wire/text.ts";

/**
 * The course's little server: one string on port 8000. The file lies on the machines as Python text; the
 * interpreter here knows this one program, and says so of every other.
 */
export const SS_PATH = "/simulator/utils/ss.py";

export const SS_TEXT = `#!/usr/bin/env python3
# Serves the same short text on port 8000, whatever path is asked for.

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write((sys.argv[1] + "\\n").encode())


def main():
    if len(sys.argv) != 2:
        print("Expecting a single argument of string to serve")
        return

    s = HTTPServer(("0.0.0.0", 8000), Handler)
    # Until Ctrl-C.
    s.serve_forever()

main()
`;

const meaning = (text: string): string => text.split("\n").map((l) => l.trimEnd()).filter((l) => l !== "" && !/^\s*#/.test(l)).join("\n");

/** Is this the text of ss.py? Blank lines and comments do not matter. */
export const isSsScript = (text: string): boolean => meaning(text) === meaning(SS_TEXT);

/** Numbers of the lines that a traceback names. */
export function lineOf(text: string, code: string): number {
  return text.split("\n").findIndex((l) => l.trim() === code) + 1;
}

export function installSsScript(kernel: Kernel): void {
  kernel.writeFile(SS_PATH, utf8(SS_TEXT), 0o755);
}
