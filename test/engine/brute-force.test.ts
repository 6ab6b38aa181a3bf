/** Repeated logins by the shape of their connections, at any number of servers; and what looks alike and is honest. */
import assert from 'node:assert/strict';
import { ACK, FIN, PSH, SYN, type TcpOptions, tcp, udp } from '../support/packets.js';
import { Office } from './office.js';

const outsider = '203.0.113.66';
const insider = '10.20.1.66';
const server = '10.20.1.5';

interface Talk {
  /** Bytes of the client and of the server. */
  sent: number;
  received: number;
  /** The server says something before the client does. */
  greets?: boolean;
  /** The server ends the connection. */
  shownOut?: boolean;
  /** The client's first words. */
  words?: string;
}

let ports = 20_000;

/** The steps of one connection, each sent by a call: connections may be open side by side. */
function steps(office: Office, client: string, target: string, port: number, talk: Talk): (() => void)[] {
  ports = 20_000 + ((ports - 20_000 + 1) % 40_000);
  const sourcePort = ports;
  const [mine, his] = [Math.imul(sourcePort, 0x9e3779b1) >>> 0, Math.imul(sourcePort, 0x85ebca77) >>> 0];
  let [sent, received] = [1, 1];
  const at = (base: number, offset: number): number => (base + offset) >>> 0;
  const up = (flags: number, o: TcpOptions = {}): void => {
    const numbers = { sequence: at(mine, sent), acknowledgement: at(his, received) };
    office.send(tcp(client, target, port, flags, { sourcePort, ...numbers, ...o }), 2);
  };
  const down = (flags: number, o: TcpOptions = {}): void => {
    const numbers = { sequence: at(his, received), acknowledgement: at(mine, sent) };
    office.send(tcp(target, client, sourcePort, flags, { sourcePort: port, ...numbers, ...o }), 2);
  };
  const say = (bytes: number, isClient: boolean, words = ''): void => {
    for (let done = 0; done < bytes; done += 1000) {
      const payload = Buffer.alloc(Math.min(1000, bytes - done));
      payload.write(words);
      (isClient ? up : down)(ACK | PSH, { payload });
      if (isClient) sent += payload.length;
      else received += payload.length;
      (isClient ? down : up)(ACK);
    }
  };
  const greeting = talk.greets ? Math.min(40, talk.received) : 0;
  return [
    () => up(SYN, { sequence: mine, acknowledgement: 0 }),
    () => down(SYN | ACK, { sequence: his, acknowledgement: at(mine, 1) }),
    () => up(ACK),
    () => say(greeting, false),
    () => say(talk.sent, true, talk.words),
    () => say(talk.received - greeting, false),
    () => (talk.shownOut ? down(FIN | ACK) : up(FIN | ACK)),
    () => {
      if (talk.shownOut) received++;
      else sent++;
      (talk.shownOut ? up : down)(FIN | ACK);
    },
  ];
}

function connect(office: Office, client: string, target: string, port: number, talk: Talk): void {
  for (const step of steps(office, client, target, port, talk)) step();
}

/** Connections side by side: each shakes hands, then all go on in step. */
function abreast(all: (() => void)[][]): void {
  for (const one of all) for (const step of one.slice(0, 3)) step();
  for (let step = 3; step < 8; step++) for (const one of all) one[step]?.();
}

const told = (office: Office): { source: string; targets: number; sources: number; stage: string }[] =>
  office.take().records.filter((record) => record.kind === 'brute-force');

const ssh: Talk = { sent: 1600, received: 2240, greets: true, words: 'SSH-2.0-x' };

