import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  /** The same database URL, through the proxy. */
  through(databaseUrl: string): string;
  /** From now on nothing passes, and nobody is told: a stopped server, a dead network. New connections are accepted and left alone. */
  freeze(): void;
  isFrozen(): boolean;
  /** What was held back passes after all. */
  thaw(): void;
  /** Passes on the next request that has all of these texts in it; when its answer comes, cuts the connection instead. Resolves then. */
  dropAnswerTo(...texts: readonly string[]): Promise<void>;
  /**
   * Passes on the next request that has all of `texts` in it; when its answer comes, passes that on or holds it back, and from then
   * on holds back every request that mentions `subject`: a caller that is to be killed at this point. Resolves then.
   */
  strandAtAnswerTo(texts: readonly string[], subject: string, answer: 'passed on' | 'held back'): Promise<void>;
  close(): Promise<void>;
}

interface Trap {
  readonly texts: readonly string[];
  /** Whether the answer passes on to the client. */
  readonly spring: (client: Socket) => boolean;
}

/** A TCP proxy before a server that fails as networks do. Give a function when the server may come back elsewhere. */
export async function startTcpProxy(serverUrl: string | (() => string)): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let frozen = false;
  const traps = new Set<Trap>();
  const held: string[] = [];

  const server = createServer((client) => {
    const target = new URL(typeof serverUrl === 'string' ? serverUrl : serverUrl());
    const upstream = connect(Number(target.port || 5432), target.hostname);
    let trapped: Trap | undefined;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
      if (frozen) socket.pause();
    }
    client.on('data', (request) => {
      if (held.some((subject) => request.includes(subject))) return;
      trapped ??= [...traps].find(({ texts }) => texts.every((text) => request.includes(text)));
      upstream.write(request);
    });
    upstream.on('data', (answer) => {
      const trap = trapped;
      trapped = undefined;
      if (trap !== undefined) traps.delete(trap);
      if (trap?.spring(client) ?? true) client.write(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    through: (url) => {
      const changed = new URL(url);
      changed.hostname = '127.0.0.1';
      changed.port = String(port);
      return changed.toString();
    },
    freeze: () => {
      frozen = true;
      for (const socket of sockets) socket.pause();
    },
    isFrozen: () => frozen,
    thaw: () => {
      frozen = false;
      for (const socket of sockets) socket.resume();
    },
    dropAnswerTo: (...texts) =>
      new Promise((resolve) => {
        const spring = (client: Socket): boolean => {
          client.destroy();
          resolve();
          return false;
        };
        traps.add({ texts, spring });
      }),
    strandAtAnswerTo: (texts, subject, answer) =>
      new Promise((resolve) => {
        const spring = (): boolean => {
          held.push(subject);
          resolve();
          return answer === 'passed on';
        };
        traps.add({ texts, spring });
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
