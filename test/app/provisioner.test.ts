import assert from 'node:assert/strict';
import { fromBase64 } from '../../src/app/core/base64.js';
import { toEpoch } from '../../src/app/core/engine-time.js';
import {
  buildImprov,
  buildImprovResult,
  ImprovParser,
  improvTypes,
  readImprovWifi,
} from '../../src/app/core/improv.js';
import { Provisioner } from '../../src/app/core/provisioner.js';
import { MAX_PROVISIONING_BYTES } from '../../src/protocol/provisioning.js';
import { fromUtf8, toUtf8 } from '../../src/protocol/utf8.js';

const bytes = toUtf8;
const given = JSON.stringify({ version: 1, site: 'berlin', sensor: 'tap-1', broker: { host: '10.0.0.1', tls: false } });

interface Board {
  take: (data: Uint8Array) => void;
  sent: () => string;
  raw: number[];
  /** Texts that were kept, and what was done, in order. */
  accepted: string[];
  done: string[];
}

function board(
  store: (text: string) => void = () => {},
  read?: (text: string | undefined) => string | undefined,
): Board {
  const raw: number[] = [];
  const accepted: string[] = [];
  const done: string[] = [];
  const provisioner = new Provisioner({
    board: 'wt32_eth01',
    version: '0.1.0',
    says: () => '',
    send: (data) => {
      raw.push(...Array.from(data));
      done.push(fromUtf8(data).trim().slice(0, 17));
    },
    store: (text) => {
      store(text);
      accepted.push(text);
      done.push('kept');
    },
    stored: () => (read ? read(accepted.at(-1)) : accepted.at(-1)),
    done: () => done.push('done'),
  });
  return {
    take: (data) => provisioner.received(data),
    sent: () => fromUtf8(Uint8Array.from(raw)),
    raw,
    accepted,
    done,
  };
}

describe('Improv packets', () => {
  // The standard's own example: a request for the current state.
  const stateRequest = [0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56, 0x01, 0x03, 0x02, 0x02, 0x00];

  it('are built with their sum and a line feed', () => {
    const built = Array.from(buildImprov(improvTypes.command, [2, 0]));
    assert.deepEqual(built.slice(0, 11), stateRequest);
    assert.equal(built[11], stateRequest.reduce((sum, byte) => sum + byte, 0) & 0xff);
    assert.equal(built[12], 10);
  });

  it('are found in a stream that begins in the middle of something else', () => {
    const parser = new ImprovParser();
    const packets = [...bytes('boot log IMPRO\nIMPRIMPRO'), ...buildImprov(3, [2, 0])]
      .map((byte) => parser.feed(byte))
      .filter((fed) => typeof fed === 'object');
    assert.deepEqual(packets, [{ type: 3, data: Uint8Array.of(2, 0) }]);
  });

  it('an Improv packet with a wrong sum is bad', () => {
    const parser = new ImprovParser();
    const packet = buildImprov(3, [2, 0]);
    packet[11] = (packet[11] as number) ^ 1;
    assert.ok([...packet].map((byte) => parser.feed(byte)).includes('bad'));
  });

  it('an Improv packet carries a network and its password', () => {
    assert.deepEqual(readImprovWifi(Uint8Array.of(1, 9, 4, ...bytes('café').subarray(0, 4), 3, ...bytes('pwd'))), {
      ssid: 'caf\u00c3',
      password: 'pwd',
    });
    const name = bytes('café');
    assert.deepEqual(readImprovWifi(Uint8Array.of(1, 2 + name.length, name.length, ...name, 0)), {
      ssid: 'café',
      password: '',
    });
  });

  it('an Improv packet whose length lies is no packet', () => {
    for (const data of [[], [1], [1, 0], [1, 2, 5, 0], [1, 3, 0, 9, 0], [1, 4, 1, 65, 1, 66, 67], [2, 2, 0, 0]])
      assert.equal(readImprovWifi(Uint8Array.from(data)), undefined);
  });

  it('an Improv answer carries texts', () => {
    assert.deepEqual(Array.from(buildImprovResult(3, ['ab', '']).slice(9, 15)), [3, 4, 2, 97, 98, 0]);
  });
});

