import assert from 'node:assert/strict';
import { buildTopic, clientId, messageTypes, parseTopic, topicFilter, validId } from '../../src/protocol/topics.js';

describe('Topics', () => {
  for (const messageType of messageTypes) {
    it(`reads back the ${messageType} topic that it builds`, () => {
      const topic = buildTopic('berlin', 'tap-1', messageType);
      assert.equal(topic, `blockwatch/1/berlin/tap-1/${messageType}`);
      assert.deepEqual(parseTopic(topic), { site: 'berlin', sensor: 'tap-1', messageType });
    });
  }

  for (const id of ['a', '7', 'Branch_7.north-east', 'x'.repeat(32)]) {
    it(`accepts "${id}" as a site's or sensor's id`, () => assert.ok(validId(id)));
  }

  for (const id of ['', '-a', '.a', '_a', 'a b', 'a/b', '+', '#', 'ä', 'a\n', 'x'.repeat(33), '..', '$SYS']) {
    it(`refuses ${JSON.stringify(id)} as a site's or sensor's id`, () => {
      assert.equal(validId(id), false);
      assert.throws(() => buildTopic(id, 'tap', 'alert'), RangeError);
      assert.throws(() => buildTopic('site', id, 'alert'), RangeError);
    });
  }

  for (const topic of [
    '',
    'blockwatch',
    'blockwatch/1/a/b',
    'blockwatch/2/a/b/alert',
    'blockwatch/1/a/b/alert/x',
    'blockwatch/1/a/b/secret',
    'blockwatch/1//b/alert',
    'other/1/a/b/alert',
    'blockwatch/1/a/+/alert',
    '/blockwatch/1/a/b',
  ]) {
    it(`does not take "${topic}" for one of ours`, () => assert.equal(parseTopic(topic), undefined));
  }

  it('has a filter for one message type of every sensor', () =>
    assert.equal(topicFilter('alert'), 'blockwatch/1/+/+/alert'));

  it('gives different sensors different client ids, wherever their hyphens are', () => {
    assert.notEqual(clientId('a-b', 'c'), clientId('a', 'b-c'));
  });
});
