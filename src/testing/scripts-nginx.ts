import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);

/** Paths of the recording's folder, times and process numbers out of nginx's messages. */
const MASK = 'sed "s#$PWD/##g; s#^[0-9]*/[0-9/]* [0-9:]* ##; s/ [0-9]*#[0-9]*: / P: /"';

/** `nginx -t` of a text. */
const tested = (text: string): string => `printf '${text}' > x.conf; nginx -t -g "pid $PWD/pid;" -c $PWD/x.conf 2>&1 | ${MASK}`;
const http = (text: string): string => tested(`events{}\\nhttp { ${text} }\\n`);
const server = (text: string): string => http(`server { listen 8001; ${text} }`);

const CONF = `user root; worker_processes 1; pid DIR/pid; error_log DIR/error.log; events {}
http {
  access_log DIR/access.log; root DIR/site; log_format up "$uri $status $upstream_addr $upstream_status $upstream_response_length";
  limit_req_zone $binary_remote_addr zone=few:1m rate=2r/s;
  upstream pair { server 127.0.0.1:8002 weight=2; server 127.0.0.1:8003; }
  upstream half { server 127.0.0.1:9; server 127.0.0.1:8003; }
  upstream none { server 127.0.0.1:9; server 127.0.0.1:10; }
  map $arg_who $greeting { default stranger; bob Robert; ~^(a.*)$ "dear $1"; }
  split_clients $arg_id $bucket { 30% canary; * stable; }
  server { listen 8002; access_log off; return 200 "two $request $http_host $http_connection $http_x_forwarded_for\\n"; }
  server { listen 8003; access_log off; return 200 "three $request\\n"; }
  server {
    listen 8001;
    location /text { return 200 "hello $remote_addr $arg_a\\n"; }
    location /moved { return 301 /text; }
    location /gone { return 410; }
    location /old { rewrite ^/old/(.*)$ /text?a=$1 last; }
    location = /exact { return 200 "exact\\n"; }
    location ~ \\.(php|cgi)$ { return 403; }
    location /map { return 200 "$greeting $bucket\\n"; }
    location /few { limit_req zone=few burst=1 nodelay; try_files /a.txt =404; }
    location /one/ { proxy_pass http://127.0.0.1:8002/other/; }
    location /fwd { proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $host; proxy_pass http://127.0.0.1:8002; }
    location /pair { access_log DIR/up.log up; proxy_pass http://pair; }
    location /half { access_log DIR/up.log up; proxy_pass http://half; }
    location /none { access_log DIR/up.log up; proxy_pass http://none; }
    location /dead { proxy_pass http://127.0.0.1:9; }
    location /page { error_page 404 = /a.txt; }
    location /list/ { autoindex on; }
  }
  server { listen 8001; server_name other *.other.test; return 200 "other $host\\n"; }
}
`;

const get = (args: string): string => `curl -si ${args} | sed 's/^Date: .*/Date: D/; s/^Last-Modified: .*/Last-Modified: L/; s/^ETag: .*/ETag: E/'`;
const base = "localhost:8001";
const log = (name: string): string => `sed "s#$PWD/##g; s/\\[[0-9]*\\/[A-Z][^]]*\\]/[T]/; s#^[0-9]*/[0-9/]* [0-9:]* ##; s/ [0-9]*#[0-9]*: / P: /; s/excess: [0-9.]*/excess: E/" ${name}`;

