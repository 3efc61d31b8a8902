import type { SetOption, Shell } from "./state.ts";

/** Options of `set` with a letter, in the order of `$-`. */
export const OPTION_LETTERS: readonly (readonly [letter: string, name: SetOption])[] = [
  ["a", "allexport"], ["b", "notify"], ["e", "errexit"], ["f", "noglob"], ["h", "hashall"], ["k", "keyword"], ["m", "monitor"],
  ["n", "noexec"], ["p", "privileged"], ["t", "onecmd"], ["u", "nounset"], ["v", "verbose"], ["x", "xtrace"], ["B", "braceexpand"],
  ["C", "noclobber"], ["E", "errtrace"], ["H", "histexpand"], ["P", "physical"], ["T", "functrace"],
];

/** All names, as `set -o` lists them. */
export const OPTION_NAMES: readonly SetOption[] = [
  "allexport", "braceexpand", "emacs", "errexit", "errtrace", "functrace", "hashall", "histexpand", "history", "ignoreeof",
  "interactive-comments", "keyword", "monitor", "noclobber", "noexec", "noglob", "nolog", "notify", "nounset", "onecmd",
  "physical", "pipefail", "posix", "privileged", "verbose", "vi", "xtrace",
];

export const letterOption = (letter: string): SetOption | undefined => OPTION_LETTERS.find(([l]) => l === letter)?.[1];
export const namedOption = (name: string): SetOption | undefined => OPTION_NAMES.find((n) => n === name);

/** `$-`. */
export function optionLetters(sh: Shell): string {
  const set = OPTION_LETTERS.filter(([, name]) => sh.on(name)).map(([letter]) => letter).join("");
  const upper = set.search(/[A-Z]/);
  const at = upper < 0 ? set.length : upper;
  const interactive = sh.interactive ? "i" : "";
  const lower = [...(set.slice(0, at) + interactive)].sort().join("");
  return lower + set.slice(at) + (sh.input === "string" ? "c" : sh.input === "stdin" ? "s" : "");
}

/** All names `shopt` knows. */
export const SHOPT_NAMES: readonly string[] = [
  "autocd", "assoc_expand_once", "cdable_vars", "cdspell", "checkhash", "checkjobs", "checkwinsize", "cmdhist", "compat31", "compat32",
  "compat40", "compat41", "compat42", "compat43", "compat44", "complete_fullquote", "direxpand", "dirspell", "dotglob", "execfail",
  "expand_aliases", "extdebug", "extglob", "extquote", "failglob", "force_fignore", "globasciiranges", "globskipdots", "globstar",
  "gnu_errfmt", "histappend", "histreedit", "histverify", "hostcomplete", "huponexit", "inherit_errexit", "interactive_comments",
  "lastpipe", "lithist", "localvar_inherit", "localvar_unset", "login_shell", "mailwarn", "no_empty_cmd_completion", "nocaseglob",
  "nocasematch", "noexpand_translation", "nullglob", "patsub_replacement", "progcomp", "progcomp_alias", "promptvars", "restricted_shell", "shift_verbose",
  "sourcepath", "varredir_close", "xpg_echo",
];
