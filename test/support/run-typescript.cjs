/** node -r this file: require() reads TypeScript, so that a test can start one of our modules in a process of its own. */
const { transformFileSync } = require('@swc/core');

const options = { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } };

require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);
