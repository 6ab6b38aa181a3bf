import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { UserError } from '../../host/common/errors.js';
import { choosePort, explainPort, openPort } from '../../host/serial/port.js';
import type { ProvisionTimes, SerialLine } from '../../host/serial/provision.js';
import { BoardTalk } from '../../host/serial/provision.js';
import { Attendant } from '../../src/app/core/attendant.js';
import { Provisioner } from '../../src/app/core/provisioner.js';
import type { BoardWords } from '../../src/protocol/serial.js';
import { ONLINE } from '../../src/protocol/serial.js';
import { scratch, until } from '../support/collector.js';
import { runBlockwatch } from '../support/command.js';
import { describeWith, findProgram } from '../support/requirement.js';

const given = JSON.stringify({
  version: 1,
  site: 'berlin',
  sensor: 'tap-1',
  broker: { host: 'broker.example', port: 8883, tls: true, user: 'u', password: 'p', ca: 'A'.repeat(1600) },
  wifi: { ssid: 'büro', password: 'geheim' },
  tap: '',
  home: ['10.20.0.0/16'],
  timeServer: '',
  configKey: 'ab'.repeat(32),
});
const times: ProvisionTimes = { ask: 50, start: 1_000, keep: 1_000, look: 100 };
const provisionBoard = (
  line: SerialLine,
  text: string,
  found: (words: BoardWords) => void,
  patience = times,
  again = false,
): Promise<void> => new BoardTalk(line, patience).provision(text, found, again);

/** A line with a board at its other end, that the test plays. */
class Line extends EventEmitter {
  sent = Buffer.alloc(0);
  constructor(readonly heard: (bytes: Buffer, line: Line) => void = () => {}) {
    super();
  }

  write(bytes: Uint8Array): void {
    const all = Buffer.from(bytes);
    this.sent = Buffer.concat([this.sent, all]);
    setImmediate(() => this.heard(all, this));
  }

  says(text: string): void {
    this.emit('data', Buffer.from(text));
  }
}

/** The firmware's own provisioner, from the moment at which the board has started. */
function boardLine(starts = 0, cut = 1e9): { line: Line; accepted: string[] } {
  const accepted: string[] = [];
  let questions = 0;
  const provisioner = new Provisioner({
    board: 'wt32_eth01',
    version: '0.1.0',
    says: () => '',
    send: (bytes) => line.emit('data', Buffer.from(bytes)),
    store: (text) => accepted.push(text),
    stored: () => accepted.at(-1),
    done: () => {},
  });
  const line: Line = new Line((bytes) => {
    if (bytes.includes('BLOCKWATCH?')) questions++;
    if (questions <= starts) return;
    for (let at = 0; at < bytes.length; at += cut) provisioner.received(bytes.subarray(at, at + cut));
  });
  return { line, accepted };
}

const refuses = (promise: Promise<unknown>, sentence: RegExp): Promise<void> =>
  assert.rejects(
    promise,
    (error: unknown) => error instanceof UserError && error.code === 'BW_SERIAL' && sentence.test(error.message),
  );

