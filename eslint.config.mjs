import js from '@eslint/js';
import tseslint from 'typescript-eslint';

const zodV4Only = {
  paths: [
    {
      name: 'zod',
      message: "Import from 'zod/v4': one zod in the project (slonik's v3 types stay behind src/postgres/sql.ts).",
    },
  ],
};

const sandbox = {
  paths: [
    ...zodV4Only.paths,
    {
      name: 'uuid',
      importNames: ['v1', 'v4', 'v6', 'v7'],
      message: 'Random ids do not replay: only v5 in the sandbox and the domain.',
    },
  ],
  patterns: [
    {
      group: [
        'node:*',
        'fs',
        'path',
        'crypto',
        'pg',
        'slonik',
        'pino',
        'zod/*',
        '@temporalio/client',
        '@temporalio/worker',
        '@temporalio/activity',
      ],
      message: 'Workflow code and the domain run in the sandbox: no I/O, no Node builtins, no zod.',
    },
  ],
};

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '.cantondex/**', 'coverage/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-imports': ['error', zodV4Only],
    },
  },
  {
    files: ['workflows/**/*.ts', 'src/domain/**/*.ts', 'src/protocol/temporal/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', sandbox] },
  },
  {
    files: ['**/*.cjs', '**/*.mjs'],
    languageOptions: {
      globals: {
        require: 'readonly',
        module: 'writable',
        process: 'readonly',
        console: 'readonly',
        __dirname: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
);
