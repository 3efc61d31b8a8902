import type {
  AndOr, Case, CommandNode, CompoundList, Function as FunctionNode, HereDoc, If, Pipeline, PipelineNode, Redirection, Statement,
  TestExpression,
} from "unbash";

/** Prints commands the way bash does (print_cmd.c): for `jobs`, `declare -f`, `type`, BASH_COMMAND. */
type Node = PipelineNode | AndOr;

/** One line, as `jobs` shows it. */
export function printNode(node: Node, source: string): string {
  return new Printer(source).node(node, 0);
}

/** `f () { … }` over several lines. */
export function printFunction(name: string, body: FunctionNode["body"], source: string): string {
  return `${name} () \n${new Printer(source).functionBody(body, 0)}`;
}

const pad = (indent: number): string => " ".repeat(indent);

class Printer {
  readonly #source: string;
  /** Bodies of here-documents that follow the line. */
  #documents: HereDoc[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  functionBody(body: FunctionNode["body"], indent: number): string {
    if (body.type === "BraceGroup") return this.#braces(body.body, indent, true);
    if (body.type === "Redirected" && body.command.type === "BraceGroup") {
      return this.#braces(body.command.body, indent, true) + this.#redirects(body.redirects);
    }
    const inner = body.type === "CompoundList" ? this.#list(body, indent + 4) : pad(indent + 4) + this.node(body, indent + 4);
    return `${pad(indent)}{ \n${inner}\n${pad(indent)}}`;
  }

  #braces(list: CompoundList, indent: number, block: boolean): string {
    const body = this.#list(list, indent + 4);
    return `${block ? pad(indent) : ""}{ \n${body}\n${pad(indent)}}`;
  }

  /** Statements on lines of their own. */
  #list(list: CompoundList, indent: number): string {
    return this.#statements(list.commands, indent);
  }

  #statements(statements: readonly Statement[], indent: number): string {
    const out: string[] = [];
    statements.forEach((s, i) => {
      const last = i === statements.length - 1;
      const text = pad(indent) + this.node(s.command, indent);
      const isFunction = s.command.type === "Function";
      const end = s.background ? " &" : last || isFunction ? "" : ";";
      out.push(text + end + this.#flush());
    });
    return out.join("\n");
  }

  /** Here-documents come after the line that names them. */
  #flush(): string {
    const text = this.#documents.map((d) => `\n${d.body.text}${d.delimiter?.value ?? ""}`).join("");
    this.#documents = [];
    return text === "" ? "" : text + "\n";
  }

  node(node: Node, indent: number): string {
    switch (node.type) {
      case "AndOr": return node.commands.map((c, i) => (i === 0 ? "" : ` ${node.operators[i - 1] ?? ""} `) + this.node(c, indent)).join("");
      case "Pipeline": return this.#pipeline(node, indent);
      default: return this.#command(node, indent);
    }
  }

  #pipeline(node: Pipeline, indent: number): string {
    const head = node.prefixes.map((p) => (p.type === "Negation" ? "! " : p.posix ? "time -p " : "time ")).join("");
    return head + node.commands.map((c, i) => {
      const operator = node.operators[i - 1];
      return (operator === undefined ? "" : operator === "|&" ? " 2>&1 | " : " | ") + this.#command(c, indent);
    }).join("");
  }

  #command(node: CommandNode, indent: number): string {
    switch (node.type) {
      case "Command": return this.#simple(node);
      case "Redirected": return this.#command(node.command, indent) + this.#redirects(node.redirects);
      case "BraceGroup": return `{ \n${this.#list(node.body, indent + 4)}\n${pad(indent)}}`;
      case "Subshell": return `( ${this.#inline(node.body, indent)} )`;
      case "If": return this.#if(node, indent);
      case "For": return `for ${node.name.text} in ${node.wordlist ? node.wordlist.map((w) => w.text).join(" ") : '"$@"'};\n${this.#doBody(node.body, indent)}`;
      case "Select": return `select ${node.name.text} in ${node.wordlist ? node.wordlist.map((w) => w.text).join(" ") : '"$@"'};\n${this.#doBody(node.body, indent)}`;
      case "ArithmeticFor": return `${this.#source.slice(node.pos, node.body.pos).replace(/[\s;]*do\s*$/, "").trimEnd()}\n${this.#doBody(node.body, indent)}`;
      case "While": return `${node.kind} ${this.#inline(node.clause, indent)}; do\n${this.#list(node.body, indent + 4)}\n${pad(indent)}done`;
      case "Case": return this.#case(node, indent);
      case "TestCommand": return `[[ ${this.#test(node.expression)} ]]`;
      case "ArithmeticCommand": return `((${node.body}))`;
      case "Function": return `function ${node.name.text} () \n${this.functionBody(node.body, indent)}`;
      case "Coproc": return `coproc ${node.name ? node.name.text + " " : ""}${node.body.type === "CompoundList" ? this.#inline(node.body, indent) : this.#command(node.body, indent)}`;
    }
  }

  #simple(node: Extract<CommandNode, { type: "Command" }>): string {
    const words = [...node.prefix, ...(node.name ? [node.name] : []), ...node.suffix];
    const plain = words.filter((w) => w.type === "Word" || w.type === "Assignment").map((w) => w.text).join(" ");
    return (plain + this.#redirects(node.redirects)).trimStart();
  }

  #redirects(redirects: readonly Redirection[]): string {
    return redirects.map((r) => " " + this.#redirect(r)).join("");
  }

  #redirect(r: Redirection): string {
    const fd = r.descriptor ? (r.descriptor.type === "FileDescriptor" ? String(r.descriptor.value) : `{${r.descriptor.name}}`) : "";
    if (r.type === "HereDoc") {
      this.#documents.push(r);
      return `${fd}${r.operator}${r.delimiter?.text ?? ""}`;
    }
    const target = r.target?.text ?? "";
    if (r.type === "HereString") return `${fd}<<< ${target}`;
    if (r.operator === ">&" || r.operator === "<&") return `${fd === "" && /^[\d-]/.test(target) ? (r.operator === ">&" ? "1" : "0") : fd}${r.operator}${target}`;
    return `${fd}${r.operator} ${target}`;
  }

  /** Statements on one line. */
  #inline(list: CompoundList, indent: number): string {
    return list.commands.map((s, i) => this.node(s.command, indent) + (s.background ? " &" : i < list.commands.length - 1 ? ";" : "")).join(" ");
  }

  #doBody(list: CompoundList, indent: number): string {
    return `${pad(indent)}do\n${this.#list(list, indent + 4)}\n${pad(indent)}done`;
  }

  #if(node: If, indent: number): string {
    let text = `if ${this.#inline(node.clause, indent)}; then\n${this.#list(node.then, indent + 4)}`;
    let depth = indent;
    // bash prints `elif` as an `if` nested in `else`.
    for (const e of node.elif) {
      text += `;\n${pad(depth)}else\n${pad(depth + 4)}if ${this.#inline(e.clause, indent)}; then\n${this.#list(e.then, depth + 8)}`;
      depth += 4;
    }
    if (node.else) text += `;\n${pad(depth)}else\n${this.#list(node.else, depth + 4)}`;
    for (; depth >= indent; depth -= 4) text += `;\n${pad(depth)}fi`;
    return text;
  }

  #case(node: Case, indent: number): string {
    const items = node.items.map((item) => {
      const body = item.body.commands.length === 0 ? "" : `\n${this.#list(item.body, indent + 8)}`;
      return `\n${pad(indent + 4)}${item.pattern.map((p) => p.text).join(" | ")})${body}\n${pad(indent + 4)}${item.terminator ?? ";;"}`;
    });
    return `case ${node.word.text} in ${items.join("")}\n${pad(indent)}esac`;
  }

  #test(e: TestExpression): string {
    switch (e.type) {
      case "TestUnary": return `${e.operator} ${e.operand.text}`;
      case "TestBinary": return `${e.left.text} ${e.operator} ${e.right.text}`;
      case "TestLogical": return e.operands.map((o) => this.#test(o)).join(` ${e.operator} `);
      case "TestNot": return `! ${this.#test(e.operand)}`;
      case "TestGroup": return `( ${this.#test(e.expression)} )`;
    }
  }
}
