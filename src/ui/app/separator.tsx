import { useRef } from "react";
import type { KeyboardEvent, PointerEvent, ReactElement } from "react";

interface Props {
  readonly label: string;
  readonly orientation: "vertical" | "horizontal";
  /** Edge of the pane on which the handle lies. */
  readonly edge: "at-end" | "at-start" | "at-top";
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (px: number) => void;
}

const STEP_PX = 16;

/**
 * The handle between two panes: drag it, or focus it and use the arrow keys; double-click is the size
 * it had at first. `value` is the size in px of the pane it belongs to.
 */
export function Separator({ label, orientation, edge, value, min, max, onChange }: Props): ReactElement {
  const start = useRef<{ at: number; size: number } | null>(null);
  const sign = edge === "at-end" ? 1 : -1;
  const along = (event: PointerEvent): number => orientation === "vertical" ? event.clientX : event.clientY;
  const set = (px: number): void => { onChange(Math.round(Math.max(min, Math.min(max, px)))); };
  const onKey = (event: KeyboardEvent): void => {
    const [less, more] = orientation === "vertical" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key !== less && event.key !== more) return;
    event.preventDefault();
    set(value + (event.key === more ? 1 : -1) * sign * STEP_PX);
  };
  return (
    <div
      className={`separator ${orientation} ${edge}`} role="separator" tabIndex={0} aria-label={label}
      aria-orientation={orientation} aria-valuenow={value} aria-valuemin={min} aria-valuemax={max}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = { at: along(event), size: value };
      }}
      onPointerMove={(event) => { if (start.current !== null) set(start.current.size + sign * (along(event) - start.current.at)); }}
      onPointerUp={() => { start.current = null; }}
    />
  );
}
