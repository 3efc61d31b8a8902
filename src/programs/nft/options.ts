/** Texts of nft(8)'s options, and the check that options stand before commands. */

export const VERSION = "nftables v1.0.6 (Lester Gooch #5)\n";
export const VERSION_LONG = `${VERSION}  cli:\t\teditline\n  json:\t\tyes\n  minigmp:\tno\n  libxtables:\tyes\n`;

export const HELP = `Usage: nft [ options ] [ cmds... ]

Options (general):
  -h, --help                      Show this help
  -v, --version                   Show version information
  -V                              Show extended version information

Options (ruleset input handling):
  -f, --file <filename>           Read input from <filename>
  -D, --define <name=value>       Define variable, e.g. --define foo=1.2.3.4
  -i, --interactive               Read input from interactive CLI
  -I, --includepath <directory>   Add <directory> to the paths searched for include files. Default is: /etc
  -c, --check                     Check commands validity without actually applying the changes.
  -o, --optimize                  Optimize ruleset

Options (ruleset list formatting):
  -a, --handle                    Output rule handle.
  -s, --stateless                 Omit stateful information of ruleset.
  -t, --terse                     Omit contents of sets.
  -S, --service                   Translate ports to service names as described in /etc/services.
  -N, --reversedns                Translate IP addresses to names.
  -u, --guid                      Print UID/GID as defined in /etc/passwd and /etc/group.
  -n, --numeric                   Print fully numerical output.
  -y, --numeric-priority          Print chain priority numerically.
  -p, --numeric-protocol          Print layer 4 protocols numerically.
  -T, --numeric-time              Print time values numerically.

Options (command output formatting):
  -e, --echo                      Echo what has been added, inserted or replaced.
  -j, --json                      Format output in JSON
  -d, --debug <level [,level...]> Specify debugging level (scanner, parser, eval, netlink, mnl, proto-ctx, segtree, all)

`;

/** Options whose next argument is their value. */
const WITH_VALUE = ["--debug", "--includepath", "--define", "--file"];
const takesValue = (arg: string): boolean => /^-[dIfD]/.test(arg) || WITH_VALUE.includes(arg);

/** An option after a word of a command: nft shows where, the line on stderr and the marks on stdout. Braces end the search. null = none. */
export function misplacedOption(argv: readonly string[]): { readonly err: string; readonly out: string } | null {
  let at = 0;
  let words = false;
  let value = false;
  for (let i = 1; i < argv.length; i++) {
    const arg = argv[i] ?? "";
    at += (argv[i - 1] ?? "").length + 1;
    if (arg.startsWith("{")) return null;
    if (value) value = false;
    else if (!arg.startsWith("-")) words = true;
    else if (words) return misplacedAt(argv, at);
    else value = takesValue(arg);
  }
  return null;
}

const misplacedAt = (argv: readonly string[], at: number): { readonly err: string; readonly out: string } => ({
  err: `Error: syntax error, options must be specified before commands\n${argv.join(" ")} `,
  out: `\n   ^${" ".repeat(Math.max(0, at - 4))}~~\n`,
});
