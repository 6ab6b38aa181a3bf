import assert from 'node:assert/strict';
import { decode } from '../../host/collector/rules/decode.js';
import { CborWriter } from '../../src/protocol/cbor.js';
import { alert, health, status, T0, topicOf } from '../support/collector.js';
import { seededRandom } from '../support/samples.js';

describe('decoding what arrives', () => {
  const reasonOf = (topic: string, payload: Uint8Array): string => {
    const message = decode({ topic, payload, retained: false });
    assert.equal(message.what, 'rejected');
    return message.what === 'rejected' ? message.reason : '';
  };
  const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

  it('decodes an alert, a suspicion report, a health message and a status', () => {
    const all = [alert(1), alert(2, { messageType: 'whisper' }), health(), status()].map(
      (arrival) => decode(arrival).what,
    );
    assert.deepEqual(all, ['record', 'record', 'health', 'status']);
  });

  it('rejects foreign topics, malformed ids and topics that are too deep', () => {
    for (const topic of [
      '',
      'x',
      'blockwatch/2/a/b/alert',
      'blockwatch/1/a/alert',
      'blockwatch/1/a b/c/alert',
      'blockwatch/1/a/b/alert/x',
      'blockwatch/1/../b/alert',
    ]) {
      assert.match(reasonOf(topic, alert(1).payload), /not defined in docs\/PROTOCOL\.md/);
    }
  });

  it('refuses what a sensor does not send', () => {
    assert.match(reasonOf(topicOf('config'), bytes()), /does not send on "config"/);
    assert.match(reasonOf(topicOf('command'), bytes()), /does not send on "command"/);
  });

  it('refuses an empty message and one that is cut short', () => {
    assert.match(reasonOf(topicOf('alert'), bytes()), /cannot be decoded/);
    const { payload } = alert(1);
    for (let n = 1; n < payload.length; n++) assert.match(reasonOf(topicOf('alert'), payload.slice(0, n)), /\.$/);
  });

  it('bytes behind the end of a message are refused', () => {
    assert.match(reasonOf(topicOf('alert'), bytes(...alert(1).payload, 0)), /cannot be decoded/);
  });

  it('refuses CBOR that can be read in two ways: indefinite lengths, keys twice, integers too long', () => {
    assert.match(reasonOf(topicOf('alert'), bytes(0xbf, 0xff)), /cannot be decoded/);
    assert.match(reasonOf(topicOf('alert'), bytes(0xa2, 0x01, 0x01, 0x01, 0x02)), /cannot be decoded/);
    assert.match(reasonOf(topicOf('alert'), bytes(0xa1, 0x18, 0x01, 0x01)), /cannot be decoded/);
  });

  it('refuses what is no map, and numbers beyond what is exact', () => {
    assert.match(reasonOf(topicOf('alert'), bytes(0x01)), /not a CBOR map/);
    assert.match(reasonOf(topicOf('alert'), bytes(0xa1, 0x01, 0x1b, 255, 255, 255, 255, 255, 255, 255, 255)), /\.$/);
  });

  it('refuses a nest of arrays without falling over', () => {
    assert.match(reasonOf(topicOf('health'), new Uint8Array(4096).fill(0x81)), /\.$/);
  });

  it('rejects payloads longer than any valid message', () => {
    assert.match(reasonOf(topicOf('alert'), new Uint8Array(1025)), /1025 bytes; at most 1024/);
    assert.match(reasonOf(topicOf('status'), new Uint8Array(1_000_000)), /at most 4096/);
  });

  it('a time that has no date is refused', () => {
    const time = Number.MAX_SAFE_INTEGER;
    const far = alert(1, { record: { time, first: time, last: time } });
    assert.match(reasonOf(far.topic, far.payload), /out of range/);
    const old = alert(1, { clock: 'uptime' });
    assert.equal(decode(alert(1, { clock: 'uptime', record: { time: 5, first: 1, last: 5 } })).what, 'record');
    assert.equal(decode(old).what, 'record', 'a board may have been up for 55 years');
    const longer = alert(1, { clock: 'uptime', record: { time: 4 * T0, first: 4 * T0, last: 4 * T0 } });
    assert.match(reasonOf(longer.topic, longer.payload), /out of range/);
  });

  it('refuses a status that is no JSON, no UTF-8, or lacks a member', () => {
    assert.match(reasonOf(topicOf('status'), Buffer.from('{')), /not JSON/);
    assert.match(reasonOf(topicOf('status'), bytes(0xff, 0xfe)), /cannot be decoded/);
    assert.match(reasonOf(topicOf('status'), Buffer.from('{"state":"online"}')), /"version" is not text/);
  });

  it('refuses a health message with a counter that is no number', () => {
    const out = new CborWriter()
      .map(5)
      .integer(1)
      .integer(1)
      .integer(2)
      .integer(1)
      .integer(3)
      .integer(1)
      .integer(4)
      .text('v')
      .integer(6)
      .map(1)
      .integer(0)
      .text('many')
      .finish();
    assert.match(reasonOf(topicOf('health'), out), /counter frames/);
  });

  it('decoding never throws, whatever the bytes', () => {
    const random = seededRandom(5);
    for (let i = 0; i < 4000; i++) {
      const payload = Uint8Array.from([...alert(1).payload]);
      for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips--) {
        payload[Math.floor(random() * payload.length)] = Math.floor(random() * 256);
      }
      const message = decode({ topic: topicOf(i % 2 ? 'alert' : 'health'), payload, retained: false });
      if (message.what === 'rejected') assert.match(message.reason, /\.$/);
    }
  });

  it('takes control characters out of what people will read', () => {
    const message = decode(health({ version: '1\u001b[2J\u0000', configProblem: 'a\nb' }));
    assert.ok(message.what === 'health');
    assert.deepEqual([message.health.version, message.health.configProblem], ['1\ufffd[2J\ufffd', 'a\ufffdb']);
  });
});
