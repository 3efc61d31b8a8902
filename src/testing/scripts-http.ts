import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);

/** nc answers one connection with this text and keeps what was asked in `req`. */
const answer = (text: string, command: string): string => `printf '${text}' | timeout 5 nc -lN 8000 > req & sleep .3; ${command}; wait; cat req`;
const ok = (body: string, fields = ""): string => `HTTP/1.1 200 OK\\r\\nServer: nc\\r\\n${fields}Content-Length: ${body.replace(/\\n/g, "n").length}\\r\\n\\r\\n${body}`;
const U = "http://127.0.0.1:8000";

/** The times and speeds of curl's meter, of `after N ms`, and addresses in its memory. */
const CURL_MASK = `tr '\\r' '@' | sed -E 's/@$//; s/[0-9]+ (ms|milliseconds)/N \\1/; s/0x[0-9a-f]+/0xP/; s/@ *([0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+ +[0-9]+) +[0-9]+k? +[0-9]+k? (.{8} .{8} .{8}) +[0-9]+k?/\\1 S \\2/g'`;
const curl = (args: string): string => `{ curl ${args}; } 2>&1 | ${CURL_MASK}`;
/** Dates and rates of wget. */
const WGET_MASK = `sed -E 's/[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}/DATE/; s/\\([0-9.]+ .?B.s\\)/(RATE)/; s/ +[0-9.]+[ KMG]=[0-9.]+s$/ RATE/'`;
const wget = (args: string): string => `{ LC_ALL=C.UTF-8 wget ${args}; } 2>&1 | ${WGET_MASK}`;

