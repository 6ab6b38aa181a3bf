import assert from 'node:assert/strict';
import { judge } from '../../scripts/signatures/judge.js';

describe('what npm says of signatures', () => {
  it('is good where none is wrong and none is missing', () => {
    assert.deepEqual(judge(0, '{"invalid":[],"missing":[]}', ''), {
      sentence: 'Every package is what its registry signed.',
      good: true,
    });
  });

  it('fails on a wrong or a missing signature, and names the package', () => {
    const mqtt = { name: 'mqtt', version: '5.16.0', location: 'node_modules/mqtt' };
    const answer = (invalid: object[], missing: object[]): string => JSON.stringify({ invalid, missing });
    assert.deepEqual(judge(1, answer([mqtt], []), ''), { sentence: 'A signature is wrong: mqtt@5.16.0.', good: false });
    assert.deepEqual(judge(1, answer([], [mqtt]), ''), {
      sentence: 'A signature is missing: mqtt@5.16.0.',
      good: false,
    });
  });

  it('is one sentence, and no failure, where the registry has no keys or they cannot be reached', () => {
    const none = 'npm error found no dependencies to audit that were installed from a supported registry';
    assert.deepEqual(judge(1, '', none), {
      sentence: 'The registry signs nothing, so no signature was checked.',
      good: true,
    });
    assert.deepEqual(judge(1, '{"error":{"code":"ENOTFOUND","summary":"request to ... failed"}}', ''), {
      sentence: "The registry's keys cannot be reached (ENOTFOUND), so no signature was checked.",
      good: true,
    });
  });

  it('fails where npm fails for another reason, or says nothing that can be read', () => {
    assert.equal(judge(1, '{"error":{"code":"EINTEGRITY","summary":"not what was locked"}}', '').good, false);
    assert.equal(judge(1, '{"error":{"summary":"the key has expired"}}', '').good, false);
    assert.deepEqual(judge(null, '', ''), { sentence: 'npm gave no answer: exit null', good: false });
    assert.equal(judge(1, '{}', '').good, false);
  });
});
