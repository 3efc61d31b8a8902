/** Arithmetic expressions of `$(( ))`, `(( ))`, `let`, subscripts: bash(1), ARITHMETIC EVALUATION. */
export type Expr =
  | { readonly is: "number"; readonly value: bigint }
  | { readonly is: "variable"; readonly name: string; readonly subscript: string | undefined }
  | { readonly is: "unary"; readonly op: "!" | "~" | "-" | "+"; readonly operand: Expr }
  | { readonly is: "step"; readonly by: 1n | -1n; readonly before: boolean; readonly target: Variable }
  | { readonly is: "binary"; readonly op: string; readonly left: Expr; readonly right: Expr; readonly rightToken: number }
  | { readonly is: "assign"; readonly op: string; readonly target: Variable; readonly value: Expr; readonly valueToken: number }
  | { readonly is: "choice"; readonly test: Expr; readonly yes: Expr; readonly no: Expr };

export type Variable = Extract<Expr, { is: "variable" }>;

/** A mistake in an expression; `token` is where the rest of the text begins that bash shows. */
export interface Mistake {
  readonly message: string;
  readonly token: number;
}

export const isMistake = (x: Expr | Mistake): x is Mistake => "message" in x;