/** curl and wget against canned answers, python's http.server, and nobody. */
export const HTTP_SCRIPTS: readonly Script[] = [
  {
    name: "curl-transfer", title: "curl against canned answers: what is sent, -v, -i, the meter, bodies of every framing, errors and exit statuses",
    steps: box(
      answer(ok("hello\\n"), curl(`${U}/a?b#c`)), answer(ok("hello\\n"), curl(`-v ${U}`)), answer(ok("hello\\n", "X-A: b\\r\\n"), curl(`-si ${U}`)), answer(ok("hello\\n"), curl(`-o f ${U}; cat f`)),
      answer(ok("hello\\n"), curl(`-s -w '%{http_code} %{size_download} %{size_header} %{size_request} %{num_connects} %{remote_ip}:%{remote_port} %{url_effective} %{content_type}|\\n' ${U}`)),
      answer("HTTP/1.0 200 OK\\r\\nA: b\\r\\n\\r\\nold style", curl(`-sv ${U}`)), answer("HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5;x=y\\r\\nhello\\r\\n1\\r\\n\\n\\r\\n0\\r\\nT: v\\r\\n\\r\\n", curl(`-sv ${U}`)),
      answer("HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\nxyz\\r\\n", curl(`-sSv ${U}; echo`)), answer("HTTP/1.1 200 OK\\r\\nContent-Length: 50\\r\\n\\r\\nabc", `${curl(`-sS ${U}`)}; curl -s ${U}; echo $?`),
      answer("", `curl -sS ${U}; echo $?`), answer("hello\\n", `curl -sS ${U}; echo $?`), answer("hello\\n", curl(`-s --http0.9 ${U}`)), answer("HTTP/1.1 204 Nothing\\r\\n\\r\\n", curl(`-sv ${U}`)),
      answer("HTTP/1.1 404 Not here\\r\\nContent-Length: 4\\r\\n\\r\\nbad\\n", `curl -sf ${U}; echo $?`), answer("HTTP/1.1 404 Not here\\r\\nContent-Length: 4\\r\\n\\r\\nbad\\n", `curl -sS --fail-with-body ${U}; echo $?`),
      answer("HTTP/1.1 301 Go\\r\\nLocation: /b\\r\\nContent-Length: 3\\r\\n\\r\\nbye", curl(`-s -w ' %{redirect_url} %{num_redirects}\\n' ${U}/a/c`)), answer("HTTP/1.1 103 Early\\r\\nLink: x\\r\\n\\r\\n" + ok("hi"), curl(`-si ${U}; echo`)),
      answer(ok("hi"), curl(`-s -d a=b -d 'c=d e' ${U}; echo`)), answer(ok("hi"), curl(`-s -X PUT -H 'X-One: 1' -H 'Accept:' -H 'Y;' -A me -e from -u a:b -b c=d ${U}; echo`)), answer(ok("hi"), curl(`-s -G -d a=b --data-urlencode 'q=x y&z' ${U}; echo`)),
      answer(ok("hi"), curl(`-s --json '{"a":1}' ${U}; echo`)), answer(ok("hi"), curl(`-s -r 2-5 -0 ${U}; echo`)), answer("HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n", curl(`-I ${U}`)),
      `curl -sS http://127.0.0.1:9 2>&1 | ${CURL_MASK}`, "curl -s http://127.0.0.1:9; echo $?", curl("-v http://127.0.0.1:9"), `timeout 2 nc -l 8000 > req & sleep .3; ${curl(`-sS -m 1 ${U}`)}; wait; cat req`,
    ),
  },
  {
    name: "curl-command-line", title: "curl: options, URLs and patterns that are wrong, and what it says",
    steps: box(
      "curl", "curl -", "curl --nosuch", "curl --m 3 x", "curl -o", "curl -m x http://127.0.0.1", "curl --max-redirs -2 x", "curl --no-max-time x", "curl --no-http1.1 x", "curl --local-port x y", "curl -h nosuch | head -3", "curl -h", "curl -V", "curl -sS ''", "curl http://", "curl http:///",
      "curl http://127.0.0.1:99999", "curl -sS http://127.0.0.1:x; echo $?", "curl -sS 'http://a b/'", "curl -sS foo://x; echo $?", "curl -sS --proto =https http://127.0.0.1; echo $?", "curl -sS 'http://127.0.0.1:9/{a'", "curl -sS 'http://127.0.0.1:9/[3-1]'", "curl -sS 'http://127.0.0.1:9/a}'",
      "curl -I -d x http://127.0.0.1:9", "curl -f --fail-with-body x", "curl -T nosuch http://127.0.0.1:9", "curl -K nosuch", "curl -JOi x", "curl --limit-rate 5x x", "curl -sS file:///nosuch; echo $?", "printf 'hi\\n' > f; curl -s file://$PWD/f", "curl -s -o x/f file://$PWD/f; echo $?", "curl -s --create-dirs -o x/f file://$PWD/f; cat x/f",
      "curl --http3 http://127.0.0.1", "curl --dns-servers 1.1.1.1 x", "printf 'url = http://127.0.0.1:9\\nnosuch\\nsilent\\nuser-agent=\"a b\\n' > c; curl -K c; echo $?",
    ),
  },
  {
    name: "curl-python", title: "curl and python3 -m http.server: a file, a listing, what is not there, HEAD",
    steps: box(
      "mkdir d; printf 'one\\n' > d/a.txt; touch -d @1600000000 d/a.txt; cd d; python3 -m http.server 8000 > ../log 2>&1 & sleep 1.5; curl -s 127.0.0.1:8000/a.txt; curl -sI 127.0.0.1:8000/a.txt | sed 's/^Date.*/Date/; s/Python.*/Python/'; curl -s -o /dev/null -w '%{http_code} %{size_download}\\n' 127.0.0.1:8000/nosuch 127.0.0.1:8000/ -o /dev/null; curl -sv 127.0.0.1:8000/a.txt 2>&1 | sed 's/Date.*/Date/; s/Python.*/Python/'; kill %1; wait 2>/dev/null; sed 's/\\[.*\\]/[T]/' ../log | grep GET",
    ),
  },
  {
    name: "wget-transfer", title: "wget against canned answers: what is sent, names of files, dots, redirects, errors and exit statuses",
    steps: box(
      answer(ok("hello\\n"), wget(`${U}/a.txt; cat a.txt`)), answer(ok("hello\\n"), wget(`${U}/a.txt; ls a.txt*`)), answer(ok("hello\\n"), wget(`-O f '${U}/x y?q=1'; cat f`)), answer(ok("hello\\n"), `wget -qO- ${U}`), answer(ok("hello\\n"), wget(`-S -O - ${U}`)), answer(ok("hello\\n"), wget(`-nv ${U}/n`)),
      answer(ok("x", "Content-Type: text/html\\r\\n"), wget(`--spider ${U}`)), answer("HTTP/1.0 200 OK\\r\\nA: b\\r\\n\\r\\nold style", wget(`${U}/old; cat old; echo`)), answer("HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n", wget(`${U}/c; cat c; echo`)),
      answer("HTTP/1.1 404 Not here\\r\\nContent-Length: 4\\r\\n\\r\\nbad\\n", `wget -q ${U}; echo $?; true`), answer("HTTP/1.1 404 Not here\\r\\nContent-Length: 4\\r\\n\\r\\nbad\\n", wget(`${U}`)), answer("HTTP/1.1 503 No\\r\\nContent-Length: 0\\r\\n\\r\\n", wget(`-nv ${U}`)),
      answer("HTTP/1.1 200 OK\\r\\nContent-Length: 50\\r\\n\\r\\nabc", wget(`-t 1 ${U}/p; cat p; echo`)), answer("", wget(`-t 1 ${U}`)), answer("HTTP/1.1 xx\\r\\n\\r\\n", wget(`-t 1 ${U}`)), answer("HTTP/1.1 301 Go\\r\\nContent-Length: 0\\r\\n\\r\\n", wget(`${U}`)),
      answer(ok("hi"), wget(`--post-data a=b --header 'X: y' -U me --referer r -nv -O g ${U}`)), answer("HTTP/1.1 206 P\\r\\nContent-Range: bytes 3-5/6\\r\\nContent-Length: 3\\r\\n\\r\\nlo\\n", `printf hel > h; ${wget(`-c ${U}/h; cat h`)}`),
      wget("-t 1 http://127.0.0.1:9"), "wget -q http://127.0.0.1:9; echo $?", "wget; echo $?", "wget --nosuch; echo $?", "wget -T x http://127.0.0.1:9; echo $?", wget("ftpx://a"), wget("http://127.0.0.1:99999"), "echo > a.b; wget -nc http://127.0.0.1:9/a.b; echo $?",
    ),
  },
];
