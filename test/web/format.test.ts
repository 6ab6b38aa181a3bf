import assert from 'node:assert/strict';
import {
  absolute,
  ago,
  clockTime,
  count,
  duration,
  listed,
  plural,
  rate,
  shortTime,
} from '../../host/wording/format.js';

describe('numbers and times as text', () => {
  it('groups the digits of a count and shortens it where digits stop being read', () => {
    assert.equal(count(0), '0');
    assert.equal(count(999), '999');
    assert.equal(count(1234), '1,234');
    assert.equal(count(99_999), '99,999');
    assert.equal(count(123_456), '123 k');
    assert.equal(count(999_600), '1 M');
    assert.equal(count(4_512_000), '4.5 M');
    assert.equal(count(4_294_967_295), '4.3 G');
  });

  it('shows a dash for what is no number', () => {
    assert.equal(count(NaN), '–');
    assert.equal(count(Infinity), '–');
  });

  it('counts one in the singular and everything else in the plural', () => {
    assert.equal(plural(1, 'scan'), '1 scan');
    assert.equal(plural(0, 'scan'), '0 scans');
    assert.equal(plural(2, 'address', 'addresses'), '2 addresses');
  });

  it('gives a rate one decimal only where that matters, and nothing below zero', () => {
    assert.equal(rate(0), '0');
    assert.equal(rate(-3), '0');
    assert.equal(rate(0.44), '0.4');
    assert.equal(rate(3), '3');
    assert.equal(rate(8212.4), '8,212');
  });

  it('says a length of time in at most two units', () => {
    assert.equal(duration(0), '0 s');
    assert.equal(duration(-5), '0 s');
    assert.equal(duration(250), '250 ms');
    assert.equal(duration(1000), '1 s');
    assert.equal(duration(119_000), '119 s');
    assert.equal(duration(120_000), '2 min');
    assert.equal(duration(2 * 3_600_000), '2 h');
    assert.equal(duration(2 * 3_600_000 + 5 * 60_000), '2 h 5 min');
    assert.equal(duration(3 * 86_400_000 + 4 * 3_600_000), '3 d 4 h');
    assert.equal(duration(30 * 86_400_000 + 4 * 3_600_000), '30 d');
  });

  it('says how long ago in one unit', () => {
    assert.equal(ago(1500), 'just now');
    assert.equal(ago(59_999), '59 s ago');
    assert.equal(ago(60_000), '1 min ago');
    assert.equal(ago(3_600_000), '1 h ago');
    assert.equal(ago(47 * 3_600_000), '47 h ago');
    assert.equal(ago(3 * 86_400_000), '3 days ago');
    assert.equal(ago(800 * 86_400_000), '2 years ago');
  });

  it('never shows the future, whatever the clocks say, and says never for no time', () => {
    assert.equal(ago(-90_000), 'just now');
    assert.equal(ago(NaN), 'never');
  });

  it('shows times in the zone of the viewer', () => {
    const date = new Date(2026, 2, 4, 5, 6, 7);
    assert.equal(absolute(date.toISOString()), '2026-03-04 05:06:07');
    assert.equal(clockTime(date.toISOString()), '05:06:07');
    assert.equal(clockTime(date.toISOString(), false), '05:06');
  });

  it('shows nothing for a text that is no time', () => {
    assert.equal(absolute('soon'), '');
    assert.equal(clockTime(''), '');
    assert.equal(shortTime('soon', 0), '');
  });

  it('leaves out of a short time what the reader knows', () => {
    const now = new Date(2026, 2, 4, 12, 0, 0).getTime();
    assert.equal(shortTime(new Date(2026, 2, 4, 5, 6, 7).toISOString(), now), '05:06');
    assert.equal(shortTime(new Date(2026, 1, 28, 5, 6, 7).toISOString(), now), '28 Feb');
    assert.equal(shortTime(new Date(2019, 4, 2).toISOString(), now), '2019-05-02');
  });

  it('joins a list as a sentence does', () => {
    assert.equal(listed([]), '');
    assert.equal(listed(['a']), 'a');
    assert.equal(listed(['a', 'b']), 'a and b');
    assert.equal(listed(['a', 'b', 'c']), 'a, b and c');
  });
});
