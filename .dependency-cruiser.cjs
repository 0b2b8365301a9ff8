/**
 * The allowed arrows (docs/ARCHITECTURE.md): data flows one way, I/O stands at the edges, pure rules in the middle.
 * Each room lists what it may import; everything else inside the project is forbidden.
 */
const rooms = {
  '^src/domain/': ['^src/domain/'],
  '^src/protocol/temporal/': ['^src/protocol/temporal/', '^src/domain/'],
  '^src/protocol/wire/': ['^src/protocol/', '^src/domain/'],
  '^workflows/': ['^workflows/', '^src/protocol/temporal/', '^src/domain/'],
  '^src/postgres/': ['^src/postgres/', '^src/protocol/', '^src/domain/', '^src/config'],
  '^src/ledger/port': ['^src/protocol/', '^src/domain/'],
  '^src/ledger/postgres/': ['^src/ledger/', '^src/postgres/', '^src/protocol/', '^src/domain/'],
  '^activities/': ['^activities/', '^src/ledger/port', '^src/protocol/', '^src/domain/', '^src/log'],
  '^src/verify/': ['^src/verify/', '^src/postgres/', '^src/protocol/', '^src/domain/'],
  '^src/service/': [
    '^src/service/',
    '^src/ledger/',
    '^src/postgres/',
    '^src/protocol/',
    '^src/domain/',
    '^src/config',
    '^src/log',
  ],
  '^src/day/': [
    '^src/day/',
    '^src/service/',
    '^src/verify/',
    '^src/postgres/queries/',
    '^src/protocol/',
    '^src/domain/',
    '^src/config',
    '^src/log',
  ],
};

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `arrows-of-${room.replace(/[^a-z]+/g, '-').replace(/^-|-$/g, '')}`,
      severity: 'error',
      from: { path: room },
      to: { path: '^(src|workflows|activities|bench|test)/', pathNot: allowed },
    })),
    {
      name: 'only-the-starters-see-embedded',
      severity: 'error',
      from: {
        path: '^(src|workflows|activities)/',
        pathNot: ['^src/embedded/', '^src/main', '^src/cli/main', '^src/cli/commands/'],
      },
      to: { path: '^src/embedded/' },
    },
    {
      name: 'sandbox-has-no-io',
      severity: 'error',
      from: { path: '^(workflows/|src/domain/|src/protocol/temporal/)' },
      to: {
        dependencyTypes: ['npm', 'core', 'npm-dev', 'npm-optional'],
        pathNot: ['node_modules/(@temporalio/(workflow|common)|decimal\\.js|uuid|luxon)/'],
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    moduleSystems: ['cjs', 'es6'],
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
