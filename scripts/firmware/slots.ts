import { buildForLinux } from './linux-build.js';
import { XsSensor } from './linux-sensor.js';
import { findSdk } from './sdk.js';
import { Mosquitto } from '../../test/collector/mosquitto.js';
const broker = new Mosquitto(); await broker.start();
const firmware = process.env['FW'] ? JSON.parse(process.env['FW']) : buildForLinux(findSdk()!);
console.log(JSON.stringify(firmware));
const s = new XsSensor(firmware, '/tmp/x/slots/' + Date.now(), { home: ['10.20.0.0/16'], broker: { port: Number(new URL(broker.url).port) }, tap: process.env['TAP'] ?? 'none' });
s.start();
for (let i = 0; i < 4; i++) { await new Promise((r) => setTimeout(r, 1500)); s.command('report'); }
await new Promise((r) => setTimeout(r, 1500));
await s.stop(); await broker.stop();
console.log(s.exits, s.lines.join('\n'));
process.exit(0);