/** Rules whose order matters: rewrites of a server and of locations, `if`, try_files, index, error pages, prefixes against patterns. */
const RULES = `user root; worker_processes 1; pid DIR/pid; error_log DIR/error.log; events {} http {
  access_log off; root DIR/site; uninitialized_variable_warn off;
  server { listen 8002; return 200 "up $request_uri\n"; }
  server { listen 8001; set $v s; rewrite ^/srv/(.*)$ /loc/$1; if ($arg_stop) { return 418; }
    location / { try_files $uri $uri/ /fall?x=1; }
    location /loc { if ($arg_q = 1) { set $v q; } if ($uri ~ "^/loc/(?<w>[a-z]+)") { return 200 "loc $w $v $1|$args\n"; } return 200 "loc none $1\n"; }
    location /fall { return 200 "fall $uri|$args|$request_uri\n"; }
    location /pre { return 200 "pre\n"; } location ^~ /pre/hard { return 200 "hard\n"; } location /pre/soft { return 200 "soft\n"; } location ~ soft$ { return 200 "pattern $uri\n"; }
    location = /pre/eq { return 200 "eq\n"; } location ~* \\.JPG$ { return 200 "picture\n"; }
    location /chain { rewrite ^/chain/(\\d+)$ /chain/x$1; rewrite ^/chain/x(.*)$ /fall/$1?k=v last; return 200 "chain\n"; }
    location /round { rewrite ^(.*)$ $1/r last; } location /keep { rewrite ^/keep/(.*)$ /kept/$1 break; proxy_pass http://127.0.0.1:8002; }
    location /drop { rewrite ^/drop/(.*)$ /fall/$1? last; } location /away { rewrite ^/away/(.*)$ http://else/$1; }
    location /sub2 { alias DIR/site/sub; } location /named { try_files /no @n; } location @n { return 200 "named $uri\n"; }
    location /err { error_page 404 = /fall?e=1; error_page 403 @n; deny all; } location /err2 { error_page 404 =200 /a.txt; }
    location /pass/ { proxy_pass http://127.0.0.1:8002/to/; } location /pass2 { proxy_pass http://127.0.0.1:8002; } location ~ ^/pass3/(.*)$ { proxy_pass http://127.0.0.1:8002/got/$1$is_args$args; }
    location /only { limit_except GET { deny all; } return 200 "only\n"; } location /inner { internal; return 200 "inner\n"; } location /viainner { try_files /no /inner; }
  } }`;

/** Status and body of each. */
const each = (...paths: string[]): string => `for p in ${paths.map((p) => `"${p}"`).join(" ")}; do printf '%s -> ' "$p"; curl -s --path-as-is -w '%{http_code} %{redirect_url}\\n' "${base}$p"; done`;