describe('brute force', () => {
  const attacks: [string, (office: Office) => void, string][] = [
    [
      'of SSH at home, 33 logins in 123 s',
      (office) => {
        for (let i = 0; i < 33; i++) {
          connect(office, insider, server, 22, ssh);
          office.wait(3700);
        }
      },
      insider,
    ],
    [
      'of SSH on an unusual port at home',
      (office) => {
        for (let i = 0; i < 67; i++) {
          connect(office, insider, server, 22022, ssh);
          office.wait(2000);
        }
      },
      insider,
    ],
    [
      'of SSH on an unusual port from outside',
      (office) => {
        for (let i = 0; i < 30; i++) {
          connect(office, outsider, server, 50022, ssh);
          office.wait(3000);
        }
      },
      outsider,
    ],
    ...(
      [
        ['FTP', 21, { sent: 40, received: 110, greets: true }],
        ['Telnet', 23, { sent: 60, received: 200, greets: true, shownOut: true }],
        ['RDP', 3389, { sent: 900, received: 1700 }],
        ['SMB', 445, { sent: 700, received: 900 }],
        ['VNC', 5900, { sent: 30, received: 60, greets: true, shownOut: true }],
        ['POP3', 110, { sent: 50, received: 110, greets: true }],
        ['IMAP', 143, { sent: 60, received: 200, greets: true }],
        ['SMTP AUTH', 587, { sent: 150, received: 300, greets: true }],
        ['MySQL', 3306, { sent: 90, received: 180, greets: true, shownOut: true }],
        ['PostgreSQL', 5432, { sent: 250, received: 130, shownOut: true }],
        ['MSSQL', 1433, { sent: 400, received: 250, shownOut: true }],
        ['Redis', 6379, { sent: 40, received: 60 }],
        ['LDAP', 389, { sent: 80, received: 110 }],
        ['SIP over TCP', 5060, { sent: 600, received: 500 }],
        ['WinRM', 5985, { sent: 300, received: 400 }],
      ] as [string, number, Talk][]
    ).map(([name, port, talk]): [string, (office: Office) => void, string] => [
      `of ${name} from outside`,
      (office) => {
        for (let i = 0; i < 60; i++) {
          connect(office, outsider, server, port, talk);
          office.wait(1000);
        }
      },
      outsider,
    ]),
    ...(
      [
        ['SMB', 445, { sent: 700, received: 900 }],
        ['MySQL', 3306, { sent: 90, received: 180, greets: true, shownOut: true }],
        ['PostgreSQL', 5432, { sent: 250, received: 130, shownOut: true }],
        ['MSSQL', 1433, { sent: 400, received: 250, shownOut: true }],
        ['LDAP', 389, { sent: 80, received: 110 }],
      ] as [string, number, Talk][]
    ).map(([name, port, talk]): [string, (office: Office) => void, string] => [
      `of ${name} at home, one a second`,
      (office) => {
        for (let i = 0; i < 90; i++) {
          connect(office, insider, server, port, talk);
          office.wait(1000);
        }
      },
      insider,
    ]),
    [
      'by a tool with sixteen connections side by side',
      (office) => {
        for (let round = 0; round < 4; round++) {
          const all = Array.from({ length: 16 }, () => steps(office, insider, server, 22, ssh));
          abreast(all);
          office.wait(2000);
        }
      },
      insider,
    ],
    [
      'of thirteen servers in turn from outside',
      (office) => {
        for (let i = 0; i < 200; i++) {
          connect(office, outsider, `10.20.3.${1 + (i % 13)}`, 22, ssh);
          office.wait(3000);
        }
      },
      outsider,
    ],
    [
      'of forty servers in turn from outside',
      (office) => {
        for (let i = 0; i < 200; i++) {
          connect(office, outsider, `10.20.3.${1 + (i % 40)}`, 22, ssh);
          office.wait(1000);
        }
      },
      outsider,
    ],
  ];
  for (const [name, story, source] of attacks) {
    it(`${name} is told`, async () => {
      const office = (await Office.open()).warmUp();
      story(office);
      office.wait(10 * 60_000).close();
      const records = told(office);
      assert.equal(records[0]?.stage, 'start');
      assert.equal(records[0]?.source, source);
      assert.equal(
        records.filter(({ stage }) => stage === 'start').length,
        records.filter(({ stage }) => stage === 'end').length,
      );
    });
  }

  it('by thirteen sources at one server is told of each, or of them together', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 300; i++) {
      connect(office, `198.51.100.${101 + (i % 13)}`, server, 22, ssh);
      office.wait(500);
    }
    const records = told(office);
    assert.ok(new Set(records.map(({ source }) => source)).size >= 12 || records.some(({ sources }) => sources > 6));
  });

  it('by sixty sources, each too slow by itself, is told as one of many sources', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 300; i++) {
      connect(office, `198.51.100.${101 + (i % 60)}`, server, 22, ssh);
      office.wait(2000);
    }
    const [record] = told(office);
    assert.equal(record?.source, '');
    assert.ok((record?.sources ?? 0) >= 4, `${record?.sources} sources`);
  });

  const register = (office: Office, gap: number, sourcePort = 5060): void => {
    const head = Buffer.from('REGISTER sip:10.20.1.5 SIP/2.0');
    office.send(udp(outsider, server, 5060, { sourcePort, payload: head }), gap);
    office.send(udp(server, outsider, sourcePort, { sourcePort: 5060, payload: Buffer.from('SIP/2.0 401') }), 1);
  };

  for (const [from, sourcePort] of [
    ["SIP's own port", 5060],
    ['a port above it', 40_000],
    ['a port below it', 1024],
  ] as const)
    it(`of SIP by UDP from ${from} is told, and may be forged`, async () => {
      const office = (await Office.open()).warmUp();
      for (let i = 0; i < 600; i++) register(office, 20, sourcePort);
      const [record] = office.take().records.filter(({ kind }) => kind === 'brute-force');
      assert.equal(record?.source, outsider);
      assert.equal(record?.protocol, 'udp');
      assert.equal(record?.spoofable, true);
    });

  it('is not taken from an office of sixty phones that register once a minute', async () => {
    const office = (await Office.open()).warmUp();
    for (let minute = 0; minute < 20; minute++) {
      for (let i = 0; i < 120; i++) register(office, 30);
      office.wait(56_000);
    }
    office.close();
    assert.deepEqual(office.accused(), []);
  });

  const innocent: [string, (office: Office) => void][] = [
    [
      'twenty-four logins at once that transfer data',
      (office) => {
        const all = Array.from({ length: 24 }, () =>
          steps(office, insider, server, 22, { ...ssh, sent: 20_000, received: 9000 }),
        );
        abreast(all);
      },
    ],
    [
      'a monitor that logs into sixty servers over SSH, once a minute',
      (office) => {
        for (let i = 0; i < 600; i++) {
          connect(office, insider, `10.20.3.${1 + (i % 60)}`, 22, { ...ssh, received: 4000 });
          office.wait(1000);
        }
      },
    ],
    [
      'a balancer that checks by HTTP on an unusual port, twice a second',
      (office) => {
        for (let i = 0; i < 400; i++) {
          connect(office, insider, server, 9080, { sent: 80, received: 150, shownOut: true, words: 'GET / HTTP/1.0' });
          office.wait(500);
        }
      },
    ],
    [
      'a balancer that opens a connection and says nothing, twice a second',
      (office) => {
        for (let i = 0; i < 400; i++) {
          connect(office, insider, server, 22, { sent: 0, received: 40, greets: true });
          office.wait(500);
        }
      },
    ],
    [
      'metrics fetched every 15 s',
      (office) => {
        for (let i = 0; i < 200; i++) {
          connect(office, insider, server, 9100, { sent: 200, received: 3000, words: 'GET /metrics' });
          office.wait(15_000);
        }
      },
    ],
    [
      'a web application that opens a connection to its database for each page',
      (office) => {
        for (let i = 0; i < 500; i++) {
          connect(office, insider, server, 3306, { sent: 300, received: 900, greets: true });
          office.wait(100);
        }
      },
    ],
    [
      'a camera that logs in by FTP for each picture, every 5 s',
      (office) => {
        for (let i = 0; i < 300; i++) {
          connect(office, insider, server, 21, { sent: 120, received: 500, greets: true });
          office.wait(5000);
        }
      },
    ],
    [
      'a phone outside that asks for its mail once a minute',
      (office) => {
        for (let i = 0; i < 200; i++) {
          connect(office, '198.51.100.77', server, 110, { sent: 60, received: 150, greets: true });
          office.wait(60_000);
        }
      },
    ],
    [
      'a hundred mails from one server outside',
      (office) => {
        for (let i = 0; i < 100; i++)
          connect(office, '198.51.100.77', server, 25, { sent: 3000, received: 400, greets: true });
      },
    ],
    [
      'a browser outside with ever so many connections',
      (office) => {
        for (let i = 0; i < 400; i++) connect(office, '198.51.100.77', server, 8443, { sent: 600, received: 900 });
      },
    ],
    [
      'git over SSH every two seconds',
      (office) => {
        for (let i = 0; i < 150; i++) {
          connect(office, insider, server, 22, { sent: 2500, received: 4500, greets: true, words: 'SSH-2.0-x' });
          office.wait(2000);
        }
      },
    ],
  ];
  for (const [name, story] of innocent) {
    it(`is not taken from ${name}`, async () => {
      const office = (await Office.open()).warmUp();
      story(office);
      office.wait(10 * 60_000).close();
      assert.deepEqual(office.accused(), []);
    });
  }
});

