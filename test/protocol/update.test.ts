import assert from 'node:assert/strict';
import { isBinary, messageTypes, messageTypesDown, messageTypesUp, parseTopic } from '../../src/protocol/topics.js';
import type { Manifest } from '../../src/protocol/update.js';
import {
  compareVersions,
  encodeBlock,
  encodeFetch,
  encodeManifest,
  encodeOffer,
  imageOf,
  readBlock,
  readFetch,
  readManifest,
  readOffer,
  signedText,
  updateLimits,
  validKey,
} from '../../src/protocol/update.js';
import { WireError } from '../../src/protocol/wire-error.js';

const manifest: Manifest = {
  version: '1.2.3',
  board: 'wt32_eth01',
  size: 1_400_000,
  sha256: 'ab'.repeat(32),
  minimum: '',
  expires: 1_900_000_000,
};
const signature = 'cd'.repeat(64);
const offerOf = (change: object): string =>
  JSON.stringify({ manifest: encodeManifest(manifest), signature, ...change });
const manifestOf = (change: object): string => JSON.stringify({ ...manifest, minimum: undefined, ...change });
const refusal = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof WireError, String(error));
    return error.message;
  }
  throw new Error('it was taken');
};

describe("An update's offer", () => {
  it('an offer is read back as it was written', () => {
    const text = encodeManifest(manifest);
    const offer = readOffer(encodeOffer({ text, signature, stagger: 3600, attempt: 2 }));
    assert.deepEqual(offer, { text, manifest, signature, stagger: 3600, attempt: 2 });
    assert.deepEqual(readManifest(encodeManifest({ ...manifest, minimum: '1.0.0' })).minimum, '1.0.0');
  });

  it('needs neither stagger nor attempt', () => {
    const { stagger, attempt } = readOffer(offerOf({}));
    assert.deepEqual([stagger, attempt], [0, 1]);
  });

  it('keeps the manifest byte for byte as it was signed, spaces and all', () => {
    const text = `  ${JSON.stringify({ ...manifest, minimum: undefined }, null, 2)}\n`;
    assert.equal(readOffer(JSON.stringify({ manifest: text, signature })).text, text);
  });

  it('is signed as an update and as nothing else', () => {
    assert.equal(signedText('{}'), 'blockwatch update 1\n{}');
  });

  const bad: [string, string, RegExp][] = [
    ['no JSON', '{', /not JSON/],
    ['a number', '7', /not a JSON object/],
    ['null', 'null', /not a JSON object/],
    ['a list', '[]', /not a JSON object/],
    ['no manifest', JSON.stringify({ signature }), /no "manifest"/],
    ['a manifest that is an object and not its text', offerOf({ manifest }), /no "manifest"/],
    ['no signature', JSON.stringify({ manifest: encodeManifest(manifest) }), /signature/],
    ['a signature that is too short', offerOf({ signature: 'cd'.repeat(63) }), /signature/],
    [
      'a signature in capitals, which would be a second text for the same',
      offerOf({ signature: 'CD'.repeat(64) }),
      /signature/,
    ],
    ['a member nobody knows', offerOf({ url: 'http://elsewhere.example' }), /no member "url"/],
    ['a stagger below 0', offerOf({ stagger: -1 }), /stagger/],
    ['a stagger of years', offerOf({ stagger: updateLimits.stagger + 1 }), /stagger/],
    ['attempt 0', offerOf({ attempt: 0 }), /attempt/],
    ['attempts without end', offerOf({ attempt: updateLimits.attempts + 1 }), /attempt/],
    ['half an attempt', offerOf({ attempt: 1.5 }), /attempt/],
    [
      'more than a sensor reads',
      offerOf({ manifest: `${encodeManifest(manifest)}${' '.repeat(updateLimits.offer)}` }),
      /longer than/,
    ],
    ['a manifest that is no JSON', offerOf({ manifest: 'x' }), /manifest is not JSON/],
  ];
  for (const [title, text, reason] of bad)
    it(`an update's offer is refused with ${title}`, () =>
      assert.match(
        refusal(() => readOffer(text)),
        reason,
      ));

  const badManifests: [string, object, RegExp][] = [
    ['a version of two numbers', { version: '1.2' }, /version/],
    ['a version with a tail', { version: '1.2.3-dev' }, /version/],
    ['a version that is a number', { version: 1 }, /version/],
    ['no board', { board: undefined }, /board/],
    ['a board with a path in it', { board: '../x' }, /board/],
    ['no size', { size: undefined }, /size/],
    ['size 0', { size: 0 }, /size/],
    ['a negative size', { size: -1 }, /size/],
    ['a size beyond all flash', { size: updateLimits.image + 1 }, /size/],
    ['a size that is no whole number', { size: 1.5 }, /size/],
    ['a size beyond what integers hold', { size: 2 ** 60 }, /size/],
    ['a hash that is short', { sha256: 'ab'.repeat(31) }, /sha256/],
    ['a hash in capitals', { sha256: 'AB'.repeat(32) }, /sha256/],
    ['a minimum that is no version', { minimum: 'any' }, /minimum/],
    ['no end', { expires: undefined }, /expires/],
    ['an end in milliseconds', { expires: 1_900_000_000_000 }, /expires/],
    ['a member nobody knows', { boot: 'now' }, /no member "boot"/],
  ];
  for (const [title, change, reason] of badManifests)
    it(`an update is refused where the manifest has ${title}`, () =>
      assert.match(
        refusal(() => readManifest(manifestOf(change))),
        reason,
      ));
});

