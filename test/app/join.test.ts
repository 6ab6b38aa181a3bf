import assert from 'node:assert/strict';
import type { Station } from '../../src/app/core/join.js';
import { keepJoined } from '../../src/app/core/join.js';

class Fake implements Station {
  connection = 200;
  refuses = false;
  readonly asked: unknown[] = [];
  readonly told: boolean[] = [];
  #event = (): void => {};
  #due: { at: number; action: () => void } | undefined;
  #now = 0;

  constructor(password = 'secret') {
    keepJoined(
      { ssid: 'office', password },
      (event) => {
        this.#event = event;
        return this;
      },
      { after: (ms, action) => this.#after(ms, action) },
      () => 0.5,
      (up) => this.told.push(up),
    );
  }

  connect(network: object): void {
    this.asked.push(network);
    if (this.refuses) throw new Error('connect failed');
    this.connection = 300;
  }

  becomes(connection: number): void {
    this.connection = connection;
    this.#event();
  }

  pass(ms: number): void {
    this.#now += ms;
    const due = this.#due;
    if (!due || due.at > this.#now) return;
    this.#due = undefined;
    due.action();
  }

  #after(ms: number, action: () => void): () => void {
    const due = { at: this.#now + ms, action };
    this.#due = due;
    return () => {
      if (this.#due === due) this.#due = undefined;
    };
  }
}

describe('Joining a WiFi network', () => {
  it('asks once, and tells of the address when it is there', () => {
    const wifi = new Fake();
    assert.deepEqual(wifi.asked, [{ SSID: 'office', password: 'secret', secure: true }]);
    wifi.becomes(400);
    assert.deepEqual(wifi.told, []);
    wifi.becomes(500);
    wifi.becomes(500);
    assert.deepEqual(wifi.told, [true]);
  });

  it('needs no password for an open network', () => {
    assert.deepEqual(new Fake('').asked, [{ SSID: 'office' }]);
  });

  it('asks for nothing more while it is joined', () => {
    const wifi = new Fake();
    wifi.becomes(500);
    wifi.pass(3_600_000);
    assert.equal(wifi.asked.length, 1);
  });

  it('joins again after a loss, not at once', () => {
    const wifi = new Fake();
    wifi.becomes(500);
    wifi.becomes(200);
    assert.deepEqual(wifi.told, [true, false]);
    wifi.pass(1_999);
    assert.equal(wifi.asked.length, 1);
    wifi.pass(2_001);
    assert.equal(wifi.asked.length, 2);
    wifi.becomes(500);
    assert.deepEqual(wifi.told, [true, false, true]);
  });

  it('tries for ever where the network is not found', () => {
    const wifi = new Fake();
    for (let i = 0; i < 20; i++) {
      wifi.becomes(200);
      wifi.pass(6_000);
    }
    assert.equal(wifi.asked.length, 21);
    assert.deepEqual(wifi.told, []);
  });

  it('starts anew where no address comes, or no word at all', () => {
    const wifi = new Fake();
    wifi.becomes(400);
    wifi.pass(60_000);
    assert.equal(wifi.asked.length, 2);
    wifi.pass(60_000);
    assert.equal(wifi.asked.length, 3);
  });

  it('tells that the address is gone though the network is still there', () => {
    const wifi = new Fake();
    wifi.becomes(500);
    wifi.becomes(400);
    assert.deepEqual(wifi.told, [true, false]);
    wifi.becomes(500);
    assert.deepEqual(wifi.told, [true, false, true]);
    wifi.pass(60_000);
    assert.equal(wifi.asked.length, 1);
  });

  it('outlives a radio that refuses', () => {
    const wifi = new Fake();
    wifi.refuses = true;
    wifi.becomes(200);
    wifi.pass(6_000);
    wifi.pass(6_000);
    assert.equal(wifi.asked.length, 3);
    wifi.refuses = false;
    wifi.pass(6_000);
    assert.equal(wifi.connection, 300);
  });
});
