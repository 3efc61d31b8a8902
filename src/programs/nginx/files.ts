import type { Kernel } from "../../os/kernel.ts";
import { TreeLink } from "../../os/tree.ts";
import { utf8 } from "../../wire/text.ts";
import { MIME_TYPES } from "./mime-types.ts";

/** What Debian's nginx packages put on a machine. The settings are Debian's; the comments were left out. */

const NGINX_CONF = `user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;
include /etc/nginx/modules-enabled/*.conf;

events {
	worker_connections 768;
}

http {
	sendfile on;
	tcp_nopush on;
	types_hash_max_size 2048;

	include /etc/nginx/mime.types;
	default_type application/octet-stream;

	ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
	ssl_prefer_server_ciphers on;

	access_log /var/log/nginx/access.log;

	# Debian also says "gzip on" here; answers are not compressed in this simulator.

	include /etc/nginx/conf.d/*.conf;
	include /etc/nginx/sites-enabled/*;
}
`;

const DEFAULT_SITE = `server {
	listen 80 default_server;
	# Debian also says "listen [::]:80 default_server" here; IPv6 is off on these machines.

	root /var/www/html;
	index index.html index.htm index.nginx-debian.html;
	server_name _;

	location / {
		# The file, or the folder, or 404.
		try_files $uri $uri/ =404;
	}
}
`;

const PROXY_PARAMS = `proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $scheme;
`;

const WELCOME = `<!DOCTYPE html>
<html>
<head>
<title>Welcome to nginx!</title>
<style>
html { color-scheme: light dark; }
body { width: 35em; margin: 0 auto;
font-family: Tahoma, Verdana, Arial, sans-serif; }
</style>
</head>
<body>
<h1>Welcome to nginx!</h1>
<p>If you see this page, the nginx web server is successfully installed and
working. Further configuration is required.</p>

<p>For online documentation and support please refer to
<a href="http://nginx.org/">nginx.org</a>.<br/>
Commercial support is available at
<a href="http://nginx.com/">nginx.com</a>.</p>

<p><em>Thank you for using nginx.</em></p>
</body>
</html>
`;

/** When nginx 1.22.1 was released: the date of its welcome page. */
const WELCOME_SEC = 0x634faf0c;
const WWW_DATA = 33;
const ADM = 4;

export function installNginxFiles(kernel: Kernel): void {
  for (const dir of ["conf.d", "modules-available", "modules-enabled", "sites-available", "sites-enabled", "snippets"]) kernel.makeDirs(`/etc/nginx/${dir}`);
  for (const dir of ["body", "fastcgi", "proxy", "scgi", "uwsgi"]) kernel.makeDirs(`/var/lib/nginx/${dir}`);
  kernel.writeFile("/etc/nginx/nginx.conf", utf8(NGINX_CONF));
  kernel.writeFile("/etc/nginx/mime.types", utf8(MIME_TYPES));
  kernel.writeFile("/etc/nginx/proxy_params", utf8(PROXY_PARAMS));
  kernel.writeFile("/etc/nginx/sites-available/default", utf8(DEFAULT_SITE));
  kernel.makeDirs("/etc/nginx/sites-enabled").add("default", new TreeLink(kernel.fs, "/etc/nginx/sites-available/default"));
  kernel.writeFile("/usr/share/nginx/html/index.html", utf8(WELCOME));
  dated(kernel, "/usr/share/nginx/html", "index.html");
  kernel.writeFile("/var/www/html/index.nginx-debian.html", utf8(WELCOME));
  installLogs(kernel);
}

function dated(kernel: Kernel, folder: string, name: string): void {
  const node = kernel.makeDirs(folder).lookup(name);
  if (node !== undefined) node.mtimeSec = WELCOME_SEC;
}

/** The folder belongs to root's adm, the logs to the server's user. */
function installLogs(kernel: Kernel): void {
  const folder = kernel.makeDirs("/var/log/nginx");
  folder.gid = ADM;
  for (const name of ["access.log", "error.log"]) {
    kernel.writeFile(`/var/log/nginx/${name}`, new Uint8Array(0), 0o640);
    const node = folder.lookup(name);
    if (node !== undefined) Object.assign(node, { uid: WWW_DATA, gid: ADM });
  }
}