describe('Versions', () => {
  it('versions are compared by their numbers', () => {
    assert.equal(compareVersions('1.2.3', '1.2.3'), 0);
    assert.equal(compareVersions('1.10.0', '1.9.9'), 1);
    assert.equal(compareVersions('0.9.9', '1.0.0'), -1);
    assert.equal(compareVersions('1.2.3-dev', '1.2.3'), 0);
    assert.equal(compareVersions('1.0.0', 'what'), 1);
  });
});

describe('Release keys', () => {
  it('are 64 bytes in lower-case hexadecimal and nothing else', () => {
    assert.ok(validKey('0a'.repeat(64)));
    for (const text of ['', '0a'.repeat(63), '0A'.repeat(64), `04${'0a'.repeat(64)}`]) assert.ok(!validKey(text), text);
  });
});

describe('A request for a block, and the block', () => {
  const image = imageOf('0123456789abcdef'.repeat(4));

  it('a request and its block are read back as they were written', () => {
    const fetch = { image, offset: 4_000_000_000, length: 1024 };
    assert.deepEqual(readFetch(encodeFetch(fetch)), fetch);
    const data = Uint8Array.of(1, 2, 3);
    assert.deepEqual(readBlock(encodeBlock(image, 70_000, data)), { image, offset: 70_000, data });
  });

  it('are read where they lie in a larger buffer', () => {
    const outer = new Uint8Array(100);
    outer.set(encodeBlock(image, 9, Uint8Array.of(7)), 33);
    assert.deepEqual(readBlock(outer.subarray(33, 46)), { image, offset: 9, data: Uint8Array.of(7) });
  });

  it('are refused where they have another length than theirs', () => {
    for (const length of [0, 15, 17])
      assert.match(
        refusal(() => readFetch(new Uint8Array(length))),
        /has 16 bytes/,
      );
    for (const length of [0, updateLimits.block + 1, 0xffffffff])
      assert.match(
        refusal(() => readFetch(encodeFetch({ image, offset: 0, length }))),
        /A block has/,
      );
    assert.equal(readBlock(new Uint8Array(11)), undefined);
    assert.equal(readBlock(new Uint8Array(12))?.data.length, 0);
  });
});

describe('Topics', () => {
  it('each update topic goes either up or down', () => {
    assert.deepEqual([...messageTypesUp, ...messageTypesDown], [...messageTypes]);
    for (const messageType of messageTypes)
      assert.equal(parseTopic(`blockwatch/1/a/b/${messageType}`)?.messageType, messageType);
  });

  it('every update topic but that of blocks carries text', () => {
    for (const messageType of messageTypes)
      assert.equal(isBinary(`blockwatch/1/a/b/${messageType}`), messageType === 'block');
  });
});
