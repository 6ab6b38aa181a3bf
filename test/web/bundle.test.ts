import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

describe("the page's script", () => {
  it('carries the API’s types and none of its schemas', () => {
    const script = readFileSync('build/web/main.js', 'utf8');
    assert.ok(script.includes('/api/v1/'), 'it asks the API');
    for (const keyword of ['additionalProperties', 'date-time', 'maxLength', 'FleetVerdict'])
      assert.ok(!script.includes(keyword), keyword);
  });
});
