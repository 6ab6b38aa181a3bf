/**
 * What a board must be able to do in the memory it has, on XS with a board's fixed heap (board.c). Each case makes what is there
 * at rest and gives back the work; what it makes is taken for what heap.json says of a board at rest or after a handshake,
 * and the work has what a board then has left. Inputs are made before the work too: on a board they come from outside.
 */
import assert from 'node:assert/strict';
import { FlashOutbox } from '../../../src/app/core/flash-outbox.js';
import { Outbox } from '../../../src/app/core/outbox.js';
import type { Connector } from '../../../src/app/core/ports.js';
import { Provisioner } from '../../../src/app/core/provisioner.js';
import { readStored, writeStored } from '../../../src/app/core/redundant-store.js';
import { SensorApp } from '../../../src/app/core/sensor.js';
import type { UpdateParts } from '../../../src/app/core/update.js';
import { BLOCK } from '../../../src/app/core/update.js';
import { encodeAlert } from '../../../src/protocol/alert.js';
import { CONFIG_LENGTH, configSettings, readConfig } from '../../../src/protocol/config.js';
import { ENGINE_CONFIG_BYTES, writeEngineConfig } from '../../../src/protocol/engine-config.js';
import { MAX_PROVISIONING_BYTES, readProvisioning } from '../../../src/protocol/provisioning.js';
import type { Hmac } from '../../../src/protocol/signed-config.js';
import { signConfig } from '../../../src/protocol/signed-config.js';
import { encodeBlock, encodeManifest, encodeOffer, imageOf } from '../../../src/protocol/update.js';
import { toUtf8 } from '../../../src/protocol/utf8.js';
import { FakeTime } from '../../app/world.js';
import { sampleRecord } from '../../support/samples.js';
import { runTimers } from './sdk/timer.js';
import { connect, deliver } from './sdk/wire.js';

declare const wanted: string;
declare const print: (text: string) => void;

Object.assign(globalThis, { trace: (text: string) => wanted === 'list' || print(text.trim()) });
// Modules of XS's own, put on the stand-ins in sdk (scripts/firmware/xs.ts); their types need the SDK's.
const { mqttConnector } = (await import('../../../src/app/xs/mqtt.js' as string)) as {
  mqttConnector(broker: object, id: string): Connector;
};
const { hmac } = (await import('../../../src/app/xs/hmac.js' as string)) as { hmac: Hmac };

/** XS's own. */
const textOf = (bytes: ArrayBufferLike): string =>
  (String as unknown as { fromArrayBuffer(bytes: ArrayBufferLike): string }).fromArrayBuffer(bytes);
const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** Preferences that take nothing of XS's heap, as NVS: all places are there from the start. */
class Preferences {
  readonly #places = new Map<string, { bytes: Uint8Array; length: number }>();
  constructor(...names: string[]) {
    for (const name of names) {
      for (const which of ['a', 'b'])
        for (let part = -1; part < 14; part++)
          this.#places.set(`${name}${which}${part < 0 ? '' : part}`, { bytes: new Uint8Array(512), length: -1 });
    }
  }

  readonly get = (key: string): string | undefined => {
    const { bytes, length } = this.#places.get(key) ?? { bytes: new Uint8Array(0), length: -1 };
    return length < 0 ? undefined : textOf(bytes.buffer.slice(0, length));
  };

  readonly set = (key: string, value: string): void => {
    const place = this.#places.get(key);
    if (!place || value.length > 512) throw new Error(`no room for ${key}`);
    for (let i = 0; i < value.length; i++) place.bytes[i] = value.charCodeAt(i);
    place.length = value.length;
  };
}

/** A certificate of an authority of so many bytes, as any. */
const certificate = (bytes: number): string => 'MIIF'.repeat(Math.ceil(bytes / 3)).slice(0, Math.ceil(bytes / 3) * 4);

function provisioning(ca: number, length?: number): string {
  const home =
    length === undefined
      ? ['10.20.0.0/16']
      : Array.from({ length: 20 }, (_, i) =>
          i < 16 ? `10.${200 + i}.255.0/24` : `2001:db8:ffff:ffff:ffff:fff${i - 16}::/96`,
        );
  const text = JSON.stringify({
    version: 1,
    site: 'b'.repeat(32),
    sensor: 't'.repeat(32),
    broker: {
      host: 'broker.branches.example',
      port: 8883,
      tls: true,
      user: `blockwatch/${'b'.repeat(32)}/${'t'.repeat(32)}`,
      password: 'x'.repeat(32),
      ca: certificate(ca),
    },
    wifi: { ssid: 'büro', password: 'p'.repeat(63) },
    tap: '',
    home,
    timeServer: 'pool.ntp.org',
    configKey: 'ab'.repeat(32),
  });
  // The network's name is not ASCII: it has more bytes than characters.
  return length === undefined ? text : text.replace('{', `{${' '.repeat(length - text.length)}`);
}

