import type { TraceEvent, TraceKind } from "../../protocol/trace.ts";

/** What makes a path: moves, wrapping, translation, loss. Whether a neighbour was known already does not. */
const PATH_KINDS: ReadonlySet<TraceKind> = new Set(["l2.tx", "l2.rx", "encap", "decap", "nat", "drop", "icmp.error"]);

/** Where an event stands on a path: what happened at which interface. */
function stationOf(event: TraceEvent): string {
  return `${event.kind} ${event.place} ${event.dev}`;
}

interface Path {
  /** 1 for the first packet of a command. */
  readonly round: number;
  readonly stations: string[];
}

interface Course {
  round: number;
  current: Path;
  reference: Path | null;
  /** Position in the reference up to which this round agrees. */
  matched: number;
  repeats: boolean;
}

/**
 * Notices when the second, third … packet of a command takes the path of an earlier one, so that it
 * can be played faster. A round begins when a program hands data to a socket. A round that leaves
 * steps out (no ARP needed any more) is still the same path; one with a new station is not.
 */
export class Repeats {
  readonly #courses = new Map<number, Course>();
  readonly #rounds = new Map<number, number>();

  clear(): void {
    this.#courses.clear();
    this.#rounds.clear();
  }

  /** The round whose path event number `seq` repeats, 0 when it is on a path of its own. */
  at(seq: number): number { return this.#rounds.get(seq) ?? 0; }

  /** Takes the events in order. */
  take(event: TraceEvent): void {
    const round = this.#roundRepeatedBy(event);
    if (round > 0) this.#rounds.set(event.seq, round);
  }

  #roundRepeatedBy(event: TraceEvent): number {
    const course = this.#courseOf(event);
    if (!PATH_KINDS.has(event.kind)) return course.reference !== null && course.repeats ? course.reference.round : 0;
    const station = stationOf(event);
    course.current.stations.push(station);
    if (course.reference === null || !course.repeats) return 0;
    const found = course.reference.stations.indexOf(station, course.matched);
    if (found < 0) {
      course.repeats = false;
      return 0;
    }
    course.matched = found + 1;
    return course.reference.round;
  }

  #courseOf(event: TraceEvent): Course {
    const known = this.#courses.get(event.journey);
    if (known === undefined) {
      // What precedes the first packet (a program starts) belongs to its round.
      const course: Course = { round: 1, current: { round: 1, stations: [] }, reference: null, matched: 0, repeats: false };
      this.#courses.set(event.journey, course);
      return course;
    }
    if (event.kind === "app.send" && known.current.stations.length > 0) beginRound(known);
    return known;
  }
}

function beginRound(course: Course): void {
  const wasNew = course.reference === null || !course.repeats;
  if (wasNew) course.reference = course.current;
  course.round++;
  course.current = { round: course.round, stations: [] };
  course.matched = 0;
  course.repeats = true;
}
