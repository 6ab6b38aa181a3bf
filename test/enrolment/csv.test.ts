import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../host/common/errors.js';
import { projectRoot } from '../../host/common/paths.js';
import { CsvError, readCsv } from '../../host/enrolment/csv.js';
import type { Defaults, EnrolmentRequest } from '../../host/enrolment/request.js';
import { provisioningOf, readAuthority, readRequestsCsv, wifiProblem } from '../../host/enrolment/request.js';
import type { Board } from '../../host/firmware/boards.js';
import { boards } from '../../host/firmware/boards.js';
import { scratch } from '../support/collector.js';

const cells = (text: string): string[][] => readCsv(text).map((row) => row.cells);

describe('a CSV file', () => {
  it('is rows of cells, with LF and with CRLF, with and without an end of line at its end', () => {
    for (const text of ['a,b\n1,2', 'a,b\n1,2\n', 'a,b\r\n1,2\r\n'])
      assert.deepEqual(cells(text), [
        ['a', 'b'],
        ['1', '2'],
      ]);
  });

  it('may be parted by semicolons, as spreadsheets of half of Europe do', () =>
    assert.deepEqual(cells('a;b\n1,5;2'), [
      ['a', 'b'],
      ['1,5', '2'],
    ]));

  it('a CSV file may begin with a byte order mark', () => assert.deepEqual(cells('\ufeffa,b'), [['a', 'b']]));

  it('keeps commas, quotes, line ends and white space inside of quotes', () => {
    assert.deepEqual(cells('a,b\n"x, ""y""","two\nlines"\n" space ", trimmed '), [
      ['a', 'b'],
      ['x, "y"', 'two\nlines'],
      [' space ', 'trimmed'],
    ]);
  });

  it('passes over empty lines, and counts them', () => {
    assert.deepEqual(
      readCsv('a\n\n,\n1\n').map(({ line }) => line),
      [1, 4],
    );
  });

  it('says on which line a row begins, after a cell of two lines too', () =>
    assert.deepEqual(
      readCsv('a\n"x\ny"\nz').map(({ line }) => line),
      [1, 2, 4],
    ));

  it('an empty CSV file has no rows', () => assert.deepEqual([readCsv(''), readCsv('\n\n')], [[], []]));

  it('is refused with a quote that never closes, at the line where it opens', () => {
    assert.throws(
      () => readCsv('a\nb\n"c\nd\ne'),
      (error: unknown) => error instanceof CsvError && error.line === 3,
    );
  });

  it('is refused with something behind a closing quote', () => assert.throws(() => readCsv('a\n"b"c'), CsvError));
});

describe('the sensors of a CSV file', () => {
  const files = scratch();
  after(files.remove);
  const ca = readAuthority(join(projectRoot, 'test/enrolment/authority.pem'));
  const defaults: Defaults = {
    board: 'wt32_eth01',
    broker: 'mqtts://broker.example',
    tap: '',
    home: ['10.0.0.0/8'],
    timeServer: '',
    wifi: { ssid: 'office', password: 'secret' },
  };
  const read = (text: string, changes: Partial<Defaults> = {}, authority = ca): EnrolmentRequest[] => {
    writeFileSync(files.path('f.csv'), text);
    return readRequestsCsv(files.path('f.csv'), { ...defaults, ...changes }, authority);
  };

  it('take from the command line what their rows leave open, and are their own where they say something', () => {
    const [one, other] = read(
      'site,sensor,board,home,wifi_ssid,wifi_password\nberlin,tap-1,,,,\nlyon,tap-2,esp32s3,"10.1.0.0/16 fd20:20::/48",bureau,"mot,de;passe"\n',
    );
    assert.deepEqual(one, { ...defaults, site: 'berlin', sensor: 'tap-1', line: 2 });
    assert.deepEqual(other, {
      ...defaults,
      site: 'lyon',
      sensor: 'tap-2',
      line: 3,
      board: 'esp32s3',
      home: ['10.1.0.0/16', 'fd20:20::/48'],
      wifi: { ssid: 'bureau', password: 'mot,de;passe' },
    });
  });

  it('may have a heading in capitals, and their columns in any order', () => {
    assert.deepEqual(
      read('SENSOR,Site\ntap-1,berlin').map(({ site, sensor }) => [site, sensor]),
      [['berlin', 'tap-1']],
    );
  });

  it('may be in an open WiFi, or on Linux boxes without one', () => {
    assert.equal(read('site,sensor,wifi_ssid\nb,t,guest')[0]?.wifi.password, '');
    assert.equal(read('site,sensor\nb,t', { board: '', wifi: { ssid: '', password: '' } }).length, 1);
  });

  const wrong: [string, string, number, RegExp, Partial<Defaults>?][] = [
    ['an unknown column', 'site,sensor,colour\na,b,c', 1, /no column "colour"; there are site, sensor, board/],
    ['a column that is there twice', 'site,sensor,site\na,b,c', 1, /column "site" is there twice/],
    ['no column for the sensor', 'site,home\na,10.0.0.0/8', 1, /column "sensor" is missing/],
    ['a heading and nothing else', 'site,sensor\n', 1, /No sensor follows/],
    ['nothing at all', '', 1, /column "site" is missing/],
    ['a name with a space', 'site,sensor\nok,ok\nnew york,tap', 3, /site "new york" is not a letter or digit/],
    ['no name', 'site,sensor\nberlin,', 2, /sensor "" is not/],
    ['an unknown board', 'site,sensor,board\nb,t,esp8266', 2, /no board "esp8266"; there are wt32_eth01/],
    [
      'a home that is no block',
      'site,sensor,home\nb,t,10.0.0.0/33',
      2,
      /home block "10\.0\.0\.0\/33" is not a CIDR block/,
    ],
    ['the same sensor twice', 'site,sensor\nb,t\nc,t\nb,t', 4, /b\/t is on line 2 already/],
    ['a row longer than the heading', 'site,sensor\nb,t,10.0.0.0/8', 2, /3 cells, and the header 2/],
    ['a password without a network', 'site,sensor,wifi_password\nb,t,x', 2, /password and no "wifi_ssid"/],
    ['no broker anywhere', 'site,sensor\nb,t', 2, /No broker is named/, { broker: '' }],
    ['a broker that is no URL', 'site,sensor,broker\nb,t,broker.example', 2, /"broker\.example" is not a URL/],
    [
      'a broker with an account, which is not shown',
      'site,sensor,broker\nb,t,mqtts://me:secret@x',
      2,
      /^(?!.*secret).*contains an account/,
    ],
    ['a board without a WiFi', 'site,sensor\nb,t', 2, /No WiFi is named/, { wifi: { ssid: '', password: '' } }],
    [
      "a network's name that is too long",
      `site,sensor,wifi_ssid\nb,t,${'x'.repeat(33)}`,
      2,
      /"ssid" is not a text of at most 32/,
    ],
    [
      'more than the board has room for',
      `site,sensor,home\nb,t,${Array.from({ length: 200 }, () => '10.100.100.0/24').join(' ')}`,
      2,
      /longer than 3500 bytes/,
    ],
  ];
  for (const [what, text, line, sentence, changes] of wrong) {
    it(`are refused with ${what}, by the line's number, in one sentence`, () => {
      assert.throws(
        () => read(text, changes),
        (error: unknown) => {
          assert.ok(error instanceof UserError, String(error));
          assert.match(error.message.replace(/^.*?, line \d+: /, ''), sentence);
          assert.ok(error.message.includes(`f.csv, line ${line}: `), error.message);
          assert.match(error.message, /Nothing was enrolled\.$/);
          return true;
        },
      );
    });
  }

  it('are refused with TLS and no authority', () =>
    assert.throws(
      () => read('site,sensor\nb,t', {}, ''),
      /pass the CA that signed the broker's certificate with --ca/,
    ));

  it('sensors without TLS need no authority', () =>
    assert.equal(read('site,sensor\nb,t', { broker: 'mqtt://lab' }, '').length, 1));

  it('are refused where there is no such file', () =>
    assert.throws(
      () => readRequestsCsv('/nowhere.csv', defaults, ca),
      /Cannot read the file of --csv, \/nowhere\.csv: ENOENT\./,
    ));
});