/** The board's end of the serial line takes `text`, a hundred bytes at a time, as a UART's buffer gives them. */
function provisions(text: string): () => void {
  const preferences = new Preferences('provisioning');
  const input = new Uint8Array([...toUtf8(`BLOCKWATCH ${text}\n`)]);
  let answer = '';
  const make = (): Provisioner =>
    new Provisioner({
      board: 'wt32_eth01',
      version: '0.1.0',
      says: () => '',
      send: (bytes) => {
        answer = textOf(bytes.buffer);
      },
      store: (given) => writeStored('provisioning', given, preferences.get, preferences.set),
      stored: () => readStored('provisioning', preferences.get),
      done: () => {},
    });
  return () => {
    const provisioner = make();
    for (let at = 0; at < input.length; at += 100) provisioner.received(input.slice(at, at + 100));
    assert.equal(answer, 'BLOCKWATCH ok\n');
    const read = readProvisioning(readStored('provisioning', preferences.get) ?? '');
    assert.equal(read.wifi.ssid, 'büro');
  };
}

/** The largest config that there can be, signed: 24 blocks of ours, 48 watched, as many characters as may be. */
function config(version: number, topic: string, key: string): Uint8Array {
  const home = Array.from({ length: configSettings.home.ipv4 + configSettings.home.ipv6 }, (_, i) =>
    i < configSettings.home.ipv4
      ? `203.113.${200 + i}.${100 + i}/32`
      : `2001:db8:ffff:ffff:ffff:ffff:ffff:fff${i - 16}/128`,
  );
  const watch = Array.from({ length: configSettings.watch.ipv4 }, (_, i) => `198.151.${200 + i}.${150 + i}/32`);
  const text = JSON.stringify({
    version,
    home,
    alertsPerMinute: 6000,
    healthSeconds: 3600,
    evidence: 100,
    bytesPerDay: 0xffffffff,
    watch,
  });
  return ascii(signConfig(text.replace('{', `{${' '.repeat(CONFIG_LENGTH - text.length)}`), topic, key, hmac));
}

const KEY = 'ab'.repeat(32);
const topic = 'blockwatch/1/berlin/tap-1';

/** The app of a board that is online. What it configures is kept and goes to the engine, as main.ts has it. */
function online(
  preferences: Preferences,
  outbox: Outbox,
  update?: Partial<UpdateParts>,
): { app: SensorApp; time: FakeTime; said: string[]; turn: () => void } {
  const time = new FakeTime();
  const said: string[] = [];
  const ca = certificate(1428);
  const block = new DataView(new ArrayBuffer(ENGINE_CONFIG_BYTES));
  const app = new SensorApp({
    site: 'berlin',
    sensor: 'tap-1',
    version: '0.1.0',
    outbox,
    engine: { traps: 0, framesLost: 0, counters: () => ({ frames: 1 }) },
    connector: mqttConnector(
      { host: '10.0.0.1', port: 8883, tls: true, user: 'u', password: 'p', ca },
      'blockwatch/berlin/tap-1',
    ),
    clock: time,
    timers: time,
    random: () => 0.5,
    configKey: KEY,
    hmac,
    home: ['10.0.0.0/8'],
    vitals: () => ({ freeHeap: 20_000, tapLost: 1, ringDropped: 2, restarts: 3 }),
    configure: (next) => {
      writeStored('config', JSON.stringify(next), preferences.get, preferences.set);
      writeEngineConfig(block, 0, next.home, next);
    },
    ...(update ? { update: update as UpdateParts } : {}),
    say: (sentence) => {
      said.length = 0;
      said.push(sentence);
    },
  });
  const turn = (): void => {
    runTimers();
    time.advance(50);
    runTimers();
  };
  app.start();
  runTimers();
  connect();
  for (let i = 0; i < 4; i++) turn();
  assert.equal(app.uplink.state, 'online');
  return { app, time, said, turn };
}

function flash(): FlashOutbox {
  const bytes = new Uint8Array(16 * 4096).fill(0xff);
  return new FlashOutbox({
    size: bytes.length,
    sectorSize: 4096,
    read: (at, length) => bytes.slice(at, at + length),
    write: (at, data) => bytes.set(data, at),
    erase: (at) => void bytes.fill(0xff, at, at + 4096),
  });
}

const CAPACITY = 64;
const alert = (outbox: Outbox): number =>
  outbox.enqueue('alert', (sequence) => encodeAlert(sampleRecord(), { boot: 1, sequence, clock: 'synced' }));
const fill = (outbox: Outbox, count = CAPACITY): Outbox => {
  for (let i = 0; i < count; i++) alert(outbox);
  return outbox;
};