/** nginx and Python's servers: configurations, answers and logs. */
export const NGINX_SCRIPTS: readonly Script[] = [
  {
    name: "nginx-conf", title: "nginx -t: what the reader of configurations says",
    steps: box(
      tested("events {}\\nhttp { server { listen 8001; } }\\n"), tested("events {}\\nhttp { server { listen 8001; }\\n"), tested("events {}\\n}"), tested("events {}\\nabc"), tested("http {}"), tested("events {} events {}"), tested("worker_processes x; events {}"), tested("user nosuch; events {}"),
      tested("events {} error_log e.log loud;"), tested("events {} foo bar;"), tested("events { worker_connections x; }"), tested("events {} daemon maybe;"), tested("events {} server {}"), tested("events {} stream {}"), tested("events {} pid a; pid b;"), tested("events {} \"a\"b;"),
      http("server { listen 99999; }"), http("server { listen a:b; }"), http("server { listen 80 foo; }"), http("server { listen 80; listen 80; }"), http("server { listen nosuch.invalid:80; }"), http("server { listen 8001 default_server; } server { listen 8001 default_server; }"),
      http("server { listen 8001; server_name a; } server { listen 8001; server_name a; }"), server("listen;"), server("sendfile maybe;"), server("root a; root b;"), server("client_max_body_size x;"), server("keepalive_timeout 1 2 3;"),
      server("location / { proxy_pass foo; }"), server("location / { proxy_pass http://nosuch.invalid; }"), server("location / { proxy_pass http://127.0.0.1:99999; }"), server("location ~ a { proxy_pass http://127.0.0.1/x; }"), server("location / { proxy_pass http://127.0.0.1; proxy_pass http://127.0.0.1; }"),
      server("location = / { location /a {} }"), server("location /b { location /a {} }"), server("location /b {} location /b {}"), server("location foo /b {}"), server("location /b { location @a {} }"), server("location ~ \"a(\" {}"), server("location ~ \"a[b\" {}"),
      server("return abc;"), server("return 200 $nosuch;"), server("return 200 \"\\${a\";"), server("rewrite ^a b foo;"), server("if $a {}"), server("if ($uri xx b) {}"), server("set a b;"), server("set $uri b;"), server("error_page 200 /x;"), server("location / { try_files a; }"),
      http("upstream u {} server { listen 8001; }"), http("upstream u { server 127.0.0.1 weight=0; }"), http("upstream u { server nosuch.invalid:80; }"), http("upstream u { server 127.0.0.1; } upstream u { server 127.0.0.1; }"), http("upstream u { server 127.0.0.1 backup; } server { listen 8001; location / { proxy_pass http://u; } }"),
      http("log_format a b; log_format a c;"), http("access_log x.log nosuch;"), http("limit_req_zone $uri zone=b:1k rate=1r/s;"), http("limit_req_zone $uri zone=b:1m rate=1s;"), http("server { listen 8001; limit_req zone=nosuch; }"), http("limit_req burst=5;"),
      http("split_clients $uri $x { 60%% a; 60%% b; }"), http("map $uri $x { a b c; }"), http("map $uri $x { a b; a c; }"), http("geo $x { a c; }"), http("allow foo;"), http("allow 10.0.0.1/8;"), http("types { a b; c b; }"), http("include nosuch.conf;"), http("include nosuch*.conf;"),
      "nginx -v", "nginx -h", "nginx -x", "nginx foo", "nginx -c", "nginx -s foo", `nginx -t -c $PWD/nosuch.conf 2>&1 | ${MASK}`, tested("events {}\\n").replace("nginx -t", "nginx -t -q"), tested("events {}\\nhttp { }\\n").replace("nginx -t", "nginx -T")),
  },
  {
    name: "nginx-serve", title: "nginx at work: locations, files, rewrites, proxying, groups of servers, limits, logs, reload and stop",
    steps: box(
      "mkdir -p site/sub site/list/inner; echo hello > site/a.txt; echo index > site/index.html; seq 1 30000 > site/big.txt; echo x > site/list/b; touch -d @1700000000 site/a.txt site/list/b site/list/inner",
      `printf '%s\\n' '${CONF.replace(/\n */g, " ")}' > in.conf`, "sed \"s#DIR#$PWD#g\" in.conf > n.conf", "nginx -c $PWD/n.conf; echo $?", "sleep 0.3",
      get(`${base}/text?a=1`), get(`${base}/`), get(`${base}/nosuch`), get(`-I ${base}/a.txt`), get(`${base}/sub`), get(`${base}/sub/`), get(`${base}/moved`), get(`${base}/gone`), get(`${base}/old/thing`), get(`${base}/exact`), get(`${base}/exact/x`), get(`${base}/x.php`),
      get(`-X DELETE ${base}/a.txt`), get(`-d x=1 ${base}/a.txt`), get(`-H 'Range: bytes=1-3' ${base}/a.txt`), get(`-H 'Range: bytes=9-' ${base}/a.txt`), get(`-H 'If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT' ${base}/a.txt`), get(`-0 ${base}/text`), get(`-H Host:other ${base}/`), get(`-H Host:x.other.test ${base}/`), get(`-H Host: ${base}/`),
      get(`${base}/page/nosuch`), get(`${base}/list/`), get(`${base}/one/thing?q=1`), get(`${base}/fwd/x`), get(`-H 'X-Forwarded-For: 9.9.9.9' ${base}/fwd/x`), get(`${base}/dead`), get(`-I ${base}/one/x`), get(`-d abc ${base}/one/x`),
      `curl -s ${base}/big.txt | wc`, `for i in 1 2 3 4 5 6; do curl -s ${base}/pair; done`, `for i in 1 2 3; do curl -s ${base}/half; done`, `for i in 1 2; do curl -s -o /dev/null -w '%{http_code}\\n' ${base}/none; done`,
      `for w in bob alice carl; do curl -s "${base}/map?who=$w&id=$w"; done`, `for i in 1 2 3 4 5 6 7 8; do curl -s "${base}/map?id=$i"; done`, `for i in 1 2 3 4; do curl -s -o /dev/null -w '%{http_code} ' ${base}/few; done; echo`,
      "printf 'GET /text HTTP/1.1\\r\\nHost: h\\r\\n\\r\\nGET /exact HTTP/1.0\\r\\n\\r\\n' | nc -q 1 localhost 8001 | sed 's/^Date: .*/Date: D/'", "printf 'junk\\r\\n\\r\\n' | nc -q 1 localhost 8001 | sed 's/^Date: .*/Date: D/'", "printf 'GET /text\\r\\n' | nc -q 1 localhost 8001",
      log("access.log"), log("error.log"), log("up.log"), "ps -eo args | grep '^nginx' | sed \"s#$PWD/##\"", "nginx -t -c $PWD/n.conf 2>&1 | sed \"s#$PWD/##\"",
      "sed -i 's/hello/goodbye/' n.conf; nginx -s reload -c $PWD/n.conf 2>/dev/null; sleep 0.5", get(`${base}/text`), `echo 'oops' >> n.conf; kill -HUP $(cat pid); sleep 0.3; tail -1 error.log | ${MASK}`, get(`${base}/text`),
      `mv access.log old.log; kill -USR1 $(cat pid); sleep 0.3; curl -s ${base}/exact; wc -l < access.log`, "sed -i '$d' n.conf; nginx -c $PWD/n.conf 2>/dev/null; echo $?", `tail -2 error.log | ${MASK}`, "nginx -s quit -c $PWD/n.conf 2>/dev/null; sleep 0.5; ls pid; ps -eo args | grep -c '^nginx'", "nginx -s stop -c $PWD/n.conf 2>&1 | " + MASK),
  },
  {
    name: "nginx-rules", title: "nginx: which rule wins, and what is left of the URI",
    steps: box(
      "mkdir -p site/sub; echo hello > site/a.txt; echo index > site/sub/index.html", `printf '%s\\n' '${RULES.replace(/\n */g, " ")}' > in.conf`, "sed \"s#DIR#$PWD#g\" in.conf > n.conf; nginx -c $PWD/n.conf; sleep 0.3",
      each("/", "/a.txt", "/sub", "/sub/", "/nosuch", "/nosuch?y=2", "/srv/abc", "/srv/abc?q=1", "/srv/7", "/loc", "/loc/xy?q=1", "/x?stop=1"), each("/pre", "/prefix", "/pre/hard/soft", "/pre/soft", "/pre/softer", "/pre/eq", "/pre/eq/", "/x.jpg", "/x.JpG", "/X.jpg/y"),
      each("/chain/5", "/chain/x", "/chain", "/round", "/keep/a%20b?z", "/keep", "/drop/d?x", "/away/there?k=v", "/away", "/sub2/", "/sub2", "/sub2/index.html", "/named", "/err", "/err2", "/err2/x"),
      each("/pass/x%2Fy?z=1", "/pass", "/pass/", "/pass2/a//b/../c", "/pass2%20", "/pass3/q%41?w", "/inner", "/viainner", "/only", "/%61.txt", "/sub/../a.txt", "/../a.txt", "/%zz", "//a.txt", "/a.txt/", "/sub//index.html"),
      `curl -s -o /dev/null -w '%{http_code}\\n' -X POST ${base}/only; curl -sI ${base}/only | head -1`, log("error.log"), "nginx -s stop -c $PWD/n.conf 2>/dev/null"),
  },
  {
    name: "python-servers", title: "python3 -m http.server: answers, log, wrong usage",
    steps: box(
      "mkdir -p site/sub 'site/a b'; echo hello > site/a.txt; echo '<b>' > 'site/x&y.html'; ln -s a.txt site/link; touch -d @1700000000 site/a.txt",
      "cd site; timeout 9 /usr/bin/python3 -m http.server 8005 2>../log & sleep 3; " + ["", "sub", "sub/", "a.txt", "nosuch", "a%20b", "a.txt/", "..//a.txt", "x%26y.html"].map((p) => get(`localhost:8005/${p}`)).join("; ")
      + "; " + get("-I localhost:8005/a.txt") + "; " + get("-d x localhost:8005/") + "; " + get("-H 'If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT' localhost:8005/a.txt") + "; printf 'junk\\r\\n\\r\\n' | nc -q 1 localhost 8005; timeout 9 /usr/bin/python3 -m http.server 8005",
      "sed 's/\\[.*\\] /[T] /' log", "timeout -k 9 -s INT 4 /usr/bin/python3 -m http.server 8006; echo $?", "timeout -k 9 -s INT 4 /usr/bin/python3 -m http.server --bind 127.0.0.1 8006 | cat", "/usr/bin/python3 -m http.server x", "/usr/bin/python3 -m http.server -h", "/usr/bin/python3 -m http.server 1 2", "/usr/bin/python3 -m http.server --bind", "/usr/bin/python3 -m http.server --foo",
      "/usr/bin/python3 -m http.server --bind 1.2.3.4 8006", "/usr/bin/python3 --version", "/usr/bin/python3 -c", "/usr/bin/python3 /nosuch.py"),
  },
];
