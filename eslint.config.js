import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** Shapes that read badly or hide something. Each rule says what to do instead. */
const everywhere = [
  {
    selector: ":matches(ImportDeclaration, ExportNamedDeclaration, ExportAllDeclaration)[source.value=/^\\.{1,2}\\u002F/]:not([source.value=/\\.(ts|tsx|css|svg|json|js)(\\?.*)?$/])",
    message: "A relative import names the file: \"./addr.ts\".",
  },
  { selector: "ExportDefaultDeclaration", message: "Export by name, so that a search finds every use." },
  { selector: "ExportAllDeclaration", message: "No barrels: import from the file that defines the thing." },
  {
    selector: "TSAsExpression > TSAsExpression > TSUnknownKeyword.typeAnnotation",
    message: "`as unknown as` turns the type checker off: narrow the value, or fix the type.",
  },
];

/** The simulated world has no state outside its objects: two simulations can run side by side. */
const inTheCore = [
  { selector: "Program > VariableDeclaration[kind='let'], Program > ExportNamedDeclaration > VariableDeclaration[kind='let']", message: "No mutable state in a module: give it to an object." },
  { selector: "AwaitExpression, FunctionDeclaration[async=true], ArrowFunctionExpression[async=true], FunctionExpression[async=true]", message: "A promise resumes when the machine likes. Use a generator." },
];

const CORE = "src/{sim,wire,net,os,http,shell,programs,cluster,lab}/**/*.ts";
const TESTS = "**/*.test.{ts,tsx}";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "test-results/", "playwright-report/"] },
  tseslint.configs.base,
  {
    files: ["**/*.{ts,tsx}"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-restricted-syntax": ["error", ...everywhere],
      "eqeqeq": ["error", "always"],
      "no-debugger": "error",
      "no-dupe-else-if": "error",
      "no-empty": "error",
      "no-fallthrough": "error",
      "no-self-compare": "error",
      "no-unreachable": "error",
      "no-unsafe-finally": "error",
      "no-useless-catch": "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "@typescript-eslint/ban-ts-comment": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-asserted-optional-chain": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", caughtErrors: "none", ignoreRestSiblings: true }],
      "@typescript-eslint/triple-slash-reference": ["error", { lib: "never", path: "never", types: "never" }],
    },
  },
  {
    files: [CORE],
    ignores: [TESTS],
    rules: { "no-restricted-syntax": ["error", ...everywhere, ...inTheCore] },
  },
  {
    files: ["src/ui/**/*.{ts,tsx}"],
    plugins: { "react-hooks": hooks },
    rules: { "react-hooks/rules-of-hooks": "error", "react-hooks/exhaustive-deps": "error" },
  },
  {
    // These tools ask for a default export.
    files: ["*.config.{ts,js}", "e2e/setup.ts", "src/headless/entry.ts"],
    rules: { "no-restricted-syntax": "off" },
  },
);