describe('provisioning over a line', () => {
  it("gives the firmware's own provisioner all of it, with names in any script", async () => {
    const { line, accepted } = boardLine();
    const found: string[] = [];
    await provisionBoard(line, given, ({ board, version }) => found.push(board, version), times);
    assert.deepEqual(found, ['wt32_eth01', '0.1.0']);
    const kept = JSON.parse(accepted[0] ?? '{}') as { wifi: { ssid: string }; broker: { ca: string } };
    assert.deepEqual([accepted.length, kept.wifi.ssid, kept.broker.ca.length], [1, 'büro', 1600]);
  });

  it('waits for a board that is still starting, and sends nothing of the secret until it answers', async () => {
    const { line, accepted } = boardLine(3);
    let before = '';
    await provisionBoard(
      line,
      given,
      () => {
        before = line.sent.toString();
      },
      times,
    );
    assert.equal(accepted.length, 1);
    assert.ok(!before.includes('berlin'));
    assert.ok(before.split('BLOCKWATCH?').length > 3);
  });

  it('goes on where the line hands over one byte at a time', async () => {
    const { line, accepted } = boardLine(0, 1);
    await provisionBoard(line, given, () => {}, times);
    assert.equal(accepted.length, 1);
  });

  it('understands answers among what else a board prints, in pieces, and an echo of its own words', async () => {
    const line = new Line((bytes, self) => {
      if (bytes.includes('BLOCKWATCH?'))
        for (const piece of [
          'ets Jun  8 2016\r\nrst:0x1\r\nBLOCKWATCH?\nBLOCK',
          'WATCH {"board":"esp32_poe","ver',
          'sion":"1","provisioned":false}\r\n',
        ])
          self.says(piece);
      else if (bytes.includes('\n') && bytes.length < 64) self.says('noise\nBLOCKWATCH ok\n');
    });
    await provisionBoard(line, given, () => {}, times);
  });

  it("says what the board refuses, in the board's words", async () => {
    const { line } = boardLine();
    await refuses(
      provisionBoard(line, given.replace('"version":1', '"version":9'), () => {}, times),
      /The board refused it: The provisioning's "version" is not 1/,
    );
  });

  const silent: [string, (bytes: Buffer, line: Line) => void, RegExp][] = [
    ['nothing answers', () => {}, /does not answer\. Check that this is its port/],
    ['something else answers', (_, line) => line.says('login: \n'), /not a Blockwatch board.*flash.*--erase/],
    [
      'a board answers but never confirms that it stored the file',
      (bytes, line) => {
        if (bytes.includes('?')) line.says('BLOCKWATCH {"board":"b","version":"1"}\n');
      },
      /did not confirm that it stored the file/,
    ],
    [
      'a board answers what nobody understands',
      (bytes, line) => line.says(bytes.includes('?') ? 'BLOCKWATCH {"board":"b"}\n' : 'BLOCKWATCH maybe\n'),
      /answered "maybe"/,
    ],
    ['the board is unplugged', (_, line) => line.emit('close'), /was unplugged/],
  ];
  for (const [what, heard, sentence] of silent)
    it(`says what to do where ${what}`, () =>
      refuses(
        provisionBoard(new Line(heard), given, () => {}, times),
        sentence,
      ));
});

/** A board as it is: the firmware's provisioner, then its attendant, and what it says in between. */
class PlayedBoard {
  readonly line: Line;
  kept: string | undefined;
  forgotten = 0;
  #says = '';
  #starting = 0;
  #heard: { received(bytes: Uint8Array): void } = { received: () => {} };

  /** @param said what it says after it has started as somebody */
  constructor(
    readonly said: string[],
    kept?: string,
    readonly pause = 20,
  ) {
    this.kept = kept;
    this.line = new Line((bytes) => this.#heard.received(bytes));
    this.#start();
  }

  #say(sentence: string): void {
    this.#says = sentence;
    this.line.says(`boot noise\r\nBLOCKWATCH says: ${sentence}\n`);
  }

  #start(): void {
    const answer = (text: string): void => this.line.says(`BLOCKWATCH ${text}\n`);
    const restart = (): void => {
      const mine = ++this.#starting;
      setTimeout(() => {
        this.#heard = { received: () => {} };
        this.#says = '';
        setTimeout(() => mine === this.#starting && this.#start(), this.pause);
      }, this.pause);
    };
    if (this.kept === undefined) {
      this.#heard = new Provisioner({
        board: 'esp32_poe',
        version: '0.1.0',
        says: () => '',
        send: (bytes) => this.line.emit('data', Buffer.from(bytes)),
        store: (text) => {
          this.kept = text;
        },
        stored: () => this.kept,
        done: restart,
      });
      return this.#say(
        'This sensor is not provisioned: it waits on its serial port for what "blockwatch enroll" made.',
      );
    }
    const { site, sensor } = JSON.parse(this.kept) as { site: string; sensor: string };
    this.#heard = new Attendant({
      board: 'esp32_poe',
      version: '0.1.0',
      site,
      sensor,
      says: () => this.#says,
      answer,
      done: restart,
      forget: () => {
        this.kept = undefined;
        this.forgotten++;
      },
    });
    this.said.forEach((sentence, i) => setTimeout(() => this.#say(sentence), i * this.pause));
  }
}

