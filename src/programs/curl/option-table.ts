/**
 * Every option that curl 7.88 knows, in the order in which it searches them: short letter, long name, and what follows it
 * (nothing = a switch with a `--no-` form, `!` = a switch without one, `=` = a value, `:` = a file name).
 */
const TAKES = `
url= dns-ipv4-addr= dns-ipv6-addr= random-file: egd-file= oauth2-bearer= connect-timeout= doh-url= ciphers= dns-interface= disable-epsv
disallow-username-in-url epsv dns-servers= trace: npn trace-ascii: alpn limit-rate= rate= compressed tr-encoding digest negotiate ntlm ntlm-wb basic
anyauth ftp-create-dirs create-dirs create-file-mode= max-redirs= proxy-ntlm crlf stderr: aws-sigv4= interface= krb= krb4= haproxy-protocol
max-filesize= disable-eprt eprt xattr ftp-ssl ssl ftp-pasv socks5= tcp-nodelay proxy-digest proxy-basic retry= retry-connrefused retry-delay=
retry-max-time= proxy-negotiate form-escape ftp-account= proxy-anyauth trace-time ignore-content-length ftp-skip-pasv-ip ftp-method= local-port=
socks4= socks4a= ftp-alternative-to-user= ftp-ssl-reqd ssl-reqd sessionid ftp-ssl-control ftp-ssl-ccc ftp-ssl-ccc-mode= libcurl= raw post301 keepalive
socks5-hostname= keepalive-time= post302 noproxy= socks5-gssapi-nec proxy1.0= tftp-blksize= mail-from= mail-rcpt= ftp-pret proto= proto-redir= resolve=
delegation= mail-auth= post303 metalink sasl-authzid= sasl-ir test-event unix-socket: path-as-is socks5-gssapi-service= proxy-service-name=
service-name= proto-default= expect100-timeout= tftp-no-options connect-to= abstract-unix-socket: tls-max= suppress-connect-headers compressed-ssh
happy-eyeballs-timeout-ms= retry-all-errors 0,http1.0! http1.1! http2! http2-prior-knowledge! http3! http3-only! http0.9 1,tlsv1! tlsv1.0! tlsv1.1!
tlsv1.2! tlsv1.3! tls13-ciphers= proxy-tls13-ciphers= 2,sslv2! 3,sslv3! 4,ipv4! 6,ipv6! a,append A,user-agent= b,cookie= alt-svc= hsts= B,use-ascii
c,cookie-jar= C,continue-at= d,data= data-raw= data-ascii= data-binary= data-urlencode= json= url-query= D,dump-header: e,referer= E,cert: cacert:
cert-type= key: key-type= pass= engine= capath: pubkey= hostpubmd5= hostpubsha256= crlfile: tlsuser= tlspassword= tlsauthtype= ssl-allow-beast
ssl-auto-client-cert proxy-ssl-auto-client-cert pinnedpubkey= proxy-pinnedpubkey= cert-status doh-cert-status false-start ssl-no-revoke
ssl-revoke-best-effort tcp-fastopen proxy-tlsuser= proxy-tlspassword= proxy-tlsauthtype= proxy-cert: proxy-cert-type= proxy-key: proxy-key-type=
proxy-pass= proxy-ciphers= proxy-crlfile: proxy-ssl-allow-beast login-options= proxy-cacert: proxy-capath: proxy-insecure proxy-tlsv1! socks5-basic
socks5-gssapi etag-save: etag-compare: curves= f,fail fail-early styled-output mail-rcpt-allowfails fail-with-body remove-on-error F,form= form-string=
g,globoff G,get request-target= h,help H,header= proxy-header= i,include I,head j,junk-session-cookies J,remote-header-name k,insecure doh-insecure
K,config: l,list-only L,location location-trusted m,max-time= M,manual n,netrc netrc-optional netrc-file: N,buffer o,output: O,remote-name
remote-name-all output-dir= clobber p,proxytunnel P,ftp-port= q,disable Q,quote= r,range= R,remote-time s,silent S,show-error t,telnet-option=
T,upload-file: u,user= U,proxy-user= v,verbose V,version w,write-out= x,proxy= preproxy= X,request= Y,speed-limit= y,speed-time= z,time-cond=
Z,parallel parallel-max= parallel-immediate #,progress-bar progress-meter :,next!`;

/** What this simulator does not do, though the real one does: refused by name. */
const REFUSED = new Set(`
doh-url rate compressed tr-encoding digest negotiate ntlm ntlm-wb anyauth ftp-create-dirs proxy-ntlm aws-sigv4 krb krb4 haproxy-protocol xattr
ftp-ssl ssl ftp-pasv socks5 proxy-digest proxy-negotiate ftp-account proxy-anyauth ftp-skip-pasv-ip ftp-method socks4 socks4a ftp-alternative-to-user
ftp-ssl-reqd ssl-reqd ftp-ssl-control ftp-ssl-ccc ftp-ssl-ccc-mode libcurl socks5-hostname socks5-gssapi-nec tftp-blksize mail-from mail-rcpt ftp-pret
delegation mail-auth sasl-authzid sasl-ir tftp-no-options compressed-ssh http2-prior-knowledge append alt-svc hsts crlf engine hostpubmd5 hostpubsha256
doh-cert-status tcp-fastopen login-options socks5-basic socks5-gssapi mail-rcpt-allowfails doh-insecure list-only manual netrc netrc-optional netrc-file
ftp-port quote telnet-option preproxy parallel parallel-max parallel-immediate socks5-gssapi-service proxy-service-name service-name disable-epsv epsv
disable-eprt eprt etag-save etag-compare time-cond proxytunnel suppress-connect-headers`.trim().split(/\s+/));

/** What the real one of Debian refuses, because it is built without c-ares and HTTP/3. */
const NOT_BUILT_IN = new Set("dns-ipv4-addr dns-ipv6-addr dns-interface dns-servers http3 http3-only".split(" "));

export interface OptionRow {
  readonly letter: string | undefined;
  readonly name: string;
  readonly takes: "switch" | "one-way" | "value" | "file";
  readonly support: "yes" | "not-simulated" | "not-built-in";
}

const KINDS = { "!": "one-way", "=": "value", ":": "file" } as const;

function readRow(entry: string): OptionRow {
  const [, letter, name, suffix] = /^(?:(.),)?(.+?)([!=:]?)$/.exec(entry) ?? ["", undefined, entry, ""];
  const support = REFUSED.has(name!) ? "not-simulated" : NOT_BUILT_IN.has(name!) ? "not-built-in" : "yes";
  return { letter, name: name!, takes: KINDS[suffix as keyof typeof KINDS] ?? "switch", support };
}

export const OPTIONS: readonly OptionRow[] = TAKES.trim().split(/\s+/).map(readRow);

export const byLetter = (letter: string): OptionRow | undefined => OPTIONS.find((row) => row.letter === letter);

/** By long name or the beginning of exactly one, without case. `exact`: no abbreviations (after `--no-`). */
export function byName(given: string, exact: boolean): OptionRow | "unknown" | "ambiguous" {
  const wanted = given.toLowerCase();
  const same = OPTIONS.find((row) => row.name === wanted);
  if (same !== undefined) return same;
  const near = exact ? [] : OPTIONS.filter((row) => row.name.startsWith(wanted));
  const [first] = near;
  return first === undefined ? "unknown" : near.length > 1 ? "ambiguous" : first;
}
