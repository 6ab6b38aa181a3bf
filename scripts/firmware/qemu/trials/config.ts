/** The largest config that a sensor takes, over the connection that it reports on. */
import { configSettings } from '../../../../src/protocol/config.js';
import type { Bench } from '../bench.js';
import { online } from './faults.js';

export async function largestConfig(bench: Bench): Promise<void> {
  const { office, measured, board, say } = bench;
  const home = [
    ...Array.from({ length: configSettings.home.ipv4 }, (_, i) => `10.${20 + i}.100.0/24`),
    ...Array.from({ length: configSettings.home.ipv6 }, (_, i) => `fd20:1234:5678:${100 + i}::/64`),
  ];
  const watch = Array.from({ length: configSettings.watch.ipv4 }, (_, i) => `198.51.${100 + i}.128/25`);
  for (const seconds of [30, 31]) {
    say(
      office
        .cli(
          'config',
          'set',
          '--site',
          'lab',
          '--home',
          ...home,
          '--watch',
          ...watch,
          '--health-seconds',
          String(seconds),
          '--wait',
          ...office.operator,
          ...office.fleetKey,
        )
        .trim()
        .split('\n')
        .at(-1) ?? '',
    );
    const from = board.lines.length;
    await office.stopBroker();
    await office.startBroker();
    await board.line(/Connected to the broker/, 120, from);
    await online(bench);
  }
  await measured.take('the largest config, TLS anew');
}
