/** Brokers that a sensor must outlive: those of `npm run firmware:linux`, met over the emulated wire. */
import { BoardTalk } from '../../../../host/serial/provision.js';
import { Authority } from '../../../authority.js';
import { Stranger } from '../../stranger.js';
import type { Bench } from '../bench.js';
import { patient } from '../bench.js';
import { BROKER_NAME, HERE } from '../network.js';
import { online } from './faults.js';

const PORT = 8899;

interface Bad {
  title: string;
  /** Returns the port and how to end it. */
  meet(bench: Bench): Promise<{ port: number; end: () => void }>;
  reason: RegExp;
}

const certs = ({ cert, key }: { cert: string; key: string }): string[] => [`certfile ${cert}`, `keyfile ${key}`];
const named = `DNS:${BROKER_NAME}`;
const mosquitto =
  (settings: (bench: Bench) => string[]) =>
  async (bench: Bench): Promise<{ port: number; end: () => void }> => ({
    port: PORT,
    end: await bench.office.otherBroker(PORT, settings(bench)),
  });
const stranger =
  (act: ConstructorParameters<typeof Stranger>[0]) => async (): Promise<{ port: number; end: () => void }> => {
    const server = new Stranger(act);
    return { port: await server.listen(HERE), end: () => server.close() };
  };

const all: readonly Bad[] = [
  {
    title: 'an authority it does not know',
    meet: mosquitto(({ run }) => certs(new Authority(run.folder, 'others').issue('x', named))),
    reason: /not of the authority we know/,
  },
  {
    title: 'a certificate for another name',
    meet: mosquitto(({ office }) => certs(office.authority.issue('elsewhere', 'DNS:elsewhere.example'))),
    reason: /for another name/,
  },
  {
    title: 'a certificate that has ended',
    meet: mosquitto(({ office }) => certs(office.authority.issue('ended', named, -1))),
    reason: /not valid today/,
  },
  {
    title: 'a server that speaks TLS 1.3 only',
    meet: mosquitto(({ office }) => [...certs(office.authority.issue('new', named)), 'tls_version tlsv1.3']),
    reason: /no TLS 1\.2/,
  },
  {
    title: 'a server that speaks something else',
    meet: stranger((socket) => socket.write('220 mail.example ESMTP ready\r\n')),
    reason: /did not answer/,
  },
  {
    title: 'a server that sends garbage in a TLS record',
    meet: stranger((socket) =>
      socket.once('data', () => socket.write(Buffer.concat([Buffer.from([22, 3, 3, 0, 64]), Buffer.alloc(64, 0xee)]))),
    ),
    reason: /not TLS/,
  },
  {
    title: 'a server that hangs up in the middle of the handshake',
    meet: stranger((socket) => socket.once('data', () => socket.resetAndDestroy())),
    reason: /refused or broke/,
  },
  {
    title: 'a server that sends an alert',
    meet: stranger((socket) => socket.once('data', () => socket.write(Buffer.from([21, 3, 3, 0, 2, 2, 40])))),
    reason: /alert 40/,
  },
  { title: 'a server that says nothing at all', meet: stranger(() => {}), reason: /did not answer/ },
];

export async function badBrokers(bench: Bench): Promise<void> {
  const { board, provisioning, say } = bench;
  const given = JSON.parse(provisioning) as { broker: { port: number } };
  const talk = new BoardTalk(board, patient);
  const failed: string[] = [];
  for (const { title, meet, reason } of all) {
    const { port, end } = await meet(bench);
    const from = board.lines.length;
    await talk.provision(JSON.stringify({ ...given, broker: { ...given.broker, port } }), () => {}, true);
    // Not before: with what it knew until then it may have met this broker too, whose port may be the same.
    const provisioned = board.lines.length;
    const told = await board
      .line(new RegExp(`^BLOCKWATCH says: No connection to the broker.*${reason.source}`), 120, provisioned)
      .catch((error: Error) => error.message);
    end();
    if (!told.startsWith('BLOCKWATCH')) failed.push(`${title}: ${told}`);
    const restarts = board.lines.slice(from).filter((line) => line.startsWith('ESP-ROM')).length;
    // One to forget, one to start with the new provisioning.
    if (restarts > 2) failed.push(`${title}: started anew ${restarts} times`);
    say(`${title}: ${told.replace('BLOCKWATCH says: ', '')}`);
  }
  await talk.provision(provisioning, () => {}, true);
  await online(bench);
  if (failed.length > 0) throw new Error(failed.join('; '));
}
