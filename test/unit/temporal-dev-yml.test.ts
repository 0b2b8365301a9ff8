import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { POSTGRES, TEMPORAL } from '../../src/embedded/stack-constants';
import schema from '../support/compose-schema.json';

interface Service {
  readonly image: string;
  readonly ports?: string[];
  readonly environment?: Record<string, string>;
  readonly depends_on?: Record<string, unknown>;
  readonly configs?: { readonly source: string }[];
  readonly volumes?: string[];
}

interface Compose {
  readonly services: Record<string, Service>;
  readonly configs: Record<string, { readonly content: string }>;
  readonly volumes: Record<string, unknown>;
}

const compose = parse(readFileSync(join(__dirname, '../../temporal-dev.yml'), 'utf8')) as Compose;

const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
};

describe('temporal-dev.yml', () => {
  test('has the shape that the compose specification asks for', () => {
    const validate = new Ajv({ allErrors: true, strictTuples: false }).compile(schema);
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  test('pins the versions that npm start runs', () => {
    expect(Object.fromEntries(Object.entries(compose.services).map(([name, { image }]) => [name, image]))).toEqual({
      postgresql: `postgres:${POSTGRES.major}`,
      'temporal-schema': `temporalio/admin-tools:${TEMPORAL.serverVersion}`,
      temporal: `temporalio/server:${TEMPORAL.serverVersion}`,
      'temporal-namespace': `temporalio/admin-tools:${TEMPORAL.serverVersion}`,
      'temporal-ui': `temporalio/ui:${TEMPORAL.uiVersion}`,
    });
  });

  test('opens the usual ports, on this machine only', () => {
    expect(service('postgresql').ports).toEqual([`${POSTGRES.host}:${POSTGRES.port}:5432`]);
    expect(service('temporal').ports).toEqual([`${TEMPORAL.host}:${TEMPORAL.port}:7233`]);
    expect(service('temporal-ui').ports).toEqual([`${TEMPORAL.host}:${TEMPORAL.uiPort}:8080`]);
  });

  test('makes the same roles and the same database', () => {
    const { ownerRole, userRole, database, superuser } = POSTGRES;
    const roles = compose.configs['roles']?.content;
    expect(roles).toContain(`create role ${ownerRole} nologin;`);
    expect(roles).toContain(`create role ${userRole} login noinherit password 'cantondex' in role ${ownerRole};`);
    expect(roles).toContain(`create database ${database} owner ${ownerRole};`);
    expect(service('postgresql').environment?.['POSTGRES_USER']).toBe(superuser);
  });

  test('names nothing that it does not define', () => {
    for (const one of Object.values(compose.services)) {
      for (const name of Object.keys(one.depends_on ?? {})) expect(compose.services).toHaveProperty(name);
      for (const { source } of one.configs ?? []) expect(compose.configs).toHaveProperty(source);
      for (const volume of one.volumes ?? []) expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
    }
  });
});