describe('a board whose uplink is wired', () => {
  const files = scratch();
  before(() => {
    boards['wired_tap'] = { ...(boards['esp32_poe'] as Board), about: 'two wires' };
  });
  after(() => {
    delete boards['wired_tap'];
    files.remove();
  });
  const defaults: Defaults = {
    board: 'wired_tap',
    broker: 'mqtt://b',
    tap: '',
    home: [],
    timeServer: '',
    wifi: { ssid: '', password: '' },
  };
  const read = (text: string, changes: Partial<Defaults> = {}): EnrolmentRequest[] => {
    writeFileSync(files.path('f.csv'), text);
    return readRequestsCsv(files.path('f.csv'), { ...defaults, ...changes }, '');
  };

  it('a board on a wire needs no WiFi, and is given none', () => {
    const [one] = read('site,sensor\nb,t');
    assert.deepEqual(one?.wifi, { ssid: '', password: '' });
    assert.equal(
      provisioningOf(one as EnrolmentRequest, { user: 'u', password: 'p', configKey: '', ca: '' }).wifi.ssid,
      '',
    );
  });

  it('is not given the network that the command line names for others', () => {
    const all = read('site,sensor,board\nb,t,\nb,u,esp32s3', { wifi: { ssid: 'office', password: 'secret' } });
    assert.deepEqual(
      all.map(({ wifi }) => wifi.ssid),
      ['', 'office'],
    );
  });

  it('is refused where a WiFi is named for it, in one sentence', () => {
    assert.throws(
      () => read('site,sensor,wifi_ssid\nb,t,office'),
      /A WiFi is named, and the uplink of wired_tap is its Ethernet; leave out --wifi-ssid/,
    );
    assert.match(wifiProblem('wired_tap', 'office'), /leave out --wifi-ssid/);
  });

  it('is the only kind that needs no network: WiFi boards do, a Linux host may, "constructor" is no board', () => {
    assert.match(wifiProblem('esp32s3', ''), /the uplink of esp32s3 is WiFi; give --wifi-ssid/);
    assert.deepEqual(
      [wifiProblem('wired_tap', ''), wifiProblem('esp32s3', 'office'), wifiProblem('', ''), wifiProblem('', 'office')],
      ['', '', '', ''],
    );
    assert.throws(() => read('site,sensor,board\nb,t,constructor'), /no board "constructor"/);
  });
});

describe("the authority's certificate", () => {
  const at = (name: string): string => join(projectRoot, 'test/enrolment', name);

  it("the authority's certificate is the inside of its PEM file", () =>
    assert.match(readAuthority(at('authority.pem')), /^MII[A-Za-z0-9+/]+={0,2}$/));

  it("is refused where it is a server's", () =>
    assert.throws(() => readAuthority(at('server.pem')), /it is a server certificate/));

  it('is refused where it is no certificate, or not there', () => {
    assert.throws(() => readAuthority(at('csv.test.ts')), /not a certificate in PEM form/);
    assert.throws(() => readAuthority(at('none.pem')), /ENOENT/);
  });
});
