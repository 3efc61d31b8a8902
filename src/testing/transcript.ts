/**
 * A transcript: commands and what they printed, as text that a person can read and edit.
 *
 *     # title
 *     # lab: where and when it was recorded
 *     # volatile: what differs from run to run
 *
 *     [where]$ command
 *     --- stdout
 *     …
 *     --- stderr
 *     …
 *     --- exit 0
 */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

export interface Step extends Output {
  /** Place: a machine, or a network namespace on it. */
  readonly where: string;
  readonly command: string;
  /** Ran beside the command before it (a capture, a monitor). */
  readonly beside: boolean;
}

export interface Transcript {
  /** Comment lines at the top, without `# `. */
  readonly header: readonly string[];
  readonly steps: readonly Step[];
}

const BESIDE = /\s+# ran at the same time as the commands around it$/;
const PROMPT = /^\[([^\]]+)\]\$ (.*)$/;

interface Draft {
  where: string;
  command: string;
  stdout: string[];
  stderr: string[];
  section: "command" | "stdout" | "stderr";
}

const textOf = (lines: readonly string[]): string => (lines.length === 0 ? "" : `${lines.join("\n")}\n`);

function finishStep(d: Draft, exit: number): Step {
  return {
    where: d.where, command: d.command.replace(BESIDE, ""), beside: BESIDE.test(d.command),
    stdout: textOf(d.stdout), stderr: textOf(d.stderr), exit,
  };
}

/** Reads a transcript; steps without an exit line are left out (their recording was cut off). */
export function parseTranscript(text: string): Transcript {
  const header: string[] = [];
  const steps: Step[] = [];
  let draft: Draft | undefined;
  for (const line of text.split("\n")) {
    const prompt = PROMPT.exec(line);
    const exit = /^--- exit (\d+)$/.exec(line);
    if (draft === undefined) {
      if (prompt !== null) draft = { where: prompt[1] ?? "", command: prompt[2] ?? "", stdout: [], stderr: [], section: "command" };
      else if (line.startsWith("# ") && steps.length === 0) header.push(line.slice(2));
    } else if (exit !== null) {
      steps.push(finishStep(draft, Number(exit[1])));
      draft = undefined;
    } else if (line === "--- stdout" || line === "--- stderr") draft.section = line === "--- stdout" ? "stdout" : "stderr";
    else if (draft.section === "command") draft.command += `\n${line}`;
    else draft[draft.section].push(line);
  }
  return { header, steps };
}

const section = (name: string, text: string): string => (text === "" ? "" : `--- ${name}\n${text.endsWith("\n") ? text : `${text}\n`}`);

export function formatStep(s: Step): string {
  const beside = s.beside ? "   # ran at the same time as the commands around it" : "";
  return `[${s.where}]$ ${s.command}${beside}\n${section("stdout", s.stdout)}${section("stderr", s.stderr)}--- exit ${s.exit}\n`;
}

export function formatTranscript(t: Transcript): string {
  return `${t.header.map((h) => `# ${h}\n`).join("")}\n${t.steps.map(formatStep).join("\n")}`;
}
