/** What a capture reader gives: frames, one call each, without an object per frame. */

/**
 * Takes one frame. `timeMs` is ms since 1970, with fractions; `link` one of LINK_* in src/engine/codes.ts; the captured
 * bytes are `bytes[offset .. offset + captured)` and valid only during the call; `original` is the length on the wire.
 */
export type TakeFrame = (timeMs: number, link: number, bytes: Buffer, offset: number, captured: number, original: number) => void;

/** Why reading stopped early; thrown by a parser, turned into a UserError with the file's name by `readCapture`. */
export class DamagedCapture extends Error {}

/** The bytes are not a capture at all. */
export class NotACapture extends Error {}

/** The capture's link type is none the engine knows. */
export class UnknownLink extends Error {}

/** One capture format. Fed with bytes as they come; keeps none of them. */
export interface CaptureParser {
  /** Reads as many whole records as `bytes[start .. end)` holds; returns where the first unfinished one starts. */
  parse(bytes: Buffer, start: number, end: number, take: TakeFrame): number;
  /** Bytes the record that starts at `start` needs in all, as far as is known from what is there. */
  needs(bytes: Buffer, start: number, end: number): number;
}
