import type { Task, Wait } from "../os/sys.ts";

/** A request to the trampoline: run this task, then go on with the one that asked. */
class Call implements Wait {
  readonly queues = [];
  readonly task: Task<unknown>;
  result: unknown;
  error: unknown;
  failed = false;

  constructor(task: Task<unknown>) {
    this.task = task;
  }
}

/**
 * Runs a task without nesting it on the machine's stack, so that functions of a script may recurse as
 * deep as memory allows. Only below {@link trampoline}.
 */
export function* deep(task: Task<number>): Task<number> {
  const call = new Call(task);
  yield call;
  if (call.failed) throw call.error;
  return call.result as number;
}

/** Drives a task and the tasks it calls by {@link deep}, each resumed directly. A kill unwinds them all. */
export function* trampoline(main: Task<number>): Task<number> {
  const first = new Call(main);
  const stack = [first];
  try {
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      const wait = advance(top);
      if (wait === undefined) stack.pop();
      else if (wait instanceof Call) stack.push(wait);
      else yield wait;
    }
  } finally {
    for (const call of stack.reverse()) call.task.return(undefined);
  }
  if (first.failed) throw first.error;
  return first.result as number;
}

/** One step; undefined when the task has ended, well or not. */
function advance(call: Call): Wait | undefined {
  try {
    const step = call.task.next();
    if (!step.done) return step.value;
    call.result = step.value;
  } catch (error) {
    call.failed = true;
    call.error = error;
  }
  return undefined;
}
