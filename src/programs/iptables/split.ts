/**
 * Words of a line of iptables-restore: double quotes hold blanks, a backslash inside them takes the next character as it
 * is, and the closing quote ends the word, whatever follows.
 */
export function splitLine(text: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (quoted && c === "\\") word += text.charAt(++i);
    else if (quoted && c !== '"') word += c;
    else if (c === '"' && !quoted) quoted = true;
    else if (c === '"') {
      words.push(word);
      word = "";
      quoted = false;
    } else if (c === " " || c === "\t") {
      if (word !== "") words.push(word);
      word = "";
    } else word += c;
  }
  return word === "" ? words : [...words, word];
}