describe('a board that waits to be provisioned', () => {
  it('a board that waits to be provisioned says what it is', () => {
    const one = board();
    one.take(bytes('BLOCKWATCH?\n'));
    assert.equal(one.sent(), 'BLOCKWATCH {"board":"wt32_eth01","version":"0.1.0","provisioned":false}\n');
  });

  it('takes a provisioning in pieces, with noise in front', () => {
    const one = board();
    for (const piece of ['noise', 'x\r\nIBLOCKWATCH ', given.slice(0, 30), given.slice(30), '\r\n'])
      one.take(bytes(piece));
    assert.equal(one.sent(), 'BLOCKWATCH ok\n');
    assert.equal((JSON.parse(one.accepted[0] ?? '{}') as { site: string }).site, 'berlin');
  });

  it('refuses a bad one in one sentence, and then takes a good one', () => {
    const one = board();
    one.take(bytes(`BLOCKWATCH {"version":9}\nBLOCKWATCH ${given}\n`));
    assert.match(one.sent(), /^BLOCKWATCH error: The provisioning's "version" is not 1.*\nBLOCKWATCH ok\n$/);
    assert.equal(one.accepted.length, 1);
  });

  it('says ok when the provisioning is kept and was read back, and not before; then it starts anew', () => {
    const one = board();
    one.take(bytes(`BLOCKWATCH ${given}\n`));
    assert.deepEqual(one.done, ['kept', 'BLOCKWATCH ok', 'done']);
  });

  it('says why where it cannot be kept, does not start anew, and takes the next', () => {
    let worn = true;
    const one = board(() => {
      if (worn) throw new Error('the flash is full');
    });
    one.take(bytes(`BLOCKWATCH ${given}\n`));
    assert.match(
      one.sent(),
      /^BLOCKWATCH error: The board cannot keep it \(the flash is full\): .*"blockwatch flash --erase".*\n$/,
    );
    assert.deepEqual([one.accepted, one.done.includes('done')], [[], false]);
    worn = false;
    one.take(bytes(`BLOCKWATCH ${given}\n`));
    assert.match(one.sent(), /\nBLOCKWATCH ok\n$/);
  });

  it('says so where it reads something else than it kept', () => {
    for (const other of [undefined, '', '{}']) {
      const one = board(
        () => {},
        () => other,
      );
      one.take(bytes(`BLOCKWATCH ${given}\n`));
      assert.match(
        one.sent(),
        /^BLOCKWATCH error: The board has kept it and reads something else: .* Use another board\.\n$/,
      );
      assert.equal(one.done.includes('done'), false);
    }
  });

  it('takes one that is as long as may be, and says so of a longer one', () => {
    const long = (length: number): string => given.replace('{', `{${' '.repeat(length - given.length)}`);
    const one = board();
    one.take(bytes(`BLOCKWATCH ${long(MAX_PROVISIONING_BYTES)}\n`));
    assert.equal(one.sent(), 'BLOCKWATCH ok\n');
    const two = board();
    for (const length of [MAX_PROVISIONING_BYTES + 1, 10_000]) two.take(bytes(`BLOCKWATCH ${long(length)}\n`));
    assert.match(two.sent(), /^(BLOCKWATCH error: The provisioning is longer than 3500 bytes\.\n){2}$/);
    assert.deepEqual(two.accepted, []);
  });

  it('puts the network that a browser gave into a provisioning that names none', () => {
    const one = board();
    one.take(buildImprov(improvTypes.command, [1, 8, 3, ...bytes('net'), 3, ...bytes('pwd')]));
    one.take(bytes(`BLOCKWATCH ${given}\n`));
    assert.deepEqual((JSON.parse(one.accepted[0] ?? '{}') as { wifi: unknown }).wifi, { ssid: 'net', password: 'pwd' });
  });

  it('answers Improv: its state, what it is, and errors for what it does not know', () => {
    const kinds = (data: Uint8Array): number[] => {
      const one = board();
      one.take(data);
      const parser = new ImprovParser();
      return one.raw
        .map((byte) => parser.feed(byte))
        .flatMap((fed) => (typeof fed === 'object' ? [fed.type, fed.data[0] ?? -1] : []));
    };
    assert.deepEqual(kinds(buildImprov(3, [2, 0])), [1, 2]);
    assert.deepEqual(kinds(buildImprov(3, [3, 0])), [4, 3]);
    assert.deepEqual(kinds(buildImprov(3, [99, 0])), [2, 2]);
    assert.deepEqual(kinds(buildImprov(3, [1, 9, 9])), [2, 1]);
    assert.deepEqual(kinds(buildImprov(1, [0])), [2, 1]);
  });

  it('says nothing to noise, and keeps no endless line of it', () => {
    const one = board();
    one.take(new Uint8Array(200_000).fill(65));
    one.take(bytes('\nBLOCKWATC\n{}\n'));
    assert.equal(one.sent(), '');
    assert.deepEqual(one.accepted, []);
  });
});

describe('base64', () => {
  const cases: [string, number[]][] = [
    ['', []],
    ['AA==', [0]],
    ['/w==', [255]],
    ['AAEC', [0, 1, 2]],
    ['+/8=', [251, 255]],
    ['TWFu', [77, 97, 110]],
  ];
  for (const [text, expected] of cases)
    it(`reads "${text}" as base64`, () => assert.deepEqual(Array.from(new Uint8Array(fromBase64(text))), expected));
  it('base64 with line breaks is read', () =>
    assert.deepEqual(Array.from(new Uint8Array(fromBase64('TW\nFu\n'))), [77, 97, 110]));
});

describe("the engine's time", () => {
  const now = 1_760_000_000_000;
  it("is put beside now, before and after the engine's clock wraps", () => {
    assert.equal(toEpoch(5_000, 9_000, now), now - 4_000);
    assert.equal(toEpoch(0xfffffff0, 0x10, now), now - 0x20);
    assert.equal(toEpoch(0x10, 0xfffffff0, now), now + 0x20);
    assert.equal(toEpoch(7, 7, now + 0.9), now);
  });
});