describe('a board that says how it is', () => {
  const told = async (
    board: PlayedBoard,
    patience = 2_000,
    again = false,
  ): Promise<{ last: string | undefined; heard: string[] }> => {
    const heard: string[] = [];
    const talk = new BoardTalk(board.line, times);
    await talk.provision(given, () => {}, again);
    return { last: await talk.untilOnline(patience, (sentence) => heard.push(sentence)), heard };
  };

  it('reports its status from its restart until it is online', async () => {
    assert.deepEqual(await told(new PlayedBoard(['Joining the WiFi "büro".', ONLINE, 'later'])), {
      last: undefined,
      heard: ['Joining the WiFi "büro".', ONLINE],
    });
  });

  it('reports its status until the timeout, and the last one is the reason', async () => {
    const { last, heard } = await told(
      new PlayedBoard(['Joining the WiFi "büro".', 'The WiFi "büro" is not joined.']),
      500,
    );
    assert.deepEqual([last, heard.length], ['The WiFi "büro" is not joined.', 2]);
  });

  it('is asked where its sentences were lost', async () => {
    const board = new PlayedBoard([ONLINE]);
    const says = board.line.says.bind(board.line);
    board.line.says = (text) => {
      if (!text.includes('says: Connected')) says(text);
    };
    assert.equal((await told(board)).last, undefined);
  });

  it('says nothing where it says nothing', async () => {
    assert.deepEqual(await told(new PlayedBoard([]), 300), { last: '', heard: [] });
  });

  it('keeps its identity without --again, and the error names it', async () => {
    const board = new PlayedBoard([ONLINE], given.replace('berlin', 'lyon'));
    await new Promise((resolve) => setTimeout(resolve, 30));
    await refuses(
      told(board),
      /This board is already lyon\/tap-1, status: Connected to the broker\. Replace its identity with --again/,
    );
    assert.deepEqual([board.forgotten, board.line.sent.includes('geheim')], [0, false]);
  });

  it('erases its identity with --again, and ignores the statuses from before', async () => {
    const board = new PlayedBoard([ONLINE], given.replace('berlin', 'lyon'));
    const { last, heard } = await told(board, 2_000, true);
    assert.deepEqual([last, heard, board.forgotten], [undefined, [ONLINE], 1]);
    assert.match(board.kept ?? '', /"site":"berlin"/);
  });

  it('has no identity to erase while it waits for provisioning', async () => {
    const board = new PlayedBoard([ONLINE]);
    assert.equal((await told(board, 2_000, true)).last, undefined);
    assert.equal(board.forgotten, 0);
  });

  it('reports why it cannot erase its identity', async () => {
    const line = new Line((bytes, self) => {
      if (bytes.includes('?'))
        self.says('BLOCKWATCH {"board":"b","version":"1","provisioned":true,"site":"a","sensor":"b"}\n');
      else if (bytes.includes('forget')) self.says('BLOCKWATCH error: The board cannot forget who it is (worn out).\n');
    });
    await refuses(
      provisionBoard(line, given, () => {}, times, true),
      /The board cannot erase its identity: The board cannot forget/,
    );
  });

  it('that erased its identity and does not restart is reported', async () => {
    const line = new Line((bytes, self) => {
      if (bytes.includes('?'))
        self.says('BLOCKWATCH {"board":"b","version":"1","provisioned":true,"site":"a","sensor":"b"}\n');
      else if (bytes.includes('forget')) self.says('BLOCKWATCH ok\n');
    });
    await refuses(
      provisionBoard(line, given, () => {}, times, true),
      /does not restart\. Unplug it/,
    );
  });
});

