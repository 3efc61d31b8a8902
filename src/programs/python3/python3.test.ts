import { describe, expect, test } from "vitest";
import { bodyOf, ServerBed, statusOf } from "../nginx/testbed.ts";
import { translatePath } from "./files.ts";
import { guessType } from "./mime.ts";
import { python3 } from "./python3.ts";
import { isSsScript, SS_TEXT } from "./ss.ts";
import { normPath, pyRepr } from "./text.ts";

const GET = "GET / HTTP/1.0\r\n\r\n";

describe("small parts", () => {
  test.each([["it's", '"it\'s"'], ["a\\b", "'a\\\\b'"], ["\x07", "'\\x07'"], ["both ' \"", "'both \\' \"'"]])("repr of %j", (text, shown) => expect(pyRepr(text)).toBe(shown));
  test.each([["/a/../b/./c//d", "/a/b/c/d".replace("/a", "")], ["/..", "/"], ["", "."]])("normpath of %j is %s", (path, norm) => expect(normPath(path)).toBe(norm));
  test.each([["/../../etc/passwd", "/srv/etc/passwd"], ["/a%20b/?x", "/srv/a b/"], ["/a#b", "/srv/a"]])("%s stays in the folder: %s", (target, path) => expect(translatePath("/srv", target)).toBe(path));
  test.each([["a.html", "text/html"], ["a.tar.gz", "application/gzip"], ["README", "application/octet-stream"], ["a.JSON", "application/json"], [".bashrc", "application/octet-stream"]])("%s is %s", (name, type) => expect(guessType(name)).toBe(type));
  test("ss.py is known by its code, not by its blank lines; an edited one is another program", () => {
    expect(isSsScript(SS_TEXT.replace("\n\n\n", "\n"))).toBe(true);
    expect(isSsScript(SS_TEXT.replace("send_response(200)", "send_response(201)"))).toBe(false);
  });
});

describe("servers", () => {
  const ss = (): ServerBed => {
    const bed = new ServerBed();
    bed.file("/ss.py", SS_TEXT);
    bed.serve(python3, "python3", "/ss.py", "S1");
    return bed;
  };

  test("ss.py answers every path with its word", () => {
    const got = ss().ask(8000, "GET /any HTTP/1.1\r\n\r\n");
    expect([statusOf(got.text), bodyOf(got.text), got.end]).toEqual(["200", "S1\n", "closed"]);
  });

  test("ss.py serves one client at a time: a silent one holds up the others until it leaves", () => {
    const bed = ss();
    bed.client(8000, "", 2000, { text: "", end: "", ms: 0 });
    bed.os.pass(100_000_000);
    const second = bed.ask(8000, GET, 5000);
    expect([statusOf(second.text), Math.round(second.ms / 100)]).toEqual(["200", 19]);
  });

  test("http.server has a thread for each", () => {
    const bed = new ServerBed();
    bed.serve(python3, "python3", "-m", "http.server");
    bed.client(8000, "", 2000, { text: "", end: "", ms: 0 });
    bed.os.pass(100_000_000);
    const second = bed.ask(8000, GET, 5000);
    expect([statusOf(second.text), second.ms < 50]).toEqual(["200", true]);
  });

  test("what it cannot run it names", () => {
    const bed = new ServerBed();
    bed.file("/x.py", "print(1)\n");
    expect(bed.os.run(python3, "", ["python3", "/x.py"]).stderr).toContain("/x.py: this program is not simulated here");
    expect(bed.os.run(python3, "", ["python3", "-c", "1"])).toMatchObject({ stderr: "python3: -c: not simulated here\n" });
    expect(bed.os.run(python3, "", ["python3", "-m", "json.tool"])).toMatchObject({ stderr: "python3: -m json.tool: not simulated here\n" });
  });
});
