import assert from 'node:assert/strict';
import { MAX_NAME, readStored, removeStored, writeStored } from '../../src/app/core/redundant-store.js';

class PowerCut extends Error {}

/** Preferences that erase a key before they write it, as NVS does; the power fails at step `cut`. */
class Preferences {
  readonly values = new Map<string, string>();
  cut = Infinity;
  steps = 0;
  get = (key: string): string | undefined => this.values.get(key);
  set = (key: string, value: string): void => {
    assert.ok(key.length <= 15, `key ${key} is too long`);
    assert.ok(value.length > 0 && value.length <= 512, 'a preference holds 1 to 512 characters');
    for (let i = 0; i < value.length; i++) assert.ok(value.charCodeAt(i) < 128);
    this.#step();
    this.values.delete(key);
    this.#step();
    this.values.set(key, value);
  };

  #step(): void {
    if (this.steps++ >= this.cut) throw new PowerCut();
  }
}

describe('a text that is kept', () => {
  it('is read as it was written, long, empty or in any script', () => {
    const preferences = new Preferences();
    for (const text of [
      'x',
      '',
      ' ',
      'Zürich 北京 %41 100 %',
      'y'.repeat(3500),
      '京'.repeat(3500),
      'y'.repeat(399) + '😀'.repeat(300),
      '{"a":"\u0000"}',
      'a\n\t%',
    ]) {
      writeStored('provisioning', text, preferences.get, preferences.set);
      assert.equal(readStored('provisioning', preferences.get), text);
    }
  });

  it('is nothing where nothing was written, and keeps apart from others', () => {
    const preferences = new Preferences();
    assert.equal(readStored('boot', preferences.get), undefined);
    writeStored('boot', '7', preferences.get, preferences.set);
    assert.equal(readStored('config', preferences.get), undefined);
  });

  it('is the old one or the new one, wherever the power fails', () => {
    const versions = ['first', 'second '.repeat(200), 'third'];
    for (let cut = 0; ; cut++) {
      const preferences = new Preferences();
      preferences.cut = cut;
      let written = -1;
      let failed = false;
      try {
        for (const text of versions) {
          writeStored('config', text, preferences.get, preferences.set);
          written++;
        }
      } catch (error) {
        if (!(error instanceof PowerCut)) throw error;
        failed = true;
      }
      const found = readStored('config', preferences.get);
      assert.ok(
        found === versions[written] || found === versions[written + 1],
        `cut at ${cut}: ${found?.slice(0, 20)}`,
      );
      if (!failed) break;
    }
  });

  it('is the other copy where one is damaged', () => {
    const preferences = new Preferences();
    writeStored('boot', '1', preferences.get, preferences.set);
    writeStored('boot', '2', preferences.get, preferences.set);
    preferences.values.set('bootb0', '9');
    assert.equal(readStored('boot', preferences.get), '1');
    preferences.values.set('boota', 'nonsense');
    assert.equal(readStored('boot', preferences.get), undefined);
  });

  it('is the old one where the new one is too long to be kept', () => {
    const preferences = new Preferences();
    writeStored('config', 'old', preferences.get, preferences.set);
    assert.throws(
      () => writeStored('config', '京'.repeat(6000), preferences.get, preferences.set),
      /6000 characters is too long to be kept/,
    );
    assert.equal(readStored('config', preferences.get), 'old');
  });

  it('is nothing, and soon so, where what stands there is nonsense of any kind', () => {
    const preferences = new Preferences();
    for (const head of [
      '',
      ' ',
      '1',
      '1 1',
      '1 999999999 5',
      '1 99 5',
      '0 1 1',
      '-1 1 1',
      '1 1 x',
      '1e9 1 1',
      '1 1 99999999999',
      'x'.repeat(512),
    ]) {
      preferences.values.set('boota', head);
      preferences.values.set('bootb', head);
      assert.equal(readStored('boot', preferences.get), undefined, head);
    }
    preferences.get = (key) => (key.length > 5 ? 7 : true) as unknown as string;
    assert.equal(readStored('boot', preferences.get), undefined);
  });

  it('is forgotten with both copies and all their parts', () => {
    const preferences = new Preferences();
    writeStored('boot', '7', preferences.get, preferences.set);
    for (const text of ['secret '.repeat(200), 'other '.repeat(300)])
      writeStored('provisioning', text, preferences.get, preferences.set);
    removeStored('provisioning', preferences.get, (key) => preferences.values.delete(key));
    assert.deepEqual([...preferences.values.keys()], ['boota0', 'boota']);
    removeStored('provisioning', preferences.get, (key) => preferences.values.delete(key));
    assert.equal(readStored('provisioning', preferences.get), undefined);
  });

  it('has a name that leaves room for what is added to it', () => {
    const preferences = new Preferences();
    assert.throws(() => writeStored('x'.repeat(MAX_NAME + 1), 'a', preferences.get, preferences.set), /longer than 12/);
  });
});
