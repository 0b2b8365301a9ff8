/** Unit and property tests need nothing; the rest get a PostgreSQL and a Temporal server from test/support/global-setup.ts. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.[mc]?[tj]s$': [
      '@swc/jest',
      { jsc: { target: 'es2023', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // slonik brings p-limit and yocto-queue in a node_modules of its own, hence the optional second level.
  transformIgnorePatterns: [
    '/node_modules/(?!(?:.*/node_modules/)?(?:jose|node-pg-migrate|glob|minimatch|p-limit|yocto-queue)/)',
  ],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  reporters: ['<rootDir>/test/support/reporter.cjs'],
  testTimeout: 60_000,
  maxWorkers: 2,
};
