#!/usr/bin/env node
require('../src/embedded/bootstrap.cjs').run(['cli', ...process.argv.slice(2)]);
