/** One message of the kernel's ring buffer, as /dev/kmsg gives it. */
export interface KlogLine {
  /** Counts up from 0, one a message. */
  readonly seq: number;
  /** Since the machine started. */
  readonly atNs: number;
  /** syslog(3) level, 0 emergency … 7 debug. All are the kernel's own (facility kern). */
  readonly level: number;
  readonly text: string;
}
