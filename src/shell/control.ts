/**
 * How a command ends other than by running to its end. These travel as exceptions because they cross
 * expansions, functions and loops alike; they are plain objects (no stack trace is taken).
 */
export class BreakLoop {
  readonly levels: number;
  constructor(levels: number) { this.levels = levels; }
}

export class ContinueLoop {
  readonly levels: number;
  constructor(levels: number) { this.levels = levels; }
}

export class ReturnFrom {
  readonly status: number;
  constructor(status: number) { this.status = status; }
}

/** The shell process ends, EXIT trap first. */
export class ExitShell {
  readonly status: number;
  constructor(status: number) { this.status = status; }
}

/** The current top-level command is abandoned (bash's jump_to_top_level(DISCARD)). */
export class Discard {
  readonly status: number;
  constructor(status: number) { this.status = status; }
}

/** SIGINT reached an interactive shell: back to the prompt. */
export class Interrupted {
  readonly status = 130;
}

/** What becomes of the shell after a complaint. */
export type Severity = "fail" | "discard" | "exit";

/**
 * An error met while expanding or assigning. `message` lacks the `bash: line 1: ` prefix; whoever runs the
 * command prints it. "fail" = the command has `status`; "discard" = the whole command line is given up;
 * "exit" = a shell that is not interactive ends.
 */
export class Complaint {
  readonly message: string;
  readonly status: number;
  readonly severity: Severity;
  constructor(message: string, severity: Severity = "discard", status = 1) {
    this.message = message;
    this.severity = severity;
    this.status = status;
  }
}
