/** What -V prints: of the program whose words and ways these are. What is not done here is refused when it is asked for. */
export const VERSION_TEXT =
  "curl 7.88.1 (x86_64-pc-linux-gnu) libcurl/7.88.1 OpenSSL/3.0.19 zlib/1.2.13 brotli/1.0.9 zstd/1.5.4 libidn2/2.3.3 libpsl/0.21.2 (+libidn2/2.3.3) libssh2/1.10.0 nghttp2/1.52.0 librtmp/2.3 OpenLDAP/2.5.13\n" +
  "Release-Date: 2023-02-20, security patched: 7.88.1-10+deb12u15\n" +
  "Protocols: dict file ftp ftps gopher gophers http https imap imaps ldap ldaps mqtt pop3 pop3s rtmp rtsp scp sftp smb smbs smtp smtps telnet tftp\n" +
  "Features: alt-svc AsynchDNS brotli GSS-API HSTS HTTP2 HTTPS-proxy IDN IPv6 Kerberos Largefile libz NTLM NTLM_WB PSL SPNEGO SSL threadsafe TLS-SRP UnixSockets zstd\n";

const CATEGORIES: readonly (readonly [name: string, words: string])[] = [
  ["auth", "Different types of authentication methods"], ["connection", "Low level networking operations"], ["curl", "The command line tool itself"], ["dns", "General DNS options"],
  ["file", "FILE protocol options"], ["ftp", "FTP protocol options"], ["http", "HTTP and HTTPS protocol options"], ["imap", "IMAP protocol options"], ["misc", "Options that don't fit into any other category"],
  ["output", "Filesystem output"], ["pop3", "POP3 protocol options"], ["post", "HTTP Post specific options"], ["proxy", "All options related to proxies"], ["scp", "SCP protocol options"], ["sftp", "SFTP protocol options"],
  ["smtp", "SMTP protocol options"], ["ssh", "SSH protocol options"], ["telnet", "TELNET protocol options"], ["tftp", "TFTP protocol options"], ["tls", "All TLS/SSL related options"],
  ["upload", "All options for uploads"], ["verbose", "Options related to any kind of command line output of curl"],
];

const MAIN_PAGE = `
 -d, --data <data>          HTTP POST data
 -f, --fail                 Fail fast with no output on HTTP errors
 -h, --help <category>      Get help for commands
 -i, --include              Include protocol response headers in the output
 -o, --output <file>        Write to file instead of stdout
 -O, --remote-name          Write output to a file named as the remote file
 -s, --silent               Silent mode
 -T, --upload-file <file>   Transfer local FILE to destination
 -u, --user <user:password> Server user and password
 -A, --user-agent <name>    Send User-Agent <name> to server
 -v, --verbose              Make the operation more talkative
 -V, --version              Show version number and quit

This is not the full help, this menu is stripped into categories.
Use "--help category" to get an overview of all categories.
For all options use the manual or "--help all".
`.slice(1);

const USAGE = "Usage: curl [options...] <url>\n";

/** `--help`, `--help category`, or a page that is not written here: null. */
export function helpFor(category: string | undefined): string | null {
  if (category === undefined) return USAGE + MAIN_PAGE;
  const list = CATEGORIES.map(([name, words]) => ` ${name.padEnd(11)} ${words}\n`).join("");
  const wanted = category.toLowerCase();
  if (wanted === "category") return USAGE + list;
  if (wanted === "all" || CATEGORIES.some(([name]) => name === wanted)) return null;
  return `${USAGE}Invalid category provided, here is a list of all categories:\n\n${list}`;
}
