/** Amounts, rates and durations in wget's words (utils.c, retr.c, progress.c). */
const POWERS = "KMGTPE";

/** `4.0K`: with `decimals` while below `accuracy`. */
export function humanReadable(bytes: number, accuracy: number, decimals: number): string {
  if (bytes < 1024) return String(bytes);
  let n = bytes;
  for (let i = 0; ; i++) {
    if (Math.trunc(n / 1024) < 1024 || i === POWERS.length - 1) {
      const value = n / 1024;
      return `${value.toFixed(value < accuracy ? decimals : 0)}${POWERS[i]}`;
    }
    n = Math.trunc(n / 1024);
  }
}

/** Half of the clock's resolution stands for no time at all. */
const NO_TIME_SEC = 0.5e-9;

/** Bytes a second in the largest unit that leaves at least one: value and power of 1024. */
export function rateOf(bytes: number, seconds: number): readonly [value: number, power: number] {
  let rate = bytes / (seconds === 0 ? NO_TIME_SEC : seconds);
  let power = 0;
  while (rate >= 1024 && power < 3) {
    rate /= 1024;
    power++;
  }
  return [rate, power];
}

const digits = (rate: number): string => rate.toFixed(rate >= 99.95 ? 0 : rate >= 9.995 ? 1 : 2);

/** `1.81 MB/s`. */
export function rateText(bytes: number, seconds: number): string {
  const [rate, power] = rateOf(bytes, seconds);
  return `${digits(rate)} ${["B/s", "KB/s", "MB/s", "GB/s"][power]}`;
}

/** ` 110K` in a row of dots; `12.5KB/s` beside a bar. */
export const dotRate = (bytes: number, seconds: number): string => {
  const [rate, power] = rateOf(bytes, seconds);
  return `${digits(rate).padStart(4)}${" KMG"[power]}`;
};
export const barRate = (bytes: number, seconds: number): string => {
  const [rate, power] = rateOf(bytes, seconds);
  return `${digits(rate).padStart(4)}${[" B/s", "KB/s", "MB/s", "GB/s"][power]}`;
};

/** Seconds with few digits: 0, 0.002, 0.05, 1.3, 12. */
export function decimal(seconds: number): string {
  if (seconds >= 9.95) return seconds.toFixed(0);
  if (seconds >= 0.95) return seconds.toFixed(1);
  if (seconds >= 0.001) return String(Number(seconds.toPrecision(1)));
  return seconds >= 0.0005 ? seconds.toFixed(3) : "0";
}

/** `36m51s`, or with a blank between. */
export function shortTime(seconds: number, condensed: boolean): string {
  const space = condensed ? "" : " ";
  const two = (a: number, unit: string, b: number, small: string): string => `${a}${unit}${space}${b}${small}`;
  if (seconds < 100) return `${seconds}s`;
  if (seconds < 6000) return two(Math.trunc(seconds / 60), "m", seconds % 60, "s");
  if (seconds < 172_800) return two(Math.trunc(seconds / 3600), "h", Math.trunc(seconds / 60) % 60, "m");
  if (seconds < 8_640_000) return two(Math.trunc(seconds / 86_400), "d", Math.trunc(seconds / 3600) % 24, "h");
  return `${Math.trunc(seconds / 86_400)}d`;
}
