/** Commands that show a table: looking is looking, by whatever tool. */
const SHOWS: readonly (readonly [RegExp, string])[] = [
  [/^ip (-\S+ )*(n|ne|nei|neigh|neighbour|neighbor)\b(?!.*\b(add|del|replace|change|flush)\b)|^arp\b(?!.* -[sd])/, "neigh"],
  [/^ip (-\S+ )*(r|ro|route)\b(?!.*\b(add|del|replace|change|flush)\b)|^(netstat -\S*r|route -n|route$)/, "route"],
  [/^ip (-\S+ )*(a|ad|addr|address)\b(?!.*\b(add|del|replace|change|flush)\b)|^ifconfig( \S+)?$/, "addr"],
  [/^ip (-\S+ )*(l|li|link)\b(?!.*\b(add|del|set)\b)|^ifconfig( \S+)?$/, "link"],
  [/^ip -s\S* (\S+ )*(l|li|link)\b|^ifconfig( \S+)?$|^netstat -\S*i/, "counters"],
  [/^bridge (-\S+ )*f(db)?\b(?!.*\b(add|append|del|replace)\b)/, "fdb"],
  [/^nft (-\S+ )*list\b|^iptables(-save)?\b(?!.* -[ADINXFPRZ]\b)/, "nft"],
  [/^conntrack -L\b|^cat \/proc\/net\/nf_conntrack\b/, "conntrack"],
  [/^ip netns( (list|ls|show))?$|^lsns\b/, "netns"],
];

/** Which tables a command line shows. */
export const lookedBy = (line: string): readonly string[] => SHOWS.filter(([pattern]) => pattern.test(line.trim())).map(([, what]) => what);
