/** The command line, as nginx reads it: letters may be joined, values may follow at once or as the next word. */

export interface NginxOptions {
  help: boolean;
  version: boolean;
  configure: boolean;
  test: boolean;
  dump: boolean;
  quiet: boolean;
  signal: string | undefined;
  prefix: string | undefined;
  errorLog: string | undefined;
  confFile: string | undefined;
  globals: string | undefined;
}

const VALUES: Readonly<Record<string, readonly [key: "prefix" | "errorLog" | "confFile" | "globals" | "signal", what: string]>> = {
  p: ["prefix", 'option "-p" requires directory name'], e: ["errorLog", 'option "-e" requires file name'], c: ["confFile", 'option "-c" requires file name'],
  g: ["globals", 'option "-g" requires parameter'], s: ["signal", 'option "-s" requires parameter'],
};

export const SIGNALS: Readonly<Record<string, "SIGTERM" | "SIGQUIT" | "SIGHUP" | "SIGUSR1">> = { stop: "SIGTERM", quit: "SIGQUIT", reopen: "SIGUSR1", reload: "SIGHUP" };

/** Bad = what follows `nginx: `. */
export function readOptions(argv: readonly string[]): NginxOptions | { readonly bad: string } {
  const o: NginxOptions = {
    help: false, version: false, configure: false, test: false, dump: false, quiet: false,
    signal: undefined, prefix: undefined, errorLog: undefined, confFile: undefined, globals: undefined,
  };
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (!word.startsWith("-")) return { bad: `invalid option: "${word}"` };
    for (let at = 1; at < word.length; at++) {
      const letter = word[at] ?? "";
      const wants = VALUES[letter];
      if (wants === undefined) {
        if (!setSwitch(o, letter)) return { bad: `invalid option: "${letter}"` };
        continue;
      }
      const value = at + 1 < word.length ? word.slice(at + 1) : argv[++i];
      if (value === undefined || value === "") return { bad: wants[1] };
      o[wants[0]] = value;
      if (letter === "s" && !Object.hasOwn(SIGNALS, value)) return { bad: `invalid option: "-s ${value}"` };
      break;
    }
  }
  return o;
}

function setSwitch(o: NginxOptions, letter: string): boolean {
  if (letter === "?" || letter === "h") o.version = o.help = true;
  else if (letter === "v") o.version = true;
  else if (letter === "V") o.version = o.configure = true;
  else if (letter === "t") o.test = true;
  else if (letter === "T") o.test = o.dump = true;
  else if (letter === "q") o.quiet = true;
  else return false;
  return true;
}

export const USAGE = `Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]
             [-e filename] [-c filename] [-g directives]

Options:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and configure options then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to a master process: stop, quit, reopen, reload
  -p prefix     : set prefix path (default: /usr/share/nginx/)
  -e filename   : set error log file (default: stderr)
  -c filename   : set configuration file (default: /etc/nginx/nginx.conf)
  -g directives : set global directives out of configuration file

`;
