import type { Script } from "./scripts.ts";

const box = (...commands: string[]): (readonly [string, string])[] => commands.map((c) => ["box", c] as const);

const FILES = [
  "printf 'one\\ntwo\\nthree\\nfour\\nfive\\nsix\\nseven\\neight\\nnine\\nten\\neleven\\ntwelve\\n' > n",
  "printf 'b 2\\na 10\\nc 1\\nB 2\\na 9\\n' > w", "printf 'root:x:0:0\\nbob:x:7:8\\nplain\\n' > p", "printf 'a\\tb\\n\\n\\n\\nend\\001\\n' > t", "printf 'no newline' > e", "mkdir d",
];

/** Programs for text, files and processes: common flags, and the words for mistakes. */
export const TOOL_SCRIPTS: readonly Script[] = [
  {
    name: "text-tools", title: "cat head tail wc sort uniq cut tr grep and friends: common flags and mistakes",
    steps: box(
      ...FILES, "cat e; cat n | head -2", "cat -n t", "cat -A t", "cat -bs t", "cat nosuch e", "cat d", "cat -Z", "cat --foo", "cat --s e", "echo x | cat - e -",
      "head -3 n", "head -n -10 n", "head -c 5 n; echo", "head -n 1 n w", "head -q -n1 n w", "head nosuch", "head -n x n", "head d", "head -c 1K n | wc -c", "(head -1; cat) < n | tail -1",
      "tail -3 n", "tail -n +11 n", "tail -c 7 n", "tail -n 1 n w", "tail nosuch", "tail -n x n", "tail -n 0 n", "tail -5 n | head -1", "tail e",
      "wc n", "wc -l n", "wc -l n w", "wc < n", "cat n | wc", "wc -L t", "wc -c n e nosuch", "wc d", "wc -Z", "cat n | wc -lw",
      "sort n", "sort -r n | head -3", "sort -k2n w", "sort -k1,1 -s w", "sort -f w", "sort -u -k1,1 w", "sort -t: -k3n p", "sort -n w", "sort -c w", "sort -C w; echo $?", "sort nosuch", "sort d", "sort -k 0 n", "sort -k x n", "sort -t ab n", "printf '1K\\n2M\\n500\\n' | sort -h", "printf 'v1.10\\nv1.9\\n' | sort -V", "sort -o n2 n && head -1 n2", "sort -Z",
      "cut -d: -f1,3 p", "cut -d: -f2- p", "cut -c2-3 n | head -2", "cut -d: -f1 -s p", "cut -f 0 n", "cut -f x n", "cut -f 3-1 n", "cut n", "cut -d ab -f1 n", "cut -b1 -f1 n", "cut -d: --output-delimiter=+ -f1,3 p", "cut --complement -d: -f2 p", "cut -f1 nosuch",
      "sort w | uniq -c", "printf 'a\\na\\nb\\n' | uniq", "printf 'a\\na\\nb\\n' | uniq -d", "printf 'a\\na\\nb\\n' | uniq -u", "printf 'A\\na\\nb\\n' | uniq -ci", "uniq nosuch", "uniq d", "uniq a b c", "printf 'x 1\\ny 1\\n' | uniq -f1",
      "tr a-z A-Z < n | head -1", "echo aabbcc | tr -s ab", "echo hello | tr -d l", "echo hello | tr -c a-z '\\n'", "echo a1b2 | tr -d '[:digit:]'", "echo abc | tr abc 'x*'", "echo abc | tr 'abc' '[x*]'", "tr", "tr a", "tr -d a b", "tr b-a x", "tr a ''", "tr '[:foo:]' x", "echo 'a b' | tr ' ' '\\n'", "echo aXXb | tr -s X y",
      "grep o n", "grep -c o n", "grep -n e$ n", "grep -v e n", "grep -i ONE n", "grep -w one n", "grep -x ten n", "grep -o 'e.' n", "grep -E 'one|two' n", "grep -F . n", "grep 'o\\+' n", "grep -E 'e{2}' n", "grep -A1 two n", "grep -B1 two n", "grep -C1 five n", "grep -m2 e n", "grep -l one n w", "grep -L one n w", "grep one n w", "grep -h one n w", "grep -q one n; echo $?", "grep zzz n", "grep one nosuch", "grep -s one nosuch", "grep one d", "grep", "grep -Z9", "grep --foo", "grep -E '(' n", "grep -E 'a{2,1}' n", "grep -m x a n", "grep -A x a n", "grep -e one -e two n", "grep -r one . | sort", "echo 'a.b' | grep -c 'a\\.b'", "grep '^t' n | grep -c .", "printf 'x\\0y\\n' | grep x", "grep -n -A1 -B1 six n", "echo foobar | grep -o 'o*b'", "grep '[[:upper:]]' w", "grep -c '' e",
      "seq 3", "seq 2 5", "seq 1 2 7", "seq 3 -1 1", "seq -w 8 11", "seq -s, 3", "seq 0.5 0.5 2", "seq -f 'x%03g' 2", "seq", "seq x", "seq 1 0 3", "seq 1 2 3 4", "seq -f %d 3", "seq 5 1",
      "rev n | head -2", "tac n | head -2", "tac nosuch", "rev nosuch", "nl n | tail -2", "nl -ba t | cat -A", "printf 'a\\n' | tee x y; cat x y", "tee d < e", "yes | head -2", "yes a b | head -1", "echo a b c | xargs", "printf 'a\\nb c\\n' | xargs -n1 echo -", "printf 'a\\nb c\\n' | xargs -I{} echo '<{}>'", "xargs nosuchcmd < /dev/null", "xargs -n 0 < /dev/null", "echo x | xargs false; echo $?", "printf 'a\\0b' | xargs -0 -n1", "echo \"a 'b c' d\" | xargs -n1", "echo a | xargs -t echo", "xargs -r echo hi < /dev/null", "echo \"it's\" | xargs",
      "env printf '%s-%d|' a 1 b 2; echo", "env echo -e 'a\\tb'", "env test 1 -lt 2; echo $?", "env test 1 -eq x; echo $?", "env [ -d d ]; echo $?", "expr 1 + 2", "expr 7 / 2", "expr 1 / 0", "expr a + 1", "expr abc : 'a\\(.\\)'", "expr length hello", "expr 1 '<' 2", "expr", "expr 1 +", "expr substr hello 2 3", "expr 0 '|' 5",
    ),
  },
  {
    name: "file-tools", title: "mkdir rm cp mv ln touch chmod ls and path tools: common flags and mistakes",
    steps: box(
      "mkdir a", "mkdir a", "mkdir -p a/b/c && ls a", "mkdir x/y", "mkdir", "mkdir -v z", "rmdir z", "rmdir a", "rmdir nosuch", "rmdir", "touch f g", "touch x/y", "touch", "ls", "ls -1 a", "ls -a", "ls -A", "ls nosuch", "ls nosuch f", "ls -d a f", "ls a f", "ls -R a", "ls -F", "ls -p", "ls -r", "ls -9 --foo", "ls -m", "ls -C",
      "echo hi > f; cp f h; cat h", "cp f", "cp", "cp nosuch x", "cp a x", "cp f f", "cp f nosuch/x", "cp f g nosuch", "cp -r a aa && ls aa", "cp f a && ls a", "cp -v f i", "cp -n g f; cat f", "mv i j && ls j", "mv nosuch x", "mv j j", "mv f", "mv -v j k", "mv k a && ls a", "ln -s f s && readlink s", "ln -s x f", "ln -sf g s && readlink s", "ln", "readlink nosuch; echo $?", "readlink", "readlink -f s | xargs basename", "realpath nosuch/x", "realpath -m nosuch/x | xargs basename", "realpath",
      "rm g", "rm g", "rm -f g", "rm a", "rm", "rm -r aa && ls", "rm -rf nosuch; echo $?", "rm -v h", "rm -d a", "chmod 600 f && ls -l f | cut -c1-10", "chmod u+x,g=r f && ls -l f | cut -c1-10", "chmod -x f && ls -l f | cut -c1-10", "chmod", "chmod 9 f", "chmod +x", "chmod 644 nosuch", "chmod +q f", "ls -l f s | cut -d' ' -f1-4", "stat -c '%a %n %F %s' f a", "stat nosuch", "stat",
      "basename /a/b/c", "basename /a/b.txt .txt", "basename", "basename a b c", "basename -a x/1 y/2", "basename /", "dirname /a/b/c", "dirname a", "dirname /", "dirname", "mktemp x", "mktemp -u XXXXXX | wc -c", "mktemp -d dXXX | wc -c", "env pwd x 2>&1 | head -1",
    ),
  },
  {
    name: "process-tools", title: "sleep timeout kill env ps and the like: what they print and how they end",
    steps: box(
      "sleep", "sleep x", "sleep 1x 2", "sleep 0.1 0.1; echo $?", "timeout 0.2 sleep 5; echo $?", "timeout -s INT 0.2 sleep 5; echo $?", "timeout -s KILL 0.2 sleep 5; echo $?", "timeout -k 0.1 0.2 sleep 5; echo $?", "timeout 5 true; echo $?", "timeout 5 false; echo $?", "timeout 1 nosuch", "timeout", "timeout 1", "timeout x ls", "timeout -s FOO 1 ls", "timeout --preserve-status 0.1 sleep 3; echo $?", "timeout -v 0.1 sleep 3; echo $?", "timeout 1 sh -c 'exit 3'; echo $?", "timeout 0.2 sh -c 'trap \"\" TERM; sleep 1'; echo $?",
      "env -i A=1 B=2 env", "env nosuch", "env -Z", "env A=5 sh -c 'echo $A'", "env -u PATH /usr/bin/printenv PATH; echo $?", "printenv NOSUCH; echo $?", "env -C / pwd", "/usr/bin/kill 999999", "/usr/bin/kill x", "/usr/bin/kill -l 9", "/usr/bin/kill -l TERM", "/usr/bin/kill -l", "/usr/bin/kill -L", "sleep 9 & /usr/bin/kill $!; wait $!; echo $?",
      "which ls cat", "which nosuch; echo $?", "whoami", "whoami x", "id", "id -un", "id -G", "id nosuch", "hostname", "hostname -s", "hostname -I", "hostname -Z 2>&1 | head -2", "hostname a b 2>&1 | head -1", "uname", "uname -sm", "uname x", "uname -Z", "nproc x", "true --help-me; echo $?", "false; echo $?", "date -u -d @0", "date -d @86399 +%H:%M:%S", "date +%%", "date -d foo", "date -u -d 2026-02-03 '+%a %d %b %Y %j'", "date -R -u -d @1000000000", "date -Is -u -d @1000000000", "date +%s | wc -c",
      "sh -c 'ps -o pid= -p $$' | wc -l", "ps -p 1 -o pid,ppid,tty", "ps -o pid,foo 2>&1 | head -1", "ps -p 1 -o pid=,ppid=", "ps -p 99999; echo $?", "sleep 5 & ps -o args= -p $!; kill $!", "sleep 5 & ps -o stat,comm -p $! ; kill $!", "pgrep", "pgrep nosuchprocess; echo $?", "pkill nosuchprocess; echo $?", "pkill",
      "sysctl -n net.ipv4.ip_forward", "sysctl net.ipv4.ip_forward", "sysctl -w net.ipv4.ip_forward=1", "sysctl net/ipv4/ip_forward", "sysctl -qw net.ipv4.ip_forward=0; cat /proc/sys/net/ipv4/ip_forward", "sysctl nosuch", "sysctl net.ipv4.ip_forward=x", "sysctl -w foo", "sysctl -p /nosuch", "sysctl -e nosuch; echo $?", "sysctl -N net.ipv4.ip_forward", "sysctl kernel.ostype", "echo x > /proc/sys/net/ipv4/ip_forward", "echo 'net.ipv4.ip_forward = 1' > c; sysctl -p c",
      "nsenter --net true", "nsenter -n -t 99999999 true", "nsenter --net=/nosuch true", "nsenter -n -t x true", "nsenter -t 1 -n nosuchcmd", "nsenter -9 2>&1 | head -1", "unshare nosuchcmd", "unshare -n ip -br link", "unshare -n true; echo $?", "unshare --fork --pid --mount-proc ps -o pid,comm", "unshare -u sh -c 'hostname inner; hostname'; hostname", "unshare -fp sh -c 'echo $$'", "unshare -Q", "ip netns add k; nsenter --net=/run/netns/k ip -br link",
      "yes | head -c 10000 | wc -c", "seq 100000 | tail -1", "seq 1000000 | head -1", "cat /proc/self/comm", "sleep 0.2 | cat; echo ${PIPESTATUS[@]}", "(sleep 0.3; echo late) & echo early; wait", "sh -c 'kill -TERM $$'; echo $?", "sh -c 'kill -INT $$'; echo $?", "touch L; { sleep 0.1; echo a >> L; sleep 0.3; echo b >> L; } & timeout 1 tail -f L | head -2; wait",
    ),
  },
];