describe('a foothold', () => {
  const footholds = (office: Office): number =>
    office.take().records.filter(({ kind, stage }) => kind === 'foothold' && stage === 'start').length;

  for (const elsewhere of [11, 60, 300]) {
    it(`is seen though the scanner shakes hands ${elsewhere} times elsewhere before`, async () => {
      const office = (await Office.open()).warmUp();
      for (let i = 1; i <= 20; i++) office.send(tcp(outsider, `10.20.9.${i}`, 445, SYN), 100);
      const open = Array.from({ length: elsewhere }, (_, i) =>
        steps(office, outsider, `10.20.8.${1 + (i % 200)}`, 22, { sent: 0, received: 0 }),
      );
      for (const one of open) for (const step of one.slice(0, 3)) step();
      connect(office, outsider, server, 445, { sent: 3000, received: 200_000 });
      assert.equal(footholds(office), 1);
    });
  }

  it('is seen of a scanner in a shared scan that forged sources opened', async () => {
    const office = (await Office.open()).warmUp();
    for (let i = 0; i < 24; i++) office.send(tcp(`198.51.100.${101 + i}`, `10.20.12.${1 + i}`, 22, SYN), 20);
    for (let i = 1; i <= 15; i++) office.send(tcp(outsider, `10.20.9.${i}`, 22, SYN), 100);
    office.wait(1000);
    connect(office, outsider, server, 22, { sent: 3000, received: 200_000, greets: true });
    assert.ok(office.accused().includes(outsider));
    assert.equal(footholds(office), 1);
  });
});
