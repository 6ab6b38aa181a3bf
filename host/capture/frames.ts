/** What a capture reader gives: frames, one call each, without an object per frame. */

/**
 * Takes one frame. `timeMs` is ms since 1970, with fractions; `link` one of LINK_* in src/engine/constants/codes.ts, or 0 for a frame
 * that only the engine's counter of unknown links is for; the captured bytes are `bytes[offset .. offset + captured)` and valid only during the call; `original` is the length on the wire.
 */
export type TakeFrame = (
  timeMs: number,
  link: number,
  bytes: Buffer,
  offset: number,
  captured: number,
  original: number,
) => void;

/** Why reading stopped early; thrown by a parser, turned into a UserError with the file's name by `readCapture`. */
export class DamagedCapture extends Error {}

/** The bytes are not a capture at all. */
export class NotACapture extends Error {}

/** Nothing in the capture has a link type that the engine knows. */
export class UnknownLink extends Error {}

/** One capture format. Fed with bytes as they come; keeps none of them. */
export interface CaptureParser {
  /** Reads as many whole records as `bytes[start .. end)` holds; returns where the first unfinished one starts. */
  parse(bytes: Buffer, start: number, end: number, take: TakeFrame): number;
}