const cases: Record<string, () => () => void> = {
  'a provisioning with a CA of 1,428 bytes': () => provisions(provisioning(1428)),
  'the longest provisioning, with a CA of 1,800 bytes': () =>
    provisions(provisioning(1800, MAX_PROVISIONING_BYTES - 1)),

  'the longest text is kept and read': () => {
    const preferences = new Preferences('provisioning');
    const text = provisioning(1800, MAX_PROVISIONING_BYTES);
    return () => {
      for (let i = 0; i < 3; i++) writeStored('provisioning', text, preferences.get, preferences.set);
      assert.ok(readStored('provisioning', preferences.get) === text);
    };
  },

  'a start that finds the longest provisioning and the largest config': () => {
    const preferences = new Preferences('provisioning', 'config');
    writeStored('provisioning', provisioning(1800, MAX_PROVISIONING_BYTES), preferences.get, preferences.set);
    const { config: text } = JSON.parse(textOf(config(1, topic, KEY).buffer)) as { config: string };
    writeStored('config', text, preferences.get, preferences.set);
    return () => {
      const given = readProvisioning(readStored('provisioning', preferences.get) ?? '');
      const found = readConfig(readStored('config', preferences.get) ?? '');
      assert.equal(given.home.length + found.home.length + found.watch.length, 20 + 24 + 48);
    };
  },

  'the largest config, twice, signed, over TLS': () => {
    const preferences = new Preferences('config');
    const { app, said, turn } = online(preferences, new Outbox({ boot: 1, capacity: CAPACITY, window: 4 }));
    const texts = [config(1, `${topic}/config`, KEY), config(2, `${topic}/config`, KEY)];
    return () => {
      for (const text of texts) {
        deliver(`${topic}/config`, text);
        turn();
      }
      assert.equal(said[0], 'Config version 2 is in force.');
      assert.equal(app.refused, 0);
      assert.equal(readConfig(readStored('config', preferences.get) ?? '').watch.length, 48);
    };
  },

  'an update, block by block': () => {
    const size = 12 * BLOCK + 100;
    const sha256 = '5a'.repeat(32);
    const manifest = encodeManifest({
      version: '9.0.0',
      board: 'wt32_eth01',
      size,
      sha256,
      minimum: '',
      expires: 4_000_000_000,
    });
    const offer = ascii(encodeOffer({ text: manifest, signature: 'ab'.repeat(64), stagger: 0, attempt: 1 }));
    const blocks = Array.from({ length: 13 }, (_, i) =>
      encodeBlock(imageOf(sha256), i * BLOCK, new Uint8Array(Math.min(BLOCK, size - i * BLOCK)).fill(i)),
    );
    const preferences = new Preferences('update');
    let restarted = false;
    let written = 0;
    const { app, time, turn } = online(preferences, fill(new Outbox({ boot: 1, capacity: CAPACITY, window: 4 })), {
      board: 'wt32_eth01',
      keys: ['cd'.repeat(64)],
      verify: () => true,
      sha256: () => ({ write: () => {}, close: () => sha256 }),
      read: () => readStored('update', preferences.get),
      write: (text) => writeStored('update', text, preferences.get, preferences.set),
      restart: () => {
        restarted = true;
      },
      slot: {
        size: 1_966_080,
        state: 'settled',
        begin: () => {},
        activate: () => {},
        confirm: () => {},
        giveBack: () => {},
        // As xs/slot.ts: a view is copied before it goes to C.
        write: (bytes) => {
          written += bytes.slice().byteLength;
        },
        read: (_at, length) => new Uint8Array(length),
      },
    });
    return () => {
      deliver(`${topic}/update`, offer);
      for (const block of blocks) {
        turn();
        deliver(`${topic}/block`, block);
      }
      for (let i = 0; i < 30; i++) turn();
      assert.equal(app.updater?.problem, '');
      assert.equal(written, size);
      assert.ok(restarted && time.ms > 0);
    };
  },

  'the outbox becomes full, over and over': () => {
    const outbox = new Outbox({ boot: 1, capacity: CAPACITY, window: 4, storage: flash() });
    return () => {
      fill(outbox, 3 * CAPACITY);
      for (let i = 0; i < 4; i++) outbox.take();
      outbox.reclaim();
      assert.equal(outbox.used, CAPACITY);
      assert.equal(outbox.settled, 2 * CAPACITY);
    };
  },

  'a full outbox is found at the start': () => {
    const storage = flash();
    fill(new Outbox({ boot: 1, capacity: CAPACITY, window: 4, storage }));
    // XS holds on to the last one that was made.
    new Outbox({ boot: 0 });
    return () => assert.equal(new Outbox({ boot: 2, capacity: CAPACITY, window: 4, storage }).used, CAPACITY);
  },

  'alerts and health go out of a full outbox over TLS': () => {
    const outbox = fill(new Outbox({ boot: 1, capacity: CAPACITY, window: 4 }));
    const { app, time, turn } = online(new Preferences('config'), outbox);
    return () => {
      for (let i = 0; i < CAPACITY; i++) {
        app.take([sampleRecord(), sampleRecord({ stage: 'progress' })]);
        turn();
      }
      for (let second = 0; second < 60; second++) {
        time.advance(900);
        turn();
      }
      assert.equal(app.uplink.state, 'online');
      assert.equal(outbox.used, 0);
    };
  },
};

if (wanted === 'list') print(JSON.stringify(Object.keys(cases)));
else Object.assign(globalThis, { work: (cases[wanted] as () => () => void)() });
