import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "public", "src/api/openapi.d.ts"] },
  js.configs.recommended,
  tseslint.configs.strict,
  hooks.configs.flat["recommended-latest"],
  {
    rules: {
      "max-lines": ["error", 400],
      eqeqeq: "error",
      "no-console": "error",
    },
  },
);
