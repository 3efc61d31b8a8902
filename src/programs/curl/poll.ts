import { isErrno } from "../../net/uapi/errno.ts";
import type { PollReady, PollWant } from "../../net/uapi/socket.ts";
import type { Task, Wait } from "../../os/sys.ts";
import type { Easy } from "./easy.ts";

/** curl's loop never sleeps longer. */
const MAX_SLEEP_MS = 1000;
const MS_NS = 1_000_000;

/** Whole milliseconds until the next timer, a part of one counting as one. */
function sleepMs(easy: Easy): number {
  const next = Math.min(...easy.expiries.values());
  if (next === Infinity) return MAX_SLEEP_MS;
  const leftUs = next - easy.nowUs;
  return leftUs <= 0 ? 0 : Math.min(MAX_SLEEP_MS, Math.ceil(leftUs / 1000));
}

/** poll(2) wakes late by a thousandth of its time-out, and at least 50 µs. */
const deadlineNs = (easy: Easy): number => {
  const ms = sleepMs(easy);
  return easy.sys.nowNs + (ms === 0 ? 0 : ms * MS_NS + Math.max(50_000, ms * 1000));
};

function dropExpired(easy: Easy): void {
  for (const [what, atUs] of easy.expiries) if (atUs <= easy.nowUs) easy.expiries.delete(what);
}

/** Sleeps until a socket is ready or a timer says so. */
export function* pollOnce(easy: Easy, wants: readonly PollWant[]): Task<readonly PollReady[]> {
  const ready = yield* easy.sys.pollFds(wants, deadlineNs(easy));
  dropExpired(easy);
  return isErrno(ready) ? [] : ready;
}

/** Asks whether a socket is ready now. */
export function* pollNow(easy: Easy, want: PollWant): Task<PollReady | undefined> {
  const ready = yield* easy.sys.pollFds([want], easy.sys.nowNs);
  return isErrno(ready) ? undefined : ready[0];
}

/**
 * Lets work go on that sleeps by itself (a look-up in its thread) while the loop wakes in between.
 * `between` is called at each waking and may end it all with a value.
 */
export function* alongside<T, E>(easy: Easy, work: Task<T>, between: () => Task<E | undefined>): Task<{ done: T } | { stopped: E }> {
  try {
    for (let step = work.next(); ; step = work.next()) {
      if (step.done === true) return { done: step.value };
      const inner = step.value;
      const sleeps = inner.queues.length > 0 || inner.deadlineNs !== undefined;
      yield sleeps ? ({ ...inner, deadlineNs: Math.min(inner.deadlineNs ?? Infinity, deadlineNs(easy)) } satisfies Wait) : inner;
      dropExpired(easy);
      const stop = yield* between();
      if (stop !== undefined) return { stopped: stop };
    }
  } finally {
    work.return(undefined as never);
  }
}
