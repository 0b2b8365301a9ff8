import { createServer } from 'node:net';

/** Says one line to whoever started the servers. */
export type Say = (line: string) => void;

/** A port on 127.0.0.1 that is free now: the preferred one, or another, which is said. */
export async function freePort(preferred: number, purpose: string, say: Say): Promise<number> {
  if ((await listenOnce(preferred)) !== null) return preferred;
  const other = await anyFreePort();
  say(`Port ${preferred} is taken: ${purpose} uses ${other}.`);
  return other;
}

/** A port on 127.0.0.1 that is free now. */
export async function anyFreePort(): Promise<number> {
  const port = await listenOnce(0);
  if (port === null) throw new Error('No port of 127.0.0.1 can be opened: check the limits of this machine.');
  return port;
}

/** Whether nobody listens on that port of 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const got = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(got));
    });
  });
}
