import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { differences } from "./compare.ts";
import { playDialogue, readDialogues } from "./dialogue.ts";

const here = new URL(".", import.meta.url).pathname;

/** Recorded from the real kernel by `dialogue.py FILE`. */
for (const file of readdirSync(here).filter((name) => name.endsWith(".txt"))) {
  describe(file.replace(".txt", ""), () => {
    for (const dialogue of readDialogues(here + file)) {
      it(`${dialogue.title}: the same answers and segments as on the real kernel`, () => {
        expect(differences(dialogue, playDialogue(dialogue))).toEqual([]);
      });
    }
  });
}
