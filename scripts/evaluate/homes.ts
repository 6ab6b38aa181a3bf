/** Which way a frame crosses the border between home and the outside, read independently of the engine. */
import { parseBlock } from '../../src/protocol/address.js';
import { layer3 } from './probes.js';

export type Direction = 'from-home' | 'to-home';

interface Block {
  bytes: Uint8Array;
  prefix: number;
}

/** Does the address at `at` lie in the block? */
function lies(block: Block, bytes: Buffer, at: number): boolean {
  return block.bytes.every((byte, i) => {
    const bits = Math.min(8, Math.max(0, block.prefix - 8 * i));
    return (byte ^ (bytes[at + i] as number)) >> (8 - bits) === 0;
  });
}

export class Homes {
  private readonly blocks: Block[];

  constructor(home: readonly string[]) {
    this.blocks = home.map((text) => parseBlock(text)).filter((block) => block !== undefined);
  }

  /** Undefined for what stays at home or outside, and for what is no IP packet. */
  direction(link: number, bytes: Buffer, offset: number, captured: number): Direction | undefined {
    const layer = layer3(link, bytes, offset, captured);
    if (!layer) return undefined;
    const [length, source, target] =
      layer.type === 0x0800 ? [4, 12, 16] : layer.type === 0x86dd ? [16, 8, 24] : [0, 0, 0];
    if (length === 0 || layer.at + target + length > offset + captured) return undefined;
    const isHome = (at: number): boolean =>
      this.blocks.some((block) => block.bytes.length === length && lies(block, bytes, at));
    const [from, to] = [isHome(layer.at + source), isHome(layer.at + target)];
    return from === to ? undefined : from ? 'from-home' : 'to-home';
  }
}
