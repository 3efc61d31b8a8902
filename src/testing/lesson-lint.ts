import type { LessonFacts, StepFacts } from "../lab/lesson-facts.ts";
import { type Block, type Inline, type LessonWords, type StepWords, parseWords } from "../ui/lesson/words.ts";

/* What can be said about a lesson without running it. Each finding is one sentence. */

const MOST_WORDS = 90;
const MOST_WORDS_A_SENTENCE = 25;
const COLOURS = /\b(red|green|blue|yellow|orange|purple|violet|pink|teal|amber|grey|gray)\b/i;
const POD_ADDRESS = /\b11\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/;
const MAC = /\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/i;

/** Everything wrong with a lesson's words, or with how they fit its facts. */
export function lintLesson(facts: LessonFacts, source: string): readonly string[] {
  const words = parseWords(source);
  return [...wholeLesson(facts, words), ...prose(source), ...facts.steps.flatMap((step) => lintStep(step, words).map((finding) => `${step.id}: ${finding}`))];
}

function* wholeLesson(facts: LessonFacts, words: LessonWords): Generator<string> {
  if (words.title === "") yield "no title";
  if (words.goal.length === 0) yield "no goal under the title";
  if (!facts.steps.some((s) => s.ask !== undefined)) yield "no question in the whole lesson";
  if (!facts.steps.some((s) => s.check !== undefined)) yield "no check in the whole lesson";
  for (const id of words.steps.keys()) if (!facts.steps.some((s) => s.id === id)) yield `words for a step ${id} that does not exist`;
  const commands = [...facts.steps.flatMap((s) => s.run ?? []), ...(facts.alternatives ?? []).flat()];
  for (const { cmd } of commands) if (POD_ADDRESS.test(cmd) || MAC.test(cmd)) yield `a literal address in the command ${cmd}`;
}

function* prose(source: string): Generator<string> {
  for (const [pattern, what] of [[POD_ADDRESS, "a literal pod address"], [MAC, "a literal MAC"], [COLOURS, "a colour"], [/<[a-z/]/i, "HTML"]] as const) {
    const found = pattern.exec(source);
    if (found !== null) yield `${what} in the words: ${found[0]}`;
  }
}

function lintStep(step: StepFacts, words: LessonWords): readonly string[] {
  const own = words.steps.get(step.id);
  if (own === undefined) return ["no words"];
  return [...amounts(step, own), ...asks(step, own), ...says(step, own), ...hints(step, own)];
}

function* amounts(step: StepFacts, words: StepWords): Generator<string> {
  const shown = [words.intro, ...[...words.asks.values()].flatMap((ask) => [ask.question, ...[...ask.options.values()].map(paragraph)])].map(textOf);
  const count = wordsIn(shown.join(" "));
  if (count > MOST_WORDS) yield `${count} words, at most ${MOST_WORDS}`;
  if (words.hints.length !== (step.hints ?? 0)) yield `${words.hints.length} hints in words, ${step.hints ?? 0} in facts`;
  for (const text of [...shown, ...words.hints.map(textOf), ...[...words.says.values()].map(textOf), textOf(words.reality)]) {
    for (const sentence of text.split(/[.?!:](?=\s|$)/)) if (wordsIn(sentence) > MOST_WORDS_A_SENTENCE) yield `a long sentence: ${sentence.trim()}`;
  }
}

function* asks(step: StepFacts, words: StepWords): Generator<string> {
  for (const ask of step.ask ?? []) {
    const own = words.asks.get(ask.id);
    if (own === undefined || own.question.length === 0) yield `no words for question ${ask.id}`;
    else if (own.why.length === 0) yield `no :::why for question ${ask.id}`;
    else if ((ask.options ?? []).join() !== [...own.options.keys()].join()) yield `options of ${ask.id} differ: ${(ask.options ?? []).join()} and ${[...own.options.keys()].join()}`;
  }
  for (const id of words.asks.keys()) if (!(step.ask ?? []).some((ask) => ask.id === id)) yield `words for a question ${id} that does not exist`;
}

function* says(step: StepFacts, words: StepWords): Generator<string> {
  const meant = new Set((step.diagnose ?? []).map((d) => d.say));
  for (const say of meant) if (!words.says.has(say)) yield `no words for ${say}`;
  for (const say of words.says.keys()) if (!meant.has(say)) yield `nothing ever says ${say}`;
  for (const { say } of step.mistakes ?? []) if (say !== undefined && !meant.has(say)) yield `no diagnose says ${say}`;
}

/** Hints lead there; the command itself is the generated last one. */
function* hints(step: StepFacts, words: StepWords): Generator<string> {
  const programs = (step.run ?? []).map((c) => c.cmd.split(" ")[0]!);
  const spans = words.hints.flatMap((hint) => hint).flatMap(inlinesOf).filter((i) => i.is === "code" || i.is === "command");
  for (const { text } of spans) if (programs.some((program) => text.startsWith(`${program} `))) yield `a hint gives the command away: ${text}`;
}

const paragraph = (inlines: readonly Inline[]): readonly Block[] => [{ is: "paragraph", inlines }];
const inlinesOf = (block: Block): readonly Inline[] => (block.is === "paragraph" ? block.inlines : block.items.flat());
const textOf = (blocks: readonly Block[]): string => blocks.map((block) => inlinesOf(block).map((i) => i.text).join("")).join(". ");
const wordsIn = (text: string): number => text.split(/\s+/).filter((word) => /\w/.test(word)).length;
