import type { LineBuffer } from "./buffer.ts";

/** Runs an editing key on the buffer. False when the key does nothing here (a beep). */
export function editKey(b: LineBuffer, name: string): boolean {
  if (motion(b, name)) {
    b.endRuns();
    return true;
  }
  if (name === "C-_" || name === "C-\x7f" || name === "C-x C-u") return b.undo();
  if (kill(b, name)) return true;
  if (name === "C-y") { b.saveForUndo(); return b.yank(); }
  if (name === "M-y") return b.yankPop();
  b.endRuns();
  return change(b, name);
}

function motion(b: LineBuffer, name: string): boolean {
  switch (name) {
    case "C-a": case "Home": b.cursor = 0; return true;
    case "C-e": case "End": b.cursor = b.chars.length; return true;
    case "C-b": case "Left": b.move(-1); return true;
    case "C-f": case "Right": b.move(1); return true;
    case "M-b": case "C-Left": case "M-Left": b.cursor = b.wordStart(); return true;
    case "M-f": case "C-Right": case "M-Right": b.cursor = b.wordEnd(); return true;
    default: return false;
  }
}

function kill(b: LineBuffer, name: string): boolean {
  const span = killSpan(b, name);
  if (!span) return false;
  b.saveForUndo();
  b.kill(...span);
  return true;
}

function killSpan(b: LineBuffer, name: string): [number, number] | null {
  switch (name) {
    case "C-k": return [b.cursor, b.chars.length];
    case "C-u": return [0, b.cursor];
    case "C-w": return [b.blankStart(), b.cursor];
    case "M-Backspace": case "M-C-h": return [b.wordStart(), b.cursor];
    case "M-d": case "C-Delete": return [b.cursor, b.wordEnd()];
    default: return null;
  }
}

function change(b: LineBuffer, name: string): boolean {
  b.saveForUndo();
  switch (name) {
    case "Backspace": case "C-h":
      if (b.cursor === 0) return false;
      b.remove(b.cursor - 1, b.cursor);
      return true;
    case "Delete": case "C-d":
      if (b.cursor >= b.chars.length) return false;
      b.remove(b.cursor, b.cursor + 1);
      return true;
    case "C-t": return b.transposeChars();
    case "M-t": return b.transposeWords();
    case "M-u": b.changeWord((w) => w.toUpperCase()); return true;
    case "M-l": b.changeWord((w) => w.toLowerCase()); return true;
    case "M-c": b.changeWord((w) => w.toLowerCase().replace(/\p{L}/u, (c) => c.toUpperCase())); return true;
    case "M-\\": {
      let from = b.cursor;
      let to = b.cursor;
      while (from > 0 && b.chars[from - 1] === " ") from--;
      while (b.chars[to] === " ") to++;
      b.remove(from, to);
      return true;
    }
    default: return false;
  }
}
