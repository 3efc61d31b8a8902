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
 * Of a TCP connection each segment is a round, compared with those that left the same end before.
 */
export class Repeats {
  readonly #courses = new Map<number, Course>();
  /** Each segment of a connection, and for each end the segment with whose path later ones are compared. */
  readonly #segments = new Map<number, Course>();
  readonly #models = new Map<string, Course>();
  readonly #rounds = new Map<number, number>();

  clear(): void {
    this.#courses.clear();
    this.#segments.clear();
    this.#models.clear();
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
    if (event.conn !== 0 && event.skb !== 0) return this.#courseOfSegment(event);
    const known = this.#courses.get(event.journey);
    if (known === undefined) {
      // What precedes the first packet (a program starts) belongs to its round.
      const course = newCourse(1, null);
      this.#courses.set(event.journey, course);
      return course;
    }
    if (event.kind === "app.send" && known.current.stations.length > 0) beginRound(known);
    return known;
  }

  #courseOfSegment(event: TraceEvent): Course {
    const known = this.#segments.get(event.skb) ?? this.#segments.get(event.parent);
    if (known !== undefined) return known;
    const key = `${event.conn} from ${event.place}`;
    const model = this.#models.get(key);
    const course = newCourse((model?.round ?? 0) + 1, model?.current ?? null);
    if (model === undefined) this.#models.set(key, course);
    this.#segments.set(event.skb, course);
    return course;
  }
}

const newCourse = (round: number, reference: Path | null): Course => ({ round, current: { round, stations: [] }, reference, matched: 0, repeats: reference !== null });

function beginRound(course: Course): void {
  const wasNew = course.reference === null || !course.repeats;
  if (wasNew) course.reference = course.current;
  course.round++;
  course.current = { round: course.round, stations: [] };
  course.matched = 0;
  course.repeats = true;
}