describe('a serial port', () => {
  const list =
    (...paths: string[]) =>
    () =>
      Promise.resolve(paths.map((path) => ({ path, about: 'CP2102' })));

  it('is the one named, or the only one', async () => {
    assert.equal(await choosePort('/dev/x', list()), '/dev/x');
    assert.equal(await choosePort(undefined, list('/dev/ttyUSB0')), '/dev/ttyUSB0');
  });

  it('must be named where there are several, and plugged in where there is none', async () => {
    await refuses(
      choosePort(undefined, list('/dev/ttyUSB0', '/dev/ttyACM0')),
      /2 boards to choose from: \/dev\/ttyUSB0 \(CP2102\), \/dev\/ttyACM0/,
    );
    await refuses(choosePort(undefined, list()), /No board is plugged in/);
  });

  const reasons: [string, RegExp][] = [
    ['Error: No such file or directory, cannot open /dev/ttyUSB9', /no port \/dev\/p\. Plug/],
    ['Error: Permission denied, cannot open /dev/ttyUSB0', /usermod -aG dialout/],
    ['Error Resource temporarily unavailable Cannot lock port', /Another program uses/],
    ['Opening COM3: Access denied', /Another program uses/],
    ['Error: Inappropriate ioctl for device', /not a serial port/],
    ['Input/output error', /cannot be used: Input\/output error\. Unplug/],
  ];
  for (const [message, sentence] of reasons)
    it(`says what to do where the system says "${message}"`, () =>
      assert.match(explainPort('/dev/p', message), sentence));

  it('that is not there is one sentence', () =>
    refuses(openPort('/dev/nothing-like-this'), /There is no port \/dev\/nothing-like-this/));

  it('a serial port that is a file is refused in one sentence', async () => {
    const files = scratch();
    writeFileSync(files.path('plain'), '');
    await refuses(openPort(files.path('plain')), /is not a serial port|cannot be used/);
    files.remove();
  });
});

describeWith(['socat'], 'blockwatch provision, over a pair of terminals', function () {
  this.timeout(120_000);
  const files = scratch();
  let cable: ChildProcess;
  const near = (): string => files.path('near');
  before(async () => {
    cable = spawn(
      findProgram('socat') as string,
      [`pty,raw,echo=0,link=${files.path('near')}`, `pty,raw,echo=0,link=${files.path('far')}`],
      { stdio: 'ignore' },
    );
    await until(() => existsSync(files.path('near')) && existsSync(files.path('far')), 'the cable');
    writeFileSync(files.path('tap-1.json'), `${given}\n`);
  });
  after(async () => {
    const ended = new Promise((resolve) => cable.once('exit', resolve));
    cable.kill('SIGTERM');
    await ended;
    files.remove();
  });

  it("gives the file to the firmware's provisioner at the other end, and says who the board is now", async () => {
    const far = await openPort(files.path('far'));
    const accepted: string[] = [];
    let attendant: Attendant | undefined;
    const done = (): void => {
      attendant = new Attendant({
        board: 'esp32c3_w5500',
        version: '0.1.0',
        site: 'berlin',
        sensor: 'tap-1',
        says: () => ONLINE,
        answer: (text) => far.write(`BLOCKWATCH ${text}\n`),
        forget: () => {},
        done: () => {},
      });
      far.write(`BLOCKWATCH says: Joining the WiFi "büro".\nBLOCKWATCH says: ${ONLINE}\n`);
    };
    const provisioner = new Provisioner({
      board: 'esp32c3_w5500',
      version: '0.1.0',
      says: () => '',
      send: (bytes) => far.write(Buffer.from(bytes)),
      store: (text) => accepted.push(text),
      stored: () => accepted.at(-1),
      done: () => setTimeout(done, 300),
    });
    far.on('data', (bytes: Buffer) => (attendant ?? provisioner).received(bytes));
    const { status, out, err } = await runBlockwatch(['provision', 'tap-1.json', '--port', near()], {
      folder: files.path(''),
    });
    const asked = await runBlockwatch(['provision', '--status', '--port', near()], { folder: files.path('') });
    const refused = await runBlockwatch(['provision', 'tap-1.json', '--port', near()], { folder: files.path('') });
    await new Promise((resolve) => far.close(resolve));
    assert.deepEqual([status, err], [0, '']);
    assert.match(
      out,
      /Found esp32c3_w5500 with Blockwatch 0\.1\.0\.\nThe board is now berlin\/tap-1 and restarts\.\nDelete .*\n {2}Joining the WiFi "büro"\.\n {2}Connected to the broker\.\n$/,
    );
    assert.deepEqual(
      [asked.status, asked.out, asked.err],
      [0, 'Found esp32c3_w5500 with Blockwatch 0.1.0: berlin/tap-1.\nStatus: Connected to the broker.\n', ''],
    );
    assert.equal(refused.status, 1);
    assert.match(
      refused.err,
      /^blockwatch: This board is already berlin\/tap-1, status: Connected to the broker\. Replace its identity with --again\.\n$/,
    );
    assert.deepEqual(JSON.parse(accepted[0] ?? '{}'), { ...(JSON.parse(given) as object), timeServer: 'pool.ntp.org' });
  });

  it("ends with the board's last sentence where it is not online in time, and says that the provisioning was kept", async () => {
    const far = await openPort(files.path('far'));
    let kept = '';
    const provisioner = new Provisioner({
      board: 'esp32_poe',
      version: '0.1.0',
      says: () => '',
      send: (bytes) => far.write(Buffer.from(bytes)),
      store: (text) => {
        kept = text;
      },
      stored: () => kept,
      done: () => setTimeout(() => far.write('BLOCKWATCH says: The WiFi "büro" is not joined.\n'), 300),
    });
    far.on('data', (bytes: Buffer) => provisioner.received(bytes));
    const { status, err } = await runBlockwatch(['provision', 'tap-1.json', '--port', near(), '--wait', '2'], {
      folder: files.path(''),
    });
    const short = await runBlockwatch(['provision', 'tap-1.json', '--port', near(), '--wait', '0'], {
      folder: files.path(''),
    });
    await new Promise((resolve) => far.close(resolve));
    assert.equal(status, 1);
    assert.equal(
      err,
      'blockwatch: The board stored the provisioning but is not online after 2 s. Its last status: The WiFi "büro" is not joined.\n',
    );
    assert.deepEqual([short.status, short.err], [0, '']);
  });

  it('wants a file or a question, and not both', async () => {
    for (const [words, sentence] of [
      [['provision'], /Name the file .*--status/],
      [['provision', 'tap-1.json', '--status'], /--status changes nothing/],
      [['provision', 'x', '--wait', 'long'], /whole number from 0 to 3600/],
    ] as const) {
      const { status, err } = await runBlockwatch([...words], { folder: files.path('') });
      assert.equal(status, 2);
      assert.match(err, sentence);
    }
  });

  it('says that the port is in use while another has it', async () => {
    const other = await openPort(near());
    const { status, err } = await runBlockwatch(['provision', 'tap-1.json', '--port', near()], {
      folder: files.path(''),
    });
    await new Promise((resolve) => other.close(resolve));
    assert.equal(status, 1);
    assert.match(err, /^blockwatch: Another program uses .*\n$/);
  });

  it('opens no port for an invalid file', async () => {
    writeFileSync(files.path('bad.json'), '{"version":1}');
    const { status, err } = await runBlockwatch(['provision', 'bad.json', '--port', near()], {
      folder: files.path(''),
    });
    assert.equal(status, 1);
    assert.match(err, /Cannot use the provisioning file bad\.json: .*\. "blockwatch enroll" creates one\.\n$/);
  });
});
